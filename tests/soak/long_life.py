#!/usr/bin/env python3
"""An hour of load with a fault every few seconds: nothing is lost, nothing leaks, metrics agree.

long_life.py                            one hour
SECONDS=300 RATE=1000 STORE=s3 long_life.py

Two of three workers are killed and frozen, at points and at random, and the broker is killed and
started again a few times. The third is never struck: its memory, file handles and threads, the
files of the lake and the lag are sampled all the time, and its counters are compared with what the
log says that it committed.
"""

import json
import os
import random
import socket
import sys
import threading
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scenarios"))

import fire
import harness
import trouble
import vitals
from confluent_kafka import KafkaException

from oracle.log_walk import LogWalk

SECONDS = float(os.environ.get("SECONDS", "3600"))
SEED = int(os.environ.get("SEED", "1"))
# The oracle holds all events in memory, three kilobytes each.
RATE = int(os.environ.get("RATE", "350"))
STORE = os.environ.get("STORE", "file")
RESTARTS = int(os.environ.get("RESTARTS", "3"))
SAMPLES = 60
WALK_S, TICK_S = 1.0, 0.1
# How long a worker works at most; with two of them one dies every few seconds.
LIFE_S = (3.0, 12.0)
# Longer than the walk along the logs is ever interrupted, and than a frozen worker sleeps.
RETENTION_S = 120
HASTE = {"FAULT_RETENTION_S": str(RETENTION_S), "FAULT_CHECKPOINT_COMMITS": "10"}
COUNTED = ("event", "reject", "duplicate", "tombstone")


class LongLife:
    """Three workers of one group on one lake."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.draw = random.Random(SEED)
        self.topic, self.lake = scenario.topic(partitions=6), scenario.lake(STORE)
        self.config = trouble.group_config(scenario)
        names = fire.points()
        self.points = [name for name in names if not name.startswith(fire.FIRST)]
        self.of_epochs = [name for name in names if name.startswith(("epoch/", "acknowledge/"))]
        self.port = free_port()
        record = fire.Record(scenario.folder / "record-unharmed")
        self.unharmed = self.worker(
            "unharmed",
            record.environment(fire.Order(), HASTE),
            "--set",
            "kafka.properties.session.timeout.ms=6000",
            status__listen_address=f"127.0.0.1:{self.port}",
        )
        self.fire = fire.Fire(
            scenario, self.start, self.next_order, ("one", "other"), SEED, HASTE
        )
        self.broker = None
        self.known_ends = {}
        self.walk = LogWalk(self.lake)

    def worker(self, label, fault, *arguments, **variables):
        return self.scenario.run_worker(
            *(self.topic, self.lake, "--config", self.config, *arguments),
            label=label,
            fault=fault,
            worker__epoch_max_ms=1000,
            maintenance__interval_s=15,
            maintenance__files_min=4,
            # So that the index of events met before is full long before the end, and freed memory
            # is given back long before it.
            dedup__horizon_s=600,
            worker__memory_bytes_max=256 << 20,
            **variables,
        )

    def start(self, slot, fault):
        return self.worker(f"worker-{slot}", fault)

    def next_order(self, _):
        """A point or a moment, a kill or a freeze."""
        patience_s = self.draw.uniform(*LIFE_S)
        # Most points are in maintenance, where a worker seldom is.
        points = self.points if self.draw.random() < 0.3 else self.of_epochs
        point, lot = self.draw.choice(points), self.draw.random()
        if lot < 0.15:
            return fire.Order(point, True, patience_s + fire.FROZEN_S[1])
        if lot < 0.65:
            return fire.Order(f"{point}@{self.draw.randint(1, 4)}", patience_s=patience_s)
        return fire.Order(patience_s=patience_s)

    def restart_broker(self):
        """Kills the broker and starts it again."""
        self.scenario.rig("kafka.sh", "kill")
        # Whoever was killed may be seen for another moment, and nothing is started then.
        time.sleep(2)
        self.scenario.rig("kafka.sh", "start")
        self.fire.faults.kinds["broker restarts"] += 1

    def broker_is_away(self):
        """Whether the broker is being started again."""
        return self.broker is not None and self.broker.is_alive()

    def ends(self):
        """The ends of the partitions, or the last known ones while the broker does not answer."""
        if not self.broker_is_away():
            try:
                self.known_ends = self.scenario.ends(self.topic)
            except KafkaException as error:
                print(f"the broker does not say where the topic ends: {error}")
        return self.known_ends

    def lag(self):
        """Messages that are not in `events` yet."""
        offsets = self.walk.tables["events"].offsets()
        stand = {number: offset for (_, _, number), offset in offsets.items()}
        ends = self.ends()
        return sum(max(end - stand.get(number, 0), 0) for number, end in ends.items())

    def live(self):
        """Faults and samples, until the time is over."""
        begun = time.monotonic()
        marks = {"walk": 0.0, "sample": 0.0, "broker": SECONDS / (RESTARTS + 1)}
        samples = []
        while (passed := time.monotonic() - begun) < SECONDS or self.broker_is_away():
            if self.broker_is_away():
                # A worker that starts meanwhile may give up.
                self.fire.pardon(30)
            self.fire.tick()
            if not self.unharmed.alive():
                raise harness.Failed(f"a worker ended by itself: {self.unharmed.summary()}")
            if passed >= marks["walk"]:
                marks["walk"] = passed + WALK_S
                self.walk.advance()
            if passed >= marks["sample"]:
                marks["sample"] = passed + SECONDS / SAMPLES
                samples.append(vitals.sample(self.unharmed.process.pid, self.walk, self.lag()))
                print(f"{passed:5.0f} s: {samples[-1].report()}", flush=True)
            if RESTARTS and passed >= marks["broker"]:
                marks["broker"] = passed + SECONDS / (RESTARTS + 1)
                self.broker = threading.Thread(target=self.restart_broker)
                self.broker.start()
            time.sleep(TICK_S)
        return samples


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def counters(port):
    """The counters of a worker: name with labels -> value."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def check_metrics(scenario, life):
    """The counters of the worker that was never struck, against what the log says of it."""
    worker = f"{socket.gethostname()}-{life.unharmed.process.pid}"
    for _ in range(20):
        shown = counters(life.port)
        life.walk.advance()
        logged = life.walk.workers[worker]
        committed = {
            f"{became}s": shown.get(f'tokenmeter_committed_messages_total{{became="{became}"}}', 0)
            for became in COUNTED
        }
        agree = all(committed[what] == logged.counts[what] for what in committed)
        if agree and shown["tokenmeter_commits_total"] == logged.epochs:
            break
        # It may just have committed.
        time.sleep(1)
    fenced = shown["tokenmeter_fenced_epochs_total"]
    read = shown["tokenmeter_events_total"]
    print(f"metrics: {committed}; {read:.0f} events read, {fenced:.0f} epochs fenced")
    print(f"the log: {dict(logged.counts)}")
    scenario.check(agree, "what the unharmed worker counts as committed is what the log says")
    commits = shown["tokenmeter_commits_total"]
    scenario.check(commits == logged.epochs, f"it counts {commits:.0f} commits, as the log")
    scenario.check(read >= committed["events"], "it read at least what it committed")
    scenario.check(life.lag() == 0, "its lag is zero")


