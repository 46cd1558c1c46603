"""Transactions beside plain messages: what was aborted is never read, and counted as gaps.

transactions.py                                40 transactions
TRANSACTIONS=1000 transactions.py
"""

import os
import time

import harness
import trouble
from generate import Generator, payload

from oracle.delta_log import read_table

TRANSACTIONS = int(os.environ.get("TRANSACTIONS", "40"))
PARTITIONS = 3
MESSAGES = (1, 80)
ABORTED_SHARE = 0.4


class Senders:
    """A transactional and a plain producer on one topic; counts what must be read and what not."""

    def __init__(self, scenario, topic, draw):
        self.topic, self.draw = topic, draw
        self.events = Generator(draw.randrange(1000))
        self.plain = scenario.producer()
        self.transactional = scenario.producer(**{"transactional.id": scenario.id})
        self.transactional.init_transactions(30)
        self.sent = {"committed": 0, "aborted": 0, "plain": 0}
        self.number = 0

    def send(self, producer, kind, count):
        """Sends events, each to any partition."""
        for _ in range(count):
            self.number += 1
            event = self.events.event(f"{kind}-{self.number}", harness.now_ms())
            partition = self.draw.randrange(PARTITIONS)
            harness.send(producer, self.topic, payload(event), event["user_id"], partition)
        self.sent[kind] += count
        harness.flush(producer)

    def transact(self, kind):
        """One transaction, with plain messages in the middle of it."""
        begun = self.draw.randint(*MESSAGES)
        self.transactional.begin_transaction()
        self.send(self.transactional, kind, begun)
        self.send(self.plain, "plain", self.draw.randrange(20))
        self.send(self.transactional, kind, self.draw.randrange(20))
        if kind == "committed":
            self.transactional.commit_transaction(30)
        else:
            self.transactional.abort_transaction(30)

    def await_end(self, scenario):
        """Waits until the brokers have written how the last transaction ended, which is later."""
        while scenario.ends(self.topic) != scenario.ends(self.topic, "read_uncommitted"):
            time.sleep(0.1)

    def end(self):
        """A plain message on each partition: what stands behind the last message is never told."""
        for partition in range(PARTITIONS):
            event = self.events.event(f"last-{self.number}-{partition}", harness.now_ms())
            harness.send(self.plain, self.topic, payload(event), event["user_id"], partition)
            self.sent["plain"] += 1
        self.number += 1
        harness.flush(self.plain)


def main(scenario):
    draw = trouble.seeded()
    topic, lake = scenario.topic(partitions=PARTITIONS), scenario.lake()
    senders = Senders(scenario, topic, draw)
    worker = scenario.run_worker(topic, lake, worker__epoch_max_ms=200)
    for _ in range(TRANSACTIONS):
        senders.transact("aborted" if draw.random() < ABORTED_SHARE else "committed")
    # A transaction that is open holds back everything behind it, for us as for every reader.
    senders.transactional.begin_transaction()
    senders.send(senders.transactional, "aborted", PARTITIONS * 20)
    senders.end()
    scenario.check(worker.terminate() == 0, "SIGTERM ends the worker with exit code 0")
    scenario.run_until_end(topic, lake, label="open")
    held_back = stored(lake)
    senders.transactional.abort_transaction(30)
    senders.await_end(scenario)
    senders.end()
    scenario.run_until_end(topic, lake, label="aborted")
    gaps = sum(counts.get("gaps", 0) for counts in read_table(lake, "events").counts().values())
    sent = senders.sent
    print(f"sent: {sent}; stored before the last abort: {held_back}; gaps: {gaps}")
    expectation = scenario.expect(topic)
    readable = sent["committed"] + sent["plain"]
    scenario.check(sent["aborted"] > TRANSACTIONS, "transactions were aborted")
    scenario.check(held_back < readable, "an open transaction holds back what is behind it")
    scenario.check(len(expectation.events) == readable, "what was aborted is not expected")
    # Each transaction leaves a control record on each partition that it wrote to.
    scenario.check(gaps > sent["aborted"] + TRANSACTIONS, "aborted ones and control records are gaps")
    scenario.check_lake(lake, [expectation])


def stored(lake):
    """How many events the lake has."""
    counts = read_table(lake, "events").counts().values()
    return sum(one.get("events", 0) for one in counts)


if __name__ == "__main__":
    harness.run(main)
