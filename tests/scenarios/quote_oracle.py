"""What `prices quote` answers to more than a hundred thousand requests, against the oracle."""

import subprocess
import sys

import harness


def main(scenario):
    command = [sys.executable, harness.TESTS / "oracle" / "check_quotes.py"]
    done = subprocess.run([*command, "--program", harness.PROGRAM])
    scenario.check(done.returncode == 0, "every answer equals the oracle's, to the last digit")


if __name__ == "__main__":
    harness.run(main)
