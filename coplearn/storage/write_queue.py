"""A queue of the writers of one SQLite file, across threads and processes, in which nobody waits for long."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import OperationalError

WRITER_SECONDS: Final = 8.0
"""How long a writer waits in all, in this queue and for the database's own lock."""
BEHIND_SECONDS: Final = 3.0
"""Once the first in a process has waited so long, nobody waits behind it: the other threads are for those who read."""
SHORTEST_PAUSE: Final = 0.000_2
LONGEST_PAUSE: Final = 0.01


class Busy(Exception):
    """The turn did not come in time."""


class WriteQueue:
    """A queue for the writers of one file: waiting in line beats polling the busy lock."""

    def __init__(
        self, database: str | None, *, seconds: float = WRITER_SECONDS, behind_seconds: float = BEHIND_SECONDS
    ) -> None:
        self._path = f"{database}.turn" if database and database != ":memory:" else None
        self._seconds = seconds
        self._behind_seconds = behind_seconds
        self._lock = threading.Lock()
        self._since: float | None = None

    @contextmanager
    def taken(self) -> Iterator[float]:
        """Have the turn; gives the seconds that are left to wait for the database.

        Raises OperationalError when it does not come in time.
        """
        began = time.monotonic()
        self._wait_behind(began)
        self._since = time.monotonic()
        try:
            if self._path is None:
                yield self._seconds
                return
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock_file(descriptor, began + self._seconds)
                yield max(0.0, began + self._seconds - time.monotonic())
            finally:
                os.close(descriptor)
        finally:
            self._since = None
            self._lock.release()

    def _wait_behind(self, began: float) -> None:
        """Wait for those of this process, as long as whoever is in front has not been waiting for long."""
        now = began
        while True:
            last = min((self._since or now) + self._behind_seconds, began + self._seconds)
            if self._lock.acquire(timeout=max(0.0, last - now)):
                return
            now = time.monotonic()
            if now >= min((self._since or now) + self._behind_seconds, began + self._seconds):
                raise OperationalError("BEGIN IMMEDIATE", {}, Busy())


def _lock_file(descriptor: int, deadline: float) -> None:
    # Asked again and again, because a wait inside flock has no end.
    pause = SHORTEST_PAUSE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise OperationalError("BEGIN IMMEDIATE", {}, Busy()) from None
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
        else:
            return
