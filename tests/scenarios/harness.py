"""What all scenarios share: Kafka and S3 of the rig, the program as a process, lakes, checks.

A scenario is a function that takes a `Scenario` and prints its figures; `run` turns it into a
script that exits with 0 if everything held and with 1 if anything did not.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from oracle import check_lake, events, topics

RIG = TESTS / "rig"
RIG_DIR = Path(os.environ.get("TOKENMETER_RIG_DIR", Path.home() / ".cache/tokenmeter/rig"))
TARGET_DIR = Path(os.environ.get("CARGO_TARGET_DIR", Path.home() / ".cache/tokenmeter/target"))
PROGRAM = os.environ.get("TOKENMETER_BIN", str(TARGET_DIR / "release" / "tokenmeter"))
# The same program with fault points (docs/adr/0004).
UNDER_FIRE = f"{PROGRAM}-under-fire"

TOPIC_CONFIG = {
    "retention.ms": "-1",
    "message.timestamp.before.max.ms": str(2**63 - 1),
    "message.timestamp.after.max.ms": str(2**63 - 1),
    "max.message.bytes": "8388608",
}
DEFAULTS = {
    # Two workers on one machine must not fight for a port.
    "TOKENMETER_STATUS__LISTEN_ADDRESS": "",
    "TOKENMETER_WORKER__STATUS_LINE": "never",
}


class Failed(Exception):
    """Something that must hold does not."""


class Worker:
    """A tokenmeter process whose log goes to a file."""

    def __init__(self, arguments, log, environment, program=PROGRAM):
        self.log = log
        self.command = [program, *map(str, arguments)]
        with open(log, "ab") as file:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment
            )

    def alive(self):
        """Whether it still runs."""
        return self.process.poll() is None

    def peak_kib(self):
        """The most memory that it held so far, KiB; 0 if it has ended."""
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)

    def kill(self):
        """Ends it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def terminate(self, timeout_s=60):
        """Asks it to end and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout_s)

    def wait(self, timeout_s):
        """Waits for its end and returns its exit code."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"still running after {timeout_s} s: {self.summary()}") from None

    def summary(self):
        """Its command and the end of its log."""
        tail = self.log.read_text(errors="replace").splitlines()[-15:]
        return " ".join(self.command) + "\n    " + "\n    ".join(tail)


