"""A web server on this machine that serves bytes well, badly, or not to the end."""

from __future__ import annotations

import http.server
import socket
import struct
import threading
import time
from typing import Callable
from urllib.parse import urlsplit

Behaviour = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        # A proxy is asked for whole addresses.
        path = urlsplit(self.path).path
        behave = self.server.behaviours.get(path, answer(404, b"nothing here"))
        behave(self)

    def log_message(self, *args: object) -> None:
        pass

    def begin(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    """Serves ``behaviours`` by path; ``asked`` keeps what was asked for, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours: dict[str, Behaviour] = {}
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *args: object) -> None:
        """Say nothing of clients that went away."""


def answer(status: int, content: bytes) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.begin(status, len(content))
        handler.wfile.write(content)

    return behave


def good(content: bytes) -> Behaviour:
    return answer(200, content)


def redirect(path: str) -> Behaviour:
    return lambda handler: handler.begin(302, 0, Location=path)


def truncated(content: bytes) -> Behaviour:
    """Announce everything, send half, and close."""

    def behave(handler: Handler) -> None:
        handler.begin(200, len(content))
        handler.wfile.write(content[: len(content) // 2])

    return behave


def dropped(content: bytes) -> Behaviour:
    """Send half, and reset the connection."""

    def behave(handler: Handler) -> None:
        truncated(content)(handler)
        handler.wfile.flush()
        no_time = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_time)
        handler.connection.close()

    return behave


def stalled(content: bytes) -> Behaviour:
    """Send half, and no more."""

    def behave(handler: Handler) -> None:
        handler.begin(200, len(content))
        handler.wfile.write(content[: len(content) // 2])
        handler.wfile.flush()
        handler.rfile.read(1)

    return behave


def paced(content: bytes, seconds: float, pieces: int = 20) -> Behaviour:
    """Send everything, in pieces, in so many seconds."""

    def behave(handler: Handler) -> None:
        handler.begin(200, len(content))
        step = -(-len(content) // pieces)
        for start in range(0, len(content), step):
            handler.wfile.write(content[start : start + step])
            handler.wfile.flush()
            time.sleep(seconds / pieces)

    return behave


def endless(content: bytes) -> Behaviour:
    """Send everything again and again, without saying how much it will be."""

    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(content)

    return behave


def dripping(content: bytes, seconds: float, start: int = 0) -> Behaviour:
    """Send the start at once, and then a byte every so many seconds."""

    def behave(handler: Handler) -> None:
        handler.begin(200, len(content))
        handler.wfile.write(content[:start])
        for position in range(start, len(content)):
            handler.wfile.write(content[position : position + 1])
            handler.wfile.flush()
            time.sleep(seconds)

    return behave
