#!/usr/bin/env python3
"""The starter pack as the program itself replays it over the benchmark's worlds.

  alert_backtest.py 201 202                worlds of these seeds, scored together
  alert_backtest.py 201 --rules my.yaml    other rules
  alert_backtest.py 201 --keep FOLDER      keeps worlds and lakes there, and uses those that are there

Each world is eight weeks of some 500 series (`cargo bench --bench alerts -- --rows SEED FOLDER`). Its
rows become the table `cost_windows` of a lake that the program has made, `tokenmeter alerts
backtest --format json` replays the rules over all of it, and its alerts are scored by the labels as
benches/alerts/score.rs scores: an alert finds an incident if it fires while the incident lasts or
within half an hour after it, on a key that has calls of it; any other is a false alarm. Rules
whose keys are no series, such as budgets, are listed apart. Needs the Python of tests/rig/venv.sh and
`cargo build --release --bin tokenmeter`.
"""

import argparse
import csv
import datetime
import json
import os
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv
from deltalake import write_deltalake

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", Path.home() / ".cache/tokenmeter/target"))
PROGRAM = os.environ.get("TOKENMETER_BIN", str(TARGET / "release/tokenmeter"))
RULES = ROOT / "deploy/alerts/starter.yaml"
FROM, TO = "2026-01-01", "2026-02-26"
WEEKS = 8
SERIES = 200 + 140 + 160
GRACE_S = 1_800
MINUTE_S = 60
# What tells the series of a rule apart, and which column of the labels has those of an incident.
KEYS = {"feature": "features", "workflow": "workflows", "user_id": "users", "model": "models"}
MONEY = pa.decimal128(38, 12)
TEXTS = ("tenant", "user_id", "feature", "workflow", "provider", "model")
COUNTS = (
    "window_seconds calls error_calls retry_calls input_tokens output_tokens cache_read_tokens".split()
)
# What rows say nothing of, and a table must have all the same.
ZEROS = ("unpriced_calls", "unmetered_calls", "estimated_calls")
EVENT = {
    "event_id": "before-the-world",
    "event_time": "2025-01-01T00:00:00Z",
    "provider": "openai",
    "model": "gpt-4o",
    "input_tokens": 1,
    "output_tokens": 1,
}


def make_world(seed, folder):
    """The world's rows and labels, if they are not there yet."""
    if not (folder / "losses.csv").exists():
        bench = ["cargo", "bench", "--locked", "-p", "tokenmeter", "--bench", "alerts"]
        subprocess.run([*bench, "--", "--rows", str(seed), folder], check=True, cwd=ROOT)


def days(path):
    """The rows of each day as a table, in order."""
    types = {**dict.fromkeys(TEXTS, pa.string()), **dict.fromkeys(COUNTS, pa.int64())}
    types.update(dict.fromkeys(("cost_usd", "input_cost_usd"), MONEY))
    options = pyarrow.csv.ConvertOptions(
        column_types={"rollup": pa.string(), "window_start_s": pa.int64(), **types},
        strings_can_be_null=True,
        null_values=[""],
    )
    blocks = pyarrow.csv.ReadOptions(block_size=16 << 20)
    waiting, day = [], None
    for batch in pyarrow.csv.open_csv(path, read_options=blocks, convert_options=options):
        table = pa.table(batch)
        numbers = compute.divide(table["window_start_s"], 86_400)
        for number in compute.unique(numbers).to_pylist():
            if day is not None and number != day:
                yield pa.concat_tables(waiting)
                waiting = []
            day = number
            waiting.append(table.filter(compute.equal(numbers, number)))
    yield pa.concat_tables(waiting)


