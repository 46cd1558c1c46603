"""Alerts from events to receivers while evaluators are killed and receivers are down.

Two evaluators watch one lake. They are killed at random and at each point of a delivery: when windows
were committed, when a change of an alert was committed, when a receiver has it and has not answered,
when it has answered. The webhook refuses connections, hangs, and answers 500 and 429 meanwhile. In the
end every change in the table `alerts` was delivered, every repetition has the id and the body of what
it repeats, and a real Alertmanager knows each alert once; a real Prometheus alerts on our metrics too.
"""

import collections
import json
import os
import random
import threading
import time
import urllib.request

import harness
import receivers
from deltalake import DeltaTable
from receivers import SECRET

SECONDS = int(os.environ.get("SECONDS", "16"))
# At a slow pace it takes longer until each point was met.
SECONDS_MAX = max(90, 2 * SECONDS)
SEED = int(os.environ.get("SEED", "1"))
# A breach is this many calls within a minute; ordinary features stay far below.
BREACH_CALLS = 60
ORDINARY = ("chat", "search", "code")
SETTLE_S_MAX = 90
RULES = """
groups:
  - name: calls
    interval: 1s
    rules:
      - alert: TooManyCalls
        threshold: {measure: calls, over: 1m, above: 40}
        by: [feature]
        labels: {severity: page}
        annotations: {summary: "{{ $labels.feature }} makes {{ $value }}"}
"""
CONFIG = """
[alerts]
rules = "{rules}"

[[alerts.receivers]]
name = "hook"
kind = "webhook"
url = "{hook}/hook"
secret_env = "HOOK_SECRET"
timeout_s = 2

[[alerts.receivers]]
name = "refuses"
kind = "webhook"
url = "{other}/refuses"
secret_env = "HOOK_SECRET"

[[alerts.receivers]]
name = "alertmanager"
kind = "alertmanager"
url = "{alertmanager}"
"""
PROMETHEUS_RULES = """
groups:
  - name: costs
    rules:
      - alert: CostAlert
        expr: tokenmeter_alerts_firing > 0
"""


class Evaluators:
    """Two evaluators of one lake, which can be killed at a point of a delivery."""

    def __init__(self, scenario, lake, config, port):
        self.scenario = scenario
        self.lake = lake
        self.config = config
        self.port = port
        self.kills = collections.Counter()
        self.killed_at = []
        self.workers = {}
        self.point = threading.Event()
        self.waits_for = None
        for label in ("first", "second"):
            self.start(label)

    def start(self, label):
        """Starts one; the first shows its metrics."""
        address = f"127.0.0.1:{self.port}" if label == "first" else ""
        self.workers[label] = self.scenario.spawn(
            *("alert", "--config", self.config, "--lake", self.lake),
            label=label,
            status__listen_address=address,
        )

    def at(self, point):
        """Says that a point is reached; kills both if it is the one that is waited for."""
        if self.waits_for == point:
            self.waits_for = None
            self.kill(point, list(self.workers))
            self.point.set()

    def kill(self, point, labels):
        """Ends some as a power cut would."""
        for label in labels:
            if not self.workers[label].alive():
                self.scenario.check(False, f"it ended by itself: {self.workers[label].summary()}")
            self.workers[label].process.kill()
        self.kills[point] += 1
        self.killed_at.append(time.time())

    def kill_at(self, point, seconds=12):
        """Waits for a point, at which both are killed, and starts both again."""
        self.point.clear()
        self.waits_for = point
        reached = self.point.wait(seconds)
        self.waits_for = None
        if reached:
            for label in self.workers:
                self.workers[label].process.wait()
                self.start(label)

    def kill_one(self, random):
        """Kills one at no point in particular, and starts it again."""
        label = random.choice(list(self.workers))
        self.kill("any moment", [label])
        self.workers[label].process.wait()
        self.start(label)

    def watch_log(self, table, point, stopped):
        """Says that a point is reached whenever a table has a new commit."""
        folder = os.path.join(self.lake.removeprefix("file://"), table, "_delta_log")
        known = 0
        while not stopped.is_set():
            try:
                commits = sum(name.endswith(".json") for name in os.listdir(folder))
            except FileNotFoundError:
                commits = 0
            if commits > known:
                known = commits
                self.at(point)
            time.sleep(0.001)


