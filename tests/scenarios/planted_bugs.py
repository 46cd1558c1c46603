"""Bugs that are planted into the program are caught; the same attack without the bug finds nothing.

planted_bugs.py
planted_bugs.py commit-without-compare   only this bug
"""

import concurrent.futures
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import fire
import harness
import trouble

from oracle import check_lake
from oracle.log_walk import LogWalk

MESSAGES = 8_000
RATE = 1_200
# How long a worker with a bug may stand still before that is what it does.
STILL_S = 6
THREADS = 2
SESSION_S = trouble.SESSION_MS / 1000


@dataclass
class Attack:
    """One run against a lake of its own, with a bug or without."""

    scenario: harness.Scenario
    bug: str
    name: str
    still_topic: str
    config: Path

    def __post_init__(self):
        self.lake = self.scenario.lake(suffix=f"-{self.name}")
        self.walk = LogWalk(self.lake)
        self.records = 0

    def fault(self, point=None, freeze=False):
        """What the environment of a process says: the bug, and where it is struck."""
        record = fire.Record(self.scenario.folder / f"record-{self.name}-{self.records}")
        self.records += 1
        fault = record.environment(fire.Order(point, freeze))
        if self.bug:
            fault["PLANTED_BUG"] = self.bug
        return record, fault

    def worker(self, topic, *arguments, point=None, freeze=False, **variables):
        """A worker of the attack, perhaps to be killed or frozen at a point."""
        record, fault = self.fault(point, freeze)
        worker = self.scenario.run_worker(
            *(topic, self.lake, "--config", self.config, *arguments),
            group=self.name,
            label=f"{self.name}-{self.records}",
            fault=fault,
            maintenance__enabled="false",
            **variables,
        )
        return fire.Victim(worker, fire.Order(point, freeze), record)

    def differences(self, topic):
        """What the account at every commit and the comparison with the topic find."""
        self.walk.advance()
        found = [f"account: {difference}" for difference in self.walk.differences]
        try:
            compared = check_lake.check(self.lake, [self.scenario.expect(topic)], quiet=True)
        except RuntimeError as error:
            compared = [str(error)]
        return found + [f"comparison: {difference}" for difference in compared]

    def await_ends(self, topic, timeout_s):
        """Waits until `events` and `cost_windows` stand at the ends of a topic; whether they do."""
        ends = self.scenario.ends(topic)
        give_up = time.monotonic() + timeout_s
        while time.monotonic() < give_up:
            self.walk.advance()
            tables = (self.walk.tables[name].offsets() for name in ("events", "cost_windows"))
            stand = [{number: next for (_, _, number), next in table.items()} for table in tables]
            if all(table == ends for table in stand):
                return True
            time.sleep(0.1)
        return False


def await_frozen(victim, timeout_s=30):
    """Waits until a process is frozen at its point."""
    give_up = time.monotonic() + timeout_s
    while not (victim.record.struck("frozen") and victim.is_stopped()):
        if time.monotonic() > give_up or not victim.worker.alive():
            raise harness.Failed(f"not frozen at {victim.order.point}: {victim.worker.summary()}")
        time.sleep(0.05)


def await_reading(victim, partitions, timeout_s=30):
    """Waits until a worker has begun to read so many partitions."""
    give_up = time.monotonic() + timeout_s
    while victim.worker.log.read_text().count("reading a partition") < partitions:
        if time.monotonic() > give_up:
            raise harness.Failed(f"it does not read: {victim.worker.summary()}")
        time.sleep(0.05)


def zombie(attack):
    """Frozen before a commit, replaced, thawed when the other has read everything."""
    topic = attack.still_topic
    frozen = attack.worker(topic, point="epoch/events/before-commit@3", freeze=True, **fire.SMALL)
    await_frozen(frozen)
    attack.worker(topic, **fire.SMALL)
    attack.await_ends(topic, 40)
    frozen.signal(signal.SIGCONT)
    time.sleep(1.5)
    return topic


def lost_and_found(attack):
    """Frozen past the end of its session, thawed: it gets its partitions back from nobody else."""
    topic = attack.scenario.topic(f"-{attack.name}", partitions=2)
    load = fire.start_load(attack.scenario, topic, "--rate", RATE, "--seconds", SESSION_S + 6)
    # It comes back before its first epoch is due: all that it has read is to be read once more.
    frozen_s = SESSION_S + 1
    epoch_ms = int((frozen_s + 3) * 1000)
    victim = attack.worker(topic, worker__epoch_max_ms=epoch_ms, worker__threads=1)
    await_reading(victim, 2)
    time.sleep(1)
    victim.signal(signal.SIGSTOP)
    time.sleep(frozen_s)
    if not victim.is_stopped():
        raise harness.Failed(f"not frozen: {victim.worker.summary()}")
    victim.signal(signal.SIGCONT)
    load.communicate()
    attack.await_ends(topic, 20)
    if "partitions were lost" not in victim.worker.log.read_text():
        raise harness.Failed(f"no partitions were lost: {victim.worker.summary()}")
    return topic