def as_windows(table):
    """Rows in the types of `cost_windows`."""
    starts = compute.multiply(table["window_start_s"], 1_000_000)
    starts = compute.cast(starts, pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
    table = table.drop_columns("window_start_s").append_column("window_start", starts)
    table = table.append_column("date", compute.cast(starts, pa.date32()))
    zeros = pa.array([0] * len(table), pa.int64())
    for name in ZEROS:
        table = table.append_column(name, zeros)
    return table


def make_lake(folder):
    """A lake of the program's own make with the world's rows in it; its URL."""
    lake = folder / "lake"
    done = folder / "lake.done"
    if not done.exists():
        event = folder / "event.ndjson"
        event.write_text(json.dumps(EVENT) + "\n")
        command = [PROGRAM, "backfill", event, "--lake", f"file://{lake}"]
        subprocess.run(command, check=True, capture_output=True)
        for table in days(folder / "rows.csv"):
            write_deltalake(lake / "cost_windows", as_windows(table), mode="append", schema_mode="merge")
        done.touch()
    return f"file://{lake}"


def backtest(lake, rules):
    """The program's alerts, with the seconds and the MiB that it took."""
    command = [PROGRAM, "alerts", "backtest", "--lake", lake, "--rules", rules]
    command += ["--from", FROM, "--to", TO, "--format", "json"]
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+") as listed:
        process = subprocess.Popen(command, stdout=listed)
        peak_kib = 0
        while process.poll() is None:
            peak_kib = max(peak_kib, peak_kib_of(process.pid))
            time.sleep(0.05)
        assert process.returncode == 0, f"the backtest ended with {process.returncode}"
        listed.seek(0)
        alerts = [json.loads(line) for line in listed]
    return alerts, (time.monotonic() - begun, peak_kib / 1024)


def peak_kib_of(pid):
    """The most memory that a process held so far, KiB; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def seconds(text):
    """An instant as seconds since the Unix epoch."""
    return datetime.datetime.fromisoformat(text).timestamp()


def load_incidents(folder):
    """The incidents, each with its places as sets and what each of its minutes cost over normal."""
    with open(folder / "incidents.csv", newline="") as file:
        incidents = list(csv.DictReader(file))
    for incident in incidents:
        incident.update({name: set(incident[name].split()) for name in KEYS.values()})
        incident.update(start=int(incident["start_s"]), end=int(incident["end_s"]), losses=[])
    with open(folder / "losses.csv", newline="") as file:
        for number, minute_s, usd in list(csv.reader(file))[1:]:
            incidents[int(number)]["losses"].append((int(minute_s), float(usd)))
    return incidents


class Score:
    """What alerts are worth, over some worlds."""

    def __init__(self):
        self.found, self.of = Counter(), Counter()
        self.total_usd = self.lost_usd = self.lost_shares = 0.0
        self.alarms = self.series_weeks = 0

    def add(self, incidents, alerts):
        """Scores the alerts of a world: (key, value, minute)."""
        first = {}
        for key, value, minute_s in alerts:
            column, hit = KEYS[key], False
            for number, incident in enumerate(incidents):
                lasts = incident["start"] <= minute_s < incident["end"] + GRACE_S
                if lasts and value in incident[column]:
                    hit = True
                    first[number] = min(minute_s, first.get(number, minute_s))
            self.alarms += not hit
        self.series_weeks += SERIES * WEEKS
        for number, incident in enumerate(incidents):
            self.of[incident["kind"]] += 1
            self.found[incident["kind"]] += number in first
            total = sum(usd for _, usd in incident["losses"])
            until = first.get(number, incident["end"])
            lost = sum(usd for minute_s, usd in incident["losses"] if minute_s <= until)
            self.total_usd += total
            self.lost_usd += lost
            self.lost_shares += lost / max(total, 1e-9)

    def line(self, name):
        """A row of a table."""
        found, of = self.found.total(), self.of.total()
        return (
            f"| {name} | {100 * found / of:.1f} % | {1000 * self.alarms / self.series_weeks:.1f} "
            f"| {100 * self.lost_usd / self.total_usd:.1f} % | {100 * self.lost_shares / of:.1f} % |"
        )


def series_of(alert):
    """What tells the alert's series apart, and its name; `None` if it is of no series."""
    return next(((key, alert["labels"][key]) for key in KEYS if key in alert["labels"]), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", type=int, nargs="+", help="seeds of worlds")
    parser.add_argument("--rules", type=Path, default=RULES, help="a file of rules")
    parser.add_argument("--keep", type=Path, help="where worlds and lakes stay")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        judge(arguments.seeds, arguments.rules, arguments.keep or Path(passing))


def judge(seeds, rules, root):
    """Makes the worlds, replays the rules over them and prints the tables."""
    whole, by_rule, apart = Score(), defaultdict(Score), Counter()
    worlds = []
    for seed in seeds:
        folder = root / f"world-{seed}"
        make_world(seed, folder)
        alerts, (wall_s, mib) = backtest(make_lake(folder), rules)
        print(f"seed {seed}: {len(alerts)} alerts in {wall_s:.1f} s, at most {mib:.0f} MiB", flush=True)
        (folder / "alerts.ndjson").write_text("".join(json.dumps(alert) + "\n" for alert in alerts))
        scored = defaultdict(list)
        for alert in alerts:
            series = series_of(alert)
            if series is None:
                apart[alert["rule"]] += 1
                continue
            scored[alert["rule"]].append((*series, seconds(alert["fired_at"]) - MINUTE_S))
        worlds.append((load_incidents(folder), scored))
    names = {name for _, scored in worlds for name in scored}
    for incidents, scored in worlds:
        whole.add(incidents, [alert for alerts in scored.values() for alert in alerts])
        for name in names:
            by_rule[name].add(incidents, scored[name])
    print("\n| rules | recall | false alarms | dollars lost | mean share lost |\n|---|---|---|---|---|")
    print(whole.line("**starter pack**"))
    for name in sorted(by_rule):
        print(by_rule[name].line(name))
    print("\n| kind | recall |\n|---|---|")
    for kind, of in whole.of.items():
        print(f"| {kind} | {100 * whole.found[kind] / of:.0f} % |")
    for name, count in apart.items():
        print(f"\n{name} fired {count} times, which is not scored")


if __name__ == "__main__":
    main()
