"""What `prices quote` answers to more than a hundred thousand requests, against the oracle; and the sum
by which `prices explain` accounts for stored events, against the same answers."""

import json
import subprocess
import sys

import harness

from oracle.check_quotes import ask
from oracle.quote_requests import Requests

STORED = 3_000
EXPLAINED = 12
STATUSES = ("priced", "unpriced", "unmetered")


def main(scenario):
    command = [sys.executable, harness.TESTS / "oracle" / "check_quotes.py"]
    done = subprocess.run([*command, "--program", harness.PROGRAM])
    scenario.check(done.returncode == 0, "every answer equals the oracle's, to the last digit")

    lines, lake = Requests(2).all(0)[:STORED], scenario.lake()
    file = scenario.folder / "events.ndjson"
    file.write_text("\n".join(lines) + "\n")
    scenario.call("backfill", file, "--lake", lake)
    quoted = [json.loads(answer) for answer in ask(harness.PROGRAM, lines)[0]]
    # Of events with invalid usage some are rejects and not stored.
    stored = [answer for answer in quoted if answer["price_status"] in STATUSES]
    for quote in stored[:: len(stored) // EXPLAINED]:
        explain(scenario, lake, quote)
    missing = subprocess.run(
        [harness.PROGRAM, "prices", "explain", "nobody", "--lake", lake], capture_output=True
    )
    scenario.check(missing.returncode == 1, "an event that is not stored is an error")


def explain(scenario, lake, quote):
    """Asks for the sum of one stored event and compares it with the quote."""
    answer = scenario.call("prices", "explain", quote["event_id"], "--lake", lake, "--format", "json")
    answer = json.loads(answer)
    same = all(answer[name] == value for name, value in quote.items())
    equal = answer["verdict"] == "equal" and answer["stored"]["cost_usd"] == quote["cost_usd"]
    scenario.check(same and equal, f"{quote['event_id']}: {quote['price_status']}, the stored cost")


if __name__ == "__main__":
    harness.run(main)
