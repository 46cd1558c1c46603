"""A broker that is killed and started again under load: the worker waits, nothing is lost.

broker_killed.py                                   one node, 2 kills
KILLS=5 LONGEST_S=75 SEED=3 broker_killed.py       one of them for long
NODES=3 broker_killed.py                           one of three nodes at a time
"""

import os
import time

import harness
import trouble

NODES = int(os.environ.get("NODES", "1"))
KILLS = int(os.environ.get("KILLS", "2"))
# How long the longest time without the broker is; the others are short.
LONGEST_S = float(os.environ.get("LONGEST_S", "5"))
RATE = int(os.environ.get("RATE", "800"))
BETWEEN_S = (1.0, 4.0)
DOWN_S = (0.0, 3.0)
START_S = 8


def main(scenario):
    draw = trouble.seeded()
    with trouble.Kafka(scenario, NODES) as kafka:
        topic, lake = scenario.topic(partitions=6), scenario.lake()
        config = trouble.group_config(scenario)
        seconds = KILLS * (sum(BETWEEN_S) / 2 + START_S) + LONGEST_S
        load = trouble.start_load(scenario, topic, RATE, seconds)
        worker = scenario.run_worker(topic, lake, "--config", config, worker__epoch_max_ms=400)
        seen = trouble.await_commits(worker, lake, 0)
        for kill in range(KILLS):
            time.sleep(draw.uniform(*BETWEEN_S))
            kafka.kill(draw.randrange(NODES) + 1)
            down_s = LONGEST_S if kill == KILLS // 2 else draw.uniform(*DOWN_S)
            time.sleep(down_s)
            kafka.start()
            before = trouble.version(lake)
            seen = trouble.await_commits(worker, lake, before)
            print(f"down for {down_s:.1f} s; commits went on at version {seen}", flush=True)
        sent = trouble.finish_load(load)
        scenario.check(
            trouble.said(worker, "is in trouble; waiting, nothing is lost"),
            "the worker met brokers that were gone",
        )
        scenario.check(worker.terminate() == 0, "SIGTERM ends the worker with exit code 0")
        scenario.run_until_end(topic, lake, label="worker-last")
        expectation = scenario.expect(topic)
        print(f"sent: {sent}")
        scenario.check(len(expectation.events) == sent["events"], "the topic holds every event")
        scenario.check_lake(lake, [expectation])


if __name__ == "__main__":
    harness.run(main)
