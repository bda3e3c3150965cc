"""A site on which everything is killed: the server and its processes as they run, and a database server of its own."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from coplearn.settings import HOME
from tests.journeys.site import await_ready, start_server

AFTER_SECONDS: Final = 120.0
BEGIN_SECONDS: Final = 600.0
"""A proof runs beside others."""


def children_of(pid: int) -> list[int]:
    """The processes whose parent is ``pid``, whichever of its threads made them."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += [int(one) for one in (thread / "children").read_text().split()]
    return found


class KeptSite:
    """`coplearn serve` on one port, begun again whenever it was killed, as whoever runs it would."""

    def __init__(
        self, folder: Path, more: Mapping[str, str], port: int, worker_of_jobs: Callable[[], int], version: Path = HOME
    ) -> None:
        self._folder, self._more, self.port, self._version = folder, more, port, version
        self._worker_of_jobs = worker_of_jobs
        self.process = self._begin()

    def _begin(self) -> subprocess.Popen[bytes]:
        process, log = start_server(self._folder, self.port, self._more, self._version)
        try:
            await_ready(process, f"http://127.0.0.1:{self.port}", log, BEGIN_SECONDS)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process

    def kill(self, what: str, chance: random.Random) -> bool:
        """Kill -9 its main process (and begin it again), one that answers, or the one that does the jobs; False when there is
        none at the moment."""
        if what == "server":
            self.lose()
            self.begin_again()
            return True
        jobs = self._worker_of_jobs()
        children = [pid for pid in children_of(self.process.pid) if (pid == jobs) == (what == "jobs")]
        if not children:
            return False
        with suppress(ProcessLookupError):
            os.kill(chance.choice(children), signal.SIGKILL)
        return True

    def lose(self) -> None:
        """Kill -9 its main process; returns when nobody answers any more."""
        self.process.kill()
        self.process.wait()
        self._await_free()

    def begin_again(self) -> None:
        """Begin it, as after it was lost; returns when it answers."""
        self.process = self._begin()

    def _await_free(self) -> None:
        """Wait until those whom the killed one leaves behind are gone, which they are by themselves."""
        deadline = time.monotonic() + AFTER_SECONDS
        while time.monotonic() < deadline:
            listening = Path("/proc/net/tcp").read_text().splitlines()
            if not any(f":{self.port:04X} " in line and " 0A " in line for line in listening):
                return
            time.sleep(0.1)
        raise AssertionError("somebody outlives the server")

    def stop(self) -> None:
        """End it in order."""
        self.process.terminate()
        try:
            self.process.wait(30)
        finally:
            if self.process.poll() is None:
                self.process.kill()


class OwnPostgres:
    """A PostgreSQL server that syncs as it does by default, to be killed."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def url(self) -> str:
        """The SQLAlchemy address of its database."""
        return str(self._server.get_uri("postgres")).replace("postgresql://", "postgresql+psycopg://", 1)

    def kill(self, what: str, chance: random.Random) -> bool:
        """Kill -9 one process that works for a client, after which the server recovers by itself; or stop all of it at once, as
        when the machine falls over, and begin it again."""
        main = int(self._server.get_pid())
        if what == "backend":
            workers = [pid for pid in children_of(main) if b"postgres: postgres" in _command(pid)]
            if workers:
                os.kill(chance.choice(workers), signal.SIGKILL)
            return bool(workers)
        os.kill(main, signal.SIGQUIT)
        deadline = time.monotonic() + AFTER_SECONDS
        while time.monotonic() < deadline and _is_there(main):
            time.sleep(0.05)
        self._server.ensure_postgres_running()
        return True


def _command(pid: int) -> bytes:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _is_there(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """One that nobody else uses."""
    from tests.postgres import new_server

    server = new_server()
    try:
        yield OwnPostgres(server)
    finally:
        server.cleanup()
