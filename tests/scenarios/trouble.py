"""What scenarios share in which parts fail: load, servers of their own to break, what logs say."""

import json
import os
import random
import subprocess
import time

import harness

from confluent_kafka.admin import AdminClient
from generate import Generator, payload

from oracle.delta_log import read_table

# The rig's broker lets a dead member go after a second; other people's after six.
SESSION_MS = 6000 if os.environ.get("KAFKA_BOOTSTRAP") else 1500


class Server:
    """A server of the rig that belongs to this scenario alone; gone when the block ends."""

    script = None

    def __init__(self, scenario, **variables):
        self.scenario = scenario
        name = os.environ.get("RIG_NAME", "default") + "-own"
        self.environment = {**os.environ, "RIG_NAME": name, **variables}
        self.environment.pop("KAFKA_BOOTSTRAP", None)

    def call(self, *arguments):
        """Runs the rig's script; returns the NAME=value lines that it prints."""
        done = subprocess.run(
            [harness.RIG / self.script, *map(str, arguments)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    def __enter__(self):
        # What an earlier run left behind would not have the nodes that we ask for.
        self.call("stop")
        self.begin(self.call("start"))
        return self

    def __exit__(self, *_):
        for worker in self.scenario.workers:
            if worker.alive():
                worker.kill()
        self.call("stop")

    def begin(self, variables):
        """Makes the scenario use the server."""
        raise NotImplementedError

    def kill(self, *which):
        """Ends it, or one of its nodes, with kill -9."""
        self.call("kill", *which)

    def start(self):
        """Starts what does not run, on the same ports and data."""
        self.call("start")


class Kafka(Server):
    """A Kafka of one or three nodes."""

    script = "kafka.sh"

    def __init__(self, scenario, nodes=1):
        super().__init__(scenario, KAFKA_NODES=str(nodes), KAFKA_HEAP="400m")

    def begin(self, variables):
        self.scenario.bootstrap = variables["KAFKA_BOOTSTRAP"]
        settings = {"bootstrap.servers": self.scenario.bootstrap, "log_level": 2}
        self.scenario.admin = AdminClient(settings)


class S3(Server):
    """An S3 server over a folder."""

    script = "s3.sh"

    def begin(self, variables):
        self.scenario.environment.update(variables)
        # The oracle reads the lake in this process.
        os.environ.update(variables)
        self.scenario.s3_ready = True


def send_events(scenario, topic, prefix, count):
    """Sends events, spread over the partitions by their users."""
    generator, producer = Generator(len(prefix)), scenario.producer()
    for number in range(count):
        event = generator.event(f"{prefix}-{number}", harness.now_ms())
        harness.send(producer, topic, payload(event), event["user_id"])
    harness.flush(producer)


def start_load(scenario, topic, rate, seconds, *options):
    """Sends events, copies, conflicts, bad messages and tombstones in the background."""
    steady = ("--rate", rate, "--seconds", seconds)
    return scenario.start_load(topic, "--faults", *steady, *options)


def finish_load(load, timeout_s=180):
    """Waits until everything is sent; returns how many of what."""
    output, _ = load.communicate(timeout=timeout_s)
    sent = json.loads(output)
    if sent["unsent"]:
        raise harness.Failed(f"the load could not send everything: {sent}")
    return sent


def end_load(load):
    """Ends a load early; returns how many of what it sent."""
    load.terminate()
    return finish_load(load)


def group_config(scenario, **properties):
    """A config file with librdkafka properties, and a short session unless they say otherwise."""
    properties = {"session.timeout.ms": SESSION_MS, "heartbeat.interval.ms": 300, **properties}
    lines = [f'"{name}" = "{value}"' for name, value in properties.items()]
    path = scenario.folder / f"workers-{len(list(scenario.folder.glob('*.toml')))}.toml"
    path.write_text("[kafka.properties]\n" + "\n".join(lines) + "\n")
    return path


def version(lake):
    """The newest version of the table `events`; -1 without a lake."""
    try:
        return read_table(lake, "events").version
    except FileNotFoundError:
        return -1


def offsets(lake):
    """(topic, topic id, partition) -> next offset of `events`; nothing without a lake."""
    try:
        return read_table(lake, "events").offsets()
    except FileNotFoundError:
        return {}


def await_commits(worker, lake, than, timeout_s=90):
    """Waits until `events` has a newer version than one; returns it."""
    deadline = time.monotonic() + timeout_s
    while (now := version(lake)) <= than:
        if not worker.alive():
            raise harness.Failed(f"a worker ended by itself: {worker.summary()}")
        if time.monotonic() > deadline:
            raise harness.Failed(f"no commit in {timeout_s} s: {worker.summary()}")
        time.sleep(0.3)
    return now


def said(worker, *texts):
    """Whether a worker's log has each of the texts."""
    log = worker.log.read_text(errors="replace")
    return all(text in log for text in texts)


def seeded(name="SEED"):
    """The generator of a run's random choices; the seed comes from the environment."""
    seed = int(os.environ.get(name, "1"))
    print(f"seed {seed}", flush=True)
    return random.Random(seed)
