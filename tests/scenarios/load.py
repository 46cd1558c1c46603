#!/usr/bin/env python3
"""Produces generated usage events to a topic at a steady rate, with faults mixed in if asked.

  load.py --bootstrap HOST:PORT --topic TOPIC --rate 20000 --seconds 30
  load.py --bootstrap HOST:PORT --topic TOPIC --count 100000        (as fast as the broker takes it)

Prints what it sent as one JSON object. SIGTERM ends a steady load early.
"""

import argparse
import json
import random
import signal
import time

from confluent_kafka import Producer
from generate import Bodies

# Of a thousand messages, with --faults: how many are what.
COPIES, CONFLICTS, BAD, TOMBSTONES = 20, 2, 5, 2
# How far back a copy may reach.
REMEMBERED = 20_000
TICK_S = 0.01


class Load:
    """Sends numbered messages and counts what they are."""

    def __init__(self, arguments):
        self.topic = arguments.topic
        self.prefix = arguments.prefix
        self.faults = arguments.faults
        self.pad = b'"run_id":"%s",' % (b"x" * arguments.pad) if arguments.pad else b""
        self.random = random.Random(arguments.seed)
        self.bodies = Bodies(arguments.seed, arguments.bodies)
        self.sent = dict.fromkeys(("events", "copies", "conflicts", "bad", "tombstones"), 0)
        self.recent = []
        self.stopped = False
        self.producer = Producer(
            {
                "bootstrap.servers": arguments.bootstrap,
                "enable.idempotence": True,
                "linger.ms": 5,
                "log_level": 2,
                "compression.type": "lz4",
                "topic.metadata.refresh.interval.ms": 2000,
                "queue.buffering.max.messages": 500_000,
            }
        )

    def send(self, number):
        """Sends the next message."""
        lot = self.random.randrange(1000) if self.faults else 1000
        if lot < COPIES + CONFLICTS and self.recent:
            key, value, event_id = self.random.choice(self.recent)
            what = "copies"
            if lot >= COPIES:
                what = "conflicts"
                value = value.replace(b'"provider":"', b'"provider":"not-', 1)
        elif lot < COPIES + CONFLICTS + BAD:
            key, value, what = b"user-bad", b'{"event_id":"broken-%d"' % number, "bad"
        elif lot < COPIES + CONFLICTS + BAD + TOMBSTONES:
            key, value, what = b"user-gone", None, "tombstones"
        else:
            event_id = f"{self.prefix}{number}"
            key, value = self.bodies.message(number, event_id, int(time.time() * 1000))
            value = b"{" + self.pad + value[1:]
            what = "events"
            if self.faults:
                self.remember((key, value, event_id))
        self.sent[what] += 1
        self.produce(key, value)

    def remember(self, message):
        if len(self.recent) < REMEMBERED:
            self.recent.append(message)
        else:
            self.recent[self.random.randrange(REMEMBERED)] = message

    def produce(self, key, value):
        while True:
            try:
                self.producer.produce(self.topic, value, key)
                return
            except BufferError:
                self.producer.poll(0.05)

    def steady(self, rate, seconds):
        """Sends at a rate: what is due each tick, however late the tick comes."""
        begun = time.monotonic()
        sent = 0
        while not self.stopped and (passed := time.monotonic() - begun) < seconds:
            due = int(passed * rate)
            for number in range(sent, due):
                self.send(number)
            sent = max(sent, due)
            self.producer.poll(0)
            time.sleep(TICK_S)

    def stop(self, *_):
        """Ends a steady load after the messages that are due."""
        self.stopped = True

    def flat_out(self, count):
        """Sends a number of messages as fast as the broker takes them."""
        for number in range(count):
            self.send(number)
            if number % 1000 == 0:
                self.producer.poll(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--rate", type=int, help="messages a second")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--count", type=int, help="messages, flat out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bodies", type=int, default=2_000, help="different events")
    parser.add_argument("--prefix", default="call-", help="of event ids")
    parser.add_argument("--pad", type=int, default=0, help="bytes to make each event longer by")
    parser.add_argument(
        "--faults", action="store_true", help="copies, conflicts, bad ones, tombstones"
    )
    arguments = parser.parse_args()
    load = Load(arguments)
    signal.signal(signal.SIGTERM, load.stop)
    begun = time.monotonic()
    if arguments.count is None:
        load.steady(arguments.rate or 1000, arguments.seconds)
    else:
        load.flat_out(arguments.count)
    left = load.producer.flush(120)
    print(json.dumps({**load.sent, "unsent": left, "seconds": time.monotonic() - begun}))
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
