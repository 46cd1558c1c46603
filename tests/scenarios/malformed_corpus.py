"""Thousands of malformed messages among good ones: each is a reject with its reason and bytes.

malformed_corpus.py                      small, for CI
REPEAT=500 SEED=3 malformed_corpus.py    the corpus sent so often while memory is watched
"""

import hashlib
import itertools
import os
import random
from collections import Counter

import harness
from generate import Bodies, Generator, payload

from corpus import envelopes, messages
from corpus.case import NOW_MS, Case, message
from oracle import lake as lakes

SEED = int(os.environ.get("SEED", "1"))
REPEAT = int(os.environ.get("REPEAT", "20"))
REASONS = 14
PARTITIONS = 2
KEPT_BYTES = 64 * 1024
DETAIL_BYTES_MAX = 600
# Larger messages are not repeated: sending them would take longer than all the rest.
SMALL_BYTES = 2_048
GOOD_WHILE_WATCHED = 20_000
CEILING_BYTES = 320 << 20
# How much more the worker may hold at its peak than while it reads as many good events.
MORE_BYTES_MAX = 96 << 20


class Sender:
    """Sends messages to one topic and remembers where the malformed ones landed."""

    def __init__(self, scenario, topic):
        self.producer, self.topic = scenario.producer(), topic
        self.sent = Counter()
        self.placed = {}

    def send(self, value, partition, case=None):
        """Sends one message in the next envelope."""
        envelope = envelopes.of(self.sent.total() // PARTITIONS)

        def delivered(error, record):
            if error:
                raise harness.Failed(f"not sent: {error}")
            if case:
                self.placed[record.partition(), record.offset()] = (case, envelope)

        harness.send(
            *(self.producer, self.topic, value, envelope.key, partition, delivered),
            timestamp=NOW_MS,
            headers=list(envelope.headers),
        )
        self.sent[(case.reason if case else "good") if value else "empty"] += 1


def good_events(count):
    """Payloads of good events."""
    generator = Generator(SEED)
    return (payload(generator.event(f"good-{n}", NOW_MS - n % 100_000)) for n in range(count))


def conflicts(event_id):
    """Cases of an id whose event was met before with another content."""
    for what, changes in (
        ("a token more", {"input_tokens": 101}),
        ("another model", {"model": "another"}),
        ("a field more", {"feature": "chat"}),
        ("a null for a number", {"output_tokens": None}),
        ("a millisecond later", {"event_time": NOW_MS + 1}),
    ):
        again = message(event_id=event_id, **changes)
        yield Case(f"{event_id}, {what}", again, "conflicting_duplicate")


def send_each(sender, malformed, odd):
    """Sends every malformed message and odd event, good ones and empty messages between them."""
    good, odd = good_events(len(malformed)), iter(odd)
    for number, case in enumerate(malformed):
        partition = number % PARTITIONS
        sender.send(case.payload, partition, case)
        sender.send(next(good), partition)
        if one := next(odd, None):
            sender.send(one.payload, partition)
        if number % 100 == 50:
            sender.send(None, partition)
            sender.send(b"", partition)
            event_id = f"met-{number}"
            sender.send(message(event_id=event_id), partition)
            for conflict in conflicts(event_id):
                sender.send(conflict.payload, partition, conflict)
    harness.flush(sender.producer)


def check_each(scenario, malformed, odd):
    """Every message once: its reason by the corpus, the oracle and the program; its evidence."""
    topic, lake = scenario.topic("-each", PARTITIONS), scenario.lake(suffix="-each")
    sender = Sender(scenario, topic)
    send_each(sender, malformed, odd)
    scenario.run_until_end(topic, lake)
    expectation = scenario.expect(topic)
    reasons = Counter(case.reason for case, _ in sender.placed.values())
    print(f"{len(malformed)} malformed messages, {len(odd)} odd events, rejects: {dict(reasons)}")
    scenario.check(len(reasons) == REASONS, f"each of the {REASONS} reasons is met")
    judged = {(partition, offset): reason for partition, offset, reason in expectation.rejects}
    for place in judged.keys() | sender.placed.keys():
        case, _ = sender.placed.get(place, (None, None))
        if not case or judged.get(place) != case.reason:
            scenario.check(False, f"oracle: {place} is {judged.get(place)}, meant as {case}"[:500])
    tombstones = sum(one.tombstones for one in expectation.partitions.values())
    scenario.check(
        tombstones == sender.sent["empty"], f"{tombstones} empty messages are tombstones"
    )
    scenario.check(len(expectation.events) == sender.sent["good"], "good ones are untouched")
    check_odd(scenario, odd, expectation)
    scenario.check_lake(lake, [expectation])
    check_evidence(scenario, lake, sender.placed)


def check_odd(scenario, odd, expectation):
    """The odd events have the columns that they were made for."""
    events = {event["event_id"]: event for event in expectation.events}
    wrong = []
    for case in odd:
        event = events.get(case.columns["event_id"], {})
        if any(event.get(name) != value for name, value in case.columns.items()):
            wrong.append(case.what)
    scenario.check(not wrong, f"{len(odd)} odd events mean what they should {wrong[:3] or ''}")


def check_evidence(scenario, lake, placed):
    """What is kept of each reject: the first 64 KiB, length and hash of all of it, key, headers."""
    rows = (
        lakes.connect()
        .execute(
            "SELECT kafka_partition, kafka_offset, raw, raw_bytes, raw_sha256, kafka_key, "
            "map_entries(kafka_headers), detail, reason, epoch_ms(kafka_time) "
            f"FROM {lakes.scan(lake, 'rejects')}"
        )
        .fetchall()
    )
    places = {row[:2] for row in rows}
    scenario.check(places == placed.keys(), f"{len(placed)} malformed messages are rejects")
    wrong = []
    for *place, raw, size, digest, key, headers, detail, reason, time_ms in rows:
        case, envelope = placed.get(
            tuple(place), (Case("no malformed message", b""), envelopes.of(0))
        )
        found = {entry["key"]: entry["value"] for entry in headers or ()}
        held = {
            "reason": reason == case.reason,
            "bytes": raw == case.payload[:KEPT_BYTES] and size == len(case.payload),
            "hash": digest == hashlib.sha256(case.payload).hexdigest(),
            "key": key == envelope.key,
            "headers": found == envelope.kept(),
            "detail": detail and len(detail.encode()) <= DETAIL_BYTES_MAX,
            "time": time_ms == NOW_MS,
        }
        wrong += [f"{name} of {case.what} in {envelope.what}" for name in held if not held[name]]
    scenario.check(
        not wrong, f"each reject keeps its bytes, hash, key and headers {wrong[:5] or ''}"
    )


def check_memory(scenario, malformed):
    """The corpus again and again among good events takes little more memory than good events."""
    small = [case for case in malformed if len(case.payload) <= SMALL_BYTES]
    large = [case for case in malformed if len(case.payload) > SMALL_BYTES]
    mixed = [*itertools.repeat(None, GOOD_WHILE_WATCHED), *(small * REPEAT), *large]
    random.Random(SEED).shuffle(mixed)
    peaks = {}
    for what, cases in (("good", [None] * len(mixed)), ("corpus", mixed)):
        topic, lake = scenario.topic(f"-{what}", PARTITIONS), scenario.lake(suffix=f"-{what}")
        sender = Sender(scenario, topic)
        send_mixed(sender, cases)
        peaks[what] = scenario.peak_until_end(topic, lake, worker__memory_bytes_max=CEILING_BYTES)
        check_counts(scenario, lake, sender.sent)
    more = peaks["corpus"] - peaks["good"]
    print(f"peak memory in MiB: { ({what: peak >> 20 for what, peak in peaks.items()}) }")
    scenario.check(peaks["corpus"] <= CEILING_BYTES, "the worker stays below its ceiling")
    scenario.check(
        more <= MORE_BYTES_MAX,
        f"{REPEAT} times the corpus took {more >> 20} MiB more, at most {MORE_BYTES_MAX >> 20}",
    )


def send_mixed(sender, cases):
    """Sends malformed messages in their order, and a good event for each None."""
    bodies = Bodies(SEED, 1_000)
    for number, case in enumerate(cases):
        if case:
            sender.send(case.payload, number % PARTITIONS, case)
        else:
            _, good = bodies.message(number, f"good-{number}", NOW_MS)
            sender.send(good, number % PARTITIONS)
    harness.flush(sender.producer)


def check_counts(scenario, lake, sent):
    """As many events and rejects of each reason as were sent."""
    connection = lakes.connect()
    query = f"SELECT reason, count(*) FROM {lakes.scan(lake, 'rejects')} GROUP BY reason"
    found = dict(connection.execute(query).fetchall())
    found["good"] = connection.execute(
        f"SELECT count(*) FROM {lakes.scan(lake, 'events')}"
    ).fetchone()[0]
    scenario.check(found == dict(sent), f"{sum(found.values())} messages are where they belong")


def main(scenario):
    malformed, odd = messages.malformed(SEED), messages.odd(SEED)
    check_each(scenario, malformed, odd)
    check_memory(scenario, malformed)


if __name__ == "__main__":
    harness.run(main)
