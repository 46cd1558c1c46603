"""A worker that ends leaves its group at once, so that nobody waits for the end of its session.

Once with no partition of its own, and many times in the middle of a rebalance.

group_left.py
ROUNDS=100 group_left.py
"""

import concurrent.futures
import os
import time

import harness
import trouble
from confluent_kafka import KafkaError, KafkaException

ROUNDS = int(os.environ.get("ROUNDS", "16"))
SIDE_BY_SIDE = 4
STRATEGIES = ("cooperative-sticky", "range")
COUNT = 2_000
# A first member hears of a second one with its heartbeat, so that the rebalance that gives each its
# share begins three seconds after the start. Each run is over at another moment of it.
EPOCHS_MS = (2_700, 3_300)

# So answers a broker that has not been asked about groups before.
COORDINATOR_BEGINS = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
)


def members(scenario, group):
    """How many members the coordinator knows of a group."""
    name = f"{scenario.id}-{group}"
    while True:
        asked = scenario.admin.describe_consumer_groups([name], request_timeout=30)[name]
        try:
            return len(asked.result().members)
        except KafkaException as error:
            if error.args[0].code() not in COORDINATOR_BEGINS:
                raise
        time.sleep(0.1)


def await_members(scenario, group, count, timeout_s=60):
    """Waits until the coordinator knows so many members of a group."""
    deadline = time.monotonic() + timeout_s
    while members(scenario, group) != count:
        if time.monotonic() > deadline:
            raise harness.Failed(f"not {count} members of {group}: {members(scenario, group)}")
        time.sleep(0.2)


def spare_worker(scenario):
    """A worker more than there are partitions ends."""
    topic, lake = scenario.topic("-spare", partitions=1), scenario.lake(suffix="-spare")
    workers = []
    for number in range(2):
        worker = scenario.run_worker(
            topic, lake, group="spare", label=f"spare-{number}", worker__threads=1
        )
        workers.append(worker)
        await_members(scenario, "spare", len(workers))
    # The first has heard of the second by then, and the rebalance is over.
    time.sleep(5)
    reading = [trouble.said(worker, "reading a partition") for worker in workers]
    scenario.check(reading == [True, False], "the second worker has no partition")
    scenario.check(workers[1].terminate() == 0, "SIGTERM ends it with exit code 0")
    left = members(scenario, "spare")
    scenario.check(left == 1, f"{left} member is left in the group")
    scenario.check(workers[0].terminate() == 0, "SIGTERM ends the first one with exit code 0")
    left = members(scenario, "spare")
    scenario.check(left == 0, f"{left} members are left in the group")


def end_in_rebalance(scenario):
    """Runs to the end whose last commit comes when the second thread gets its partitions.

    One by one with each of the strategies by which members agree on who reads what.
    """
    topic = scenario.topic("-rebalance", partitions=8)
    trouble.finish_load(scenario.start_load(topic, "--count", COUNT))
    first, last = EPOCHS_MS

    def run(number):
        group, strategy = f"rebalance-{number}", STRATEGIES[number % len(STRATEGIES)]
        lake = scenario.lake(suffix=f"-{group}")
        seconds = scenario.run_until_end(
            *(topic, lake),
            *("--set", f"kafka.properties.partition.assignment.strategy={strategy}"),
            group=group,
            label=group,
            worker__threads=2,
            worker__epoch_max_ms=first + (last - first) * number // ROUNDS,
        )
        return members(scenario, group), seconds, lake

    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        left, seconds, lakes = zip(*pool.map(run, range(ROUNDS)), strict=True)
    print(f"{ROUNDS} runs took {min(seconds):.1f} to {max(seconds):.1f} s")
    scenario.check(not any(left), f"members left in the groups: {left}")
    scenario.check_lake(lakes[0], [scenario.expect(topic)])


def main(scenario):
    spare_worker(scenario)
    end_in_rebalance(scenario)


if __name__ == "__main__":
    harness.run(main)
