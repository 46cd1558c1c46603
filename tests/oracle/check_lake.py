#!/usr/bin/env python3
"""Checks a lake against the topic that it was read from: every event once, to the last place.

Reads the topic's bytes and computes what must be in the lake by itself; reads the lake with
DuckDB's Delta reader and its log from the files. Exits 0 if nothing differs, 1 if anything does.

  check_lake.py --lake URL --bootstrap HOST:PORT --topic TOPIC
  check_lake.py --lake URL --file EVENTS.ndjson
"""

import argparse
import gzip
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pyarrow as pa

from oracle import events, lake
from oracle.accounts import check_accounts, read_logs
from oracle.compare import Comparison

SHOWN = ("input_tokens", "output_tokens", "cost_usd")


def check(url, expectations, title=None, quiet=False):
    """Compares a lake with all that it must hold; prints a report, returns the differences."""
    logs = read_logs(url)
    comparison = Comparison(lake.connect(), url)
    partitions = check_accounts(comparison, logs, expectations)
    comparison.events(expectations)
    comparison.rejects(expectations)
    comparison.windows(expectations)
    comparison.windows_equal_events()
    sums = comparison.totals(expectations)
    if not quiet:
        report(title or url, expectations, logs, partitions, sums, comparison.differences)
    return comparison.differences


def report(title, expectations, logs, partitions, sums, differences):
    """Prints what was compared and what differed."""
    tallies = [tally for one in expectations for tally in one.partitions.values()]
    print(f"{title}:")
    for what in ("events", "rejects", "duplicates", "tombstones"):
        print(f"  {what}: {sum(getattr(tally, what) for tally in tallies)}")
    for name in SHOWN:
        print(f"  sum of {name}: {sums[name]}")
    for line in partitions:
        print(line)
    for name, log in logs.items():
        print(f"  {name}: version {log.version}, {len(log.files)} files")
    for difference in differences:
        print(f"  DIFFERS: {difference}")
    print("  equal to the oracle" if not differences else f"  {len(differences)} differences")


def plain_bytes(path):
    """The content of a file of events, decompressed by what it begins with."""
    data = Path(path).read_bytes()
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        with pa.input_stream(path, compression="zstd") as stream:
            return stream.read()
    return data


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lake", required=True, help="the lake's URL or folder")
    parser.add_argument("--bootstrap", help="a broker of the cluster, host:port")
    parser.add_argument("--topic", action="append", default=[], help="a topic it was read from")
    parser.add_argument("--file", action="append", default=[], help="a file it was filled from")
    arguments = parser.parse_args()
    expectations = [events.read_and_expect(arguments.bootstrap, topic) for topic in arguments.topic]
    expectations += [
        events.expect_file(Path(path).name, plain_bytes(path)) for path in arguments.file
    ]
    return 1 if check(arguments.lake, expectations) else 0


if __name__ == "__main__":
    sys.exit(main())
