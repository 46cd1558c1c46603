"""Reads the log of a Delta table from its files, with no Delta library: versions, files, txns.

tokenmeter's own account stands in the txns: `{pipeline}/{topic}@{topic id}/{partition}` is the
next offset to read, `seed/...` the offset at which a partition was begun, `counts/{what}/...` how
many messages became what, `wm/...` the watermark, `maintenance/{table}` the number of merges,
`reprice/...` how often events were priced again.
"""

import json
import os
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import pyarrow.fs as fs
import pyarrow.parquet as parquet

COMMIT = re.compile(r"(\d{20})\.json\Z")
CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(?:\.\d{10}\.\d{10})?\.parquet\Z")
RESERVED = ("seed", "counts", "wm", "maintenance", "reprice")


@dataclass
class Table:
    """The state of a table at its newest version."""

    version: int = -1
    txns: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    operations: list = field(default_factory=list)
    history: dict = field(default_factory=dict)
    checkpoints: list = field(default_factory=list)

    def offsets(self, at=None):
        """(topic, topic id, partition) -> next offset, now or at an older version."""
        txns = self.txns if at is None else self.history[at]
        named = {}
        for app_id, version in txns.items():
            kind, _, rest = app_id.partition("/")
            if kind not in RESERVED:
                named[source(rest)] = version
        return named

    def numbers(self, prefix):
        """(topic, topic id, partition) -> version of the txns under a prefix such as `seed`."""
        head = prefix + "/"
        return {
            source(app_id[len(head) :]): version
            for app_id, version in self.txns.items()
            if app_id.startswith(head)
        }

    def counts(self):
        """(topic, topic id, partition) -> {what: how many}."""
        counted = {}
        for app_id, version in self.txns.items():
            kind, _, rest = app_id.partition("/")
            if kind == "counts":
                what, _, name = rest.partition("/")
                counted.setdefault(source(name), {})[what] = version
        return counted


def source(name):
    """Splits `{topic}@{topic id}/{partition}`; a file's name may hold both signs."""
    rest, _, partition = name.rpartition("/")
    topic, _, topic_id = rest.rpartition("@")
    return topic, topic_id, int(partition)


def open_store(lake):
    """The file system of a lake's URL, and the path of the lake in it."""
    parts = urlsplit(lake)
    if parts.scheme == "s3":
        endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])
        store = fs.S3FileSystem(
            access_key=os.environ["AWS_ACCESS_KEY_ID"],
            secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            region=os.environ["AWS_REGION"],
            scheme=endpoint.scheme,
            endpoint_override=endpoint.netloc,
        )
        return store, parts.netloc + parts.path
    if parts.scheme == "file":
        return fs.LocalFileSystem(), unquote(parts.path)
    if parts.scheme:
        raise ValueError(f"no reader for {parts.scheme}://")
    return fs.LocalFileSystem(), lake


def read_table(lake, table):
    """The newest state of a table, with the txns of every version whose log entry is there."""
    store, root = open_store(lake)
    folder = f"{root.rstrip('/')}/{table}/_delta_log"
    infos = store.get_file_info(fs.FileSelector(folder))
    names = sorted(info.base_name for info in infos if info.type == fs.FileType.File)
    state = Table()
    commits = {int(COMMIT.match(name)[1]): name for name in names if COMMIT.match(name)}
    checkpoints = {}
    for name in names:
        if CHECKPOINT.match(name):
            checkpoints.setdefault(int(CHECKPOINT.match(name)[1]), []).append(name)
    state.checkpoints = sorted(checkpoints)
    start = first_replay(commits, checkpoints)
    if start in checkpoints:
        for name in checkpoints[start]:
            apply_checkpoint(state, store, f"{folder}/{name}")
        state.version = start
        state.history[start] = dict(state.txns)
    while state.version + 1 in commits:
        state.version += 1
        with store.open_input_file(f"{folder}/{commits[state.version]}") as file:
            apply_commit(state, file.read())
        state.history[state.version] = dict(state.txns)
    if commits and state.version != max(commits):
        raise RuntimeError(f"{table}: log entry {state.version + 1} is missing")
    return state


def first_replay(commits, checkpoints):
    """The checkpoint to start from: the oldest that the log entries reach on from, -1 for none.

    The oldest, because that tells the txns of the most versions.
    """
    if 0 in commits:
        return -1
    for version in sorted(checkpoints):
        if all(later in commits for later in range(version + 1, max(commits, default=0) + 1)):
            return version
    raise RuntimeError("neither the first log entry nor a checkpoint that the log goes on from")


def apply_checkpoint(state, store, path):
    with store.open_input_file(path) as file:
        rows = parquet.read_table(file, columns=["txn", "add"]).to_pylist()
    for row in rows:
        if row["txn"] and row["txn"]["appId"] is not None:
            state.txns[row["txn"]["appId"]] = row["txn"]["version"]
        if row["add"] and row["add"]["path"] is not None:
            state.files[row["add"]["path"]] = row["add"]


def apply_commit(state, data):
    for line in data.splitlines():
        action = json.loads(line)
        if "txn" in action:
            state.txns[action["txn"]["appId"]] = action["txn"]["version"]
        elif "add" in action:
            if action["add"]["path"] in state.files:
                raise RuntimeError(f"version {state.version} adds {action['add']['path']} again")
            state.files[action["add"]["path"]] = action["add"]
        elif "remove" in action:
            if state.files.pop(action["remove"]["path"], None) is None:
                raise RuntimeError(f"version {state.version} removes a file that is not there")
        elif "commitInfo" in action:
            state.operations.append((state.version, action["commitInfo"]))