class Scenario:
    """One run of a scenario: its folder, its processes, what failed."""

    def __init__(self, name):
        self.name = name
        self.id = f"{name.replace('_', '-')}-{os.getpid()}"
        self.folder = RIG_DIR / "work" / self.id
        self.folder.mkdir(parents=True)
        self.workers = []
        self.failures = []
        self.environment = {**os.environ, **DEFAULTS}
        self.s3_ready = False
        self.bootstrap = self.rig("kafka.sh", "start")["KAFKA_BOOTSTRAP"]
        self.admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 3})

    def rig(self, script, *arguments):
        """Runs a script of the rig; returns the NAME=value lines that it prints."""
        output = subprocess.run(
            [RIG / script, *arguments], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)

    def check(self, holds, message):
        """Takes note if something does not hold."""
        print(f"{'ok' if holds else 'FAILED'}: {message}", flush=True)
        if not holds:
            self.failures.append(message)

    def topic(self, suffix="", partitions=4, **config):
        """Makes a topic for replayed events and returns its name."""
        name = f"{self.id}{suffix}"
        extra = {key.replace("_", "."): str(value) for key, value in config.items()}
        # As many replicas as the cluster gives by default.
        topic = NewTopic(name, partitions, config={**TOPIC_CONFIG, **extra})
        self.admin.create_topics([topic])[name].result(30)
        self.await_topic(name, partitions)
        return name

    def await_topic(self, name, partitions):
        """Waits until every client would find the topic."""
        for _ in range(100):
            found = self.admin.list_topics(timeout=30).topics.get(name)
            if found and len(found.partitions) == partitions and not found.error:
                return
            time.sleep(0.1)
        raise Failed(f"topic {name} does not appear")

    def delete_topic(self, name):
        """Deletes a topic and waits until it is gone."""
        self.admin.delete_topics([name])[name].result(30)
        for _ in range(100):
            if name not in self.admin.list_topics(timeout=30).topics:
                return
            time.sleep(0.1)
        raise Failed(f"topic {name} does not go away")

    def lake(self, store="file", suffix=""):
        """The URL of a lake that is not there yet."""
        if store == "s3":
            if not self.s3_ready:
                variables = self.rig("s3.sh", "start", "lake")
                self.environment.update(variables)
                os.environ.update(variables)
                self.s3_ready = True
            return f"s3://lake/{self.id}{suffix}"
        return f"file://{self.folder}/lake{suffix}"

    def producer(self, **config):
        """A producer that sends each message once."""
        settings = {
            "bootstrap.servers": self.bootstrap,
            "enable.idempotence": True,
            "log_level": 3,
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
            "message.max.bytes": 8_000_000,
        }
        return Producer({**settings, **config})

    def spawn(self, *arguments, label="worker", fault=None, **variables):
        """Starts the program; `variables` are configuration keys (`worker__epoch_max_ms=500`).

        With a `fault`, which may be empty, it is the program with fault points, and the fault is
        part of its environment.
        """
        environment = self.environment | as_environment(variables) | (fault or {})
        program = PROGRAM if fault is None else UNDER_FIRE
        worker = Worker(arguments, self.folder / f"{label}.log", environment, program)
        self.workers.append(worker)
        return worker

    def run_worker(self, topic, lake, *arguments, group="tokenmeter", label="worker", **variables):
        """Starts `tokenmeter run` on a topic and a lake."""
        where = ("--bootstrap-servers", self.bootstrap, "--topic", topic)
        return self.spawn(
            *("run", *where, "--group", f"{self.id}-{group}", "--lake", lake, *arguments),
            label=label,
            **variables,
        )

    def start_load(self, topic, *arguments):
        """Sends generated events in the background, as load.py is told; it ends with us at the latest."""
        script = TESTS / "scenarios" / "load.py"
        where = ["--bootstrap", self.bootstrap, "--topic", topic]
        load = subprocess.Popen(
            [sys.executable, script, *where, *map(str, arguments)], stdout=subprocess.PIPE
        )
        atexit.register(load.kill)
        return load

    def run_until_end(self, topic, lake, *arguments, timeout_s=180, **variables):
        """Runs `tokenmeter run --until-end`, which must exit with 0; returns the seconds."""
        begun = time.monotonic()
        worker = self.run_worker(topic, lake, "--until-end", *arguments, **variables)
        code = worker.wait(timeout_s)
        if code != 0:
            raise Failed(f"exit code {code}: {worker.summary()}")
        return time.monotonic() - begun

    def peak_until_end(self, topic, lake, *arguments, timeout_s=180, **variables):
        """Runs `tokenmeter run --until-end`, which must exit with 0; returns its peak memory, bytes.

        The peak is asked of the process while it runs: what the system tells of it afterwards
        counts the memory of this one, which it was forked from.
        """
        worker = self.run_worker(topic, lake, "--until-end", *arguments, **variables)
        deadline, peak_kib = time.monotonic() + timeout_s, 0
        while worker.alive() and time.monotonic() < deadline:
            peak_kib = max(peak_kib, worker.peak_kib())
            time.sleep(0.02)
        code = worker.wait(1)
        if code != 0:
            raise Failed(f"exit code {code}: {worker.summary()}")
        return peak_kib * 1024

    def call(self, *arguments, timeout_s=180, **variables):
        """Runs the program to its end, which must be exit code 0; returns what it printed."""
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout_s,
            env=self.environment | as_environment(variables),
        )
        if done.returncode != 0:
            tail = "\n".join(done.stderr.splitlines()[-15:])
            raise Failed(f"exit code {done.returncode}: {' '.join(map(str, arguments))}\n{tail}")
        return done.stdout

    def ends(self, topic, isolation="read_committed"):
        """The present end of each partition of a topic, for readers of an isolation level."""
        settings = {"group.id": "ends", "isolation.level": isolation, "log_level": 3}
        consumer = topics.Consumer({"bootstrap.servers": self.bootstrap, **settings})
        try:
            partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
            return {
                number: consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=30)[1]
                for number in partitions
            }
        finally:
            consumer.close()

    def expect(self, topic):
        """What the lake must hold of a topic, by the oracle."""
        return events.read_and_expect(self.bootstrap, topic)

    def check_lake(self, lake, expectations, title=None):
        """Compares a lake with all that it must hold."""
        begun = time.monotonic()
        differences = check_lake.check(lake, expectations, title)
        seconds = time.monotonic() - begun
        self.check(not differences, f"{title or lake} equals the oracle ({seconds:.0f} s)")

    def close(self):
        """Ends what was started; keeps the folder if anything failed."""
        for worker in self.workers:
            if worker.alive():
                worker.kill()
        if self.failures:
            print(f"logs and lakes are kept in {self.folder}")
        else:
            shutil.rmtree(self.folder)


def as_environment(variables):
    """Configuration keys as the environment variables that set them."""
    return {f"TOKENMETER_{name.upper()}": str(value) for name, value in variables.items()}


def flush(producer, timeout_s=120):
    """Waits until everything is sent."""
    left = producer.flush(timeout_s)
    if left:
        raise Failed(f"{left} messages were not sent within {timeout_s} s")


def send(producer, *arguments, **keywords):
    """Produces one message, waiting while the queue is full."""
    while True:
        try:
            return producer.produce(*arguments, **keywords)
        except BufferError:
            producer.poll(0.05)


def now_ms():
    """The time, ms since the Unix epoch."""
    return time.time_ns() // 1_000_000


def run(function):
    """Runs a scenario as a script."""
    begun = time.monotonic()
    scenario = Scenario(Path(sys.argv[0]).stem)
    try:
        function(scenario)
    except Failed as failure:
        scenario.check(False, str(failure))
    except Exception:
        scenario.check(False, traceback.format_exc())
    finally:
        scenario.close()
    outcome = "failed" if scenario.failures else "passed"
    print(f"{scenario.name}: {outcome} in {time.monotonic() - begun:.0f} s", flush=True)
    sys.exit(1 if scenario.failures else 0)
