"""Workers and maintainers that are killed and frozen, at random moments and at named points.

A fault counts only if it happened: a process that was to die at a point wrote so into its record
and is dead of SIGKILL; one that was to be frozen was seen stopped.
"""

import random
import re
import signal
import subprocess
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

import harness

# Points that a worker comes to only once in the life of a lake, at its beginning.
FIRST = ("open/", "seed/")
# Points that a maintainer comes to, be it a process of its own or part of a worker.
MAINTENANCE = ("merge/", "clear/")
# How old files and log entries become. A process is frozen for less: it may not sleep longer than
# the retention, see docs/guarantee.md.
RETENTION_S = 60
FROZEN_S = (1.0, 4.0)
# Who has not begun to work after so long is killed as it is.
STARTING_S_MAX = 20.0
# Whatever is rare comes often.
HASTE = {"FAULT_RETENTION_S": str(RETENTION_S), "FAULT_CHECKPOINT_COMMITS": "6"}
# Small batches read slowly, small epochs: many commits, and something left to read after each.
SMALL = {"worker__poll_rows_max": 1, "worker__epoch_max_ms": 50}


def points():
    """The names of all points, from the program itself."""
    asked = subprocess.run(
        [harness.UNDER_FIRE, "maintain", "--lake", "memory:///"],
        env={"FAULT_POINT": "?"},
        capture_output=True,
        text=True,
    )
    names = re.findall(r"^[a-z-]+/[a-z_/-]+$", asked.stderr, re.MULTILINE)
    if not names:
        raise harness.Failed(f"the program names no points: {asked.stderr}")
    return names


def start_load(scenario, topic, *arguments):
    """Sends events, copies, conflicts, bad messages and tombstones, at most until we end."""
    return scenario.start_load(topic, "--faults", *arguments)


@dataclass
class Order:
    """What shall happen to a process."""

    point: str = None
    # Frozen instead of killed; it is thawed after a while and goes on.
    freeze: bool = False
    # How long after it began to work it is killed at the latest, wherever it is; `None`: never.
    patience_s: float = None
    # Counted from its start instead.
    from_birth: bool = False


@dataclass
class Record:
    """What a process wrote of itself."""

    path: Path

    def environment(self, order, haste=None):
        """The environment that carries an order."""
        fault = {"FAULT_RECORD": str(self.path), **(haste or HASTE)}
        if order.point:
            fault["FAULT_POINT"] = order.point
            fault["FAULT_ACTION"] = "freeze" if order.freeze else "kill"
        return fault

    def lines(self):
        """(what, point) of each line: `reached`, `unknown`, `killed`, `frozen`."""
        if not self.path.exists():
            return []
        lines = [tuple(line.split()) for line in self.path.read_text().splitlines()]
        # Whoever is killed while it writes leaves half a line.
        return [line for line in lines if len(line) == 2]

    def await_line(self, what, point, timeout_s=30):
        """Waits until the process has written that."""
        give_up = time.monotonic() + timeout_s
        while (what, point) not in self.lines():
            if time.monotonic() > give_up:
                raise harness.Failed(f"{self.path.name}: not {what} {point} in {timeout_s} s")
            time.sleep(0.05)

    def struck(self, what):
        """The point at which the process was killed or frozen, if it was."""
        return next((point for found, point in self.lines() if found == what), None)


