"""Follows the logs of a lake while it is written, and checks the account at every single commit.

At each version of `events`, for each partition: the next offset less the first is the sum of the
counts; the commit goes on where the one before it ended, and counts what it says. At each version
of `cost_windows`: its offsets are such as `events` had before. In every table offsets only grow,
files are added once and removed once.
"""

import json
from collections import Counter
from dataclasses import dataclass, field

import pyarrow.fs as fs

from oracle.accounts import TABLES
from oracle.delta_log import COMMIT, Table, apply_commit, open_store, source

COUNTS = ("events", "rejects", "duplicates", "tombstones", "gaps", "expired")
DIFFERENCES_MAX = 50


@dataclass
class Committed:
    """What one worker committed to `events`."""

    epochs: int = 0
    counts: Counter = field(default_factory=Counter)


class LogWalk:
    """The logs as far as they were read; `differences` says what did not hold."""

    def __init__(self, lake):
        self.store, root = open_store(lake)
        self.root = root.rstrip("/")
        self.tables = {name: Table() for name in TABLES}
        # Paths that any commit ever added, by table.
        self.named = {name: set() for name in TABLES}
        self.differences = []
        self.workers = {}
        # (topic, topic id, partition) -> every offset at which `events` ever stood.
        self.stood = {}

    def advance(self):
        """Reads and checks what was committed since; returns how many commits that were."""
        # `events` last: it is ahead of what was derived from it.
        new = {name: list(self.read_new(name)) for name in ("rejects", "cost_windows", "events")}
        for name in TABLES:
            for data in new[name]:
                self.apply(name, data)
        return sum(map(len, new.values()))

    def commits(self):
        """How many commits were checked, by table."""
        return {name: table.version + 1 for name, table in self.tables.items()}

    def read_new(self, name):
        version = self.tables[name].version
        while True:
            version += 1
            path = f"{self.root}/{name}/_delta_log/{version:020}.json"
            if self.store.get_file_info([path])[0].type != fs.FileType.File:
                self.must_be_end(name, version)
                return
            with self.store.open_input_file(path) as file:
                yield file.read()

    def must_be_end(self, name, version):
        """An entry that is missing is still to come: whoever reads too seldom finds it cleared."""
        folder = fs.FileSelector(f"{self.root}/{name}/_delta_log", allow_not_found=True)
        entries = (COMMIT.match(info.base_name) for info in self.store.get_file_info(folder))
        newest = max((int(entry[1]) for entry in entries if entry), default=-1)
        path = f"{self.root}/{name}/_delta_log/{version:020}.json"
        if newest > version and self.store.get_file_info([path])[0].type != fs.FileType.File:
            raise RuntimeError(f"{name}: entry {version} was cleared before it was checked")

    def apply(self, name, data):
        table = self.tables[name]
        before = table.offsets()
        table.version += 1
        place = f"{name} version {table.version}"
        try:
            apply_commit(table, data)
        except RuntimeError as error:
            self.differ(f"{name}: {error}")
        self.named[name].update(table.files)
        for partition, offset in table.offsets().items():
            if offset < before.get(partition, offset):
                self.differ(f"{place}: {partition} went back to {offset}")
        if name == "events":
            infos = (json.loads(line).get("commitInfo") for line in data.splitlines())
            self.check_events(place, before, next(info for info in infos if info))
        elif name == "cost_windows":
            self.check_windows(place)

    def check_events(self, place, before, info):
        """The account of every partition, and that of the commit itself."""
        table = self.tables["events"]
        starts, counts = table.numbers("seed"), table.counts()
        for partition, offset in table.offsets().items():
            self.stood.setdefault(partition, set()).add(offset)
            span = offset - starts.get(partition, 0)
            explained = sum(counts.get(partition, {}).values())
            if span != explained:
                self.differ(f"{place}: {partition} has {span} offsets, counts say {explained}")
        accounting = info.get("accounting") or []
        if accounting:
            worker = self.workers.setdefault(info["worker"], Committed())
            worker.epochs += 1
        for account in accounting:
            partition = source(account["source"])
            if before.get(partition) != account["start"]:
                stood = before.get(partition)
                self.differ(f"{place}: {partition} begins at {account['start']}, stood at {stood}")
            if sum(account[what] for what in COUNTS) != account["next"] - account["start"]:
                self.differ(f"{place}: {account} does not add up")
            worker.counts.update({what: account[what] for what in COUNTS})

    def check_windows(self, place):
        for partition, offset in self.tables["cost_windows"].offsets().items():
            if offset not in self.stood.get(partition, ()):
                self.differ(f"{place}: {partition} is at {offset}, where events never stood")

    def differ(self, message):
        if len(self.differences) < DIFFERENCES_MAX:
            self.differences.append(message)
