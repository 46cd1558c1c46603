"""Partitions that are added to a topic under load: found, entered at their start, nothing lost.

partitions_added.py                        from 2 to 5 to 8, two workers
STEPS=6 partitions_added.py                six times three more
"""

import os
import time

import harness
import trouble

from confluent_kafka.admin import NewPartitions

STEPS = int(os.environ.get("STEPS", "2"))
BEGUN_WITH = 2
RATE = int(os.environ.get("RATE", "600"))
PAUSE_S = 4


def main(scenario):
    topic, lake = scenario.topic(partitions=BEGUN_WITH), scenario.lake()
    config = trouble.group_config(scenario, **{"topic.metadata.refresh.interval.ms": 1000})
    load = trouble.start_load(scenario, topic, RATE, (STEPS + 1) * PAUSE_S)
    workers = [
        scenario.run_worker(
            *(topic, lake, "--config", config),
            label=f"worker-{number}",
            worker__epoch_max_ms=500,
            # New partitions must not lose what came before a worker found them.
            kafka__start="latest" if number else "earliest",
        )
        for number in range(2)
    ]
    trouble.await_commits(workers[0], lake, 0)
    partitions = BEGUN_WITH
    for _ in range(STEPS):
        time.sleep(PAUSE_S)
        partitions += 3
        grown = scenario.admin.create_partitions([NewPartitions(topic, partitions)])
        grown[topic].result(30)
    sent = trouble.finish_load(load)
    time.sleep(2)
    found = {source[2]: offset for source, offset in trouble.offsets(lake).items()}
    print(f"sent: {sent}; offsets while the workers ran: {found}")
    scenario.check(
        len(found) == partitions and all(found.values()),
        f"the workers found all {partitions} partitions by themselves and read from each",
    )
    for worker in workers:
        scenario.check(worker.terminate() == 0, "SIGTERM ends a worker with exit code 0")
    scenario.run_until_end(topic, lake, label="worker-last")
    expectation = scenario.expect(topic)
    # A copy whose key has moved to another partition meanwhile counts as an event.
    scenario.check(len(expectation.events) >= sent["events"], "the topic holds every event")
    scenario.check_lake(lake, [expectation])


if __name__ == "__main__":
    harness.run(main)