def produce(scenario, topic, broken, stopped):
    """Ordinary traffic all the time, and one feature a second that breaks the rule."""
    producer = scenario.producer()

    def call(feature, number):
        event = {
            "event_id": f"{feature}-{number}-{time.time_ns()}",
            "event_time": harness.now_ms(),
            "provider": "openai",
            "model": "gpt-4o",
            "tenant": "acme",
            "user_id": f"u-{number % 7}",
            "feature": feature,
            "input_tokens": 1000,
            "output_tokens": 100,
        }
        harness.send(producer, topic, json.dumps(event).encode(), event["user_id"])

    while not stopped.is_set():
        number = len(broken)
        if number % 6 == 0:
            for feature in ORDINARY:
                call(feature, number)
        broken.append(f"broken-{number}")
        for one in range(BREACH_CALLS):
            call(broken[-1], one)
        harness.flush(producer)
        stopped.wait(1)


def committed(lake):
    """The rows of the table `alerts`, by a foreign reader."""
    try:
        table = DeltaTable(f"{lake.removeprefix('file://')}/alerts").to_pyarrow_table()
    except Exception:
        return []
    columns = ["number", "alert_id", "change_number", "state", "labels"]
    return sorted(table.select(columns).to_pylist(), key=lambda row: row["number"])


def delivery_ids(rows):
    """The ids by which receivers know the changes that they are told of."""
    told = [row for row in rows if row["state"] in ("firing", "resolved")]
    return [f"{row['alert_id']}.{row['change_number']}" for row in told]


def disturb(hooks, stopped):
    """The webhook fails in every way, is gone for a while, and comes back on the same port."""
    hooks.answers["/hook"] = [500, "hang", (429, 1), "end", 200, 503]
    stopped.wait(SECONDS / 2)
    hooks.stop()
    stopped.wait(SECONDS / 5)
    again = receivers.Webhooks(hooks.port, hooks.received)
    again.before_answer, again.after_answer = hooks.before_answer, hooks.after_answer
    hooks.server = again.server
    hooks.stopping = again.stopping


def settle(scenario, lake, broken, hooks):
    """Waits until every committed change was delivered; returns the rows of the table."""
    until = time.monotonic() + SETTLE_S_MAX
    while time.monotonic() < until:
        rows = committed(lake)
        fired = {dict(row["labels"])["feature"] for row in rows if row["state"] == "firing"}
        taken = {post["headers"]["webhook-id"] for post in hooks.posts("/hook", taken=True)}
        if fired >= set(broken) and taken >= set(delivery_ids(rows)):
            return rows
        time.sleep(0.5)
    scenario.check(False, f"everything is delivered within {SETTLE_S_MAX} s")
    return committed(lake)


def check_webhook(scenario, rows, hooks, killed_at):
    """None lost; what came twice is known by its id; in order."""
    expected = delivery_ids(rows)
    taken = [receivers.verified(post, SECRET) and post for post in hooks.posts("/hook", taken=True)]
    ids = [post["headers"]["webhook-id"] for post in taken]
    scenario.check(
        set(ids) == set(expected),
        f"{len(expected)} changes were committed and all delivered, none beside them",
    )
    bodies = {}
    for post in hooks.posts("/hook"):
        bodies.setdefault(post["headers"]["webhook-id"], set()).add(post["body"])
    scenario.check(
        all(len(each) == 1 for each in bodies.values()), "a repetition has the body of the first"
    )
    seen, repeated, causeless = {}, 0, []
    for post in taken:
        before = seen.get(post["headers"]["webhook-id"])
        if before is not None:
            repeated += 1
            if not any(before <= at <= post["at"] for at in killed_at):
                causeless.append(post["headers"]["webhook-id"])
        seen[post["headers"]["webhook-id"]] = post["at"]
    scenario.check(
        not causeless,
        f"{repeated} repetitions, each since an evaluator was killed behind the first; else {causeless}",
    )
    firsts = list(dict.fromkeys(ids))
    scenario.check(firsts == expected, "first deliveries are in the order of the table")


def check_alerts(scenario, broken, rows):
    """One alert for each breach, whatever was killed."""
    fired = collections.Counter(
        dict(row["labels"])["feature"] for row in rows if row["state"] == "firing"
    )
    wrong = {name: count for name, count in fired.items() if name not in broken or count != 1}
    wrong |= {name: 0 for name in broken if name not in fired}
    scenario.check(not wrong, f"each of {len(broken)} breaches fired once; else {wrong}")


def check_alertmanager(scenario, variables, broken, rows, hooks):
    """Alertmanager knows each alert once and tells of them as one group."""
    url = f"{variables['ALERTMANAGER_URL']}/api/v2/alerts?filter=alertname=TooManyCalls"
    over = {dict(row["labels"])["feature"] for row in rows if row["state"] == "resolved"}
    wanted = set(broken) - over

    def known():
        with urllib.request.urlopen(url, timeout=10) as answer:
            return [alert["labels"]["feature"] for alert in json.load(answer)]

    def told():
        groups = [json.loads(post["body"]) for post in hooks.posts("/alertmanager")]
        groups = [one for one in groups if one["groupLabels"]["alertname"] == "TooManyCalls"]
        alerts = [alert for one in groups[-1:] for alert in one["alerts"]]
        return {one["labels"]["feature"] for one in alerts if one["status"] == "firing"}

    until = time.monotonic() + 40
    while time.monotonic() < until and not (set(known()) == wanted == told()):
        time.sleep(0.5)
    found = known()
    scenario.check(sorted(found) == sorted(wanted), f"Alertmanager knows {len(found)} alerts that fire")
    scenario.check(told() == wanted, "and tells of all of them in one notice")


