"""A real Redis server of the tests, on a port and in a folder of its own, that can go away and come back."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from tests.prepare import find_redis

_READY = b"Ready to accept connections"


class RedisServer:
    """Started and stopped at will; it always comes back on the same port, having forgotten everything."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program, self._folder = program, folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    @property
    def url(self) -> str:
        """What the setting is given."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, unless it runs, and return when it takes connections."""
        if self._process is not None:
            return
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self._folder, "save": "", "appendonly": "no"}
        given = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._process = subprocess.Popen([self._program, *given], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if _READY in line:
                return
        raise AssertionError(f"Redis did not start:\n{b''.join(said).decode(errors='replace')}")

    def stop(self) -> None:
        """Take it away, as a machine that loses its power would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    @contextmanager
    def watched(self) -> Iterator[Iterator[tuple[str, str]]]:
        """Who asks it for what from here on, one command at a time; who waits too long for the next one fails."""
        with Redis(port=self.port, socket_timeout=30) as client, client.monitor() as monitor:
            yield ((str(told["client_port"]), str(told["command"])) for told in monitor.listen())

    def heard(self, wanted: str, clients: int = 1) -> None:
        """Return once so many have asked for ``wanted``."""
        who: set[str] = set()
        with self.watched() as commands:
            while len(who) < clients:
                client, command = next(commands)
                who |= {client} if command.startswith(wanted) else set()


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """A server that runs meanwhile; where there is none the test is skipped, or fails when CI=true."""
    program = find_redis()
    if program is None:
        reason = "no Redis server on this machine: python tests/prepare.py says what to do"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    server = RedisServer(program, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
