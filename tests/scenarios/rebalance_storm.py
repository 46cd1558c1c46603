"""A group in which members come and go all the time: what a worker reads has no hole.

rebalance_storm.py                30 s
SECONDS=600 rebalance_storm.py
"""

import os
import subprocess
import sys
import threading
import time

import harness

from confluent_kafka import Consumer

SECONDS = int(os.environ.get("SECONDS", "30"))
RATE = int(os.environ.get("RATE", "3000"))
# Slow enough for partitions to be read to their end between two messages.
PARTITIONS = 8
QUICK_MS = {"session.timeout.ms": "6000", "heartbeat.interval.ms": "50"}


class Visitor(threading.Thread):
    """Joins the worker's group, takes partitions away, and leaves again without having read."""

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


def main(scenario):
    topic, lake = scenario.topic(partitions=PARTITIONS), scenario.lake()
    config = scenario.folder / "worker.toml"
    lines = [f'"{name}" = "{value}"' for name, value in QUICK_MS.items()]
    config.write_text("[kafka.properties]\n" + "\n".join(lines) + "\n")
    load = subprocess.Popen(
        [sys.executable, harness.TESTS / "scenarios" / "load.py", "--bootstrap", scenario.bootstrap]
        + ["--topic", topic, "--rate", str(RATE), "--seconds", str(SECONDS + 5)],
        stdout=subprocess.DEVNULL,
    )
    worker = scenario.run_worker(topic, lake, "--config", config, worker__epoch_max_ms=300)
    settings = {
        "bootstrap.servers": scenario.bootstrap,
        "group.id": f"{scenario.id}-tokenmeter",
        "partition.assignment.strategy": "cooperative-sticky",
        "enable.auto.commit": False,
        "log_level": 3,
        **QUICK_MS,
    }
    end = time.monotonic() + SECONDS
    visitors = [Visitor(settings, topic, stay_s, end) for stay_s in (0.2, 0.33)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    load.wait()
    scenario.check(worker.alive(), "the worker still runs")
    worker.terminate()
    scenario.run_until_end(topic, lake, label="worker-last")
    visits = sum(visitor.visits for visitor in visitors)
    print(f"{visits} visits in {SECONDS} s, each of which takes partitions and gives them back")
    scenario.check(visits >= SECONDS // 2, "members came and went")
    scenario.check_lake(lake, [scenario.expect(topic)])


if __name__ == "__main__":
    harness.run(main)
