"""The tables of the index, and all that is the same in both kinds of database; what is not stands in ``engines``.

All of it is made from the courses, their translations and the records that slices offer, and is made anew whenever it is
missing, broken or from another version of the analyser. So it has no migrations and no backup, and stands apart from what
people did: on SQLite in a file of its own, so that no answer ever waits for it, and on PostgreSQL in a schema of its own.
Nothing of those who search is in it.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from coplearn.i18n.analysis import VERSION
from coplearn.storage.database import reading_only, writing
from coplearn.storage.dialects import own_words

MOST_FOUND: Final = 40
"""Pages that the database hands over to be put in order."""
_SLIGHT: Final = 0.1
"""A word that weighs less than this share of the heaviest says next to nothing beside it."""
_SHAPE_NAME: Final = "shape"
_SHAPE: Final = f"4.{VERSION}"
"""Changes with the tables and with the analyser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedPage:
    """A page as it is found: in ``locale``, of ``domain`` (a course's id, or a part of the site), and which one of it.

    ``heads`` are the tokens of its title, ``body`` those of its text, ``spelt`` its words as people may type them.
    """

    domain: str
    locale: str
    place: str
    digest: str
    heads: str
    body: str
    spelt: str
    known: Mapping[str, str]
    """The tokens of each of those words, joined by spaces."""


@dataclass(frozen=True, slots=True)
class PageHit:
    """A page that holds some of the tokens searched for."""

    domain: str
    place: str
    heads: str
    body: str


@dataclass(frozen=True, slots=True)
class KnownWord:
    """A word of the index: its tokens, and on how many pages of its language it stands."""

    tokens: tuple[str, ...]
    pages: int


_COLUMNS: Final = ("domain", "locale", "place", "digest", "heads", "body", "spelt")


