"""A worker that is frozen past its session and thawed as a zombie, again and again.

frozen_worker.py                      twice
FREEZES=20 SEED=3 frozen_worker.py
"""

import os
import signal
import time

import harness
import trouble

FREEZES = int(os.environ.get("FREEZES", "2"))
RATE = int(os.environ.get("RATE", "800"))
# Beyond the session; a freeze begins at any moment of an epoch or of its commit.
BEYOND_S = (0.5, 2.5)
PAUSE_S = (0.5, 2.0)
EPOCH_MS = 300
# What a worker says that notices that others have gone on without it.
NOTICED = ("partitions were lost", "another worker committed these offsets")


def main(scenario):
    draw = trouble.seeded()
    topic, lake = scenario.topic(partitions=6), scenario.lake()
    config = trouble.group_config(scenario)
    longest_s = trouble.SESSION_MS / 1000 + BEYOND_S[1] + PAUSE_S[1] + 1
    load = trouble.start_load(scenario, topic, RATE, FREEZES * longest_s)
    workers = [
        scenario.run_worker(
            *(topic, lake, "--config", config),
            label=f"worker-{number}",
            worker__epoch_max_ms=EPOCH_MS,
            maintenance__interval_s=3,
            maintenance__files_min=2,
        )
        for number in range(2)
    ]
    trouble.await_commits(workers[0], lake, 2)
    took_over = 0
    for freeze in range(FREEZES):
        victim, other = workers[freeze % 2], workers[1 - freeze % 2]
        time.sleep(draw.uniform(*PAUSE_S))
        victim.process.send_signal(signal.SIGSTOP)
        frozen_s = trouble.SESSION_MS / 1000 + draw.uniform(*BEYOND_S)
        time.sleep(frozen_s)
        before = trouble.version(lake)
        took_over += trouble.await_commits(other, lake, before) > before
        victim.process.send_signal(signal.SIGCONT)
    sent = trouble.finish_load(load)
    time.sleep(2)
    noticed = sum(
        worker.log.read_text(errors="replace").count(text) for worker in workers for text in NOTICED
    )
    print(f"{FREEZES} freezes; {noticed} times a thawed worker noticed; sent: {sent}")
    scenario.check(took_over == FREEZES, "each time the other worker went on meanwhile")
    scenario.check(noticed >= FREEZES, "each thawed worker noticed that it was a zombie")
    for worker in workers:
        scenario.check(worker.terminate() == 0, "SIGTERM ends a worker with exit code 0")
    scenario.run_until_end(topic, lake, label="worker-last")
    expectation = scenario.expect(topic)
    scenario.check(len(expectation.events) == sent["events"], "the topic holds every event")
    scenario.check_lake(lake, [expectation])


if __name__ == "__main__":
    harness.run(main)
