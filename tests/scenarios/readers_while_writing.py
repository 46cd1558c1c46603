"""DuckDB, Polars and the Python deltalake package read the lake while it is written and merged.

Each reading must equal what the oracle says of exactly the offsets at which its version stands.

  readers_while_writing.py                      2,000 messages a second for 24 s
  RATE=10000 SECONDS=600 readers_while_writing.py
"""

import bisect
import itertools
import json
import os
import subprocess
import sys
import time

import harness

from oracle.delta_log import read_table
from oracle.readers import READERS, SUMS

RATE = int(os.environ.get("RATE", "2000"))
SECONDS = float(os.environ.get("SECONDS", "24"))
ROLLUPS = 3


class Prefixes:
    """The sums of all events below any offsets, from running sums of each partition."""

    def __init__(self, expectation):
        self.offsets, self.running = {}, {}
        events = sorted(expectation.events, key=lambda event: event["kafka_offset"])
        for partition in expectation.partitions:
            own = [event for event in events if event["kafka_partition"] == partition]
            self.offsets[partition] = [event["kafka_offset"] for event in own]
            values = ([1, *(event[name] or 0 for name in SUMS)] for event in own)
            zeros = [0] * (1 + len(SUMS))
            self.running[partition] = list(
                itertools.accumulate(
                    values, lambda a, b: [x + y for x, y in zip(a, b, strict=True)], initial=zeros
                )
            )

    def upto(self, next_offsets):
        """The count and sums of events below the next offset of each partition."""
        rows = [
            self.running[partition][bisect.bisect_left(self.offsets[partition], offset)]
            for partition, offset in next_offsets.items()
        ]
        return [sum(column) for column in zip(*rows, strict=True)]


def wait_for_windows(lake):
    for _ in range(300):
        try:
            if read_table(lake, "cost_windows").files:
                return
        except FileNotFoundError:
            pass
        time.sleep(0.1)
    raise harness.Failed("no windows after half a minute")


def read_by_all(lake, seconds):
    """Starts one process an engine; returns them."""
    script = harness.TESTS / "oracle" / "readers.py"
    return {
        engine: subprocess.Popen(
            [sys.executable, script, engine, lake, str(seconds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for engine in READERS
    }


def collect(scenario, readers, when):
    """The readings of all engines once they have ended."""
    readings = []
    for engine, process in readers.items():
        output, errors = process.communicate(timeout=120)
        lines = [json.loads(line) for line in output.splitlines()]
        scenario.check(
            process.returncode == 0 and lines,
            f"{engine} read {len(lines)} times {when}"
            + ("" if process.returncode == 0 else ": " + errors[-500:]),
        )
        readings += lines
    return readings


def check_reading(prefixes, reading):
    """What is wrong with one reading, or None."""
    offsets = {partition: offset for _, _, partition, offset in reading["offsets"]}
    expected = [str(value) for value in prefixes.upto(offsets)]
    if reading["events"] != expected:
        return f"events are {reading['events']}, expected {expected}"
    if len(reading["windows"]) != ROLLUPS:
        return f"rollups are {sorted(reading['windows'])}"
    for rollup, row in reading["windows"].items():
        if row != expected:
            return f"windows of {rollup} are {row}, expected {expected}"
    return None


def main(scenario):
    topic, lake = scenario.topic(partitions=3), scenario.lake()
    load = scenario.start_load(topic, "--faults", "--rate", RATE, "--seconds", SECONDS)
    worker = scenario.run_worker(
        topic, lake, worker__epoch_max_ms=500, maintenance__interval_s=3, maintenance__files_min=2
    )
    wait_for_windows(lake)
    readings = collect(scenario, read_by_all(lake, SECONDS - 8), "while the worker was writing")
    load.communicate(timeout=120)
    scenario.check(worker.terminate() == 0, "SIGTERM ends the worker with exit code 0")
    scenario.run_until_end(topic, lake, label="last")
    before = {name: len(read_table(lake, name).files) for name in ("events", "cost_windows")}
    scenario.call("maintain", "--lake", lake, maintenance__files_min=2)
    after = {name: len(read_table(lake, name).files) for name in ("events", "cost_windows")}
    readings += collect(scenario, read_by_all(lake, 0), "after maintenance")
    print(f"files before and after the last maintenance: {before}, {after}")
    expectation = scenario.expect(topic)
    prefixes = Prefixes(expectation)
    versions = {tuple(reading["versions"]) for reading in readings}
    wrong = [
        (one["engine"], one["versions"], what)
        for one in readings
        if (what := check_reading(prefixes, one))
    ]
    slowest = max(reading["seconds"] for reading in readings) if readings else 0
    print(f"{len(readings)} readings of {len(versions)} pairs of versions, slowest {slowest:.1f} s")
    scenario.check(not wrong, f"all readings equal the oracle at their offsets {wrong[:3] or ''}")
    scenario.check_lake(lake, [expectation])


if __name__ == "__main__":
    harness.run(main)
