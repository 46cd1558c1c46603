"""Both traces through Kafka into lakes on a folder and on S3: every line, to the last decimal."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import harness
import pyarrow as pa

TRACES = sorted((Path(__file__).resolve().parents[2] / "traces").glob("*.csv.zst"))


def trace_sums():
    """Lines, input tokens and output tokens of the traces, from the files themselves."""
    lines = inputs = outputs = 0
    for path in TRACES:
        with pa.input_stream(str(path), compression="zstd") as stream:
            text = stream.read().decode()
        for row in csv.DictReader(io.StringIO(text)):
            lines += 1
            inputs += int(row["ContextTokens"])
            outputs += int(row["GeneratedTokens"])
    return lines, inputs, outputs


def main(scenario):
    topic = scenario.topic()
    where = ("--bootstrap-servers", scenario.bootstrap, "--topic", topic)
    scenario.call("replay", *TRACES, *where, "--flat-out", "--keep-times")
    lines, inputs, outputs = trace_sums()
    expectation = scenario.expect(topic)
    events = expectation.events
    print(f"{len(TRACES)} traces: {lines} lines, {inputs} input and {outputs} output tokens")
    scenario.check(len(TRACES) == 2 and len(events) == lines, "every line is one event in Kafka")
    scenario.check(sum(e["input_tokens"] for e in events) == inputs, "all input tokens")
    scenario.check(sum(e["output_tokens"] for e in events) == outputs, "all output tokens")
    cost = sum((e["cost_usd"] or Decimal(0) for e in events), Decimal(0))
    for store in ("file", "s3"):
        lake = scenario.lake(store)
        seconds = scenario.run_until_end(topic, lake, label=f"worker-{store}")
        print(f"{store}: {lines} events in {seconds:.1f} s, start and end of the program included")
        scenario.check_lake(lake, [expectation])
        query = "SELECT count(*) AS n, CAST(sum(cost_usd) AS VARCHAR) AS usd FROM events"
        row = json.loads(scenario.call("sql", query, "--lake", lake, "--format", "json"))
        agrees = int(row["n"]) == lines and Decimal(row["usd"]) == cost
        scenario.check(agrees, f"tokenmeter sql says {row} on {store}, the oracle {lines}, {cost}")


if __name__ == "__main__":
    harness.run(main)
