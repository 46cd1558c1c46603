"""SIGTERM and SIGINT end a worker cleanly, all that it read committed; a second one at once."""

import signal
import time

import harness
import trouble

from oracle.delta_log import read_table

COUNT = 20_000
# Longer than the test, so that only a clean end commits; and one lane, because a second one that
# joins the group takes partitions from the first, which rightly commits what it has read of them.
ONE_LONG_EPOCH = {"worker__epoch_max_ms": 600_000, "worker__threads": 1}
CLEAN_EXIT_S_MAX = 20


def load(scenario, topic, prefix):
    """Sends events and waits until they are sent."""
    sending = ("--count", COUNT, "--prefix", prefix, "--seed", 9)
    trouble.finish_load(scenario.start_load(topic, *sending))


def committed(lake):
    """Messages below the committed offsets of events."""
    try:
        return sum(read_table(lake, "events").offsets().values())
    except FileNotFoundError:
        return 0


def main(scenario):
    topic, lake = scenario.topic(partitions=4), scenario.lake()
    total = 0
    for name in ("SIGTERM", "SIGINT"):
        load(scenario, topic, name)
        total += COUNT
        worker = scenario.run_worker(topic, lake, label=name, **ONE_LONG_EPOCH)
        time.sleep(10)
        before = committed(lake)
        begun = time.monotonic()
        worker.process.send_signal(getattr(signal, name))
        code = worker.wait(60)
        seconds = time.monotonic() - begun
        after = committed(lake)
        scenario.check(code == 0, f"{name} ends it with exit code {code} after {seconds:.1f} s")
        scenario.check(seconds < CLEAN_EXIT_S_MAX, f"{name} takes less than {CLEAN_EXIT_S_MAX} s")
        scenario.check(
            before < total and after == total,
            f"{name} commits what was read: {before} before, {after} after, {total} sent",
        )
    load(scenario, topic, "twice")
    # It has no time to leave the group, so it holds its partitions for a session.
    config = trouble.group_config(scenario)
    worker = scenario.run_worker(topic, lake, "--config", config, label="twice", **ONE_LONG_EPOCH)
    time.sleep(6)
    worker.process.send_signal(signal.SIGTERM)
    worker.process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    code = worker.wait(60)
    print(f"two signals: exit code {code} after {time.monotonic() - begun:.2f} s")
    scenario.run_until_end(topic, lake, label="last")
    scenario.check_lake(lake, [scenario.expect(topic)])


if __name__ == "__main__":
    harness.run(main)
