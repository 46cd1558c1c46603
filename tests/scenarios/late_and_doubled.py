"""Events hours late, out of order and sent twice: in one epoch, in another, across restarts."""

import random
import time

import harness
import trouble
from generate import Generator, payload

from oracle.delta_log import read_table

HOUR_MS = 3_600_000
PHASE = 2_000
AGAIN = 300


class Sender:
    """Sends events out of order and remembers them, to send some of them again."""

    def __init__(self, scenario, topic):
        self.random = random.Random(11)
        self.generator = Generator(11)
        self.topic = topic
        self.producer = scenario.producer()
        self.sent = []
        self.copies = 0

    def fresh(self, count):
        """New events, most of them now, some up to 20 hours ago, in no order."""
        for _ in range(count):
            late_ms = self.random.choice((0, 0, 0, self.random.randrange(20 * HOUR_MS)))
            jitter_ms = self.random.randrange(-5_000, 5_000)
            number = len(self.sent)
            event = self.generator.event(f"call-{number}", harness.now_ms() - late_ms + jitter_ms)
            self.sent.append(event)
            self.produce(event)

    def again(self, count):
        """Events that were sent before, some with their fields in another order."""
        for event in self.random.sample(self.sent, count):
            if self.random.random() < 0.5:
                event = dict(reversed(event.items()))
            self.copies += 1
            self.produce(event)

    def produce(self, event):
        harness.send(self.producer, self.topic, payload(event), event["user_id"])

    def flush(self):
        harness.flush(self.producer)


def wait_for_commit(lake, messages):
    """Waits until the lake has read this many messages; the version it then has."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            table = read_table(lake, "events")
        except FileNotFoundError:
            table = None
        if table and sum(table.offsets().values()) >= messages:
            return table.version
        time.sleep(0.2)
    raise harness.Failed(f"the lake did not reach {messages} messages in a minute")


def main(scenario):
    topic, lake = scenario.topic(partitions=3), scenario.lake()
    sender = Sender(scenario, topic)

    def messages():
        return len(sender.sent) + sender.copies

    # The same epoch, and none open before.
    sender.fresh(PHASE)
    sender.again(AGAIN)
    sender.flush()
    scenario.run_until_end(topic, lake, label="one")
    # After a restart, beside new ones; then other epochs of one worker.
    sender.again(AGAIN)
    sender.fresh(PHASE)
    sender.flush()
    worker = scenario.run_worker(topic, lake, label="two", worker__epoch_max_ms=300)
    versions = [wait_for_commit(lake, messages())]
    for _ in range(3):
        sender.fresh(PHASE // 4)
        sender.again(AGAIN)
        sender.flush()
        versions.append(wait_for_commit(lake, messages()))
    scenario.check(worker.terminate() == 0, "SIGTERM ends the worker with exit code 0")
    scenario.check(versions == sorted(set(versions)), f"copies met other epochs: {versions}")
    # Between a kill and the next start.
    # Killed, it holds its partitions for a session.
    config = trouble.group_config(scenario)
    worker = scenario.run_worker(
        *(topic, lake, "--config", config), label="three", worker__epoch_max_ms=300
    )
    sender.again(AGAIN)
    sender.fresh(PHASE)
    sender.flush()
    time.sleep(1)
    worker.kill()
    sender.again(AGAIN)
    sender.flush()
    scenario.run_until_end(topic, lake, label="four")
    expectation = scenario.expect(topic)
    duplicates = sum(tally.duplicates for tally in expectation.partitions.values())
    print(f"sent {len(sender.sent)} events and {sender.copies} copies of them")
    scenario.check(duplicates == sender.copies, "the oracle counts each copy as one duplicate")
    scenario.check(len(expectation.events) == len(sender.sent), "and each event once")
    scenario.check_lake(lake, [expectation], "before maintenance")
    scenario.call("maintain", "--lake", lake)
    scenario.check_lake(lake, [expectation], "after maintenance")


if __name__ == "__main__":
    harness.run(main)
