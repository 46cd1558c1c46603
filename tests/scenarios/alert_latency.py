"""How long it takes from the first bad event to the alert at its receiver, under load.

alert_latency.py                            20,000 events a second, 20 s in each of two processes
RATE=20000 SECONDS=180 alert_latency.py

Features of one tenant go wild at random moments, each once, by one dear call: half of them break a
`threshold`, half a `spike`. Rules are evaluated inside the worker, then by `tokenmeter alert` beside it.
"""

import json
import os
import random
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import harness
import receivers
from deltalake import DeltaTable
from receivers import SECRET

RATE = int(os.environ.get("RATE", "20000"))
SECONDS = float(os.environ.get("SECONDS", "20"))
SEED = int(os.environ.get("SEED", "1"))
CASES = os.environ.get("CASES", "inside,beside").split(",")
EPOCH_MS = 2_000
P99_S_MAX = 10
# Pauses between two incidents, seconds.
PAUSE_S = (0.3, 1.2)
SETTLE_S_MAX = 40
# A usual call costs a cent, a dear one 25 dollars.
USUAL_TOKENS, DEAR_TOKENS = 4_000, 10_000_000
USD_PER_TOKEN = Decimal("0.0000025")
RULES = """
groups:
  - name: costs
    rules:
      - alert: TooDear
        threshold: {measure: cost, over: 5m, above: 20}
        by: [tenant, feature]
        where: {tenant: fixed}
      - alert: Spike
        spike: {measure: cost, floor_usd: 1, cold_start_usd: 10}
        by: [tenant, feature]
        where: {tenant: learned}
"""
CONFIG = """
[alerts]
rules = "{rules}"

[[alerts.receivers]]
name = "hook"
kind = "webhook"
url = "{hook}/hook"
secret_env = "HOOK_SECRET"
"""


def call(tenant, feature, tokens, user):
    """A call, as it is sent."""
    event = {
        "event_id": f"{feature}-{time.time_ns()}",
        "event_time": harness.now_ms(),
        "provider": "openai",
        "model": "gpt-4o",
        "tenant": tenant,
        "user_id": user,
        "feature": feature,
        "input_tokens": tokens,
        "output_tokens": 0,
    }
    return json.dumps(event).encode()


def go_wild(scenario, topic, seconds):
    """Lets one feature after the other make a dear call; returns when by feature."""
    draw, producer = random.Random(SEED), scenario.producer(**{"linger.ms": 0})
    names = [
        (tenant, f"{tenant}-{number}")
        for number in range(int(seconds / PAUSE_S[0]))
        for tenant in ("fixed", "learned")
    ]
    for tenant, feature in names:
        harness.send(producer, topic, call(tenant, feature, USUAL_TOKENS, "usual"), feature)
    harness.flush(producer)
    # So that a dear call is not in the first commit of its feature.
    time.sleep(2 * EPOCH_MS / 1000)
    began, end = {}, time.monotonic() + seconds
    while time.monotonic() < end:
        tenant, feature = names[len(began)]
        began[feature] = time.time()
        harness.send(producer, topic, call(tenant, feature, DEAR_TOKENS, "culprit"), feature)
        harness.flush(producer)
        time.sleep(draw.uniform(*PAUSE_S))
    return began


def alerts(hooks):
    """The posts that say that an alert fires, with when they arrived."""
    posts = [(receivers.verified(post, SECRET), post["at"]) for post in hooks.posts("/hook")]
    return [(told, at) for told, at in posts if told["type"] == "alert.firing"]


def check_causes(scenario, case, told):
    """Alerts name who made them, to the last digit; under load a few may come without causes."""
    named = [alert["data"]["contributors"] for alert, _ in told]
    named = [contributors for contributors in named if contributors]
    print(f"{case}: {len(named)} of {len(told)} alerts name causes, such as {named[:1]}")
    users = [
        [
            (one["value"], one["calls"], Decimal(one["cost_usd"]))
            for one in contributors
            if one["dimension"] == "user_id"
        ]
        for contributors in named
    ]
    dear = Decimal(DEAR_TOKENS) * USD_PER_TOKEN
    wrong = [found for found in users if found != [("culprit", 1, dear)]]
    unnamed = [one for contributors in named for one in contributors if not one["value"]]
    scenario.check(not unnamed, f"{case}: what no call names is no cause; else {unnamed[:2]}")
    scenario.check(
        len(named) > len(told) / 2 and not wrong,
        f"{case}: they name the user who did it, with one call of {dear} dollars; else {wrong[:2]}",
    )


