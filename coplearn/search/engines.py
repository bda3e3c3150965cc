"""The index of both kinds of database behind one door: an FTS5 table beside SQLite, a ``tsvector`` column in PostgreSQL."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Text,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    text,
)
from sqlalchemy.pool import NullPool

from coplearn.search.store import IndexedPage, PageHit, SearchStore, row_of
from coplearn.storage.database import engine_options, prepare_engine

FILE: Final = "search.sqlite3"
_HEAD: Final = "="
"""Before a token of a title, which no token begins with."""
# Each word is asked for by itself, of the index alone: what is read of a page to look into its words costs far more, of which
# the planner knows nothing.
_INDEX_ALONE: Final = text("SET LOCAL enable_seqscan = off")
_BEST: Final = text(
    "SELECT domain, place, heads, body FROM (SELECT id, sum(points) AS points"
    " FROM unnest(CAST(:words AS text[]), CAST(:points AS float[]), CAST(:held AS int[])) AS asked (query, points, held)"
    " CROSS JOIN LATERAL (SELECT id FROM search.page WHERE words @@ CAST(query AS tsquery) OFFSET 0) AS holding"
    " GROUP BY id HAVING sum(held) >= :least"
    " ORDER BY sum(points) DESC, id LIMIT :most) AS best JOIN search.page USING (id) ORDER BY points DESC, id"
)


class SqliteStore(SearchStore):
    """The index in an SQLite file, with FTS5."""

    def _make_words(self, connection: Connection) -> None:
        # Our tokens are cut already: whatever is in one stays together.
        connection.execute(
            text(
                "CREATE VIRTUAL TABLE page_words USING fts5(heads, body, content='page', content_rowid='id',"
                " tokenize=\"unicode61 remove_diacritics 0 tokenchars '_' categories 'L* N* M* Co'\")"
            )
        )

    def _drop(self, connection: Connection) -> None:
        connection.execute(text("DROP TABLE IF EXISTS page_words"))
        self._tables.drop_all(connection)

    def begin_anew(self) -> None:
        """Begin another file: the old one may be broken, and whoever reads in it does so to the end."""
        path = str(self._engine.url.database)
        with self._lock:
            for name in (path, f"{path}-wal", f"{path}-shm"):
                Path(name).unlink(missing_ok=True)
        super().begin_anew()

    def _add(self, connection: Connection, pages: Sequence[IndexedPage]) -> None:
        words = text("INSERT INTO page_words (rowid, heads, body) VALUES (:id, :heads, :body)")
        for page in pages:
            row = row_of(page)
            added = connection.execute(insert(self._pages).values(row).returning(self._pages.c.id)).scalar_one()
            connection.execute(words, {"id": added, "heads": page.heads, "body": page.body})

    def _remove(self, connection: Connection, ids: Collection[int]) -> None:
        words = text(
            "INSERT INTO page_words (page_words, rowid, heads, body)"
            " SELECT 'delete', id, heads, body FROM page WHERE id = :id"
        )
        for number in ids:
            connection.execute(words, {"id": number})
            connection.execute(delete(self._pages).where(self._pages.c.id == number))

    def _matches(
        self,
        connection: Connection,
        groups: Sequence[Collection[str]],
        weights: Sequence[float],
        every: bool,
        most: int,
    ) -> list[PageHit]:
        parts = ["(" + " OR ".join(f'"{token}"' for token in sorted(group)) + ")" for group in groups]
        # The best are chosen before their texts are read: common words stand on thousands of pages.
        asked = text(
            "SELECT domain, place, heads, body FROM (SELECT rowid AS id, rank AS points FROM page_words"
            " WHERE page_words MATCH :asked AND rank MATCH 'bm25(6.0, 1.0)' ORDER BY rank LIMIT :most)"
            " JOIN page USING (id) ORDER BY points"
        )
        match = (" AND " if every else " OR ").join(parts)
        return [PageHit(*row) for row in connection.execute(asked, {"asked": match, "most": most})]


class PostgresStore(SearchStore):
    """The index in a schema of the site's PostgreSQL database."""

    schema = "search"

    def _own_columns(self) -> list[Column[Any]]:
        types = importlib.import_module("sqlalchemy.dialects.postgresql")
        return [Column("words", types.TSVECTOR, nullable=False)]

    def _make_tables(self, connection: Connection) -> None:
        connection.execute(text("CREATE SCHEMA search"))
        super()._make_tables(connection)

    def _make_words(self, connection: Connection) -> None:
        # The texts stand beside the rows: which pages hold a word is told by the index and by rows that are short.
        connection.execute(text("ALTER TABLE search.page SET (toast_tuple_target = 128)"))
        connection.execute(text("CREATE INDEX page_words ON search.page USING gin (words) WITH (fastupdate = off)"))

    def _drop(self, connection: Connection) -> None:
        connection.execute(text("DROP SCHEMA IF EXISTS search CASCADE"))

    def _add(self, connection: Connection, pages: Sequence[IndexedPage]) -> None:
        # The words are cut already, in every language the same: no configuration of PostgreSQL's has a say in it.
        types = importlib.import_module("sqlalchemy.dialects.postgresql")
        words = func.array_to_tsvector(bindparam("every", type_=types.ARRAY(Text)))
        rows = []
        for page in pages:
            heads = {*page.heads.split()}
            held = heads | {*page.body.split()} | {f"{_HEAD}{token}" for token in heads}
            rows.append({**row_of(page), "every": sorted(held)})
        if rows:
            connection.execute(insert(self._pages).values(words=words), rows)

    def _remove(self, connection: Connection, ids: Collection[int]) -> None:
        connection.execute(delete(self._pages).where(self._pages.c.id.in_(ids)))

    def _matches(
        self,
        connection: Connection,
        groups: Sequence[Collection[str]],
        weights: Sequence[float],
        every: bool,
        most: int,
    ) -> list[PageHit]:
        words, points, held = list[str](), list[float](), list[int]()
        for before, times, counts in (("", 1, 1), (_HEAD, 2, 0)):
            words += [" | ".join(f"'{before}{token}'" for token in sorted(group)) for group in groups]
            points += [weight * times for weight in weights]
            held += [counts] * len(groups)
        asked = {"words": words, "points": points, "held": held, "least": len(groups) if every else 1, "most": most}
        connection.execute(_INDEX_ALONE)
        return [PageHit(*row) for row in connection.execute(_BEST, asked)]


def open_store(engine: Engine, folder: Path) -> SearchStore:
    """The index of the site whose database that is; ``folder`` takes the file beside SQLite."""
    if engine.dialect.name == "postgresql":
        return PostgresStore(engine)
    folder.mkdir(parents=True, exist_ok=True)
    # No pool: whoever is forked later must not share a connection, and to open one costs a tenth of a millisecond.
    options = engine_options(f"sqlite:///{folder / FILE}") | {"poolclass": NullPool}
    own = create_engine(**options)
    prepare_engine(own)
    event.listen(own, "connect", _wait_for_no_disk)
    return SqliteStore(own)


def _wait_for_no_disk(connection: Any, record: object) -> None:
    # What a loss of power takes of the index is indexed again, with the stamp that says so.
    connection.execute("PRAGMA synchronous = NORMAL")