def main(scenario):
    print(f"seed {SEED}: {SECONDS:.0f} s at {RATE} messages a second, lake on {STORE}")
    life = LongLife(scenario)
    load = fire.start_load(
        scenario, life.topic, "--seed", SEED, "--rate", RATE, "--seconds", SECONDS + 60
    )
    samples = life.live()
    load.terminate()
    sent = json.loads(load.communicate(timeout=300)[0])
    life.fire.stop()
    print(f"sent: {sent}; faults: {life.fire.faults.report()}")
    give_up = time.monotonic() + 120
    while life.lag() and time.monotonic() < give_up:
        time.sleep(0.5)
        life.walk.advance()
    check_metrics(scenario, life)
    problems = vitals.growth(samples)
    # Before that the first files have only begun to be cleared away.
    if SECONDS >= 8 * RETENTION_S:
        scenario.check(not problems, f"nothing has grown {problems or ''}")
    left = vitals.old_strays(life.walk, 2 * RETENTION_S)
    scenario.check(not left, f"no file that no commit names is left over {left[:3] or ''}")
    scenario.check(life.unharmed.terminate() == 0, "the unharmed worker ends with 0")
    kills = life.fire.faults.kills()
    scenario.check(kills >= SECONDS / 10, f"{kills} kills, a fault every few seconds")
    life.walk.advance()
    print(f"the account was checked at each of these commits: {life.walk.commits()}")
    wrong = life.walk.differences
    scenario.check(not wrong, f"the account holds at every commit {wrong or ''}")
    scenario.check_lake(life.lake, [scenario.expect(life.topic)])


if __name__ == "__main__":
    harness.run(main)
