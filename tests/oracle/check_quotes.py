#!/usr/bin/env python3
"""Holds the answers of `tokenmeter prices quote --ndjson` against the oracle, to the last digit.

    python3 tests/oracle/check_quotes.py --program target/release/tokenmeter [--seed 1] [--more 65000]

Makes requests (`quote_requests.py`), asks the program once for all of them, and compares of every
answer the status, the three costs, the entry and each part of the charge (unit, count, rate, cost),
and that the parts add up. Amounts that do not end within 12 places are listed by their rate, each proven
to be rounded half to even. Then it damages answers and sees that each damage is noticed. The exit
code is 1 if anything differs.
"""

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from oracle import native
from oracle.prices import BUILT_IN, UNITS, plain
from oracle.quote_requests import Requests

OTHER_UNITS = frozenset(UNITS) - set(native.COUNTERS)
INVALID_USAGE = ("negative_usage", "usage_parts_exceed_total")
REQUESTS_MIN = 100_000
DIFFERENCES_SHOWN = 20
PICO = 10**12


@functools.cache
def model_names():
    """Provider and model of all entries."""
    providers = BUILT_IN.providers
    return {f"{one['provider']}/{model['model']}" for one in providers for model in one["models"]}


@functools.lru_cache(maxsize=10_000)
def model_of(entry):
    """Provider and model of an entry, without its conditions."""
    ends = [end for end in range(len(entry) + 1) if entry[:end] in model_names()]
    return next((entry[:end] for end in reversed(ends) if entry[end : end + 1] in ("", "@", "+")), "")


@dataclass
class Findings:
    """What a comparison found."""

    differences: list = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    entries: Counter = field(default_factory=Counter)
    units: Counter = field(default_factory=Counter)
    # By model, unit and rate: amounts at a rate that does not end within 12 places a unit.
    rounded: Counter = field(default_factory=Counter)
    # Amounts that do not end as the quantity was no whole number.
    rounded_quantities: int = 0
    ties: int = 0

    def add(self, other):
        """Adds what another comparison found."""
        self.differences += other.differences
        for name in ("statuses", "entries", "units", "rounded"):
            getattr(self, name).update(getattr(other, name))
        self.rounded_quantities += other.rounded_quantities
        self.ties += other.ties


def expected(line):
    """What must be answered to a line, without its parts, and the parts."""
    try:
        event = native.decode(line.encode(), None, OTHER_UNITS)
    except native.Reject as reject:
        status = "invalid_usage" if reject.reason in INVALID_USAGE else "rejected"
        return {"price_status": status, "reason": reject.reason}, []
    columns, items = BUILT_IN.explain(event)
    costs = ("cost_usd", "list_cost_usd", "contracted_cost_usd")
    names = ("price_status", *costs, "price_match", "price_entry")
    return {name: plain(columns[name]) for name in names}, items


def compare(line, text, findings):
    """Compares the answer to one line with what must be answered."""
    want, items = expected(line)
    found = json.loads(text)
    wrong = [
        f"{name} is {found.get(name)!r}, not {value!r}"
        for name, value in want.items()
        if found.get(name) != value
    ]
    if found["event_id"] != json.loads(line)["event_id"]:
        wrong.append(f"answers {found['event_id']!r}")
    if "cost_usd" not in want and (found["cost_usd"] is not None or found["price_entry"] is not None):
        wrong.append("has a cost")
    wrong += compare_leaves(found, items, findings)
    findings.statuses[found["price_status"]] += 1
    if found["price_entry"]:
        findings.entries[found["price_entry"]] += 1
    findings.differences += [f"{one}: {line}: {text}" for one in wrong]


def compare_leaves(found, items, findings):
    """What is wrong with the parts of a charge."""
    leaves = {leaf["unit"]: leaf for leaf in found["leaves"]}
    wrong = []
    if len(leaves) != len(found["leaves"]) or leaves.keys() != {item.unit for item in items}:
        wrong.append(f"parts are {[*leaves]}")
    for item in items:
        leaf = leaves.get(item.unit)
        if leaf is None:
            continue
        findings.units[item.unit] += 1
        cost = Fraction(leaf["cost_usd"]) * PICO
        exact = item.exact_cost * PICO
        if Fraction(leaf["count"]) != item.quantity:
            wrong.append(f"count of {item.unit} is not {item.quantity}")
        if Fraction(leaf["rate"]) != Fraction(item.rate) or leaf["per"] != item.per:
            wrong.append(f"rate of {item.unit} is not {item.rate} per {item.per}")
        # Nearest whole part of 10^-12 dollars, of two equally near ones the even one.
        distance = abs(cost - exact)
        is_tie = distance * 2 == 1
        if cost.denominator != 1 or distance * 2 > 1 or (is_tie and cost % 2):
            wrong.append(f"cost of {item.unit} is not {exact} rounded half to even")
        findings.ties += is_tie
        if exact.denominator != 1 and (Fraction(item.rate) * PICO / item.per).denominator == 1:
            findings.rounded_quantities += 1
        elif exact.denominator != 1:
            model = model_of(found["price_entry"])
            findings.rounded[model, item.unit, item.rate, item.per] += 1
    if found["cost_usd"] is not None:
        if sum(Fraction(leaf["cost_usd"]) for leaf in found["leaves"]) != Fraction(found["cost_usd"]):
            wrong.append("parts do not add up")
    return wrong


def compare_all(pairs):
    """Compares many lines with their answers."""
    findings = Findings()
    for line, text in pairs:
        compare(line, text, findings)
    return findings


