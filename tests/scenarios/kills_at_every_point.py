"""Workers and maintainers killed at every named point and at random moments: the account holds.

kills_at_every_point.py                each point once
KILLS=1000 SEED=3 kills_at_every_point.py
"""

import concurrent.futures
import os
import random
import time
from pathlib import Path

import fire
import harness
import trouble

from oracle import check_lake
from oracle.log_walk import LogWalk

KILLS = int(os.environ.get("KILLS", "0"))
SEED = int(os.environ.get("SEED", "1"))
RATE = int(os.environ.get("RATE", "800"))
# How long the group may take until each point was hit and there were enough kills.
GROUP_S_MAX = float(os.environ.get("GROUP_S_MAX", str(240 + KILLS * 4)))
# How often a point is hit in the group, and how many lives are lived; six of them come to every
# point of a beginning and of catching up.
TIMES = 3 if KILLS else 1
LIVES = int(os.environ.get("LIVES", "30" if KILLS else "6"))
WORKERS, MAINTAINERS = 3, 1
TICK_S = 0.05
LIFE_MESSAGES = 4_000
PATIENCE_S = 6.0
# A worker of a group comes to these only now and then; each life comes to some of them.
RARE = ("catch-up/", "revoke/")


def main(scenario):
    names = fire.points()
    check_shipped(scenario)
    print(f"seed {SEED}: {len(names)} points, at least {KILLS} kills")
    faults = fire.Faults()
    begun = time.monotonic()
    live_all(scenario, names, faults)
    print(f"lives: {faults.report()} ({time.monotonic() - begun:.0f} s)", flush=True)
    fire_at_group(scenario, names, faults)
    print(f"all: {faults.report()}")
    missing = [name for name in names if not faults.killed[name]]
    scenario.check(not missing, f"a kill at each point {missing or ''}")
    scenario.check(not faults.unknown, f"each point is in the list {faults.unknown or ''}")
    scenario.check(faults.kills() >= KILLS, f"{faults.kills()} kills, at least {KILLS}")


def check_shipped(scenario):
    """The program that is shipped knows nothing of faults; the other one does."""
    knows = [
        any(variable in Path(program).read_bytes() for variable in (b"FAULT_POINT", b"PLANTED_BUG"))
        for program in (harness.PROGRAM, harness.UNDER_FIRE)
    ]
    scenario.check(knows == [False, True], "the shipped program has no fault points")


def live_all(scenario, names, faults):
    """Lakes on which every process but the last is killed, from the first table on."""
    topic = scenario.topic("-life", partitions=2)
    fire.start_load(scenario, topic, "--count", LIFE_MESSAGES, "--seed", SEED).communicate()
    expectation = scenario.expect(topic)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        lives = [
            pool.submit(live, scenario, topic, number, points, faults)
            for number, points in enumerate(plan_lives(names))
        ]
        for number, life in enumerate(lives):
            lake, walk = life.result()
            differences = walk.differences + check_lake.check(lake, [expectation], quiet=True)
            scenario.check(not differences, f"life {number} equals the oracle {differences or ''}")


def plan_lives(names):
    """The points at which the processes of each life are killed, one a process."""

    def of(*heads):
        return [name for name in names if name.startswith(heads)]

    opening, price_book = of("open/"), of("open/before-price", "open/after-price")
    tables = [name for name in opening if name not in price_book]
    behind, catching_up = "epoch/cost_windows/before-commit", of("catch-up/")
    once = of("seed/"), of("resume/")
    # Last, because who waits for another member has read everything meanwhile.
    handing_over = of("revoke/")
    for number in range(LIVES):
        yield [
            tables[number % len(tables)],
            price_book[number % len(price_book)],
            *(kind[number % len(kind)] for kind in once),
            *(behind, catching_up[number % len(catching_up)]),
            # The seventh point of catching up has no life of its own.
            *((behind, catching_up[-1]) if number == 0 else ()),
            handing_over[number % len(handing_over)],
        ]


def live(scenario, topic, number, points, faults):
    """One lake: a process dies at each point, the last one reads to the end."""
    lake = scenario.lake(suffix=f"-life-{number}")
    for run, point in enumerate([*points, None]):
        record = fire.Record(scenario.folder / f"record-life-{number}-{run}")

        def member(*arguments, fault=None):
            return scenario.run_worker(
                *(topic, lake, *arguments),
                group=f"life-{number}-{run}",
                label=f"life-{number}",
                fault=fault,
                # One member of the group a process, so that a second one must be given a share.
                worker__threads=1,
                **fire.SMALL,
            )

        fault = record.environment(fire.Order(point))
        # Partitions are taken from a member that has them when another one joins.
        is_joined = bool(point) and point.startswith("revoke/")
        worker = member(fault=fault) if is_joined else member("--until-end", fault=fault)
        if is_joined:
            record.await_line("reached", "resume/assigned")
            joining = member()
        code = worker.wait(60)
        if is_joined:
            joining.kill()
        faults.read(record)
        if point and record.struck("killed") != point:
            raise harness.Failed(f"not killed at {point}, exit code {code}: {worker.summary()}")
        if point:
            faults.kinds["killed at a point"] += 1
            faults.killed[point] += 1
        elif code != 0:
            raise harness.Failed(f"exit code {code}: {worker.summary()}")
    walk = LogWalk(lake)
    walk.advance()
    return lake, walk


