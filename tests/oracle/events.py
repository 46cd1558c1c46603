"""What should be in a lake, given the bytes of a topic or file: the oracle's side of the account.

Reads messages in order of their offsets and sorts each into exactly one of: an event, a reject, a
duplicate, a tombstone. Prices events and folds them into the cost windows. Money and sums are
integers and decimals; nothing here was taken from the program.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from oracle import native, pricing, topics

ROLLUPS = {
    "user": (900, ("tenant", "user_id", "provider", "model")),
    "feature": (60, ("tenant", "feature", "provider", "model")),
    "workflow": (60, ("tenant", "workflow", "provider", "model")),
}
COUNT_MEASURES = (
    "calls",
    "error_calls",
    "retry_calls",
    "unpriced_calls",
    "unmetered_calls",
    "estimated_calls",
)
SUM_MEASURES = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_reasoning_tokens",
    "cost_usd",
    "input_cost_usd",
    "output_cost_usd",
    "other_cost_usd",
    "list_cost_usd",
    "contracted_cost_usd",
    "reported_cost_usd",
)
MEASURES = COUNT_MEASURES + SUM_MEASURES + ("latency_ms_sum", "latency_ms_max")


@dataclass
class Tally:
    """What became of the messages of one partition."""

    start: int
    next: int
    events: int = 0
    rejects: int = 0
    duplicates: int = 0
    tombstones: int = 0


@dataclass
class Expectation:
    """All that a lake must hold for one source."""

    topic: str
    topic_id: str
    # Whether offsets count messages; those of a file count bytes.
    counts_messages: bool = True
    events: list = field(default_factory=list)
    rejects: list = field(default_factory=list)
    partitions: dict = field(default_factory=dict)
    first: dict = field(default_factory=dict)

    def feed(self, partition, offset, kafka_time_ms, payload):
        """Accounts for one message; offsets of a partition must come in order."""
        tally = self.partitions[partition]
        if not payload:
            tally.tombstones += 1
            return
        try:
            event = native.decode(payload, kafka_time_ms, pricing.OTHER_UNITS)
            fingerprint = native.fingerprint(event)
            known = self.first.setdefault((partition, event["event_id"]), fingerprint)
            if known is not fingerprint:
                if known != fingerprint:
                    raise native.Reject("conflicting_duplicate", "event_id")
                tally.duplicates += 1
                return
        except native.Reject as reject:
            tally.rejects += 1
            self.rejects.append((partition, offset, reject.reason))
            return
        tally.events += 1
        event["kafka_topic"] = self.topic
        event["kafka_topic_id"] = self.topic_id
        event["kafka_partition"] = partition
        event["kafka_offset"] = offset
        event["kafka_time"] = None if kafka_time_ms is None else kafka_time_ms * 1_000
        event.update(pricing.costs(event))
        self.events.append(event)

    def reprice(self, from_us, to_us, oracle):
        """Prices the events of a span of event time by another oracle; returns how many."""
        within = [event for event in self.events if from_us <= event["event_time"] < to_us]
        for event in within:
            event.update(oracle.price(event))
        return len(within)

    def reasons(self):
        """How many rejects each reason has."""
        return Counter(reason for _, _, reason in self.rejects)


def expect_topic(topic, topic_id, partitions):
    """What the lake must hold once it has read `partitions` to their ends."""
    expectation = Expectation(topic, topic_id)
    for number, partition in sorted(partitions.items()):
        expectation.partitions[number] = Tally(partition.start, partition.end)
        for offset, kafka_time_ms, payload in partition.messages:
            expectation.feed(number, offset, kafka_time_ms, payload)
    return expectation


def read_and_expect(bootstrap, topic):
    """What the lake must hold once it has read a topic to its present end."""
    return expect_topic(
        topic, topics.topic_id(bootstrap, topic), topics.read_topic(bootstrap, topic)
    )


def expect_file(name, data):
    """What the lake must hold once it has read a file of lines, `data` being its plain bytes."""
    first_line = data.split(b"\n", 1)[0].removesuffix(b"\r")
    topic_id = hashlib.sha256(first_line).hexdigest()[:16]
    expectation = Expectation(f"file:{name}", topic_id, counts_messages=False)
    expectation.partitions[0] = Tally(0, len(data))
    position = 0
    for line in data.split(b"\n"):
        if position < len(data):
            expectation.feed(0, position, None, line.removesuffix(b"\r"))
        position += len(line) + 1
    return expectation


def totals(events):
    """The measures of all events together: name -> sum, or None if no event had a value."""
    sums = [0] * len(COUNT_MEASURES) + [None] * (len(MEASURES) - len(COUNT_MEASURES))
    for event in events:
        fold(sums, event)
    return dict(zip(MEASURES, sums, strict=True))


def windows(events):
    """The cost windows of the events: (rollup, start in us, seconds, dimensions) -> measures.

    The dimensions are those of the rollup, in its order; the measures are in the order of MEASURES.
    """
    found = {}
    for event in events:
        for rollup, (seconds, dimensions) in ROLLUPS.items():
            width_us = seconds * 1_000_000
            start_us = event["event_time"] // width_us * width_us
            key = (rollup, start_us, seconds, *(event[name] for name in dimensions))
            sums = found.get(key)
            if sums is None:
                sums = [0] * len(COUNT_MEASURES) + [None] * (len(MEASURES) - len(COUNT_MEASURES))
                found[key] = sums
            fold(sums, event)
    return found


def fold(sums, event):
    """Adds one event to the measures; a missing value adds nothing, not even a zero."""
    sums[0] += 1
    sums[1] += event["status"] == "error"
    sums[2] += (event["attempt"] or 1) > 1
    sums[3] += event["price_status"] == "unpriced"
    sums[4] += event["price_status"] == "unmetered"
    sums[5] += event["usage_state"] == "estimated"
    for at, name in enumerate(SUM_MEASURES, len(COUNT_MEASURES)):
        value = event[name]
        if value is not None:
            sums[at] = native.EXACT.add(sums[at] or Decimal(0), value)
    latency = event["latency_ms"]
    if latency is not None:
        sums[-2] = latency if sums[-2] is None else sums[-2] + latency
        sums[-1] = latency if sums[-1] is None else max(sums[-1], latency)