def compare_in_parallel(lines, answers):
    """The same on all processors."""
    pairs = list(zip(lines, answers, strict=True))
    chunks = [pairs[start : start + 5_000] for start in range(0, len(pairs), 5_000)]
    total = Findings()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for findings in pool.map(compare_all, chunks):
            total.add(findings)
    return total


def ask(program, lines):
    """The program's answers, and the seconds that it took."""
    with tempfile.TemporaryFile("w+") as requests, tempfile.TemporaryFile("w+") as answers:
        requests.write("\n".join(lines) + "\n")
        requests.seek(0)
        begun = time.monotonic()
        command = [program, "prices", "quote", "--ndjson"]
        subprocess.run(command, stdin=requests, stdout=answers, check=True)
        seconds = time.monotonic() - begun
        answers.seek(0)
        return answers.read().splitlines(), seconds


def plus_pico(text):
    """An amount with one more in the last of its 12 places."""
    digits = str(int(text.replace(".", "")) + 1).zfill(13)
    return f"{digits[:-12]}.{digits[-12:]}"


# Each spoils one answer that has a cost and at least one part.
DAMAGES = {
    "a cost off by the last place": lambda a: a.update(cost_usd=plus_pico(a["cost_usd"])),
    "a list cost off by the last place": lambda a: a.update(list_cost_usd=plus_pico(a["list_cost_usd"])),
    "a contracted cost off by the last place": lambda a: a.update(
        contracted_cost_usd=plus_pico(a["contracted_cost_usd"])
    ),
    "no cost": lambda a: a.update(cost_usd=None),
    "another status": lambda a: a.update(price_status="unpriced"),
    "another entry": lambda a: a.update(price_entry=a["price_entry"] + "x"),
    "another match": lambda a: a.update(price_match="assumed"),
    "another event": lambda a: a.update(event_id="call"),
    "a part lost": lambda a: a["leaves"].pop(),
    "a part doubled": lambda a: a["leaves"].append(a["leaves"][0]),
    "another unit": lambda a: a["leaves"][0].update(unit="requests"),
    "one more counted": lambda a: a["leaves"][0].update(count=a["leaves"][0]["count"] + 1),
    "another rate": lambda a: a["leaves"][0].update(rate=a["leaves"][0]["rate"] + "1"),
    "another per": lambda a: a["leaves"][0].update(per=1),
    "a part's cost off by the last place": lambda a: a["leaves"][0].update(
        cost_usd=plus_pico(a["leaves"][0]["cost_usd"])
    ),
}


def can_be_spoiled(leaves):
    """Whether every damage makes a difference to these parts."""
    return len(leaves) > 1 and "." in leaves[0]["rate"] and isinstance(leaves[0]["count"], int)


def unseen_damages(lines, answers):
    """Names of damages that the comparison does not notice, out of all."""
    line, text = next(
        (line, text)
        for line, text in zip(lines, answers, strict=True)
        if json.loads(text)["price_match"] == "exact" and can_be_spoiled(json.loads(text)["leaves"])
    )
    unseen = []
    for name, damage in DAMAGES.items():
        spoiled = json.loads(text)
        damage(spoiled)
        if not compare_all([(line, json.dumps(spoiled))]).differences:
            unseen.append(name)
    return unseen


def never_charged(findings):
    """Models that no request reached."""
    return sorted(model_names() - {model_of(entry) for entry in findings.entries})


def priced_units():
    """Units for which the facts have a rate."""
    prices = [
        price
        for provider in BUILT_IN.providers
        for model in provider["models"]
        for price in model["prices"] + model.get("variants", [])
    ]
    return {rate for price in prices for rate in price["rates"]}


def report(findings, lines, seconds):
    """Prints the figures."""
    print(f"{len(lines)} requests answered in {seconds:.1f} s: {len(lines) / seconds:,.0f} a second")
    print("statuses:", ", ".join(f"{name} {count}" for name, count in findings.statuses.most_common()))
    models = {model_of(entry) for entry in findings.entries} & model_names()
    print(f"{len(models)} of {len(model_names())} models charged", end=", ")
    print(f"{len(findings.entries)} entries, {len(findings.units)} of {len(priced_units())} priced units")
    count = sum(findings.rounded.values())
    print("rounded half to even, as they do not end within 12 places:", end=" ")
    print(f"{findings.rounded_quantities} amounts of quantities that are not whole", end=", ")
    print(f"{count} at rates that do not end; {findings.ties} of all at a tie. By rate:")
    for (model, unit, rate, per), amounts in sorted(findings.rounded.items()):
        print(f"  {amounts:>6}  {model} {unit}: {rate} per {per}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--program", required=True, help="the tokenmeter to ask")
    parser.add_argument("--seed", type=int, default=1, help="other seed, other requests")
    parser.add_argument("--more", type=int, default=65_000, help="requests at random, beside the others")
    arguments = parser.parse_args()
    begun = time.monotonic()
    lines = Requests(arguments.seed).all(arguments.more)
    answers, seconds = ask(arguments.program, lines)
    failures = []
    if len(lines) < REQUESTS_MIN:
        failures.append(f"only {len(lines)} requests")
    if len(answers) != len(lines):
        failures.append(f"{len(answers)} answers to {len(lines)} requests")
    else:
        findings = compare_in_parallel(lines, answers)
        report(findings, lines, seconds)
        failures += findings.differences[:DIFFERENCES_SHOWN]
        failures += [f"never charged: {name}" for name in never_charged(findings)]
        failures += [f"not noticed: {name}" for name in unseen_damages(lines, answers)]
        print(f"{len(findings.differences)} differences, {len(DAMAGES)} damages tried", end=", ")
        print(f"{time.monotonic() - begun:.0f} s altogether")
    for failure in failures:
        print(f"FAILED: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
