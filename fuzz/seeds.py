#!/usr/bin/env python3
"""Writes what each fuzz target begins with into fuzz/corpus: the corpus of tests/ and the examples.

seeds.py [--seed N] [--bytes-max N]     N bytes at most a seed, 4096 if none is said
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from corpus import fields, messages, time_faults
from corpus.case import event, message

SEPARATOR = b"\x1e"
VALUE = re.compile(rb'"([a-z_0-9]+)":(.*)\}\Z', re.DOTALL)
# As in fuzz_targets/event_field.rs.
FIELD_ORDER = (
    *(
        "event_id",
        "event_time",
        "provider",
        "model",
        "requested_model",
        "tenant",
        "user_id",
        "feature",
    ),
    *("workflow", "run_id", "session_id", "agent", "region", "route", "service_tier"),
    *(
        "requested_service_tier",
        "status",
        "usage_state",
        "served_from",
        "emitter",
        "sequence",
        "attempt",
    ),
    *(
        "gpu_seconds",
        "latency_ms",
        "time_to_first_token_ms",
        "reported_cost_usd",
        "attributes",
        "unknown",
    ),
    *(unit["usage"] for unit in json.loads(fields.FACTS.read_text())["units"]),
)
APP_IDS = (
    *("tokenmeter/usage@AAAAAAAAAAAAAAAAAAAAAA/0", "seed/usage@id/7", "wm/usage@id/2147483647"),
    *("counts/events/usage@id/0", "counts/expired/file:a@b/c.json@0011/0", "maintenance/events"),
    *("reprice/events", "reprice/manifest", "p/a@b@c/-1", "p/@/0", "///", "@", "counts//t@i/0"),
)


def last_values(cases):
    """The value that stands last in each message, with its field: what one case is about."""
    prefix = message()[:-1]
    for case in cases:
        found = (
            VALUE.match(case.payload[len(prefix) + 1 :])
            if case.payload.startswith(prefix)
            else None
        )
        name = found and found[1].decode()
        if name in FIELD_ORDER:
            yield bytes([FIELD_ORDER.index(name)]) + found[2]


def numbers(cases):
    """Spellings of numbers, good and bad, with a scale before them."""
    for value in last_values(cases):
        if value[1:2] in b"-+.0123456789":
            yield bytes([12]) + value[1:]
            yield bytes([3]) + value[1:]


def instants():
    """Texts of times, good and bad."""
    return (text.encode(errors="replace") for text in time_faults.NO_TIMES)


def batches(cases):
    """Messages in sixteens."""
    for at in range(0, len(cases), 16):
        yield SEPARATOR.join(case.payload for case in cases[at : at + 16])


def sections(*files):
    """Whole TOML files, and each of their sections."""
    for file in files:
        text = file.read_text()
        yield text.encode()
        yield from (part.encode() for part in re.split(r"\n(?=\[)", text))


def books(bytes_max):
    """Price facts of one model each, with the units that it is priced by; some of them cut."""
    facts = json.loads(fields.FACTS.read_text())
    for provider in facts["providers"]:
        for at, model in enumerate(provider["models"][:5]):
            used = {rate for price in model["prices"] for rate in price["rates"]}
            units = [unit for unit in facts["units"] if unit["rate"] in used]
            alone = {**provider, "models": [model]}
            alone.pop("source_urls", None)
            book = json.dumps({"units": units, "providers": [alone]}).encode()
            if len(book) <= bytes_max:
                yield book
                yield book[: len(book) * at // 5]


def all_seeds(seed, bytes_max):
    """Seeds by target."""
    cases = [*messages.malformed(seed), *messages.odd(seed)]
    payloads = [case.payload for case in cases]
    small = [case for case in cases if len(case.payload) < bytes_max // 16]
    deploy, defaults = ROOT / "deploy", ROOT / "src/config/default.toml"
    facts = ROOT / "fuzz/fuzz_targets/operator_book/facts.json"
    operator = [*sections(deploy / "prices.example.toml")]
    return {
        "event": [*payloads, json.dumps(event(status="error", attributes={"a": "b"})).encode()],
        "event_field": last_values(cases),
        "event_batch": batches(small),
        "file_lines": (b"\x07" + b"\r\n".join(payloads[at : at + 9]) for at in range(0, 2_000, 9)),
        "decimal": numbers(cases),
        "instant": instants(),
        "config": sections(defaults, deploy / "tokenmeter.example.toml"),
        "operator_book": operator,
        "price_facts": [
            facts.read_bytes(),
            facts.read_bytes() + b"\0" + operator[1],
            *books(bytes_max),
        ],
        "app_ids": (name.encode() for name in APP_IDS),
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bytes-max", type=int, default=4096)
    arguments = parser.parse_args()
    for target, seeds in all_seeds(arguments.seed, arguments.bytes_max).items():
        folder = ROOT / "fuzz/corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for seed in seeds:
            if len(seed) <= arguments.bytes_max:
                (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
        print(f"{target}: {len(list(folder.iterdir()))} seeds")


if __name__ == "__main__":
    main()
