#!/usr/bin/env python3
"""Produces a backlog of events fast, of which the sums are known without keeping them.

  backlog.py --bootstrap HOST:PORT --topic TOPIC --events 20000000 [--users 1000000] [--part 0/2]

A few hundred different events are sent again and again under new ids; event times run through some
minutes, oldest first. So the sums are a sum over different events and minutes, however many are
sent. With --large each message has nearly 1 MiB, and each fourth is no valid event; with --key-bytes
keys are larger than payloads.
"""

import argparse
import json
import random
import time

from confluent_kafka import Producer
from generate import Generator

# Different events; prime, so that each user meets many of them.
BODIES = 199
LARGE_BODIES = 8
MINUTES, MINUTE_MS = 20, 60_000
BATCH = 2_000
# What is kept of a large message, and how long it is with what is not.
ATTRIBUTES, ATTRIBUTE_BYTES, LARGE_BYTES = 32, 4_000, 1_000_000


class Backlog:
    """Numbered messages: what each of them is follows from its number."""

    def __init__(self, events, begin_ms, users=0, large=False, key_bytes=0, seed=1):
        self.events, self.begin_ms, self.users, self.large = events, begin_ms, users, large
        self.key_tail = b"k" * key_bytes
        generator = Generator(seed)
        draw = random.Random(seed)
        self.bodies = []
        for number in range(LARGE_BODIES if large else BODIES):
            event = generator.event("", 0)
            del event["event_id"], event["event_time"]
            if users:
                del event["user_id"]
            if large:
                add_bulk(event, draw, is_valid=number % 4 != 3)
            text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
            self.bodies.append((event.get("user_id", "").encode(), text[1:].encode()))

    def is_valid(self, body):
        """Whether the messages with this body are events."""
        return not self.large or body % 4 != 3

    def message(self, number):
        """Key and payload of a message."""
        key, body = self.bodies[number % len(self.bodies)]
        minute = number * MINUTES // self.events
        time_ms = self.begin_ms + minute * MINUTE_MS
        if self.users:
            key = b"user-%d" % (number % self.users)
            body = b'"user_id":"%s",%s' % (key, body)
        key += self.key_tail
        return key, b'{"event_id":"call-%d","event_time":%d,%s' % (number, time_ms, body)

    def end_ms(self):
        """The time behind the last event's."""
        return self.begin_ms + MINUTES * MINUTE_MS

    def counts(self):
        """How often each body is sent in each minute: (body, a number of it, how often)."""
        for minute in range(MINUTES):
            # The numbers of a minute are those between two rounded up fractions.
            first = -(-minute * self.events // MINUTES)
            end = -(-(minute + 1) * self.events // MINUTES)
            for body in range(len(self.bodies)):
                number = first + (body - first) % len(self.bodies)
                if number < end:
                    yield body, number, -(-(end - number) // len(self.bodies))


def add_bulk(event, draw, is_valid):
    """Makes an event large, by what is kept and by a field that nobody knows."""
    size = ATTRIBUTE_BYTES if is_valid else 5_000
    bulk = (draw.randbytes(size // 2).hex() for _ in range(ATTRIBUTES))
    event["attributes"] = {f"bulk-{at}": text for at, text in enumerate(bulk)}
    event["not_a_field"] = draw.randbytes((LARGE_BYTES - ATTRIBUTES * size) // 2).hex()


def produce(backlog, bootstrap, topic, part=(0, 1)):
    """Sends every n-th message, as fast as the broker takes them; returns how many were left."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "linger.ms": 20,
            "batch.size": 1_000_000,
            "log_level": 3,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 400_000,
            "queue.buffering.max.kbytes": 262_144,
            "message.max.bytes": 8_000_000,
        }
    )
    at, of = part
    for begin in range(0, backlog.events, BATCH * of):
        numbers = range(begin + at, min(begin + BATCH * of, backlog.events), of)
        messages = [
            {"key": key, "value": value} for key, value in map(backlog.message, numbers)
        ]
        while messages:
            producer.produce_batch(topic, messages)
            messages = [message for message in messages if message.pop("_error", None)]
            producer.poll(0.05 if messages else 0)
    return producer.flush(120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--events", type=int, required=True, help="messages")
    parser.add_argument("--begin-ms", type=int, required=True, help="the first event time")
    parser.add_argument("--users", type=int, default=0, help="different users; 0: a few thousand")
    parser.add_argument("--large", action="store_true", help="messages of nearly 1 MiB")
    parser.add_argument("--key-bytes", type=int, default=0, help="how long keys are made")
    parser.add_argument("--part", default="0/1", help="which of how many producers this is")
    arguments = parser.parse_args()
    backlog = Backlog(
        arguments.events,
        arguments.begin_ms,
        users=arguments.users,
        large=arguments.large,
        key_bytes=arguments.key_bytes,
    )
    at, of = map(int, arguments.part.split("/"))
    begun = time.monotonic()
    left = produce(backlog, arguments.bootstrap, arguments.topic, (at, of))
    print(f"part {at} of {of}: {time.monotonic() - begun:.0f} s, {left} unsent")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
