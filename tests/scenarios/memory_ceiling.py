"""A worker that has much to catch up stays below its memory ceiling.

memory_ceiling.py                         small, for CI
COUNT=20000000 memory_ceiling.py          a soak
"""

import os
import subprocess
import sys
import time

import harness

COUNT = int(os.environ.get("COUNT", "150000"))
PAD_BYTES = 900
CEILING_BYTES = 320 << 20


def main(scenario):
    topic, lake = scenario.topic(partitions=8), scenario.lake()
    subprocess.run(
        [sys.executable, harness.TESTS / "scenarios" / "load.py", "--bootstrap", scenario.bootstrap]
        + ["--topic", topic, "--count", str(COUNT), "--pad", str(PAD_BYTES), "--bodies", "20000"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    begun = time.monotonic()
    worker = scenario.run_worker(
        topic,
        lake,
        "--until-end",
        worker__memory_bytes_max=CEILING_BYTES,
        worker__epoch_max_ms=5_000,
    )
    pid, status, usage = os.wait4(worker.process.pid, 0)
    worker.process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begun
    code = worker.process.returncode
    scenario.check(code == 0, f"exit code {code}" + ("" if code == 0 else worker.summary()))
    peak = usage.ru_maxrss * 1024
    cpu = usage.ru_utime + usage.ru_stime
    print(f"{COUNT} events of about {PAD_BYTES + 450} bytes in {seconds:.1f} s, CPU {cpu:.1f} s")
    print(f"most memory held: {peak >> 20} MiB, ceiling {CEILING_BYTES >> 20} MiB")
    scenario.check(peak <= CEILING_BYTES, "the worker stays below its ceiling")
    scenario.check_lake(lake, [scenario.expect(topic)])


if __name__ == "__main__":
    harness.run(main)
