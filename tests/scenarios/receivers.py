"""Receivers of alerts on this machine: webhooks, and a mail server with STARTTLS and a login.

They are written from the protocols' own documents and share no code with the program: what a
receiver that somebody else wrote would see of it.
"""

import base64
import hashlib
import hmac
import json
import re
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What webhooks of scenarios are signed with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOLERANCE_S = 300


def free_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Webhooks:
    """A server over HTTP that remembers what is posted and answers as it is told to.

    `answers` maps a path to a list of answers, each used once, before 200: a status, a pair of
    status and seconds for Retry-After, "hang" (no answer), or "end" (the connection is closed
    without one).
    """

    def __init__(self, port=0, received=None):
        self.received = [] if received is None else received
        self.answers = {}
        # The status for a body that is refused each time that it comes, or None.
        self.refuses = lambda body: None
        # Called with a post before it is answered, and after.
        self.before_answer = self.after_answer = lambda post: None
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                outer.serve(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        # A client that was killed ends its connection in the middle: that is no error here.
        self.server.handle_error = lambda *_: None
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, request):
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self.lock:
            left = self.answers.get(request.path, [])
            refusal = self.refuses(body)
            answer = refusal or (left.pop(0) if left else 200)
            status, wait_s = answer if isinstance(answer, tuple) else (answer, None)
            post = {
                "path": request.path,
                "headers": headers,
                "body": body,
                "taken": status == 200,
                "at": time.time(),
            }
            self.received.append(post)
        self.before_answer(post)
        if status == "hang":
            self.stopping.wait(60)
        if status in ("hang", "end"):
            request.close_connection = True
            return
        request.send_response(status)
        if wait_s is not None:
            request.send_header("Retry-After", str(wait_s))
        request.send_header("Content-Length", "0")
        request.end_headers()
        self.after_answer(post)

    def posts(self, path, taken=None):
        """What was posted to a path, in order; `taken` asks for what was answered with 200."""
        with self.lock:
            return [
                post
                for post in self.received
                if post["path"] == path and taken in (None, post["taken"])
            ]

    def stop(self):
        """Ends the server: its port is closed from then on."""
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()


def verified(post, secret):
    """The payload of a webhook if its signature is right, else a ValueError.

    As https://github.com/standard-webhooks/standard-webhooks describes it.
    """
    headers = post["headers"]
    if abs(time.time() - int(headers["webhook-timestamp"])) > TOLERANCE_S:
        raise ValueError("the post is too old or from the future")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    head = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
    right = base64.b64encode(hmac.new(key, head + post["body"], hashlib.sha256).digest())
    for version, signature in re.findall(r"(v\w+),(\S+)", headers["webhook-signature"]):
        if version == "v1" and hmac.compare_digest(signature.encode(), right):
            return json.loads(post["body"])
    raise ValueError("the signature is wrong")


class MailServer:
    """A mail server that takes mail after STARTTLS and a login alone.

    `refusals` are replies to the next mails, such as "451 later"; each is used once.
    """

    def __init__(self, folder, user, password):
        self.mails = []
        self.refusals = []
        self.certificate = folder / "mail.pem"
        key = folder / "mail.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
            + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
            + ["-addext", "basicConstraints=critical,CA:FALSE"]
            + ["-keyout", key, "-out", self.certificate],
            check=True,
            capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                outer.talk(self.request, context, token)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        # A client that does not trust the certificate ends its connection: that is no error here.
        self.server.handle_error = lambda *_: None
        self.url = f"smtp://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def talk(self, connection, context, token):
        """The dialogue up to STARTTLS; nothing else is taken there."""
        lines = connection.makefile("rb")
        connection.sendall(b"220 localhost\r\n")
        for line in lines:
            verb = line.decode().strip().upper()
            if verb == "STARTTLS":
                connection.sendall(b"220 go on\r\n")
                encrypted = context.wrap_socket(connection, server_side=True)
                self.talk_encrypted(encrypted, encrypted.makefile("rb"), token)
                return
            reply = b"250-localhost\r\n250 STARTTLS" if verb.startswith("EHLO") else b"530 no"
            connection.sendall(reply + b"\r\n")

    def talk_encrypted(self, connection, lines, token):
        """The dialogue behind STARTTLS."""
        logged_in, receivers = False, []

        def say(text):
            connection.sendall(text.encode() + b"\r\n")

        for line in lines:
            command = line.decode().strip()
            verb = command.split(" ")[0].upper()
            if verb == "EHLO":
                say("250-localhost\r\n250 AUTH LOGIN PLAIN")
            elif verb == "AUTH":
                logged_in = command == f"AUTH PLAIN {token}"
                say("235 in" if logged_in else "535 no")
            elif not logged_in:
                say("530 log in first")
            elif verb == "RCPT":
                receivers.append(command.partition("<")[2].rstrip(">"))
                say("250 ok")
            elif verb == "DATA":
                say("354 go on")
                data = b""
                for part in lines:
                    if part == b".\r\n":
                        break
                    data += part[1:] if part.startswith(b".") else part
                if self.refusals:
                    say(self.refusals.pop(0))
                    continue
                mail = message_from_bytes(data, policy=policy.default)
                self.mails.append({"to": receivers, "mail": mail})
                say("250 queued")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")