def race(attack):
    """Two workers that commit one after the other all the time."""
    topic = attack.scenario.topic(f"-{attack.name}", partitions=4)
    load = fire.start_load(attack.scenario, topic, "--rate", RATE, "--seconds", 5)
    for _ in range(2):
        attack.worker(topic, worker__epoch_max_ms=200)
    load.communicate()
    attack.await_ends(topic, STILL_S if attack.bug else 30)
    return topic


def two_maintainers(attack):
    """Frozen with a merge in its hands, while another one makes the same merge."""
    topic = attack.still_topic
    filling = {"group": attack.name, "label": attack.name, "maintenance__enabled": "false"}
    attack.scenario.run_until_end(topic, attack.lake, **filling, **fire.SMALL)
    merge = ("maintain", "--lake", attack.lake)
    record, fault = attack.fault("merge/events/before-commit", freeze=True)
    label = f"{attack.name}-maintainer"
    frozen = attack.scenario.spawn(*merge, label=label, fault=fault, maintenance__files_min=2)
    frozen = fire.Victim(frozen, fire.Order("merge/events/before-commit"), record)
    await_frozen(frozen)
    _, fault = attack.fault()
    other = attack.scenario.spawn(*merge, label=label, fault=fault, maintenance__files_min=2)
    other.wait(60)
    frozen.signal(signal.SIGCONT)
    give_up = time.monotonic() + (STILL_S if attack.bug else 60)
    while frozen.worker.alive() and time.monotonic() < give_up:
        time.sleep(0.1)
    if not attack.bug and frozen.worker.process.poll() != 0:
        raise harness.Failed(f"the thawed maintainer failed: {frozen.worker.summary()}")
    return topic


def killed(point):
    """An attack: a worker dies at a point, another one reads on."""

    def attack_at(attack):
        topic = attack.still_topic
        victim = attack.worker(topic, "--until-end", point=f"{point}@2", **fire.SMALL)
        victim.worker.wait(60)
        if victim.record.struck("killed") != point:
            raise harness.Failed(f"not killed at {point}: {victim.worker.summary()}")
        attack.worker(topic, **fire.SMALL)
        attack.await_ends(topic, STILL_S if attack.bug else 30)
        return topic

    return attack_at


def killed_before_acknowledgement(attack):
    """Killed between a commit and its word to Kafka, while more comes in all the time."""
    topic = attack.scenario.topic(f"-{attack.name}", partitions=2)
    load = fire.start_load(attack.scenario, topic, "--rate", RATE, "--seconds", 5)
    # One thread, so that Kafka knows of each partition from the times before.
    point = "acknowledge/before@4"
    victim = attack.worker(topic, point=point, worker__threads=1, worker__epoch_max_ms=200)
    victim.worker.wait(60)
    if victim.record.struck("killed") is None:
        raise harness.Failed(f"not killed at {point}: {victim.worker.summary()}")
    load.communicate()
    attack.worker(topic, **fire.SMALL)
    attack.await_ends(topic, STILL_S if attack.bug else 30)
    return topic


AFTER_REJECTS, AFTER_WINDOWS = "epoch/rejects/after-commit", "epoch/cost_windows/after-commit"
ATTACKS = {
    "zombie": zombie,
    "lost-and-found": lost_and_found,
    "race": race,
    "two-maintainers": two_maintainers,
    "killed-after-rejects": killed(AFTER_REJECTS),
    "killed-after-first-table": killed(AFTER_WINDOWS),
    "killed-before-acknowledgement": killed_before_acknowledgement,
}
# Which attack reveals which bug.
BUGS = {
    "commit-without-compare": "zombie",
    "kafka-offsets": "killed-before-acknowledgement",
    "replay-is-duplicate": "lost-and-found",
    "merge-without-claim": "two-maintainers",
    "exists-taken-for-ours": "race",
    "rejects-written-again": "killed-after-rejects",
    "windows-before-events": "killed-after-first-table",
}


def main(scenario):
    config = trouble.group_config(scenario)
    still_topic = scenario.topic("-still", partitions=2)
    fire.start_load(scenario, still_topic, "--count", MESSAGES).communicate()
    bugs = {bug: BUGS[bug] for bug in sys.argv[1:] or BUGS}
    runs = [(None, name) for name in dict.fromkeys(bugs.values())] + list(bugs.items())

    def run(bug, name):
        attack = Attack(scenario, bug, f"{name}-{bug or 'clean'}", still_topic, config)
        begun = time.monotonic()
        topic = ATTACKS[name](attack)
        for worker in list(scenario.workers):
            if attack.name in worker.log.name and worker.alive():
                worker.kill()
        return attack, topic, time.monotonic() - begun

    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        outcomes = [(bug, name, pool.submit(run, bug, name)) for bug, name in runs]
    for bug, name, outcome in outcomes:
        attack, topic, seconds = outcome.result()
        # Here, since all comparisons share one connection.
        found = attack.differences(topic)
        first = f"; first: {found[0]}" if found else ""
        said = f"{name} {'with ' + bug if bug else 'without a bug'}"
        holds = bool(found) == bool(bug)
        scenario.check(holds, f"{said}: {len(found)} differences{first} ({seconds:.0f} s)")


if __name__ == "__main__":
    harness.run(main)
