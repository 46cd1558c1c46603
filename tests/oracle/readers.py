#!/usr/bin/env python3
"""Reads a lake again and again with one of other people's engines; prints what it read.

  readers.py duckdb|polars|deltalake LAKE SECONDS

Each round takes the newest pair of versions of `events` and `cost_windows` that stand at the same
offsets, reads both at exactly these versions and prints one JSON line with the sums. One engine a
process: their native parts do not always end well side by side.
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from oracle.delta_log import read_table

SUMS = ("input_tokens", "output_tokens", "cost_usd")
PAUSE_S = 0.2


def consistent_cut(lake):
    """Newest versions of events and cost_windows with equal offsets, and these; None if none."""
    windows, events = read_table(lake, "cost_windows"), read_table(lake, "events")
    by_offsets = {}
    for version in events.history:
        by_offsets[frozenset(events.offsets(version).items())] = version
    for version in sorted(windows.history, reverse=True):
        offsets = windows.offsets(version)
        if offsets and frozenset(offsets.items()) in by_offsets:
            return by_offsets[frozenset(offsets.items())], version, offsets
    return None


def duckdb_reader(lake):
    """DuckDB with its own Delta extension."""
    from oracle.lake import connect, scan

    connection = connect()

    def read(events_version, windows_version):
        sums = ", ".join(f"sum({name})" for name in SUMS)
        events = connection.execute(
            f"SELECT count(*), {sums} FROM {scan(lake, 'events', events_version)}"
        ).fetchone()
        windows = connection.execute(
            f"SELECT rollup, sum(calls), {sums} "
            f"FROM {scan(lake, 'cost_windows', windows_version)} GROUP BY rollup"
        ).fetchall()
        return events, {row[0]: row[1:] for row in windows}

    return read


def polars_reader(lake):
    """Polars' scan_delta."""
    import polars

    from oracle.lake import table_url

    def read(events_version, windows_version):
        sums = [polars.col(name).sum() for name in SUMS]
        events = polars.scan_delta(table_url(lake, "events"), version=events_version)
        windows = polars.scan_delta(table_url(lake, "cost_windows"), version=windows_version)
        whole = events.select(polars.len().alias("n"), *sums).collect().row(0)
        grouped = windows.group_by("rollup").agg(polars.col("calls").sum(), *sums).collect()
        return whole, {row[0]: row[1:] for row in grouped.rows()}

    return read


def deltalake_reader(lake):
    """The Python package deltalake, into Arrow."""
    import pyarrow.compute as compute
    from deltalake import DeltaTable

    from oracle.lake import table_url

    def read(events_version, windows_version):
        table = DeltaTable(table_url(lake, "events"), version=events_version)
        events = table.to_pyarrow_table(columns=list(SUMS))
        whole = (len(events), *(compute.sum(events[name]).as_py() for name in SUMS))
        table = DeltaTable(table_url(lake, "cost_windows"), version=windows_version)
        windows = table.to_pyarrow_table(columns=["rollup", "calls", *SUMS])
        grouped = {}
        for rollup in compute.unique(windows["rollup"]).to_pylist():
            rows = windows.filter(compute.equal(windows["rollup"], rollup))
            grouped[rollup] = tuple(compute.sum(rows[name]).as_py() for name in ("calls", *SUMS))
        return whole, grouped

    return read


READERS = {"duckdb": duckdb_reader, "polars": polars_reader, "deltalake": deltalake_reader}


def main():
    engine, lake, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    read = READERS[engine](lake)
    deadline = time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        cut = consistent_cut(lake)
        if cut:
            events_version, windows_version, offsets = cut
            events, windows = read(events_version, windows_version)
            line = {
                "engine": engine,
                "versions": [events_version, windows_version],
                "offsets": [[*source, offset] for source, offset in offsets.items()],
                "events": list(map(str, events)),
                "windows": {name: list(map(str, row)) for name, row in windows.items()},
                "seconds": time.monotonic() - begun,
            }
            print(json.dumps(line), flush=True)
        if time.monotonic() >= deadline:
            break
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
    # Some engines' threads abort an orderly end of the interpreter.
    sys.stdout.flush()
    os._exit(0)
