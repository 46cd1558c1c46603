"""A disk that fills up, and one that becomes read-only: a clear error, and nothing lost after it.

Needs the right to mount a small file system in memory; without it, says so and tries nothing.
"""

import re
import subprocess
from contextlib import contextmanager

import harness
import trouble

SMALL, LARGE = "size=2m", "size=400m"
LOAD_S = 20
RATE = 1_500
# An error names the object within the lake.
WHERE = re.compile(r"(events|rejects|cost_windows|_preflight|price_books)/\S+")


@contextmanager
def small_disk(scenario):
    """A folder on a disk of its own; None where mounting is not allowed."""
    folder = scenario.folder / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", SMALL, "tokenmeter-test", folder], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        print(f"mounting is not allowed here, so this is not tried: {mounted.stderr.strip()}")
        yield None
        return
    try:
        yield folder
    finally:
        for worker in scenario.workers:
            if worker.alive():
                worker.kill()
        subprocess.run(["umount", folder], check=True)


def remount(folder, option):
    subprocess.run(["mount", "-o", f"remount,{option}", folder], check=True)


def ends_with(scenario, worker, what, *texts):
    """Checks that a worker ends by itself and says what is wrong, where, and what to do."""
    code = worker.wait(90)
    told = worker.log.read_text(errors="replace").rpartition("\nerror: ")[2].strip()
    scenario.check(code == 1, f"{what} ends it with exit code {code}")
    missing = [text for text in texts if text not in told]
    missing += [] if WHERE.search(told) else ["where"]
    scenario.check(not missing, f"it says: {told}" + (f" (lacks {missing})" if missing else ""))


def main(scenario):
    with small_disk(scenario) as folder:
        if folder is None:
            return
        topic, lake = scenario.topic(partitions=4), f"file://{folder}/lake"
        load = trouble.start_load(scenario, topic, RATE, LOAD_S)

        def run(label):
            return scenario.run_worker(topic, lake, label=label, worker__epoch_max_ms=300)

        worker = run("fills-up")
        ends_with(scenario, worker, "a full disk", "No space left", "free space")
        ends_with(scenario, run("is-full"), "a disk that is full already", "No space left", "free space")
        remount(folder, LARGE)
        worker = run("has-space")
        trouble.await_commits(worker, lake, trouble.version(lake) + 2)
        remount(folder, "ro")
        ends_with(scenario, worker, "a disk that becomes read-only", "Read-only", "writable")
        ends_with(scenario, run("is-read-only"), "a read-only lake", "Read-only", "writable")
        answer = scenario.call("sql", "--lake", lake, "SELECT count(*) FROM events")
        scenario.check("1 row" in answer, "a read-only lake can still be queried")
        remount(folder, "rw")
        sent = trouble.finish_load(load)
        scenario.run_until_end(topic, lake, label="worker-last")
        expectation = scenario.expect(topic)
        scenario.check(len(expectation.events) == sent["events"], "the topic holds every event")
        scenario.check_lake(lake, [expectation])


if __name__ == "__main__":
    harness.run(main)
