"""The translation memory: what was translated before, in any domain, and how alike it is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.storage.database import read_only
from coplearn.translating.store import catalog_store
from coplearn.translating.store.rules import TextPair

LIMIT: Final = 5
CUTOFF: Final = 75
MAX_TEXT: Final = 2_000
"""Longer texts are compared by their beginning; no block of a course is so long."""
PATIENCE: Final = 0.03
"""Seconds that a page waits for an index that is being made."""
_BEGINNING, _ALIKE = 12, 200
"""How many characters count as the beginning of a text, and how many texts that begin so are looked at."""
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MemoryMatch:
    """A text translated before. ``score`` is whole percent of likeness; ``domain`` and ``context`` say where it stands."""

    source: str
    target: str
    score: int
    domain: str
    context: str


class MemoryIndex:
    """The finished pairs of one language, made to be searched. Immutable; safe to share between threads."""

    def __init__(self, pairs: Sequence[TextPair]) -> None:
        by_source: dict[str, list[TextPair]] = {}
        for pair in pairs:
            by_source.setdefault(_normal(pair.source), []).append(pair)
        self._sources = list(by_source)
        self._pairs = list(by_source.values())

    def suggestions(
        self, text: str, *, facet: str = "", exclude: int | None = None, limit: int = LIMIT, cutoff: int = CUTOFF
    ) -> list[MemoryMatch]:
        """The likest texts with their translations, each translation once, the best first; see :class:`Memory`."""
        wanted = _normal(text)
        if not wanted:
            return []
        # More than are asked for: some have the same translation, and one may be the message itself.
        # Here and not above: it takes a while to load, and only those who translate need it.
        from rapidfuzz import fuzz, process

        alike = process.extract(
            wanted, self._sources, scorer=fuzz.ratio, processor=None, score_cutoff=cutoff, limit=4 * limit
        )
        found = [
            (pair, int(score)) for _, score, place in alike for pair in self._pairs[place] if pair.message_id != exclude
        ]
        found.sort(key=lambda one: (-one[1], bool(facet) and facet_of(one[0].context) != facet))
        memos: dict[str, MemoryMatch] = {}
        for pair, score in found:
            memos.setdefault(pair.target, MemoryMatch(pair.source, pair.target, score, pair.domain, pair.context))
        return list(memos.values())[:limit]


@dataclass(frozen=True, slots=True)
class MemoryAnswer:
    """The finds of the memory. ``is_whole`` is False while it is read for the first time: then only texts that begin alike
    were looked at."""

    memos: list[MemoryMatch]
    is_whole: bool = True


Stamp = tuple[tuple[str, int], ...]


class Memory:
    """The indexes by language, each made when first asked for and again when something was published in the language.

    Making one takes a large catalog half a second, which nobody waits for: a thread does it, and meanwhile the one before
    answers, or a look at the texts that begin alike. A small catalog's is there within ``patience``. Without patience
    (None) it is made at once in the caller's own session.
    """

    def __init__(self, patience: float | None = PATIENCE) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._indexes: dict[str, tuple[Stamp, MemoryIndex]] = {}
        self._readers: dict[str, threading.Thread] = {}

    def look(
        self,
        session: Session,
        locale: str,
        text: str,
        *,
        facet: str = "",
        exclude: int | None = None,
        limit: int = LIMIT,
        cutoff: int = CUTOFF,
    ) -> MemoryAnswer:
        """At most ``limit`` texts at least ``cutoff`` percent like ``text``, with their translations, the likest first.

        ``facet`` (:func:`facet_of` the message's context) puts the same kind of text first among equals; ``exclude`` is
        the id of the message itself. Nothing is ever filled in: a person chooses. One statement, two without an index.
        """
        stamp = _stamp(session, locale)
        held = self._indexes.get(locale)
        if held is None or held[0] != stamp:
            held = self._renewed(session, locale, stamp)
        if held is not None:
            return MemoryAnswer(held[1].suggestions(text, facet=facet, exclude=exclude, limit=limit, cutoff=cutoff))
        alike = MemoryIndex(
            catalog_store.pairs_that_begin(session, locale, " ".join(text.split())[:_BEGINNING], _ALIKE)
        )
        return MemoryAnswer(alike.suggestions(text, facet=facet, exclude=exclude, limit=limit, cutoff=cutoff), False)

    def prepare(self, session: Session, locale: str) -> None:
        """Begin to read a language that nobody asked for yet, so that it is there when somebody does. No statement."""
        if self._patience is not None and locale not in self._indexes:
            self._begin(session, locale)

    def settle(self) -> None:
        """Wait until nothing is being read."""
        with self._lock:
            readers = list(self._readers.values())
        for reader in readers:
            reader.join()

    def _renewed(self, session: Session, locale: str, stamp: Stamp) -> tuple[Stamp, MemoryIndex] | None:
        if self._patience is None:
            held = self._indexes[locale] = (stamp, MemoryIndex(catalog_store.memory_pairs(session, locale)))
            return held
        self._begin(session, locale).join(self._patience)
        return self._indexes.get(locale)

    def _begin(self, session: Session, locale: str) -> threading.Thread:
        with self._lock:
            reader = self._readers.get(locale)
            if reader is None or not reader.is_alive():
                engine = session.get_bind().engine
                reader = threading.Thread(target=self._read, args=(engine, locale), name="memory", daemon=True)
                self._readers[locale] = reader
                reader.start()
            return reader

    def _read(self, engine: Engine, locale: str) -> None:
        read_only.set(True)
        try:
            with Session(engine) as session:
                # Asked first: what is published while the pairs are read makes the index old, and not wrong for ever.
                stamp = _stamp(session, locale)
                self._indexes[locale] = (stamp, MemoryIndex(catalog_store.memory_pairs(session, locale)))
        except SQLAlchemyError:
            _LOG.warning("The translation memory of %s could not be read; it will be tried again.", locale)


def _stamp(session: Session, locale: str) -> Stamp:
    versions = catalog_store.versions(session.connection())
    return tuple(sorted((domain, version) for (domain, code), version in versions.items() if code == locale))


def facet_of(context: str) -> str:
    """The kind of place of a context: ``title``, ``alt``, ``feedback``, ``stem``; empty for plain text."""
    block = context.partition("#")[2]
    return block if block in ("title", "summary", "intro") else block.rpartition(".")[2] if "." in block else ""


def _normal(text: str) -> str:
    return " ".join(text.split())[:MAX_TEXT].casefold()
