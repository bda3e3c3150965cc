"""A PostgreSQL primary and its standby on this machine, by TCP: one is killed, the other promoted, and a new standby made of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, create_engine

from coplearn.settings import HOME
from coplearn.storage.database import engine_options, prepare_engine
from tests.journeys.site import free_port
from tests.postgres import USER, new_folder, programs

SECONDS: Final = 120
_HERE: Final = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 32MB
wal_keep_size = 128MB
"""
"""What is otherwise on a machine that has more to do, besides what `deploy/` has."""


@dataclass
class Machine:
    """One PostgreSQL server with a folder and a port of its own."""

    programs: Path
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of this one alone."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Give it an empty database, and what `deploy/` has for it."""
        self.run(
            "initdb", "--auth=trust", "--encoding=utf8", "--username=postgres", "--no-sync", "-D", str(self.folder)
        )
        with (self.folder / "postgresql.conf").open("a") as file:
            file.write((HOME / "deploy" / "postgresql" / "coplearn.conf").read_text(encoding="utf-8") + _HERE)

    def run(self, *command: str) -> None:
        """Do what its user would at a shell of that machine."""
        here = {"PATH": f"{self.programs}:{os.environ['PATH']}", "PGHOST": "127.0.0.1", "PGPORT": str(self.port)}
        subprocess.run(
            command,
            check=True,
            cwd=self.folder.parent,
            env={**os.environ, **here, "PGUSER": "postgres"},
            capture_output=True,
            timeout=SECONDS,
            **_as_its_user(),
        )

    def start(self) -> None:
        """Run it, until it answers."""
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            command = [str(self.programs / "postgres"), "-D", str(self.folder), "-p", str(self.port)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **_as_its_user())
        self.await_that("SELECT true")

    def kill(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop all of it at once, as when the machine falls over; in order with SIGINT, as a service is stopped."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(SECONDS)
            self.process = None

    def ask(self, statement: str) -> Any:
        """The first value that it answers with, if any."""
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres connect_timeout=5"
        with psycopg.connect(address, autocommit=True) as connection:
            found = connection.execute(statement)
            row = found.fetchone() if found.description else None
        return row[0] if row else None

    def await_that(self, statement: str) -> None:
        """Wait until it answers and says that this is so."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError):
                if self.ask(statement):
                    return
            time.sleep(0.05)  # another process, of which nothing else can be waited for
        raise AssertionError(f"{self.folder.name} never said: {statement}")


class Pair:
    """A primary whose commits wait for its standby, and that standby."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs = folder, programs(folder)
        self.primary, self.standby = (Machine(self.programs, folder / name) for name in ("one", "two"))

    def begin(self) -> None:
        """Make the primary, and the standby of it."""
        self.primary.make()
        self.primary.start()
        self.follow()

    @property
    def url(self) -> str:
        """The address that finds whichever of the two can write."""
        hosts = "&".join(f"host=127.0.0.1:{port}" for port in sorted((self.primary.port, self.standby.port)))
        return f"postgresql+psycopg://postgres@/postgres?{hosts}&target_session_attrs=read-write"

    def follow(self) -> None:
        """Make the standby anew of the primary, and let commits wait for it from here on."""
        shutil.rmtree(self.standby.folder, ignore_errors=True)
        where = f"host=127.0.0.1 port={self.primary.port} user=postgres"
        folder = str(self.standby.folder)
        self.standby.run("pg_basebackup", "-d", where, "-D", folder, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        with (self.standby.folder / "postgresql.auto.conf").open("a") as file:
            file.write("synchronous_standby_names = ''\n")
        self.standby.start()
        self.primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.ask("SELECT pg_reload_conf()")
        self.primary.await_that("SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")

    def promote(self) -> None:
        """Lose the primary at once, and let the standby take its place."""
        self.primary.kill()
        self.standby.ask("SELECT pg_promote(wait => true)")
        self.primary, self.standby = self.standby, self.primary

    def stop(self) -> None:
        """End both."""
        for machine in (self.primary, self.standby):
            machine.kill()


@contextmanager
def pair() -> Iterator[Pair]:
    """Both, gone at the end."""
    folder = new_folder()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        made = Pair(folder)
        stack.callback(made.stop)
        made.begin()
        yield made


@contextmanager
def engine_at(url: str) -> Iterator[Engine]:
    """An engine as a site makes it."""
    engine = create_engine(**engine_options(url))
    prepare_engine(engine)
    yield engine
    engine.dispose()


def _as_its_user() -> dict[str, Any]:
    return {"user": USER} if os.geteuid() == 0 else {}