class Group:
    """Workers of one consumer group and a maintainer, on one lake under load."""

    def __init__(self, scenario, names, topic, lake):
        self.scenario, self.topic, self.lake = scenario, topic, lake
        self.config = trouble.group_config(scenario)
        self.draw = random.Random(SEED)
        kept = [name for name in names if not name.startswith((*fire.FIRST, *RARE))]
        of_maintenance = [name for name in kept if name.startswith(fire.MAINTENANCE)]
        of_workers = [name for name in kept if name not in of_maintenance]
        self.queues = {
            "worker": fire.PointQueue(of_workers, TIMES, self.draw),
            "maintainer": fire.PointQueue(of_maintenance, TIMES, self.draw),
        }
        self.rare = [name for name in names if name.startswith(RARE)] + of_maintenance
        self.killed = {}
        slots = [("worker", number) for number in range(WORKERS)]
        slots += [("maintainer", number) for number in range(MAINTAINERS)]
        self.fire = fire.Fire(scenario, self.start, self.next_order, slots, SEED)
        self.killed = self.fire.faults.killed

    def start(self, slot, fault):
        role, number = slot
        merge = ("maintain", "--lake", self.lake)
        if role == "maintainer":
            return self.scenario.spawn(
                *merge, label="maintainer", fault=fault, maintenance__files_min=2
            )
        return self.scenario.run_worker(
            *(self.topic, self.lake, "--config", self.config),
            label=f"worker-{number}",
            fault=fault,
            worker__epoch_max_ms=250,
            maintenance__interval_s=1,
            maintenance__files_min=2,
        )

    def next_order(self, slot):
        """A point that was not hit yet; then points and moments by chance, some of them freezes."""
        role, _ = slot
        killed = self.killed or fire.Faults().killed
        # Workers maintain too, so they help where a maintainer has more points left than they have.
        roles = [role] if role == "maintainer" else ["worker", "maintainer"]
        for name in filter(None, (self.queues[one].take(killed) for one in roles)):
            return fire.Order(name, patience_s=self.draw.uniform(0.7, 1.0) * PATIENCE_S)
        lot = self.draw.random()
        if role == "maintainer":
            return fire.Order(self.draw.choice(self.queues[role].names))
        if lot < 0.15:
            point = self.draw.choice(self.queues[role].names)
            return fire.Order(point, freeze=True, patience_s=3 * PATIENCE_S)
        if lot < 0.6:
            names = self.rare if lot < 0.35 else self.queues[role].names
            return fire.Order(self.draw.choice(names), patience_s=self.draw.uniform(1, PATIENCE_S))
        return fire.Order(patience_s=self.draw.uniform(0.1, 2.5), from_birth=lot > 0.85)

    def missing(self):
        """The points that were not hit often enough."""
        return [name for queue in self.queues.values() for name in queue.missing(self.killed)]


def fire_at_group(scenario, names, faults):
    """Kills in a group under load until every point was hit and there were enough kills."""
    topic, lake = scenario.topic(partitions=6), scenario.lake()
    load = fire.start_load(
        scenario, topic, "--seed", SEED, "--rate", RATE, "--seconds", GROUP_S_MAX
    )
    walk = LogWalk(lake)
    group = Group(scenario, names, topic, lake)
    begun = walked = time.monotonic()
    while time.monotonic() - begun < GROUP_S_MAX:
        group.fire.tick()
        if time.monotonic() - walked > 0.5:
            walk.advance()
            walked = time.monotonic()
        if not group.missing() and group.fire.faults.kills() + faults.kills() >= KILLS:
            break
        time.sleep(TICK_S)
    seconds = time.monotonic() - begun
    sent = trouble.end_load(load)
    group.fire.stop()
    add(faults, group.fire.faults)
    missed = group.missing()
    hit = f"each point was hit in the group, in {seconds:.0f} s"
    scenario.check(not missed, f"{hit} {missed or ''}")
    seconds = scenario.run_until_end(topic, lake, label="worker-last")
    walk.advance()
    print(f"sent: {sent}; catching up at the end took {seconds:.1f} s")
    print(f"the account was checked at each of these commits: {walk.commits()}")
    wrong = walk.differences
    scenario.check(not wrong, f"the account holds at every commit {wrong or ''}")
    scenario.check_lake(lake, [scenario.expect(topic)])


def add(faults, more):
    for name in ("kinds", "killed", "frozen"):
        getattr(faults, name).update(getattr(more, name))
    faults.reached |= more.reached
    faults.unknown |= more.unknown


if __name__ == "__main__":
    harness.run(main)