def measure(scenario, case):
    """Runs load, incidents and the program; checks the times of one case."""
    topic, lake = scenario.topic(f"-{case}", partitions=4), scenario.lake(suffix=f"-{case}")
    hooks = receivers.Webhooks()
    rules, config = scenario.folder / "rules.yaml", scenario.folder / f"{case}.toml"
    rules.write_text(RULES)
    config.write_text(CONFIG.format(rules=rules, hook=hooks.url))
    scenario.environment["HOOK_SECRET"] = SECRET
    with_rules = ("--config", config)
    inside = with_rules if case == "inside" else ()
    worker = scenario.run_worker(
        *(topic, lake, *inside), label=f"{case}-worker", worker__epoch_max_ms=EPOCH_MS
    )
    programs = [worker]
    if case == "beside":
        programs.append(scenario.spawn("alert", *with_rules, "--lake", lake, label=f"{case}-alert"))
    time.sleep(3)
    load = scenario.start_load(topic, "--rate", RATE, "--seconds", SECONDS + 10)
    began = go_wild(scenario, topic, SECONDS)
    until = time.monotonic() + SETTLE_S_MAX
    while len(alerts(hooks)) < len(began) and time.monotonic() < until:
        time.sleep(0.2)
    told = alerts(hooks)
    load.terminate()
    sent = json.loads(load.communicate()[0])
    cpu_s = [cpu_seconds(program.process.pid) for program in programs]
    for program in programs:
        scenario.check(program.terminate() == 0, f"{case}: SIGTERM ends it with exit code 0")
    hooks.stop()
    rate = sent["events"] / sent["seconds"]
    print(f"{case}: {sent['events']} events at {rate:.0f} a second, ", end="")
    print(f"load of the machine {os.getloadavg()[0]:.1f}, CPU {cpu_s} s")
    scenario.check(rate > 0.8 * RATE, f"{case}: the load was sent at {RATE} a second, nearly")
    found = [(one["data"]["labels"]["feature"], one["timestamp"], at) for one, at in told]
    check_times(scenario, case, lake, began, found)
    check_causes(scenario, case, told)


def cpu_seconds(pid):
    """The CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return round((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), 1)


def check_times(scenario, case, lake, began, found):
    """Each incident has one alert, and nearly all are in time."""
    features = sorted(feature for feature, _, _ in found)
    scenario.check(
        features == sorted(began), f"{case}: {len(began)} incidents, each of them told of once"
    )
    took = sorted(at - began[feature] for feature, _, at in found if feature in began)
    if not took:
        return
    print(f"{case}: first bad event to delivery {spread(took)}")
    # Its time is that of the evaluation that found it.
    changed = {feature: datetime.fromisoformat(text).timestamp() for feature, text, _ in found}
    rows = sorted(changed[feature] - began[feature] for feature in changed)
    told = sorted(at - changed[feature] for feature, _, at in found)
    print(f"  event to evaluation {spread(rows)}")
    print(f"  evaluation to delivery (causes, commit, post) {spread(told)}")
    commits = DeltaTable(f"{lake.removeprefix('file://')}/events").version()
    print(f"  commits of events: {commits}")
    p99 = percentile(took, 99)
    scenario.check(p99 <= P99_S_MAX, f"{case}: p99 is {p99:.2f} s, at most {P99_S_MAX} s")


def percentile(ordered, share):
    """The value that so many of a hundred stay below."""
    return ordered[min(len(ordered) * share // 100, len(ordered) - 1)]


def spread(ordered):
    """Sorted seconds as text."""
    shares = [f"p{share} {percentile(ordered, share):.2f} s" for share in (50, 90, 99)]
    return f"{', '.join(shares)}, most {ordered[-1]:.2f} s"


def main(scenario):
    for case in CASES:
        measure(scenario, case)


if __name__ == "__main__":
    harness.run(main)
