"""Requests byte by byte, because no well-behaved client is slow, rude or silent on purpose."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

LONGEST = 60.0
"""Seconds a test waits for what must come."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of that header."""
        return [value for key, value in self.headers if key == name]


def dial(port: int, sent: bytes = b"") -> socket.socket:
    """A connection on which ``sent`` is under way."""
    end = socket.create_connection(("127.0.0.1", port), LONGEST)
    if sent:
        end.sendall(sent)
    return end


def rest_of(end: socket.socket) -> bytes:
    """Everything until the other side closes."""
    found = bytearray()
    with suppress(ConnectionResetError):
        while piece := end.recv(1 << 20):
            found += piece
    return bytes(found)


def ask(port: int, request: bytes) -> Answer:
    """The answer to a whole request, which must ask for the connection to be closed."""
    with dial(port, request) as end:
        return parsed(rest_of(end))


def parsed(raw: bytes) -> Answer:
    """An answer as it stood on the wire; chunks are joined."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    if ("transfer-encoding", "chunked") in headers:
        body = _joined(body)
    return Answer(int(first.split(" ", 2)[1]), headers, body)


def _joined(chunks: bytes) -> bytes:
    whole = bytearray()
    while True:
        size, _, rest = chunks.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return bytes(whole)
        whole += rest[:length]
        chunks = rest[length + 2 :]


def half(path: str, length: int = 1_000) -> bytes:
    """The beginning of a request whose body does not come."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return f"{head}Content-Length: {length}\r\n\r\na=".encode()


def get(path: str) -> bytes:
    """A whole request for a page."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


@contextmanager
def many_files(number: int) -> Iterator[None]:
    """Let this process hold so many connections."""
    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if most == resource.RLIM_INFINITY else min(number, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(granted, wanted), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (granted, most))