class SearchStore(ABC):
    """The tables of the index in one database."""

    schema: ClassVar[str | None] = None

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._is_ready = False
        self._here = threading.local()
        self._tables = MetaData(schema=self.schema)
        self._state = Table(
            "state", self._tables, Column("name", String(200), primary_key=True), Column("stamp", Text, nullable=False)
        )
        self._words = Table(
            "word",
            self._tables,
            Column("locale", String(16), primary_key=True),
            Column("word", String(80), primary_key=True),
            Column("tokens", Text, nullable=False),
            Column("pages", Integer, nullable=False),
        )
        self._pages = Table(
            "page",
            self._tables,
            Column("id", Integer, primary_key=True),
            *(Column(name, String(80), nullable=False) for name in _COLUMNS[:4]),
            *(Column(name, Text, nullable=False) for name in _COLUMNS[4:]),
            *self._own_columns(),
            UniqueConstraint("domain", "locale", "place"),
        )

    # ── What each engine has its own way for ──

    def _own_columns(self) -> list[Column[Any]]:
        """Columns of a page that only this engine has."""
        return []

    @abstractmethod
    def _make_words(self, connection: Connection) -> None:
        """Make what the words are looked up in, beside the tables."""

    @abstractmethod
    def _drop(self, connection: Connection) -> None:
        """Drop whatever there is of it all."""

    @abstractmethod
    def _add(self, connection: Connection, pages: Sequence[IndexedPage]) -> None:
        """Add pages that are not there."""

    @abstractmethod
    def _remove(self, connection: Connection, ids: Collection[int]) -> None:
        """Take pages out."""

    @abstractmethod
    def _matches(
        self,
        connection: Connection,
        groups: Sequence[Collection[str]],
        weights: Sequence[float],
        every: bool,
        most: int,
    ) -> list[PageHit]:
        """At most ``most`` pages that hold a token of ``every`` group, or of any; those that hold most come first."""

    # ── What is the same ──

    @contextmanager
    def written(self) -> Iterator[Connection]:
        """One transaction, one at a time; makes the tables when they are missing or of another version."""
        self._prepare()
        with writing(), self._engine.begin() as connection:
            # Whoever else indexes at this moment waits here.
            connection.execute(select(self._state.c.stamp).where(self._state.c.name == _SHAPE_NAME).with_for_update())
            yield connection

    def _prepare(self) -> None:
        with self._lock:
            if not self._is_ready and self._shape() != _SHAPE:
                self._make_anew()
            self._is_ready = True

    def _make_anew(self) -> None:
        with writing(), self._engine.begin() as connection:
            self._drop(connection)
            self._make_tables(connection)
            self._make_words(connection)
            self._set(connection, _SHAPE_NAME, _SHAPE)

    def _make_tables(self, connection: Connection) -> None:
        self._tables.create_all(connection, checkfirst=False)

    def _shape(self) -> str | None:
        try:
            return self.stamps().get(_SHAPE_NAME)
        except SQLAlchemyError:
            return None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read on; raises SQLAlchemyError where there is no index yet. Within it, whatever else this thread reads
        of the index is read on the same one: to open the file costs as much as to look some words up."""
        held: Connection | None = getattr(self._here, "connection", None)
        if held is not None:
            yield held
            return
        with reading_only(), self._engine.connect() as connection:
            self._here.connection = connection
            try:
                yield connection
            finally:
                self._here.connection = None

    def stamps(self) -> dict[str, str]:
        """The pieces that were indexed, by name, and the stamp of what each was made of."""
        with self.read() as connection:
            return dict(connection.execute(select(self._state.c.name, self._state.c.stamp)).all())

    def _set(self, connection: Connection, name: str, stamp: str) -> None:
        added = own_words(self._engine.dialect).insert(self._state).values(name=name, stamp=stamp)
        connection.execute(added.on_conflict_do_update(index_elements=["name"], set_={"stamp": stamp}))

    def digests(self, domain: str, locale: str) -> dict[str, str]:
        """The digest of each page of a domain in a language, by its place; empty before the first."""
        self._prepare()
        page = self._pages.c
        asked = select(page.place, page.digest).where(page.domain == domain, page.locale == locale)
        with self.read() as connection:
            return dict(connection.execute(asked).all())

    def replace(
        self, domain: str, locale: str, gone: Collection[str], pages: Sequence[IndexedPage], stamp: str
    ) -> None:
        """Put pages in, and take those at the places ``gone`` out, in one transaction that says which state this is."""
        away, page = {*gone, *(one.place for one in pages)}, self._pages.c
        there = select(page.id, page.spelt).where(page.domain == domain, page.locale == locale, page.place.in_(away))
        with self.written() as connection:
            old = dict(connection.execute(there).all())
            counts = Counter[str]()
            for spelt in old.values():
                counts.subtract(spelt.split())
            self._remove(connection, list(old))
            self._add(connection, pages)
            known: dict[str, str] = {}
            for one in pages:
                counts.update(one.known.keys())
                known.update(one.known)
            self._count(connection, locale, counts, known)
            self._set(connection, f"{domain}/{locale}", stamp)

    def _count(self, connection: Connection, locale: str, counts: Mapping[str, int], known: Mapping[str, str]) -> None:
        more = [
            {"locale": locale, "word": word, "tokens": known.get(word, ""), "pages": count}
            for word, count in sorted(counts.items())
            if count > 0
        ]
        less = [{"gone": word, "count": -count} for word, count in sorted(counts.items()) if count < 0]
        if more:
            added = own_words(self._engine.dialect).insert(self._words)
            pages = self._words.c.pages + added.excluded.pages
            connection.execute(
                added.on_conflict_do_update(index_elements=["locale", "word"], set_={"pages": pages}), more
            )
        if less:
            # Each by its key, the last as well: to look for words without a page would read all words of the language.
            there = self._words.c.locale == locale, self._words.c.word == bindparam("gone")
            taken = update(self._words).where(*there)
            connection.execute(taken.values(pages=self._words.c.pages - bindparam("count")), less)
            connection.execute(delete(self._words).where(*there, self._words.c.pages <= 0), less)

    def forget(self, names: Iterable[str]) -> None:
        """Take out whole domains in a language, by their ``domain/locale``."""
        for name in names:
            domain, _, locale = name.rpartition("/")
            self.replace(domain, locale, list(self.digests(domain, locale)), [], "")
            with self.written() as connection:
                connection.execute(delete(self._state).where(self._state.c.name == name))

    def words(self, locale: str) -> dict[str, KnownWord]:
        """Every word of the pages in a language."""
        word = self._words.c
        with self.read() as connection:
            rows = connection.execute(select(word.word, word.tokens, word.pages).where(word.locale == locale))
            return {name: KnownWord(tuple(tokens.split()), pages) for name, tokens, pages in rows}

    def find(
        self, groups: Sequence[Collection[str]], weights: Sequence[float], *, every: bool, most: int = MOST_FOUND
    ) -> list[PageHit]:
        """At most so many pages that hold a token of every group, or of any; groups that weigh more count for more."""
        if not groups:
            return []
        with self.read() as connection:
            return self._matches(connection, groups, weights, every, most)

    def best(self, groups: Sequence[Collection[str]], weights: Sequence[float]) -> list[PageHit]:
        """The pages that hold a token of every group, then, where these are few, those that hold some; each once."""
        if not groups:
            return []
        with self.read():
            hits = self.find(groups, weights, every=True)
            if len(groups) == 1 or len(hits) >= MOST_FOUND:
                return hits
            known = {(hit.domain, hit.place) for hit in hits}
            # A page that has nothing but a word of nearly every page is no answer, and there are thousands of them.
            telling = [one for one in zip(groups, weights, strict=True) if one[1] >= _SLIGHT * max(weights)]
            more = self.find(*zip(*telling, strict=True), every=False)
        return hits + [hit for hit in more if (hit.domain, hit.place) not in known]

    def drop(self) -> None:
        """Drop everything, as if there had never been an index."""
        with self._lock, writing(), self._engine.begin() as connection:
            self._drop(connection)
            self._is_ready = False

    def begin_anew(self) -> None:
        """Drop everything, so that all is indexed again."""
        with self._lock:
            self._make_anew()
            self._is_ready = True


def row_of(page: IndexedPage) -> dict[str, Any]:
    """The page as values of its columns."""
    return {name: getattr(page, name) for name in _COLUMNS}
