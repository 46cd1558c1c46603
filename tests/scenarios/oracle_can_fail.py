"""The check of a lake sees every small damage: without that, equality would prove nothing."""

import subprocess
import sys

import harness


def main(scenario):
    done = subprocess.run([sys.executable, harness.TESTS / "oracle" / "selftest.py"])
    scenario.check(done.returncode == 0, "the oracle's self-test")


if __name__ == "__main__":
    harness.run(main)
