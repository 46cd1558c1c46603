#!/usr/bin/env python3
"""Shows that the lake check can fail: spoils a right lake in many small ways and sees each one.

Writes a lake by the table's definitions with another Delta library, from events that the oracle
itself sorted, then damages what is expected, one thing at a time.
"""

import copy
import shutil
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scenarios"))

import pyarrow as pa
import pyarrow.compute as compute
from deltalake import CommitProperties, Transaction, write_deltalake
from generate import Generator, payload

from oracle import events, frames
from oracle.check_lake import check
from oracle.topics import Partition

TOPIC, TOPIC_ID = "usage-events", "AAAAAAAAAAAAAAAAAAAAAA"
TIME_MS = 1_700_000_000_000


def sample_partitions():
    """Two partitions with events, a copy, a conflict, a tombstone and messages of many faults."""
    generator = Generator(7)
    partitions = {}
    for number in (0, 1):
        payloads = [
            payload(generator.event(f"call-{number}-{n}", TIME_MS + n * 700)) for n in range(300)
        ]
        conflict = payload(generator.event(f"call-{number}-5", TIME_MS))
        payloads += [payloads[3], conflict, None, b"{", b"[1]", b"\xff", b"{}"]
        messages = [(offset, TIME_MS, data) for offset, data in enumerate(payloads, 10)]
        partitions[number] = Partition(10, 10 + len(messages), messages)
    return partitions


def write_lake(root, expectation):
    """Writes the three tables as tokenmeter promises them, each window in two parts."""
    offsets, account = [], []
    for number, tally in expectation.partitions.items():
        name = f"{TOPIC}@{TOPIC_ID}/{number}"
        offsets.append(Transaction(f"tokenmeter/{name}", tally.next))
        account.append(Transaction(f"seed/{name}", tally.start))
        for what in ("events", "rejects", "duplicates", "tombstones"):
            account.append(Transaction(f"counts/{what}/{name}", getattr(tally, what)))
    table = frames.event_table([expectation])
    for name in ("other_usage", "attributes"):
        value = pa.string() if name == "attributes" else frames.MONEY
        entries = [[tuple(one.values()) for one in row] for row in table[name].to_pylist()]
        column = pa.array(entries, pa.map_(pa.string(), value))
        table = table.set_column(table.schema.get_field_index(name), name, column)
    write(root / "events", dated(table, "event_time"), ["date"], offsets + account)
    rejects = frames.reject_table([expectation])
    days = pa.array([TIME_MS * 1000] * len(rejects), frames.TIME)
    write(root / "rejects", dated(rejects.append_column("t", days), "t"), ["date"], offsets)
    half = len(expectation.events) // 2
    for part, txns in ((slice(None, half), []), (slice(half, None), offsets)):
        piece = events.Expectation(TOPIC, TOPIC_ID, events=expectation.events[part])
        rows = dated(frames.window_table([piece]), "window_start")
        write(root / "cost_windows", rows, ["rollup", "date"], txns)


def dated(table, column):
    return table.append_column("date", compute.cast(table[column], pa.date32()))


def write(folder, table, partition_by, txns):
    properties = CommitProperties(app_transactions=txns or None)
    write_deltalake(
        folder, table, mode="append", partition_by=partition_by, commit_properties=properties
    )


def spoil_event(name, value):
    """A damage that changes one value of one event."""

    def damage(expectation):
        victim = next(event for event in expectation.events if event[name] is not None)
        victim[name] = value(victim[name])

    return damage


DAMAGES = {
    "an event is lost": lambda e: e.events.append({**e.events[-1], "kafka_offset": 9_999}),
    "an event is too many": lambda e: e.events.pop(5),
    "cost off by the last place": spoil_event("cost_usd", lambda v: v + Decimal("1e-12")),
    "cost missing": spoil_event("cost_usd", lambda v: None),
    "a zero for a null": spoil_event("cache_read_tokens", lambda v: None),
    "time off by a microsecond": spoil_event("event_time", lambda v: v + 1),
    "one token less": spoil_event("output_tokens", lambda v: v - 1),
    "another user": spoil_event("user_id", lambda v: v + "x"),
    "another unit's count": spoil_event("other_usage", lambda v: {**v, "requests": Decimal(1)}),
    "another attribute": spoil_event("attributes", lambda v: {**v, "k": "v"}),
    "slower by a microsecond": spoil_event("latency_ms", lambda v: v + Decimal("0.001")),
    "another reason": lambda e: e.rejects.__setitem__(0, (*e.rejects[0][:2], "too_large")),
    "a reject is lost": lambda e: e.rejects.append((0, 9_999, "not_json")),
    "a reject is too many": lambda e: e.rejects.pop(),
    "next offset off by one": lambda e: setattr(e.partitions[1], "next", e.partitions[1].next + 1),
    "begun elsewhere": lambda e: setattr(e.partitions[0], "start", 0),
    "one duplicate more": lambda e: setattr(e.partitions[0], "duplicates", 2),
    "one tombstone less": lambda e: setattr(e.partitions[1], "tombstones", 0),
    "a partition is unknown": lambda e: e.partitions.pop(1),
    "another life of the topic": lambda e: setattr(e, "topic_id", "B" * 22),
    "another topic": lambda e: setattr(e, "topic", "elsewhere"),
}


def main():
    root = Path(tempfile.mkdtemp(prefix="tokenmeter-selftest-"))
    partitions = sample_partitions()
    expectation = events.expect_topic(TOPIC, TOPIC_ID, partitions)
    write_lake(root, expectation)
    failures = check(str(root), [expectation], "a right lake")
    for name, damage in DAMAGES.items():
        spoiled = copy.deepcopy(expectation)
        damage(spoiled)
        found = check(str(root), [spoiled], quiet=True)
        print(f"{name}: {len(found)} differences" + (f", first: {found[0]}" if found else ""))
        if not found:
            failures.append(f"not seen: {name}")
    # The same part of a window committed twice, as a zombie would.
    rows = dated(frames.window_table([expectation]).slice(0, 1), "window_start")
    write(root / "cost_windows", rows, ["rollup", "date"], [])
    found = check(str(root), [expectation], quiet=True)
    print(f"a window part is doubled: {len(found)} differences")
    if not any("rollup" in one for one in found) or not any("window" in one for one in found):
        failures.append("not seen: a doubled window part")
    shutil.rmtree(root)
    for failure in failures:
        print(f"FAILED: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
