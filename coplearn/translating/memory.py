"""The translation memory: what was translated before, in any domain, and how alike it is."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process
from sqlalchemy.orm import Session

from coplearn.translating import stock
from coplearn.translating.rows import Pair

LIMIT: Final = 5
CUTOFF: Final = 75
MAX_TEXT: Final = 2_000
"""Longer texts are compared by their beginning; no block of a course is so long."""


@dataclass(frozen=True, slots=True)
class Memo:
    """A text translated before. ``score`` is whole percent of likeness; ``domain`` and ``context`` say where it stands."""

    source: str
    target: str
    score: int
    domain: str
    context: str


class Index:
    """The finished pairs of one language, made to be searched. Immutable; safe to share between threads."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        by_source: dict[str, list[Pair]] = {}
        for pair in pairs:
            by_source.setdefault(_normal(pair.source), []).append(pair)
        self._sources = list(by_source)
        self._pairs = list(by_source.values())

    def suggestions(
        self, text: str, *, facet: str = "", exclude: int | None = None, limit: int = LIMIT, cutoff: int = CUTOFF
    ) -> list[Memo]:
        """The likest texts with their translations, each translation once, the best first; see :class:`Memory`."""
        wanted = _normal(text)
        if not wanted:
            return []
        # More than are asked for: some have the same translation, and one may be the message itself.
        alike = process.extract(
            wanted, self._sources, scorer=fuzz.ratio, processor=None, score_cutoff=cutoff, limit=4 * limit
        )
        found = [
            (pair, int(score)) for _, score, place in alike for pair in self._pairs[place] if pair.message_id != exclude
        ]
        found.sort(key=lambda one: (-one[1], bool(facet) and facet_of(one[0].context) != facet))
        memos: dict[str, Memo] = {}
        for pair, score in found:
            memos.setdefault(pair.target, Memo(pair.source, pair.target, score, pair.domain, pair.context))
        return list(memos.values())[:limit]


class Memory:
    """The indexes by language, each made when first asked for and again when something was published in the language."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._indexes: dict[str, tuple[tuple[tuple[str, int], ...], Index]] = {}

    def suggestions(
        self,
        session: Session,
        locale: str,
        text: str,
        *,
        facet: str = "",
        exclude: int | None = None,
        limit: int = LIMIT,
        cutoff: int = CUTOFF,
    ) -> list[Memo]:
        """At most ``limit`` texts at least ``cutoff`` percent like ``text``, with their translations, the likest first.

        ``facet`` (:func:`facet_of` the message's context) puts the same kind of text first among equals; ``exclude`` is
        the id of the message itself. Nothing is ever filled in: a person chooses. One statement, two when the index is made.
        """
        return self._index(session, locale).suggestions(text, facet=facet, exclude=exclude, limit=limit, cutoff=cutoff)

    def _index(self, session: Session, locale: str) -> Index:
        versions = stock.versions(session.connection())
        stamp = tuple(sorted((domain, version) for (domain, code), version in versions.items() if code == locale))
        held = self._indexes.get(locale)
        if held is not None and held[0] == stamp:
            return held[1]
        with self._lock:
            held = self._indexes.get(locale)
            if held is None or held[0] != stamp:
                held = self._indexes[locale] = (stamp, Index(stock.memory_pairs(session, locale)))
            return held[1]


def facet_of(context: str) -> str:
    """What kind of place a context is: ``title``, ``alt``, ``feedback``, ``stem``; empty for plain text."""
    block = context.partition("#")[2]
    return block if block in ("title", "summary", "intro") else block.rpartition(".")[2] if "." in block else ""


def _normal(text: str) -> str:
    return " ".join(text.split())[:MAX_TEXT].casefold()
