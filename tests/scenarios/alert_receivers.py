"""Each kind of receiver takes a test alert: a real Alertmanager, signed webhooks, chat, mail, Kafka.

The signature is verified by receivers.py and by the example of docs/alerts/delivery.md.
"""

import json
import re
import subprocess
import time

import harness
import receivers
from confluent_kafka import Consumer
from receivers import SECRET

DOCUMENTATION = harness.TESTS.parent / "docs" / "alerts" / "delivery.md"
CONFIG = """
[kafka]
bootstrap_servers = "{bootstrap}"

[[alerts.receivers]]
name = "alertmanager"
kind = "alertmanager"
url = "{alertmanager}"

[[alerts.receivers]]
name = "hook"
kind = "webhook"
url = "{url}/hook"
secret_env = "HOOK_SECRET"
timeout_s = 1

[[alerts.receivers]]
name = "chat"
kind = "slack"
url_env = "CHAT_URL"

[[alerts.receivers]]
name = "mail"
kind = "email"
url = "{mail}"
username = "costs"
secret_env = "MAIL_PASSWORD"
from = "costs@example.com"
to = ["a@example.com", "b@example.com"]

[[alerts.receivers]]
name = "topic"
kind = "kafka"
topic = "{topic}"
"""


def send_test(scenario, config, receiver, *arguments, exit_code=0):
    """Sends a test alert; returns what was said."""
    done = subprocess.run(
        [harness.PROGRAM, "alerts", "send-test", receiver, "--config", config, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=scenario.environment,
    )
    said = (done.stdout + done.stderr).strip()
    scenario.check(done.returncode == exit_code, f"{receiver}: exit code {done.returncode}: {said}")
    return said


def wait_for(what, seconds=20):
    """Waits until a function returns something true, and returns it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.1)
    raise harness.Failed(f"nothing came within {seconds} s: {what}")


def documented_verify():
    """The function of the documentation's example."""
    example = re.search(r"```python\n(.*?)```", DOCUMENTATION.read_text(), re.S).group(1)
    names = {}
    exec(example, names)
    return names["verify"]


def alertmanager(scenario, config, hooks, variables):
    """Fires, is grouped, can be asked for by amtool, resolves."""
    for feature in ("search", "chat"):
        label = f"feature={feature}"
        send_test(scenario, config, "alertmanager", "--label", label, "--label", "severity=page")
    groups = wait_for(lambda: hooks.posts("/alertmanager"))
    group = json.loads(groups[-1]["body"])
    features = sorted(alert["labels"]["feature"] for alert in group["alerts"])
    fired = group["status"] == "firing" and features == ["chat", "search"]
    scenario.check(fired, f"Alertmanager tells of one group that fires: {features}")
    listed = json.loads(
        subprocess.run(
            [variables["AMTOOL"], "--alertmanager.url", variables["ALERTMANAGER_URL"]]
            + ["alert", "query", "--output", "json", "alertname=TokenmeterTest"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    said = listed[0]["annotations"]
    scenario.check(
        len(listed) == 2 and said["value"] == "$12.00" and "somebody" in said["contributors"],
        f"amtool lists both, with value, baseline and contributors: {said}",
    )
    for feature in ("search", "chat"):
        label = f"feature={feature}"
        arguments = ("--label", label, "--label", "severity=page", "--state", "resolved")
        send_test(scenario, config, "alertmanager", *arguments)

    def is_resolved():
        posts = [json.loads(post["body"]) for post in hooks.posts("/alertmanager")]
        return posts[-1]["status"] == "resolved"

    wait_for(is_resolved)
    told = len(hooks.posts("/alertmanager"))
    scenario.check(told <= 3, f"Alertmanager tells of the end of the group; {told} notices in all")


def webhook(scenario, config, hooks):
    """Signed; each failure is told; a signature covers every part."""
    send_test(scenario, config, "hook")
    post = hooks.posts("/hook")[0]
    payload = receivers.verified(post, SECRET)
    alert_id = payload["data"]["alert_id"]
    scenario.check(
        payload["type"] == "alert.firing" and post["headers"]["webhook-id"] == f"{alert_id}.0",
        "the signature verifies, and the id is that of the change",
    )
    verify = documented_verify()
    body, headers = post["body"], post["headers"]
    scenario.check(verify(body, headers, SECRET) == payload, "so it does by the documentation")
    changes = {
        "body": (body + b" ", headers),
        "id": (body, {**headers, "webhook-id": "x.0"}),
        "time": (body, {**headers, "webhook-timestamp": str(int(time.time()) - 1)}),
        "age": (body, {**headers, "webhook-timestamp": str(int(time.time()) - 3600)}),
        "signature": (body, {**headers, "webhook-signature": "v1,AAAA"}),
    }
    for name, (body, headers) in changes.items():
        for check in (
            lambda: verify(body, headers, SECRET),
            lambda: receivers.verified({"body": body, "headers": headers}, SECRET),
        ):
            try:
                check()
                scenario.check(False, f"another {name} is noticed")
            except ValueError:
                pass
    scenario.check(True, f"another {', '.join(changes)} is noticed")
    for answer, words in [
        (500, "it fails: status 500"),
        ((429, 7), "it fails: status 429"),
        (404, "it refuses: status 404"),
        (302, "it refuses: status 302"),
        ("hang", "it does not answer within 1 s"),
        ("end", "it fails: "),
    ]:
        hooks.answers["/hook"] = [answer]
        said = send_test(scenario, config, "hook", exit_code=1)
        scenario.check(words in said, f"an answer of {answer} is told as {words!r}")


def mail(scenario, config, server):
    """Encrypted, with a login; what the server says is told."""
    send_test(scenario, config, "mail")
    received = server.mails[0]
    text = received["mail"].get_content()
    scenario.check(
        received["to"] == ["a@example.com", "b@example.com"]
        and received["mail"]["subject"].startswith("[FIRING] TokenmeterTest: this is a test")
        and "Value: $12.00" in text
        and "user_id somebody $9.00 (75 %)" in text,
        f"a mail came: {received['mail']['subject']}",
    )
    server.refusals = ["451 later", "550 never"]
    for words in ("it fails: the server answered the mail with 451", "it refuses: the server"):
        said = send_test(scenario, config, "mail", exit_code=1)
        scenario.check(words in said, f"a refusal is told as {words!r}")
    scenario.environment["MAIL_PASSWORD"] = "wrong"
    said = send_test(scenario, config, "mail", exit_code=1)
    scenario.check("AUTH with 535" in said, "a wrong password is told")
    scenario.environment["SSL_CERT_FILE"] = "/etc/ssl/certs/ca-certificates.crt"
    said = send_test(scenario, config, "mail", exit_code=1)
    scenario.check("certificate" in said, "a certificate that nobody vouches for is refused")


def topic(scenario, config, name):
    """One record, keyed by the alert."""
    send_test(scenario, config, "topic")
    settings = {"bootstrap.servers": scenario.bootstrap, "group.id": scenario.id}
    consumer = Consumer({**settings, "auto.offset.reset": "earliest", "log_level": 3})
    consumer.subscribe([name])
    record = wait_for(lambda: consumer.poll(1.0))
    payload = json.loads(record.value())
    consumer.close()
    scenario.check(
        record.key().decode() == payload["data"]["alert_id"], "a record came, keyed by its alert"
    )


def main(scenario):
    hooks = receivers.Webhooks()
    server = receivers.MailServer(scenario.folder, "costs", "pass word")
    variables = scenario.rig("alertmanager.sh", "start", f"{hooks.url}/alertmanager")
    try:
        topic_name = scenario.topic(partitions=1)
        config = scenario.folder / "tokenmeter.toml"
        config.write_text(
            CONFIG.format(
                bootstrap=scenario.bootstrap,
                alertmanager=variables["ALERTMANAGER_URL"],
                url=hooks.url,
                mail=server.url,
                topic=topic_name,
            )
        )
        scenario.environment.update(
            HOOK_SECRET=SECRET,
            CHAT_URL=f"{hooks.url}/chat",
            MAIL_PASSWORD="pass word",
            SSL_CERT_FILE=str(server.certificate),
        )
        alertmanager(scenario, config, hooks, variables)
        webhook(scenario, config, hooks)
        send_test(scenario, config, "chat")
        message = json.loads(hooks.posts("/chat")[0]["body"])
        scenario.check("*Value:* $12.00" in message["blocks"][1]["text"]["text"], "chat got blocks")
        topic(scenario, config, topic_name)
        mail(scenario, config, server)
        said = send_test(scenario, config, "hok", exit_code=2)
        scenario.check("did you mean `hook`" in said, "a receiver that is not there is wrong usage")
    finally:
        scenario.rig("alertmanager.sh", "stop")
        hooks.stop()


if __name__ == "__main__":
    harness.run(main)
