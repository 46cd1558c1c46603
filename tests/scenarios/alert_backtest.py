"""Rules over a lake's past: what `alerts backtest` lists is what sums of the events say.

Three weeks of events go into a lake. An oracle sums tokens by minute from the events themselves and
slides a quarter of an hour over them; a spike rule must find the one hour in which a feature went wild
and nothing else.
"""

import datetime
import json
import random
from collections import defaultdict

import harness

START = datetime.datetime(2026, 11, 2, tzinfo=datetime.timezone.utc)
DAYS = 21
STEP_S = 120
FEATURES = ("search", "chat")
WILD_FROM = START + datetime.timedelta(days=19, hours=10)
WILD_TO = WILD_FROM + datetime.timedelta(hours=1)
WILD_FACTOR = 60
SPAN_MINUTES = 15
LEVEL = 120_000
TESTED_FROM = START + datetime.timedelta(days=15)
TESTED_TO = START + datetime.timedelta(days=DAYS)
RULES = f"""
groups:
  - name: spend
    rules:
      - alert: ManyTokens
        threshold: {{measure: tokens, over: {SPAN_MINUTES}m, above: {LEVEL}}}
        by: [feature]
      - alert: FeatureSpike
        spike: {{measure: cost, floor_usd: 5, cold_start_usd: 100}}
        by: [tenant, feature]
        labels: {{severity: page}}
"""


def text_of(moment):
    """An instant as the program writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def made():
    """All events, in order: (time, feature, input tokens, output tokens)."""
    chance = random.Random(7)
    for number in range(DAYS * 86_400 // STEP_S):
        moment = START + datetime.timedelta(seconds=number * STEP_S + chance.randrange(STEP_S))
        for feature in FEATURES:
            tokens = chance.randrange(4_000, 12_000)
            if feature == "search" and WILD_FROM <= moment < WILD_TO:
                tokens *= WILD_FACTOR
            elif chance.random() < 0.002:
                tokens *= 8
            yield moment, feature, tokens, chance.randrange(100, 400)


def as_line(number, event):
    """An event as a line of a file."""
    moment, feature, tokens_in, tokens_out = event
    return json.dumps(
        {
            "event_id": f"b-{number}",
            "event_time": text_of(moment),
            "provider": "openai",
            "model": "gpt-4o",
            "tenant": "acme",
            "user_id": f"u-{number % 20}",
            "feature": feature,
            "input_tokens": tokens_in,
            "output_tokens": tokens_out,
        }
    ).encode()


def spans_over_level(events):
    """{(feature, start, fired, resolved)} of the spans above the level, by sums of the events."""
    minute = datetime.timedelta(minutes=1)
    sums = {feature: defaultdict(int) for feature in FEATURES}
    for moment, feature, tokens_in, tokens_out in events:
        sums[feature][moment.replace(second=0, microsecond=0)] += tokens_in + tokens_out
    found = set()
    for feature in FEATURES:
        since = None
        end = TESTED_FROM + minute
        while end <= TESTED_TO:
            span = (end - back * minute for back in range(1, SPAN_MINUTES + 1))
            is_over = sum(sums[feature][start] for start in span) > LEVEL
            if is_over and since is None:
                since = end
            if not is_over and since is not None:
                found.add((feature, text_of(since - minute), text_of(since), text_of(end)))
                since = None
            end += minute
        if since is not None:
            found.add((feature, text_of(since - minute), text_of(since), None))
    return found


def main(scenario):
    events = list(made())
    path = scenario.folder / "events.ndjson"
    lines = (as_line(number, event) for number, event in enumerate(events))
    path.write_bytes(b"\n".join(lines) + b"\n")
    rules = scenario.folder / "rules.yaml"
    rules.write_text(RULES)
    lake = scenario.lake()
    print(scenario.call("backfill", path, "--lake", lake).strip())
    arguments = ("alerts", "backtest", "--lake", lake, "--rules", rules)
    span = ("--from", text_of(TESTED_FROM), "--to", text_of(TESTED_TO))
    listed = scenario.call(*arguments, *span, "--format", "json")
    alerts = [json.loads(line) for line in listed.splitlines()]
    by_rule = defaultdict(list)
    for alert in alerts:
        by_rule[alert["rule"]].append(alert)
    times = ("started_at", "fired_at", "resolved_at")
    seen = {
        (alert["labels"]["feature"], *(alert[name] for name in times))
        for alert in by_rule["ManyTokens"]
    }
    expected = spans_over_level(events)
    scenario.check(len(expected) > 3, f"the oracle finds spans over the level ({len(expected)})")
    scenario.check(
        seen == expected,
        f"the threshold rule fires where sums of events say ({len(seen)}; "
        f"too few {sorted(expected - seen)[:3]}, too many {sorted(seen - expected)[:3]})",
    )
    spikes = by_rule["FeatureSpike"]
    scenario.check(
        [alert["labels"]["feature"] for alert in spikes] == ["search"],
        f"the spike rule fires once, for the feature that went wild ({len(spikes)} alerts)",
    )
    for alert in spikes:
        print(json.dumps(alert))
        fired = datetime.datetime.fromisoformat(alert["fired_at"])
        late_s = (fired - WILD_FROM).total_seconds()
        scenario.check(0 < late_s <= 900, f"it fires {late_s:.0f} s after the first bad minute began")
        scenario.check(alert["over_usd"] > 5, f"it names the dollars over ({alert['over_usd']})")
        scenario.check(alert["labels"].get("severity") == "page", "it has the rule's label")
    table = scenario.call(*arguments, *span)
    scenario.check("FeatureSpike" in table and "after the alert" in table, "people get a table")


if __name__ == "__main__":
    harness.run(main)
