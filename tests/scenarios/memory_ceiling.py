"""A worker that has much to catch up stays below its memory ceiling, whatever it catches up on.

memory_ceiling.py                                   small, for CI
CASES=plain EVENTS=20000000 CEILING_MIB=512 memory_ceiling.py
CASES=users EVENTS=20000000 USERS=1000000 CEILING_MIB=512 memory_ceiling.py
CASES=large EVENTS=8000 CEILING_MIB=512 memory_ceiling.py
CASES=slow_storage EVENTS=20000000 CEILING_MIB=512 memory_ceiling.py
CASES=long_keys EVENTS=400000 CEILING_MIB=512 memory_ceiling.py
"""

import os
import subprocess
import sys
import time
from decimal import Decimal
from urllib.parse import urlsplit

import harness
from backlog import MINUTE_MS, Backlog
from slow_proxy import SlowProxy

from oracle import lake as duckdb_lake
from oracle import native, pricing
from oracle.compare import Comparison
from oracle.events import SUM_MEASURES

CASES = os.environ.get("CASES", "plain,users,large,slow_storage,long_keys").split(",")
CEILING_BYTES = int(os.environ.get("CEILING_MIB", "320")) << 20
# Freed pages are given back only near the ceiling, so a little more is held for a moment.
HELD_BYTES_MAX = CEILING_BYTES * 5 // 4
# What each case sends unless the environment says otherwise.
EVENTS = {
    "plain": 400_000,
    "users": 200_000,
    "large": 320,
    "slow_storage": 200_000,
    "long_keys": 100_000,
}
KEY_BYTES = 20_000
USERS = int(os.environ.get("USERS", "100000"))
PARTITIONS = 8
PRODUCERS = 2
BYTES_PER_S, DELAY_S = 2_000_000, 0.05


def main(scenario):
    for case in CASES:
        events = int(os.environ.get("EVENTS", EVENTS[case]))
        backlog = Backlog(
            events,
            # The last hour, so that no event lies in the future.
            begin_ms=(harness.now_ms() // MINUTE_MS - 60) * MINUTE_MS,
            users=USERS if case == "users" else 0,
            large=case == "large",
            key_bytes=KEY_BYTES if case == "long_keys" else 0,
        )
        catch_up(scenario, case, backlog)


def catch_up(scenario, case, backlog):
    """Produces a backlog, lets a worker read it, and checks its memory and the lake."""
    topic = scenario.topic(suffix=f"-{case}", partitions=PARTITIONS)
    produce(scenario, topic, backlog)
    # What waits in the client grows as long as storage lags behind.
    slow = case in ("slow_storage", "long_keys")
    lake = scenario.lake("s3" if slow else "file", suffix=f"-{case}")
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if slow:
        server = urlsplit(endpoint)
        proxy = SlowProxy((server.hostname, server.port), BYTES_PER_S, DELAY_S)
        scenario.environment["AWS_ENDPOINT_URL"] = f"http://{proxy.address}"
    begun = time.monotonic()
    worker = scenario.run_worker(
        *(topic, lake, "--until-end"),
        label=case,
        worker__memory_bytes_max=CEILING_BYTES,
        worker__epoch_max_ms=5_000,
    )
    _, status, usage = os.wait4(worker.process.pid, 0)
    seconds = time.monotonic() - begun
    code = worker.process.returncode = os.waitstatus_to_exitcode(status)
    if slow:
        scenario.environment["AWS_ENDPOINT_URL"] = endpoint
        scenario.check(
            proxy.held_s > seconds / 2,
            f"storage was slow: {proxy.bytes:,} bytes, held back for {proxy.held_s:.0f} s",
        )
    scenario.check(code == 0, f"{case}: exit code {code}{worker.summary() if code else ''}")
    cpu = usage.ru_utime + usage.ru_stime
    peak = usage.ru_maxrss << 10
    scenario.check(
        peak <= HELD_BYTES_MAX,
        f"{case}: {peak >> 20} MiB were held at most, the ceiling is {CEILING_BYTES >> 20} MiB; "
        f"{backlog.events:,} messages in {seconds:.1f} s, CPU {cpu:.1f} s",
    )
    begun = time.monotonic()
    differences = compare(scenario, topic, lake, backlog)
    scenario.check(
        not differences,
        f"{case}: every offset once, sums exact ({time.monotonic() - begun:.0f} s) "
        f"{differences[:3] or ''}",
    )
    scenario.delete_topic(topic)


def produce(scenario, topic, backlog):
    """Sends the whole backlog from several processes."""
    script = harness.TESTS / "scenarios" / "backlog.py"
    arguments = ["--bootstrap", scenario.bootstrap, "--topic", topic]
    arguments += ["--events", str(backlog.events), "--begin-ms", str(backlog.begin_ms)]
    arguments += ["--users", str(backlog.users)] + ["--large"] * backlog.large
    arguments += ["--key-bytes", str(len(backlog.key_tail))]
    producers = [
        subprocess.Popen([sys.executable, script, *arguments, "--part", f"{part}/{PRODUCERS}"])
        for part in range(PRODUCERS)
    ]
    if any([producer.wait() for producer in producers]):
        raise harness.Failed("not every message was sent")


def compare(scenario, topic, lake, backlog):
    """What differs between the lake and what is known of the backlog."""
    comparison = Comparison(duckdb_lake.connect(), lake)
    check_offsets(comparison, scenario.ends(topic), backlog)
    check_sums(comparison, backlog)
    comparison.windows_equal_events()
    return comparison.differences


def check_offsets(comparison, ends, backlog):
    """Each offset is in `events` or `rejects` once: as many as there are, with their sum."""
    found = {
        partition: row
        for partition, *row in comparison.rows(
            "SELECT kafka_partition, count(*), min(kafka_offset), max(kafka_offset), "
            "sum(kafka_offset::HUGEINT) FROM "
            f"(SELECT kafka_partition, kafka_offset FROM {comparison.table('events')} UNION ALL "
            f"SELECT kafka_partition, kafka_offset FROM {comparison.table('rejects')}) GROUP BY ALL"
        )
    }
    for partition, end in ends.items():
        expected = [end, 0, end - 1, end * (end - 1) // 2]
        if end and found.get(partition) != expected:
            comparison.differ(f"{partition} has {found.get(partition)}, expected {expected}")
    if sum(ends.values()) != backlog.events:
        comparison.differ(f"the topic has {sum(ends.values())} messages")


def check_sums(comparison, backlog):
    """What all events sum to, and how many are rejects."""
    expected = dict.fromkeys(SUM_MEASURES, Decimal(0))
    events = 0
    for body, number, times in backlog.counts():
        if not backlog.is_valid(body):
            continue
        _, payload = backlog.message(number)
        event = native.decode(payload, backlog.end_ms(), pricing.OTHER_UNITS)
        event.update(pricing.costs(event))
        events += times
        for name in SUM_MEASURES:
            expected[name] = native.EXACT.add(expected[name], times * Decimal(event[name] or 0))
    sums = ", ".join(f"sum({name})" for name in SUM_MEASURES)
    count, *found = comparison.rows(
        f"SELECT count(*), {sums} FROM {comparison.table('events')}"
    )[0]
    if count != events:
        comparison.differ(f"there are {count} events, expected {events}")
    for name, value in zip(SUM_MEASURES, found, strict=True):
        if (value or 0) != expected[name]:
            comparison.differ(f"{name} sums to {value}, expected {expected[name]}")


if __name__ == "__main__":
    harness.run(main)
