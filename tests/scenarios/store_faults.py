"""Every fault of a store at every call that the program makes of it, while workers are killed too.

store_faults.py                                        about a minute
SECONDS=180 KILLS=25 SHARE=0.02 SEED=3 store_faults.py

A proxy between the workers and a real S3 server puts the faults in, and counts them.
"""

import os
import sys
import time

import harness
import trouble

sys.path.insert(0, str(harness.RIG))

import faulty_s3

SECONDS = float(os.environ.get("SECONDS", "30"))
# A slow machine makes fewer calls: there it goes on until each fault fell, but not for longer.
MORE_SECONDS_MAX = 180
KILLS = int(os.environ.get("KILLS", "4"))
SHARE = float(os.environ.get("SHARE", "0.03"))
RATE = int(os.environ.get("RATE", "600"))
# A call made so often must have met each fault that there is for it.
CALLS_MIN = 70
# Calls that a worker's life cannot do without: they must have been made, and have failed.
NEEDED = ("create log", "put file", "get log", "list logs")
SETTINGS = {
    "worker__epoch_max_ms": 300,
    "maintenance__interval_s": 2,
    "maintenance__files_min": 2,
    # What hangs is given up sooner than an operator would wish.
    "lake__options__timeout": "4s",
}


def main(scenario):
    draw = trouble.seeded()
    lake = scenario.lake("s3")
    direct = dict(scenario.environment)
    endpoint, plan = faulty_s3.start(direct["AWS_ENDPOINT_URL"], SHARE, draw.randrange(1 << 30))
    scenario.environment["AWS_ENDPOINT_URL"] = endpoint
    topic, config = scenario.topic(partitions=4), trouble.group_config(scenario)
    load = trouble.start_load(scenario, topic, RATE, SECONDS + MORE_SECONDS_MAX)
    restarts = dict.fromkeys(("killed", "ended by themselves"), 0)

    def start(number):
        return scenario.run_worker(
            topic, lake, "--config", config, label=f"worker-{number}", **SETTINGS
        )

    workers = [start(0), start(1)]

    def keep_running(seconds, enough=lambda: False):
        """Starts workers again that end, for some time or until it is enough."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not enough():
            time.sleep(0.2)
            for number, worker in enumerate(workers):
                # One that begins may give up, as docs/failures.md says: then it is started again.
                if not worker.alive():
                    restarts["ended by themselves"] += 1
                    print(f"a worker ended: {worker.summary()}", flush=True)
                    workers[number] = start(number)

    for kill in range(KILLS):
        keep_running(SECONDS / KILLS)
        workers[kill % 2].kill()
        restarts["killed"] += 1
        workers[kill % 2] = start(kill % 2)
    keep_running(MORE_SECONDS_MAX, lambda: not (absent(plan) or plan.missing(CALLS_MIN)))
    for worker in workers:
        worker.kill()
    sent = trouble.end_load(load)
    scenario.environment = direct
    scenario.run_until_end(topic, lake, label="worker-last")
    check_plan(scenario, plan)
    print(f"workers: {restarts}; sent: {sent}")
    expectation = scenario.expect(topic)
    scenario.check(len(expectation.events) == sent["events"], "the topic holds every event")
    scenario.check_lake(lake, [expectation])


def absent(plan):
    """The needed calls that were not made often enough to have met each fault."""
    return [call for call in NEEDED if plan.calls[call] < CALLS_MIN]


def check_plan(scenario, plan):
    """Whether the faults really fell, at all calls."""
    for call, counts in plan.report().items():
        print(f"  {call}: {counts}")
    faults = sum(plan.hits.values())
    scenario.check(faults > 0, f"{faults} faults at {sum(plan.calls.values())} calls")
    rare = absent(plan)
    scenario.check(not rare, f"calls that workers need were made often enough; not: {rare}")
    missing = plan.missing(CALLS_MIN)
    scenario.check(not missing, f"each call that was made often met each of its faults; not: {missing}")


if __name__ == "__main__":
    harness.run(main)
