"""What was published, as every worker sees it: read by version, without a word to the workers that published it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from coplearn.i18n.live import POLL_SECONDS, PublishedEntry
from coplearn.kernel.clock import beat
from coplearn.storage.database import read_only
from coplearn.translating import stock

_NOTHING: Final[tuple[int, tuple[PublishedEntry, ...]]] = (0, ())


class PublishedTexts:
    """Satisfies :class:`coplearn.i18n.live.Published` from the database.

    The versions are asked for at most every ``poll`` seconds, by one thread at a time on a connection of its own; the
    texts of a domain and language are read when their version went up. A version is told only with its texts in hand.
    A database that cannot be read keeps what was known.
    """

    def __init__(self, engine: Engine, *, poll: float = POLL_SECONDS) -> None:
        self._engine = engine
        self._poll = poll
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._held: dict[tuple[str, str], tuple[int, tuple[PublishedEntry, ...]]] = {}
        self._carried: Mapping[tuple[str, str], frozenset[str]] | None = None

    def version(self, domain: str, locale: str) -> int:
        """How often the domain was published in that language; 0 for never."""
        self._look()
        return self._held.get((domain, locale), _NOTHING)[0]

    def entries(self, domain: str, locale: str) -> tuple[PublishedEntry, ...]:
        """The texts of that version or a newer one."""
        self._look()
        return self._held.get((domain, locale), _NOTHING)[1]

    def carried(self, domain: str, locale: str) -> Collection[str] | None:
        """What files showed on the day from which second readings are asked for; None before that day."""
        self._look()
        return None if self._carried is None else self._carried.get((domain, locale), frozenset())

    def _look(self) -> None:
        now = beat(self._poll)
        if self._looked == now:
            return
        # Who comes while another thread asks takes what is known; only before the first answer it is worth a wait.
        if not self._lock.acquire(timeout=1.0 if self._looked is None else 0):
            return
        try:
            if self._looked != now:
                self._read()
        except SQLAlchemyError:
            pass  # not migrated yet, or out of reach for the moment: the files' texts, or the last ones, are shown
        finally:
            self._looked = now
            self._lock.release()

    def _read(self) -> None:
        with _reading(self._engine) as connection:
            versions = stock.versions(connection)
            is_asked = versions.pop(stock.NO_CATALOG, 0)
            for pair, version in versions.items():
                if self._held.get(pair, _NOTHING)[0] != version:
                    rows = stock.published_rows(connection, *pair)
                    self._held[pair] = (version, tuple(PublishedEntry(*astuple(row)) for row in rows))
            if self._carried is None and is_asked:
                self._carried = stock.carried(connection)


@contextmanager
def _reading(engine: Engine) -> Iterator[Connection]:
    """A connection that takes no write lock on SQLite."""
    token = read_only.set(True)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        read_only.reset(token)
