"""A TCP proxy that makes a server slow: so many bytes a second, and a delay before each answer."""

import socket
import threading
import time

CHUNK_BYTES = 16_384


class SlowProxy:
    """Stands before a server on this machine, on a port of its own, until the process ends."""

    def __init__(self, server, bytes_per_s, delay_s):
        self.server, self.bytes_per_s, self.delay_s = server, bytes_per_s, delay_s
        self.lock = threading.Lock()
        self.free_at = 0.0
        # What it did: bytes passed on, and seconds for which it held them back.
        self.bytes, self.held_s = 0, 0.0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(self.server)
            for one, other, delay_s in ((client, server, 0), (server, client, self.delay_s)):
                threading.Thread(target=self.pump, args=(one, other, delay_s), daemon=True).start()

    def pump(self, one, other, delay_s):
        """Passes on what one side says, held back by the rate that all connections share."""
        try:
            while data := one.recv(CHUNK_BYTES):
                self.hold(len(data), delay_s)
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (one, other):
                end.close()

    def hold(self, size, delay_s):
        with self.lock:
            now = time.monotonic()
            self.free_at = max(self.free_at, now) + size / self.bytes_per_s
            pause = self.free_at - now + delay_s
            self.bytes += size
            self.held_s += pause
        time.sleep(pause)
