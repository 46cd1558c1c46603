"""What must not grow while a worker lives long: memory, handles, threads, the lake's files."""

import re
import statistics
import time
from dataclasses import dataclass, fields
from pathlib import Path

import pyarrow.fs as fs

LOG_ENTRY = re.compile(r"/_delta_log/\d{20}\.")
# How much larger the median of the last quarter may be than that of the second: a share, and an
# amount that is no trend.
ALLOWED = {
    "resident_mib": (1.15, 24),
    "anonymous_mib": (1.15, 24),
    "handles": (1.0, 12),
    "threads": (1.0, 8),
    "log_objects": (1.3, 60),
    "data_files": (1.3, 60),
    "strays": (1.3, 30),
    "staged": (1.0, 10),
}


@dataclass
class Sample:
    """How a worker and its lake stood at one moment."""

    resident_mib: int
    # What it allocated: without the pages of the program itself.
    anonymous_mib: int
    handles: int
    threads: int
    # Entries and checkpoints of all logs; data files; those that no commit ever named.
    log_objects: int
    data_files: int
    strays: int
    # What a local disk holds of puts that never ended.
    staged: int
    lag: int

    def report(self):
        """The sample as one line."""
        return ", ".join(f"{one.name} {getattr(self, one.name)}" for one in fields(self))


def sample(pid, walk, lag):
    """Looks at a process and at the store of a lake."""
    process = Path(f"/proc/{pid}")
    status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
    files = stored(walk)
    names = [info.path for info in files]
    data = data_files(files)
    return Sample(
        resident_mib=kib(status, "VmRSS") // 1024,
        anonymous_mib=kib(status, "RssAnon") // 1024,
        handles=len(list((process / "fd").iterdir())),
        threads=int(status["Threads"]),
        log_objects=sum(bool(LOG_ENTRY.search(name)) for name in names),
        data_files=len(data),
        strays=len(strays(walk, data)),
        staged=sum(is_staged(name) for name in names),
        lag=lag,
    )


def kib(status, name):
    """A line of a process's status; 0 of one that has just ended."""
    return int(status.get(name, "0").split()[0])


def stored(walk):
    """All files of the lake."""
    selector = fs.FileSelector(walk.root, recursive=True, allow_not_found=True)
    return [info for info in walk.store.get_file_info(selector) if info.type == fs.FileType.File]


def data_files(files):
    """Those of them that hold rows."""
    return [one for one in files if ".parquet" in one.path and "/_delta_log/" not in one.path]


def is_staged(name):
    """Whether the local store made the file on the way to another name."""
    return re.search(r"#\d+\Z", name) is not None


def strays(walk, data):
    """Data files that no commit ever named."""
    named = {f"{walk.root}/{table}/{path}" for table, paths in walk.named.items() for path in paths}
    return [info for info in data if info.path not in named and not is_staged(info.path)]


def old_strays(walk, age_s):
    """Names of files that no commit names, or that were on their way, and that are this old."""
    oldest = time.time() - age_s
    files = stored(walk)
    left = strays(walk, data_files(files)) + [info for info in files if is_staged(info.path)]
    return [info.path for info in left if info.mtime.timestamp() < oldest]


def growth(samples):
    """What grew more than it may; it is printed how each thing developed."""
    quarter = max(len(samples) // 4, 1)
    problems = []
    for name, (share, amount) in ALLOWED.items():
        early, late = (
            statistics.median(getattr(one, name) for one in part)
            for part in (samples[quarter : 2 * quarter], samples[-quarter:])
        )
        most = max(getattr(one, name) for one in samples)
        print(f"{name}: median {early:g} in the second quarter, {late:g} in the last, most {most}")
        if late > early * share + amount:
            problems.append(f"{name} grew from {early:g} to {late:g}")
    return problems
