"""Messages that expire before they are read: the loss is counted, in SQL and metrics, and no more.

Once while no worker runs, and once under a worker that was frozen in the middle of its reading.
"""

import csv
import io
import signal
import socket
import time
from urllib.request import urlopen

import harness
import trouble

from confluent_kafka import TopicPartition
from oracle import events, topics

PARTITIONS = 2
COUNT = 2_000


def expire(scenario, topic, before):
    """Deletes what a topic holds below offsets; returns the messages that it held until then."""
    held = topics.read_topic(scenario.bootstrap, topic)
    wanted = [TopicPartition(topic, number, offset) for number, offset in before.items()]
    for outcome in scenario.admin.delete_records(wanted).values():
        outcome.result(30)
    return {number: partition.messages for number, partition in held.items()}


def reported(scenario, lake):
    """What SQL says has expired: partition -> count."""
    query = "SELECT partition, expired FROM partitions"
    rows = csv.reader(io.StringIO(scenario.call("sql", "--lake", lake, "--format", "csv", query)))
    next(rows)
    return {int(partition): int(expired) for partition, expired in rows}


def counted(port):
    """What the metrics say has expired."""
    lines = urlopen(f"http://127.0.0.1:{port}/metrics").read().decode().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("tokenmeter_expired_total"))


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def main(scenario):
    topic, lake = scenario.topic(partitions=PARTITIONS), scenario.lake()
    trouble.send_events(scenario, topic, "read", COUNT)
    scenario.run_until_end(topic, lake, label="first")
    stood = scenario.ends(topic)
    trouble.send_events(scenario, topic, "partly-lost", COUNT)
    firsts = {number: (stood[number] + end) // 2 for number, end in scenario.ends(topic).items()}
    held = expire(scenario, topic, firsts)
    lost = {number: range(stood[number], first) for number, first in firsts.items()}

    port = free_port()
    worker = scenario.run_worker(topic, lake, status__listen_address=f"127.0.0.1:{port}")
    await_reading(worker, scenario, lake, scenario.ends(topic))
    away = {number: len(offsets) for number, offsets in lost.items()}
    scenario.check(
        reported(scenario, lake) == away, f"SQL tells what expired while no worker ran: {away}"
    )
    scenario.check(counted(port) == sum(away.values()), "so do the metrics")

    worker.process.send_signal(signal.SIGSTOP)
    trouble.send_events(scenario, topic, "lost-under-way", 10 * COUNT)
    stood = scenario.ends(topic)
    for number, messages in expire(scenario, topic, stood).items():
        held[number] += [message for message in messages if message[0] >= firsts[number]]
    worker.process.send_signal(signal.SIGCONT)
    trouble.send_events(scenario, topic, "after", COUNT)
    ends = scenario.ends(topic)
    await_reading(worker, scenario, lake, ends)
    told = reported(scenario, lake)
    for number, first in stood.items():
        # How much was on its way to the worker when it froze is not for us to know.
        under_way = told[number] - away[number]
        scenario.check(under_way > 0, f"partition {number}: {under_way} expired under way")
        lost[number] = [*lost[number], *range(first - under_way, first)]
    scenario.check(counted(port) == sum(told.values()), "the metrics count the same as SQL")
    scenario.check(
        trouble.said(worker, "messages expired in Kafka before they were read"), "the log says so"
    )
    scenario.check(worker.terminate() == 0, "SIGTERM ends the worker with exit code 0")
    scenario.check_lake(lake, [expectation(scenario, topic, held, lost)])


def await_reading(worker, scenario, lake, ends, timeout_s=60):
    """Waits until the lake stands at the topic's ends."""
    deadline = time.monotonic() + timeout_s
    while sorted(trouble.offsets(lake).values()) != sorted(ends.values()):
        if time.monotonic() > deadline or not worker.alive():
            raise harness.Failed(f"the ends {ends} are not reached: {worker.summary()}")
        time.sleep(0.3)


def expectation(scenario, topic, held, lost):
    """What the lake must hold: all messages that the topic ever held but for those lost."""
    partitions = topics.read_topic(scenario.bootstrap, topic)
    for number, partition in partitions.items():
        gone = set(lost[number])
        known = {message[0]: message for message in [*held[number], *partition.messages]}
        partition.messages = [known[offset] for offset in sorted(known) if offset not in gone]
        partition.start = 0
    return events.expect_topic(topic, topics.topic_id(scenario.bootstrap, topic), partitions)


if __name__ == "__main__":
    harness.run(main)
