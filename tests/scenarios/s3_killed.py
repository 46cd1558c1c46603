"""An S3 server that is killed and started again under load: the worker waits, nothing is lost.

s3_killed.py                                  3 kills
KILLS=10 LONGEST_S=45 SEED=3 s3_killed.py     one of them for long
"""

import os
import time

import harness
import trouble

KILLS = int(os.environ.get("KILLS", "3"))
# How long the longest time without the server is; the others are short.
LONGEST_S = float(os.environ.get("LONGEST_S", "5"))
RATE = int(os.environ.get("RATE", "800"))
BETWEEN_S = (1.0, 4.0)
DOWN_S = (0.0, 2.0)


def main(scenario):
    draw = trouble.seeded()
    with trouble.S3(scenario) as server:
        topic, lake = scenario.topic(partitions=4), scenario.lake("s3")
        seconds = KILLS * (sum(BETWEEN_S) / 2 + 4) + LONGEST_S
        load = trouble.start_load(scenario, topic, RATE, seconds)
        workers = [start(scenario, topic, lake, number) for number in range(2)]
        trouble.await_commits(workers[0], lake, 0)
        waited = 0
        for kill in range(KILLS):
            time.sleep(draw.uniform(*BETWEEN_S))
            server.kill()
            down_s = LONGEST_S if kill == KILLS // 2 else draw.uniform(*DOWN_S)
            time.sleep(down_s)
            # Now and then a worker dies meanwhile, so that another must begin its partitions.
            if draw.random() < 0.3:
                workers[kill % 2].kill()
                workers[kill % 2] = None
            server.start()
            before = trouble.version(lake)
            for number, worker in enumerate(workers):
                workers[number] = worker or start(scenario, topic, lake, number)
            seen = trouble.await_commits(workers[0], lake, before)
            waited += 1
            print(f"down for {down_s:.1f} s; commits went on at version {seen}", flush=True)
        sent = trouble.finish_load(load)
        scenario.check(waited == KILLS, "commits went on after each kill")
        for worker in workers:
            scenario.check(worker.terminate() == 0, "SIGTERM ends a worker with exit code 0")
        scenario.run_until_end(topic, lake, label="worker-last")
        expectation = scenario.expect(topic)
        print(f"sent: {sent}")
        scenario.check(len(expectation.events) == sent["events"], "the topic holds every event")
        scenario.check_lake(lake, [expectation])


def start(scenario, topic, lake, number):
    return scenario.run_worker(
        *(topic, lake, "--config", trouble.group_config(scenario)),
        label=f"worker-{number}",
        worker__epoch_max_ms=400,
        maintenance__interval_s=3,
        maintenance__files_min=2,
    )


if __name__ == "__main__":
    harness.run(main)