def check_dead_letter(scenario, lake, other):
    """What a receiver refuses is a row, once; the rest goes on."""
    sql = "SELECT receiver, reason, alert_id, change_number FROM alert_dead_letters"
    lines = scenario.call("sql", "--lake", lake, "--format", "json", sql).splitlines()
    letters = [json.loads(line) for line in lines]
    found = [(one["receiver"], f"{one['alert_id']}.{one['change_number']}") for one in letters]
    refused = {post["headers"]["webhook-id"] for post in other.posts("/refuses", taken=False)}
    scenario.check(
        refused and sorted(found) == sorted(("refuses", one) for one in refused),
        f"what was refused is a dead letter, once: {len(letters)}",
    )


def check_prometheus(scenario, variables, hooks):
    """Prometheus scrapes our metrics, and its own rule on them fires."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        groups = [json.loads(post["body"]) for post in hooks.posts("/alertmanager")]
        if any(one["groupLabels"]["alertname"] == "CostAlert" for one in groups):
            return scenario.check(True, "Prometheus alerts on tokenmeter_alerts_firing")
        time.sleep(0.5)
    with urllib.request.urlopen(f"{variables['PROMETHEUS_URL']}/api/v1/targets") as answer:
        return scenario.check(False, f"Prometheus alerts: {answer.read()[:600]}")


def main(scenario):
    drawn = random.Random(SEED)
    topic, lake = scenario.topic(partitions=2), scenario.lake()
    hooks, other, notices = (receivers.Webhooks() for _ in range(3))
    other.refuses = lambda body: 404 if b'"broken-0"' in body else None
    variables = scenario.rig("alertmanager.sh", "start", f"{notices.url}/alertmanager")
    rules, config = scenario.folder / "rules.yaml", scenario.folder / "tokenmeter.toml"
    rules.write_text(RULES)
    (scenario.folder / "prometheus.yaml").write_text(PROMETHEUS_RULES)
    config.write_text(
        CONFIG.format(
            rules=rules,
            hook=hooks.url,
            other=other.url,
            alertmanager=variables["ALERTMANAGER_URL"],
        )
    )
    scenario.environment["HOOK_SECRET"] = SECRET
    port = receivers.free_port()
    broken, stopped = [], threading.Event()
    try:
        scenario.run_worker(topic, lake, worker__epoch_max_ms=500)
        evaluators = Evaluators(scenario, lake, config, port)
        hooks.before_answer = lambda post: evaluators.at("received")
        hooks.after_answer = lambda post: evaluators.at("answered")
        for target, arguments in [
            (produce, (scenario, topic, broken, stopped)),
            (disturb, (hooks, stopped)),
            (evaluators.watch_log, ("cost_windows", "windows committed", stopped)),
            (evaluators.watch_log, ("alerts", "alerts committed", stopped)),
        ]:
            threading.Thread(target=target, args=arguments, daemon=True).start()
        points = ["alerts committed", "received", "answered", "windows committed"]
        time.sleep(2)
        kills, begun = evaluators.kills, time.monotonic()
        while True:
            for point in points:
                evaluators.kill_at(point)
                time.sleep(drawn.uniform(0.2, 1.5))
            evaluators.kill_one(drawn)
            drawn.shuffle(points)
            seconds = time.monotonic() - begun
            met = all(kills[point] for point in points)
            if (met and seconds > SECONDS) or seconds > SECONDS_MAX:
                break
        stopped.set()
        scenario.check(all(kills[point] for point in points), f"killed at each point: {dict(kills)}")
        rows = settle(scenario, lake, broken, hooks)
        check_alerts(scenario, broken, rows)
        check_webhook(scenario, rows, hooks, evaluators.killed_at)
        check_alertmanager(scenario, variables, broken, rows, notices)
        check_dead_letter(scenario, lake, other)
        arguments = ("prometheus", f"127.0.0.1:{port}", scenario.folder / "prometheus.yaml")
        variables = scenario.rig("alertmanager.sh", *arguments)
        check_prometheus(scenario, variables, notices)
    finally:
        stopped.set()
        scenario.rig("alertmanager.sh", "stop")


if __name__ == "__main__":
    harness.run(main)
