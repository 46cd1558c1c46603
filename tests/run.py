#!/usr/bin/env python3
"""Runs the scenarios against a real Kafka and a real S3 server, and says how many passed.

  run.py                              all of them but those on demand
  run.py malformed_corpus freshness   these
  run.py --list                       their names

Needs the Python of tests/rig/venv.sh and a built program: TOKENMETER_BIN, or target/release of
CARGO_TARGET_DIR. A set KAFKA_BOOTSTRAP uses that cluster; else one is started and stopped here.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent
SCENARIOS = (
    "oracle_can_fail",
    "quote_oracle",
    "real_input",
    "malformed_corpus",
    "late_and_doubled",
    "backfill_twice",
    "capacity_adds_up",
    "sigterm_clean",
    "group_left",
    "topic_recreated",
    "memory_ceiling",
    "readers_while_writing",
    "freshness",
    "two_workers_kill",
    "kills_at_every_point",
    "planted_bugs",
    "rebalance_storm",
    "broker_killed",
    "expired_messages",
    "partitions_added",
    "frozen_worker",
    "transactions",
    "codecs",
    "disk_trouble",
    "store_faults",
    "reprice_under_fire",
    "alert_backtest",
    "alert_receivers",
    "alert_delivery",
    "alert_latency",
)
# Run only when they are named: others show most of the same in less time.
ON_DEMAND = ("clock_jumps", "s3_killed")
SCENARIO_S_MAX = 420


def run_scenario(name, environment):
    """Whether a scenario passed; its output goes to ours."""
    print(f"\n=== {name} ===", flush=True)
    script = TESTS / "scenarios" / f"{name}.py"
    # A group of its own, so that nothing that it started outlives it.
    process = subprocess.Popen(
        [sys.executable, script], env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return process.wait(float(environment.get("SCENARIO_S_MAX", SCENARIO_S_MAX))) == 0
    except subprocess.TimeoutExpired:
        print(f"{name}: failed, it did not end in time", flush=True)
        return False
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios to run")
    parser.add_argument("--list", action="store_true", help="print the names of all scenarios")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(SCENARIOS + ON_DEMAND))
        return 0
    unknown = set(arguments.names) - set(SCENARIOS + ON_DEMAND)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}; see --list")
    environment = {**os.environ, "RIG_NAME": f"tests-{os.getpid()}"}
    subprocess.run([TESTS / "rig" / "kafka.sh", "start"], env=environment, check=True)
    outcomes = {}
    try:
        for name in arguments.names or SCENARIOS:
            begun = time.monotonic()
            outcomes[name] = run_scenario(name, environment), time.monotonic() - begun
    finally:
        for script in ("kafka.sh", "s3.sh", "alertmanager.sh"):
            subprocess.run([TESTS / "rig" / script, "stop"], env=environment, check=False)
        # Scenarios that break servers have some of their own.
        own = {**environment, "RIG_NAME": environment["RIG_NAME"] + "-own"}
        for script in ("kafka.sh", "s3.sh"):
            subprocess.run([TESTS / "rig" / script, "stop"], env=own, check=False)
    print()
    for name, (passed, seconds) in outcomes.items():
        print(f"{'passed' if passed else 'FAILED'} {name} ({seconds:.0f} s)")
    failed = sum(not passed for passed, _ in outcomes.values())
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
