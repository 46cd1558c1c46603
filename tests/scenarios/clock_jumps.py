"""A clock that jumps by hours, forward and back, under a worker that reads: the sums stay right.

clock_jumps.py                        8 jumps
JUMPS=40 clock_jumps.py

The worker's wall clock is set from outside by a small library; its monotonic clock goes on.
"""

import os
import subprocess
import sys
import time

import harness
import trouble

from oracle import lake as lakes

JUMPS = int(os.environ.get("JUMPS", "8"))
# Of how many hours the clock is off at most; docs/guarantee.md has the limit.
HOURS_MAX = 10
RATE = int(os.environ.get("RATE", "800"))
PAUSE_S = 1.2


def jumping_clock(scenario):
    """What makes a program's clock jump: a function to set it, and the program's environment."""
    library, offset = scenario.folder / "jumping_clock.so", scenario.folder / "clock"
    source = harness.RIG / "jumping_clock.c"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True
    )

    def set_clock(seconds):
        # In place: the program has the file mapped.
        with open(offset, "r+b" if offset.exists() else "wb") as file:
            file.write(int(seconds).to_bytes(8, sys.byteorder, signed=True))

    set_clock(0)
    return set_clock, {"LD_PRELOAD": str(library), "JUMPING_CLOCK": str(offset)}


def main(scenario):
    draw = trouble.seeded()
    topic, lake = scenario.topic(partitions=4), scenario.lake()
    load = trouble.start_load(scenario, topic, RATE, (JUMPS + 1) * PAUSE_S)
    real = dict(scenario.environment)
    set_clock, variables = jumping_clock(scenario)
    scenario.environment |= variables
    worker = scenario.run_worker(
        *(topic, lake),
        worker__epoch_max_ms=300,
        maintenance__interval_s=2,
        maintenance__files_min=2,
    )
    trouble.await_commits(worker, lake, 0)
    for _ in range(JUMPS):
        hours = draw.uniform(-HOURS_MAX, HOURS_MAX)
        set_clock(hours * 3600)
        time.sleep(PAUSE_S)
    sent = trouble.finish_load(load)
    scenario.check(worker.terminate() == 0, "SIGTERM ends the worker with exit code 0")
    scenario.environment = real
    scenario.run_until_end(topic, lake, label="worker-last")
    query = f"SELECT count(DISTINCT date_trunc('hour', ingested_at)) FROM {lakes.scan(lake, 'events')}"
    (hours,) = lakes.connect().execute(query).fetchone()
    print(f"{JUMPS} jumps; sent: {sent}")
    # There are no more hours than those between the furthest jumps.
    wanted = min(JUMPS, HOURS_MAX) // 2
    scenario.check(hours > wanted, f"the worker's clock showed {hours} different hours")
    expectation = scenario.expect(topic)
    scenario.check(len(expectation.events) == sent["events"], "the topic holds every event")
    scenario.check_lake(lake, [expectation])


if __name__ == "__main__":
    harness.run(main)
