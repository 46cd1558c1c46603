"""A month on fleets and commitments: three prices an event, and days that add up to the invoices.

The operator's book is the example that is shipped. The program takes a month of events into a lake;
an oracle of its own prices each event again, DuckDB reads what was stored, and the lines of
`prices capacity` are compared with sums of exact decimals and with what is owed by hand.
"""

import datetime
import json
import random
from collections import defaultdict
from decimal import Decimal

import harness

from oracle import lake as lakes
from oracle import native, pricing
from oracle.operator_book import Operator
from oracle.prices import BUILT_IN

BOOK = harness.TESTS.parent / "deploy" / "prices.example.toml"
LINES = 6_000
START = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)
MONTH_S = 30 * 86_400
MODELS = (
    ("openai", "gpt-4o"),
    ("azure", "gpt-4o"),
    ("azure", "prod-gpt4o"),
    ("own-fleet", "llama-3.3-70b"),
    ("own-fleet", "mixtral-8x22b"),
    ("anthropic", "claude-opus-5"),
    ("google", "gemini-2.5-pro"),
    ("openai", "nobody-knows-it"),
)
# What November costs by the book, by hand: 50 units at 1.00 an hour, 24 GPUs at 3.20 an hour, and
# a promise of 25,000.
HOURS = 30 * 24
INVOICES = {
    "commitment:ptu-prod": 50 * HOURS * Decimal("1.00"),
    "fleet:h100-fra": 24 * HOURS * Decimal("3.20"),
    "minimum_spend:anthropic-floor": Decimal("25000"),
}
PRICES = ("cost_usd", "contracted_cost_usd", "list_cost_usd", "price_status", "price_match", "price_entry")


def line(number, chance):
    """One event of the month."""
    provider, model = chance.choice(MODELS)
    moment = START + datetime.timedelta(seconds=chance.randrange(MONTH_S))
    event = {
        "event_id": f"c-{number}",
        "event_time": moment.isoformat().replace("+00:00", "Z"),
        "provider": provider,
        "model": model,
        "user_id": f"u-{number % 50}",
        "input_tokens": chance.randrange(250_000),
        "output_tokens": chance.randrange(9_000),
        "attributes": {
            "account": chance.choice(("acme", "other")),
            "deployment": chance.choice(("prod", "dev")),
        },
    }
    if chance.random() < 0.3:
        event["region"] = chance.choice(("europe-west4", "us-east-1"))
    if provider == "own-fleet" and chance.random() < 0.5:
        event["gpu_seconds"] = round(chance.random() * 20, 6)
    return json.dumps(event).encode()


def capacity_of(entry):
    """The capacity that an entry's events count for."""
    if entry is None:
        return None
    if entry.startswith(("fleet:", "commitment:")):
        return entry.split("/")[0]
    last = entry.split("|")[-1]
    return last if last.startswith("minimum_spend:") else None


def main(scenario):
    chance = random.Random(20)
    lines = [line(number, chance) for number in range(LINES)]
    path = scenario.folder / "month.ndjson"
    path.write_bytes(b"\n".join(lines) + b"\n")
    lake = scenario.lake()
    book = {"PRICES__OPERATOR_BOOK": BOOK}
    print(scenario.call("prices", "check", BOOK).strip().splitlines()[-1])
    print(scenario.call("backfill", path, "--lake", lake, **book).strip())

    rows = lakes.connect().execute(
        f"SELECT event_id, date, {', '.join(PRICES)} FROM {lakes.scan(lake, 'events')}"
    ).fetchall()
    stored = {row[0]: row[1:] for row in rows}
    scenario.check(len(rows) == len(stored) == LINES, f"{len(rows)} events are stored")
    oracle = Operator(BOOK.read_text(encoding="utf-8"))
    wrong, used, spent = [], defaultdict(Decimal), defaultdict(Decimal)
    decoded = [native.decode(raw, None, pricing.OTHER_UNITS) for raw in lines]
    for event in decoded:
        expected = oracle.price(event)
        found = stored[event["event_id"]]
        if tuple(expected[name] for name in PRICES) != found[1:]:
            wrong.append((event["event_id"], expected, found))
        capacity = capacity_of(expected["price_entry"])
        if capacity and expected["cost_usd"] is not None:
            used[found[0].isoformat(), capacity] += expected["cost_usd"]
            spent[capacity] += expected["cost_usd"]
    scenario.check(not wrong, f"each event has its three prices ({len(wrong)} differ: {wrong[:2]})")
    differ = sum(1 for row in stored.values() if len(set(row[1:4])) == 3)
    scenario.check(differ > 100, f"{differ} events have three different prices")

    now_us = harness.now_ms() * 1000
    shown = scenario.call(
        "prices", "diff", "built-in", "built-in", "--operator-b", BOOK, "--days", 3660, "--lake", lake
    )
    past = [event for event in decoded if event["event_time"] < now_us]
    sums = [
        sum(one["cost_usd"] or 0 for one in map(prices.price, past))
        for prices in (BUILT_IN, oracle)
    ]
    total = next(one.split() for one in shown.splitlines() if one.startswith("all "))
    found = [int(total[1]), *map(Decimal, total[2:5])]
    scenario.check(
        found == [len(past), *sums, sums[1] - sums[0]],
        f"{len(past)} events until now cost {sums[0]} at list and {sums[1]} by the book",
    )
    scenario.check("nobody-knows-it" not in shown, "models that cost the same are left out")

    span = ("--from", "2026-11-01", "--to", "2026-12-01", "--format", "json")
    printed = scenario.call("prices", "capacity", "--lake", lake, *span, **book)
    days = [json.loads(one, parse_float=Decimal) for one in printed.splitlines()]
    scenario.check(len(days) == 30 * len(INVOICES), f"{len(days)} lines, one a day and capacity")
    money = {
        (day["date"], day["capacity"]): [Decimal(day[f"{name}_usd"]) for name in ("paid", "used", "unused")]
        for day in days
    }
    adds_up = all(paid == used_of_day + unused for paid, used_of_day, unused in money.values())
    scenario.check(adds_up, "on each day paid = used + unused")
    same = all(used[key] == amounts[1] for key, amounts in money.items())
    scenario.check(same and set(used) <= set(money), "what was used is the sum of the events")
    for capacity, invoice in INVOICES.items():
        paid = sum(amounts[0] for (_, name), amounts in money.items() if name == capacity)
        unused = sum(amounts[2] for (_, name), amounts in money.items() if name == capacity)
        holds = paid == invoice and spent[capacity] + unused == invoice and spent[capacity] > 0
        scenario.check(holds, f"{capacity}: used {spent[capacity]} + unused {unused} = {invoice}")


if __name__ == "__main__":
    harness.run(main)
