"""A wire between browser and server that can be cut: a browser's own "offline" reaches a new tab too late to be relied on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Wire:
    """Carries connections from ``url`` to the server's port until it is cut, and again once it is mended."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._whole = True
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Drop every connection, and every new one at once."""
        with self._lock:
            self._whole = False
            ends, self._open = self._open, set()
        for end in ends:
            _drop(end)

    def mend(self) -> None:
        """Carry again what comes from now on."""
        self._whole = True

    def close(self) -> None:
        """Take the wire down."""
        self.cut()
        _drop(self._listener)

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if not self._whole:
                    _drop(near)
                    continue
                far = socket.create_connection(self._to)
                self._open |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        for end in (source, target):
            _drop(end)


def _drop(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def wired(site_url: str) -> Iterator[Wire]:
    """A wire to that site, taken down at the end."""
    wire = Wire(int(site_url.rpartition(":")[2]))
    try:
        yield wire
    finally:
        wire.close()
