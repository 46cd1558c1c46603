"""A group in which members come and go all the time: what its workers read has no hole.

rebalance_storm.py                three workers, 12 s by each of two strategies
SECONDS=60 RATE=500 STRATEGIES=cooperative-sticky,range,roundrobin rebalance_storm.py
"""

import os
import threading
import time

import harness
import trouble

from confluent_kafka import Consumer

SECONDS = int(os.environ.get("SECONDS", "12"))
STRATEGIES = os.environ.get("STRATEGIES", "cooperative-sticky,range").split(",")
WORKERS = 3
# Slow enough for partitions to be read to their end between two messages.
RATE = int(os.environ.get("RATE", "800"))
PARTITIONS = 8
STAYS_S = (0.2, 0.33)
QUICK_MS = {"session.timeout.ms": "6000", "heartbeat.interval.ms": "50"}


class Visitor(threading.Thread):
    """Joins the workers' group, takes partitions away, and leaves again without having read."""

    def __init__(self, settings, topic, stay_s, end):
        super().__init__()
        self.settings, self.topic, self.stay_s, self.end = settings, topic, stay_s, end
        self.visits = 0

    def run(self):
        while time.monotonic() < self.end:
            consumer = Consumer(self.settings)
            given = []
            consumer.subscribe([self.topic], on_assign=lambda _, partitions: given.extend(partitions))
            while not given and time.monotonic() < self.end:
                consumer.poll(0.02)
            time.sleep(self.stay_s)
            consumer.close()
            self.visits += bool(given)


def storm(scenario, strategy):
    """Lets members come and go in a group whose members agree on one strategy."""
    properties = {**QUICK_MS, "partition.assignment.strategy": strategy}
    topic = scenario.topic(f"-{strategy}", partitions=PARTITIONS)
    lake = scenario.lake(suffix=f"-{strategy}")
    load = trouble.start_load(scenario, topic, RATE, SECONDS + 10)
    workers = [
        scenario.run_worker(
            *(topic, lake, "--config", trouble.group_config(scenario, **properties)),
            group=strategy,
            label=f"{strategy}-{number}",
            worker__epoch_max_ms=300,
            worker__threads=1,
        )
        for number in range(WORKERS)
    ]
    settings = {
        "bootstrap.servers": scenario.bootstrap,
        "group.id": f"{scenario.id}-{strategy}",
        "enable.auto.commit": False,
        "log_level": 3,
        **properties,
    }
    await_begin(workers)
    end = time.monotonic() + SECONDS
    visitors = [Visitor(settings, topic, stay_s, end) for stay_s in STAYS_S]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    trouble.finish_load(load)
    for worker in workers:
        scenario.check(worker.terminate() == 0, "SIGTERM ends a worker with exit code 0")
    scenario.run_until_end(topic, lake, group=strategy, label=f"{strategy}-last")
    begun = [worker.log.read_text().count("reading a partition") for worker in workers]
    visits = sum(visitor.visits for visitor in visitors)
    print(f"{strategy}: {visits} visits in {SECONDS} s, each of which takes partitions and gives them")
    print(f"  back; the workers began partitions {begun} times")
    # To come is one rebalance, and to go another.
    scenario.check(2 * visits >= SECONDS, "there was a rebalance every second")
    # Where partitions stay with their owners, few are begun anew, however often members are asked.
    scenario.check(
        min(begun) > 0 and sum(begun) > PARTITIONS, "all workers had partitions, lost and got them"
    )
    scenario.check_lake(lake, [scenario.expect(topic)])


def await_begin(workers, timeout_s=60):
    """Waits until each worker has partitions."""
    deadline = time.monotonic() + timeout_s
    while not all(trouble.said(worker, "reading a partition") for worker in workers):
        if time.monotonic() > deadline:
            raise harness.Failed(f"not all have partitions: {workers[0].summary()}")
        time.sleep(0.2)


def main(scenario):
    for strategy in STRATEGIES:
        storm(scenario, strategy)


if __name__ == "__main__":
    harness.run(main)
