#!/usr/bin/env python3
"""A proxy before an S3 server that fails as stores and networks do, at a share of the calls.

  faulty_s3.py --upstream http://127.0.0.1:PORT --share 0.03 --seed 1

Prints the endpoint to use instead, and on Ctrl-C how often which call met which fault. Signatures
stay valid, because the caller's Host header is handed on.
"""

import argparse
import collections
import http.client
import json
import random
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# What each fault does, and to which calls it can happen.
FAULTS = {
    "error_before": "an error, and nothing was done",
    "error_after": "an error, though it was done",
    "cut_after": "no answer, though it was done",
    "hang": "no answer for long, and nothing was done",
    "slow": "an answer after seconds",
    "exists": "a refusal of our own put, which was done",
    "stale_list": "the list as it was when it was asked for before",
    "cut_upload": "the connection ends in the middle of the body that we send",
    "cut_download": "the connection ends in the middle of the body that we get",
}
# The share of calls of a kind that fail until each of their faults has fallen once.
FIRST_SHARE = 0.25
SLOW_S = (0.5, 2.0)
HANG_S = 8.0
ERROR_BODY = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code>'
    b"<Message>put in by the tests</Message></Error>"
)


def call_of(method, target, headers):
    """What a request is, in words: the act and what it is done to."""
    parts = urlsplit(target)
    query = parse_qs(parts.query, keep_blank_values=True)
    where = "log" if "_delta_log" in target else "file"
    if method == "GET" and ("list-type" in query or "prefix" in query):
        return f"list {where}s"
    if method == "PUT" and "partNumber" in query:
        return f"put part of {where}"
    if method == "POST":
        act = "begin" if "uploads" in query else "end" if "uploadId" in query else "delete"
        return f"{act} {where}"
    if method == "PUT" and "if-none-match" in headers:
        return f"create {where}"
    return f"{method.lower()} {where}"


def faults_of(call):
    """The faults that a call can meet."""
    faults = ["error_before", "error_after", "cut_after", "hang", "slow"]
    act = call.split()[0]
    if act == "create":
        faults += ["exists", "cut_upload"]
    if act == "put":
        faults += ["cut_upload"]
    if act == "get":
        faults += ["cut_download"]
    if act == "list":
        faults += ["stale_list", "cut_download"]
    return faults


class Plan:
    """Decides which calls fail and how, by a seed and by what was hit least so far."""

    def __init__(self, share, seed):
        self.share = share
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.calls = collections.Counter()
        self.hits = collections.Counter()
        self.lists = {}

    def draw(self, call):
        """The fault that this call meets, or None."""
        with self.lock:
            self.calls[call] += 1
            faults = faults_of(call)
            self.random.shuffle(faults)
            fault = min(faults, key=lambda one: self.hits[call, one])
            share = self.share if self.hits[call, fault] else FIRST_SHARE
            if self.random.random() >= share:
                return None
            self.hits[call, fault] += 1
            return fault

    def missing(self, calls_min):
        """Calls made often enough, with each fault that they never met."""
        return [
            (call, fault)
            for call, count in sorted(self.calls.items())
            if count >= calls_min
            for fault in faults_of(call)
            if not self.hits[call, fault]
        ]

    def report(self):
        """How often each call was made and met which fault."""
        return {
            call: {"calls": count}
            | {fault: hits for (of, fault), hits in sorted(self.hits.items()) if of == call}
            for call, count in sorted(self.calls.items())
        }


class Cut(Exception):
    """The connection to the caller is to end here."""


class Handler(BaseHTTPRequestHandler):
    """Hands requests on, and what is answered back."""

    protocol_version = "HTTP/1.1"
    plan = None
    upstream = None

    def log_message(self, *_):
        pass

    def serve(self):
        call = call_of(self.command, self.path, self.headers)
        fault = self.plan.draw(call)
        try:
            self.answer(*self.meet(fault))
        except (Cut, ConnectionError, TimeoutError):
            self.close_connection = True
            # The caller must see the end, not wait for an answer.
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve

    def meet(self, fault):
        """What is answered under a fault: status, headers, body, and how much of the body."""
        length = int(self.headers.get("Content-Length") or 0)
        if fault == "cut_upload":
            self.rfile.read(length // 2)
            raise Cut
        body = self.rfile.read(length)
        if fault == "hang":
            time.sleep(HANG_S)
            raise Cut
        if fault == "error_before":
            return refusal(503, b"SlowDown")
        if fault == "slow":
            time.sleep(self.plan.random.uniform(*SLOW_S))
        status, headers, data = self.hand_on(body)
        if fault == "cut_after":
            raise Cut
        if fault == "error_after":
            return refusal(500, b"InternalError")
        if fault == "exists":
            return refusal(412, b"PreconditionFailed")
        if fault == "cut_download":
            return status, headers, data, len(data) // 2
        if "list-type" in self.path and status == 200:
            before = self.plan.lists.get(self.path)
            self.plan.lists[self.path] = (status, headers, data)
            if fault == "stale_list" and before:
                status, headers, data = before
        return status, headers, data, len(data)

    def hand_on(self, body):
        connection = http.client.HTTPConnection(*self.upstream, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "expect"):
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def answer(self, status, headers, data, sent_bytes):
        self.send_response_only(status)
        length = None
        for name, value in headers:
            if name.lower() == "content-length":
                length = value
            elif name.lower() not in ("connection", "transfer-encoding", "keep-alive"):
                self.send_header(name, value)
        # Of an object that was only asked about, the length is not that of the body.
        asked_only = self.command == "HEAD"
        self.send_header("Content-Length", length if asked_only and length else str(len(data)))
        self.end_headers()
        if not asked_only:
            self.wfile.write(data[:sent_bytes])
            self.wfile.flush()
            if sent_bytes < len(data):
                raise Cut


class Proxy(ThreadingHTTPServer):
    """Serves each connection on a thread of its own."""

    daemon_threads = True

    def handle_error(self, *_):
        """Callers that are killed end their connections anywhere: that is what they are for."""


def refusal(status, code):
    data = ERROR_BODY % code
    return status, [("Content-Type", "application/xml")], data, len(data)


def start(upstream, share, seed):
    """Starts a proxy in the background; returns its endpoint and its plan."""
    parts = urlsplit(upstream)
    plan = Plan(share, seed)
    handler = type("Bound", (Handler,), {"plan": plan, "upstream": (parts.hostname, parts.port)})
    server = Proxy(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}", plan


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--upstream", required=True, help="the server's endpoint")
    parser.add_argument("--share", type=float, default=0.03, help="of calls that fail, 0 to 1")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    endpoint, plan = start(arguments.upstream, arguments.share, arguments.seed)
    print(f"AWS_ENDPOINT_URL={endpoint}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print(json.dumps(plan.report(), indent=1), file=sys.stderr)


if __name__ == "__main__":
    main()
