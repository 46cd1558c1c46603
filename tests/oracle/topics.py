"""Reads a whole topic, byte for byte, as the broker holds it."""

import time
from dataclasses import dataclass

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient


@dataclass
class Partition:
    """What a partition held: its offsets at the time of reading, and its messages in order."""

    start: int
    end: int
    messages: list


def topic_id(bootstrap, topic):
    """The id that the broker gave to a topic, as Kafka's own tools write it."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 3})
    described = admin.describe_topics(TopicCollection([topic]))[topic].result(30)
    # librdkafka writes ids in plain base64, Kafka in the kind that suits URLs.
    return str(described.topic_id).translate(str.maketrans("+/", "-_"))


def read_topic(bootstrap, topic, timeout_s=120):
    """All messages of a topic up to its present end: partition -> Partition.

    A message is `(offset, kafka time in ms, payload or None)`.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "oracle",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "log_level": 3,
            "check.crcs": True,
        }
    )
    try:
        metadata = consumer.list_topics(topic, timeout=30).topics[topic]
        if metadata.error:
            raise RuntimeError(f"topic {topic}: {metadata.error}")
        partitions = {}
        for number in metadata.partitions:
            bounds = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=30)
            partitions[number] = Partition(*bounds, messages=[])
        fill(consumer, topic, partitions, time.monotonic() + timeout_s)
    finally:
        consumer.close()
    return partitions


def fill(consumer, topic, partitions, deadline):
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    unread = set(partitions)
    while unread:
        if time.monotonic() > deadline:
            raise RuntimeError(f"topic {topic}: partitions {sorted(unread)} not read in time")
        for message in consumer.consume(10_000, 1.0):
            number = message.partition()
            if message.error():
                if message.error().code() != KafkaError._PARTITION_EOF:
                    raise RuntimeError(f"topic {topic}: {message.error()}")
                unread.discard(number)
                continue
            partition = partitions[number]
            if message.offset() < partition.end:
                partition.messages.append(
                    (message.offset(), message.timestamp()[1], message.value())
                )
