"""Two workers of one group under load, killed again and again: nothing lost, nothing twice.

two_workers_kill.py            20 kills
KILLS=500 SEED=3 two_workers_kill.py
"""

import os
import random
import time
from collections import Counter

import harness
import trouble

from oracle.delta_log import read_table

KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("SEED", "1"))
RATE = int(os.environ.get("RATE", "2500"))
PAUSE_S = (0.4, 3.5)
EPOCH_MS = 400


def main(scenario):
    draw = random.Random(SEED)
    topic, lake = scenario.topic(partitions=6), scenario.lake()
    config = trouble.group_config(scenario)

    def start(number):
        return scenario.run_worker(
            topic,
            lake,
            *("--config", config),
            label=f"worker-{number}",
            worker__epoch_max_ms=EPOCH_MS,
            maintenance__interval_s=5,
            maintenance__files_min=2,
        )

    print(f"seed {SEED}: {KILLS} kills at {RATE} messages a second, epochs of {EPOCH_MS} ms")
    seconds = KILLS * sum(PAUSE_S) / 2
    load = trouble.start_load(scenario, topic, RATE, seconds, "--seed", SEED)
    workers = [start(0), start(1)]
    kinds = Counter()
    for kill in range(KILLS):
        time.sleep(draw.uniform(*PAUSE_S))
        victim = draw.randrange(2)
        for worker in workers:
            if not worker.alive():
                raise harness.Failed(f"a worker ended by itself: {worker.summary()}")
        workers[victim].kill()
        kinds[f"worker {victim}"] += 1
        # Now and then both are gone at once.
        if draw.random() < 0.2 and kill + 1 < KILLS:
            workers[1 - victim].kill()
            kinds["both"] += 1
            workers[1 - victim] = start(1 - victim)
        workers[victim] = start(victim)
    sent = trouble.finish_load(load, 120 + KILLS * PAUSE_S[1])
    time.sleep(1)
    versions_under_fire = read_table(lake, "events").version
    for worker in workers:
        worker.kill()
    seconds = scenario.run_until_end(topic, lake, label="worker-last")
    print(f"kills: {dict(kinds)}; sent: {sent}; catching up at the end took {seconds:.1f} s")
    print(f"events stood at version {versions_under_fire} when the last two were killed")
    scenario.check(versions_under_fire > KILLS, "workers committed between the kills")
    expectation = scenario.expect(topic)
    scenario.check(len(expectation.events) == sent["events"], "the topic holds every event sent")
    scenario.check_lake(lake, [expectation])


if __name__ == "__main__":
    harness.run(main)
