"""How long it takes from producing an event to seeing it in SQL, at a steady rate.

freshness.py                                20,000 events a second for 30 s, epochs of 2 s
RATE=50000 SECONDS=120 freshness.py
"""

import bisect
import json
import os
import time

import harness

from oracle import topics
from oracle.lake import connect, scan

RATE = int(os.environ.get("RATE", "20000"))
SECONDS = float(os.environ.get("SECONDS", "30"))
EPOCH_MS = 2_000
# Far above what is expected: it catches a stall, not a slow machine.
P99_S_MAX = 10
POLL_S = 0.1
QUERY = "SELECT kafka_partition, max(kafka_offset) FROM {} GROUP BY kafka_partition"


def poll(lake, topic_done):
    """(time, {partition: largest visible offset}) of each query until all is visible.

    `topic_done` returns the ends of the partitions once the load is over, before that None.
    """
    connection = connect()
    seen = []
    deadline = time.monotonic() + SECONDS + 120
    while time.monotonic() < deadline:
        try:
            visible = dict(connection.execute(QUERY.format(scan(lake, "events"))).fetchall())
        except Exception as error:
            if seen:
                raise
            if "No files in log segment" not in str(error) and "_delta_log" not in str(error):
                print(f"not readable yet: {str(error).splitlines()[0]}")
            visible = {}
        if visible:
            seen.append((time.time(), visible))
        ends = topic_done()
        if ends is not None and all(visible.get(p, -1) + 1 >= end for p, end in ends.items()):
            return seen
        time.sleep(POLL_S)
    raise harness.Failed("not all events became visible")


def delays(partitions, seen):
    """Seconds from produce to visible of every event."""
    found = []
    for number, partition in partitions.items():
        times = [when for when, _ in seen]
        tops = [visible.get(number, -1) for _, visible in seen]
        for offset, produced_ms, _ in partition.messages:
            found.append(times[bisect.bisect_left(tops, offset)] - produced_ms / 1000)
    return sorted(found)


def main(scenario):
    topic, lake = scenario.topic(partitions=4), scenario.lake()
    worker = scenario.run_worker(topic, lake, worker__epoch_max_ms=EPOCH_MS)
    time.sleep(3)
    load = scenario.start_load(topic, "--rate", RATE, "--seconds", SECONDS)
    seen = poll(lake, lambda: None if load.poll() is None else scenario.ends(topic))
    sent = json.loads(load.communicate()[0])
    scenario.check(worker.terminate() == 0, "SIGTERM ends the worker with exit code 0")
    partitions = topics.read_topic(scenario.bootstrap, topic)
    found = delays(partitions, seen)
    p50, p99 = found[len(found) // 2], found[len(found) * 99 // 100]
    rate = sent["events"] / sent["seconds"]
    print(f"{sent['events']} events at {rate:.0f} a second, epochs of {EPOCH_MS / 1000:.0f} s")
    print(f"produce to visible in SQL: p50 {p50:.2f} s, p99 {p99:.2f} s, most {found[-1]:.2f} s")
    print(f"seen by {len(seen)} queries of DuckDB beside it")
    count = connect().execute(f"SELECT count(*) FROM {scan(lake, 'events')}").fetchone()[0]
    scenario.check(count == len(found) == sent["events"], "all events became visible, once")
    scenario.check(p99 <= P99_S_MAX, f"p99 is at most {P99_S_MAX} s")
    scenario.check(rate > 0.8 * RATE, f"the load was sent at {RATE} a second, nearly")


if __name__ == "__main__":
    harness.run(main)
