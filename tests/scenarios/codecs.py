"""Messages packed by every codec that Kafka has: each can be read."""

import collections
import os
from pathlib import Path

import harness
from generate import Generator, payload

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
COUNT = 1_000
# Of a record batch of Kafka's log: its length and its attributes, whose low bits are the codec.
LENGTH_AT, ATTRIBUTES_AT, HEAD_BYTES = 8, 21, 12


def stored_codecs(log):
    """How many record batches of a segment are packed by which codec."""
    data, at, found = log.read_bytes(), 0, collections.Counter()
    while at + ATTRIBUTES_AT < len(data):
        attributes = int.from_bytes(data[at + ATTRIBUTES_AT : at + ATTRIBUTES_AT + 2])
        found[CODECS[attributes & 7]] += 1
        at += HEAD_BYTES + int.from_bytes(data[at + LENGTH_AT : at + HEAD_BYTES])
    return found


def check_stored(scenario, topic):
    """The broker's own files say that the messages are packed; those of others we cannot see."""
    if os.environ.get("KAFKA_BOOTSTRAP"):
        print("not looked at: the files of somebody else's brokers")
        return
    node = harness.RIG_DIR / f"kafka-node-{os.environ.get('RIG_NAME', 'default')}" / "node-1"
    for partition, codec in enumerate(CODECS):
        log = node / "data" / f"{topic}-{partition}" / f"{0:020}.log"
        found = stored_codecs(Path(log))
        scenario.check(set(found) == {codec}, f"partition {partition} is stored as {dict(found)}")


def main(scenario):
    topic, lake = scenario.topic(partitions=len(CODECS)), scenario.lake()
    for partition, codec in enumerate(CODECS):
        generator = Generator(partition)
        producer = scenario.producer(**{"compression.type": codec, "linger.ms": 50})
        for number in range(COUNT):
            event = generator.event(f"{codec}-{number}", harness.now_ms())
            harness.send(producer, topic, payload(event), event["user_id"], partition)
        harness.flush(producer)
    check_stored(scenario, topic)
    scenario.run_until_end(topic, lake)
    expectation = scenario.expect(topic)
    scenario.check(len(expectation.events) == COUNT * len(CODECS), "every event is expected")
    scenario.check_lake(lake, [expectation])


if __name__ == "__main__":
    harness.run(main)
