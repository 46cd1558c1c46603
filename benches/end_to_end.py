#!/usr/bin/env python3
"""From a real Kafka topic to a committed lake, beside a bare consumer that only reads the topic.

  end_to_end.py [--repeat N]     N rounds of both traces are produced (28,185 events a round)

Prints events per second, CPU-seconds (user + system) per million events of the whole process, and
the ratio of both to the bare consumer, in the same run. Needs `cargo build --release --bin
tokenmeter` and `cargo build --release -p tokenmeter -p ingest --example bare_consumer`.
"""

import argparse
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", Path.home() / ".cache/tokenmeter/target"))
PROGRAM = os.environ.get("TOKENMETER_BIN", TARGET / "release/tokenmeter")
BARE = TARGET / "release/examples/bare_consumer"
KAFKA = ROOT / "tests/rig/kafka.sh"
TRACES = sorted((ROOT / "traces").glob("*.csv.zst"))


def timed(command, **options):
    """Seconds and CPU-seconds of a process, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True, **options)
    seconds = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, done.stdout


def row(name, events, seconds, cpu, bare_cpu):
    print(
        f"{name:<24} {events / seconds:>12,.0f} events/s {cpu * 1e6 / events:>8.2f} CPU-s per million"
        f" {cpu / bare_cpu:>7.2f} x bare consumer"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=100, help="rounds of both traces")
    parser.add_argument("--runs", type=int, default=3, help="runs, of which the best counts")
    arguments = parser.parse_args()
    environment = {**os.environ, "RIG_NAME": f"bench-{os.getpid()}"}
    started = subprocess.run([KAFKA, "start"], env=environment, check=True, capture_output=True, text=True)
    bootstrap = started.stdout.strip().splitlines()[-1].split("=", 1)[-1]
    try:
        measure(arguments, bootstrap, environment)
    finally:
        subprocess.run([KAFKA, "stop"], env=environment, check=False, capture_output=True)


def measure(arguments, bootstrap, environment):
    topic = "bench"
    environment = {**environment, "KAFKA_BOOTSTRAP": bootstrap}
    subprocess.run([KAFKA, "topic", topic, "4"], env=environment, check=True, capture_output=True)
    produce = [PROGRAM, "replay", *TRACES, "--flat-out", "--repeat", str(arguments.repeat)]
    produce += ["--bootstrap-servers", bootstrap, "--topic", topic, "--times", "live"]
    subprocess.run(produce, check=True, capture_output=True)
    read = [BARE, bootstrap, topic]
    events, size = map(int, timed(read)[2].split())
    print(f"{events:,} events of {size // events} bytes in 4 partitions, best of {arguments.runs}")
    bare = min((timed(read)[:2] for _ in range(arguments.runs)), key=lambda run: run[1])
    row("bare consumer", events, *bare, bare[1])
    runs = []
    for run in range(arguments.runs):
        with tempfile.TemporaryDirectory() as lake:
            work = [PROGRAM, "run", "--until-end", "--bootstrap-servers", bootstrap, "--topic", topic]
            work += ["--group", f"bench-{run}", "--lake", lake, "--log-level", "error"]
            runs.append(timed(work, env={**environment, "TOKENMETER_STATUS__LISTEN_ADDRESS": ""})[:2])
            count = [PROGRAM, "sql", "SELECT count(*) AS n FROM events", "--lake", lake, "--format", "csv"]
            kept = int(timed(count)[2].split()[-1])
            assert kept == events, f"{kept} of {events} events are in the lake"
    row("tokenmeter run", events, *min(runs, key=lambda run: run[1]), bare[1])


if __name__ == "__main__":
    main()