@dataclass
class Faults:
    """The faults that happened, and the points that any process came to."""

    kinds: Counter = field(default_factory=Counter)
    killed: Counter = field(default_factory=Counter)
    frozen: Counter = field(default_factory=Counter)
    reached: set = field(default_factory=set)
    unknown: set = field(default_factory=set)

    def read(self, record):
        """Takes in what a process that is gone has reached."""
        for what, point in record.lines():
            {"reached": self.reached, "unknown": self.unknown}.get(what, set()).add(point)

    def kills(self):
        """How many processes were killed."""
        return sum(count for kind, count in self.kinds.items() if kind.startswith("killed"))

    def report(self):
        """What happened, for people."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        least = min(self.killed.values(), default=0)
        return f"{kinds}; kills at {len(self.killed)} points, {least} or more at each"


class Victim:
    """A process under an order."""

    def __init__(self, worker, order, record):
        self.worker, self.order, self.record = worker, order, record
        self.born = time.monotonic()
        self.frozen_at = None
        self.worked_at = None

    def works(self):
        """Whether it has taken partitions over."""
        return ("reached", "resume/assigned") in self.record.lines()

    def is_stopped(self):
        """Whether the system says that it is stopped."""
        try:
            stat = Path(f"/proc/{self.worker.process.pid}/stat").read_text()
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[0] == "T"

    def signal(self, number):
        self.worker.process.send_signal(number)


class Fire:
    """Processes in slots: as soon as one is dead, another takes its place, under a new order.

    `next_order` is asked for an order with the slot's number; `start` makes the process of a slot
    with a fault; what happened stands in `faults`.
    """

    def __init__(self, scenario, start, next_order, slots, seed, haste=None):
        self.scenario, self.start, self.next_order = scenario, start, next_order
        self.haste = haste
        self.draw = random.Random(seed)
        self.faults = Faults()
        self.born = 0
        self.pardoned_until = 0.0
        self.victims = {slot: self.bear(slot) for slot in slots}

    def bear(self, slot):
        order = self.next_order(slot)
        record = Record(self.scenario.folder / f"record-{self.born}")
        self.born += 1
        return Victim(self.start(slot, record.environment(order, self.haste)), order, record)

    def tick(self):
        """Looks at each process once."""
        for slot, victim in self.victims.items():
            if not victim.worker.alive():
                self.bury(victim)
                self.victims[slot] = self.bear(slot)
            elif victim.is_stopped():
                self.thaw_in_time(victim)
            elif self.is_over(victim):
                victim.worker.kill()

    def is_over(self, victim):
        """Whether a process was not struck at its point in time."""
        order, now = victim.order, time.monotonic()
        if order.patience_s is None:
            return False
        # Where processors are short, starting takes longest: who only starts commits nothing.
        if victim.worked_at is None and (order.from_birth or victim.works()):
            victim.worked_at = victim.born if order.from_birth else now
        if victim.worked_at is None:
            return now - victim.born > STARTING_S_MAX
        return now - victim.worked_at > order.patience_s

    def thaw_in_time(self, victim):
        now = time.monotonic()
        if victim.frozen_at is None:
            victim.frozen_at = now
            victim.frozen_s = self.draw.uniform(*FROZEN_S)
            point = victim.record.struck("frozen")
            self.faults.kinds["frozen at a point" if point else "frozen at random"] += 1
            if point:
                self.faults.frozen[point] += 1
        elif now - victim.frozen_at > victim.frozen_s:
            victim.frozen_at = None
            # What it does now, with what it knew then, is what it was frozen for.
            victim.worked_at = now
            victim.signal(signal.SIGCONT)

    def pardon(self, seconds):
        """For so long a process may also end with an error: something it needs was struck."""
        self.pardoned_until = time.monotonic() + seconds

    def bury(self, victim):
        """Counts how a process ended; raises if it was not by a kill of ours, or well done."""
        code = victim.worker.process.wait()
        self.faults.read(victim.record)
        if code == 0 and "maintain" in victim.worker.command:
            return
        if code == 1 and time.monotonic() < self.pardoned_until:
            self.faults.kinds["ended for want of a broker"] += 1
            return
        if code != -signal.SIGKILL:
            raise harness.Failed(f"exit code {code}: {victim.worker.summary()}")
        point = victim.record.struck("killed")
        self.faults.kinds["killed at a point" if point else "killed at random"] += 1
        if point:
            self.faults.killed[point] += 1
        self.scenario.workers.remove(victim.worker)

    def stop(self):
        """Kills all processes that are left; these kills count too."""
        for victim in self.victims.values():
            if victim.worker.alive():
                victim.worker.kill()
            self.bury(victim)


class PointQueue:
    """Points that are still to be hit, each so many times; those that were missed come again."""

    def __init__(self, names, times, draw):
        self.names, self.times = list(names), times
        self.waiting = deque(name for _ in range(times) for name in draw.sample(names, len(names)))

    def take(self, killed):
        """The next point that was not hit often enough; `None` if there is none."""
        for _ in range(len(self.waiting)):
            name = self.waiting.popleft()
            if killed[name] < self.times:
                self.waiting.append(name)
                return name
        return None

    def missing(self, killed):
        """The points that were hit too seldom."""
        return [name for name in self.names if killed[name] < self.times]
