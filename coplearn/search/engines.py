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
    case,
    create_engine,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.pool import NullPool

from coplearn.search.store import IndexedPage, PageHit, SearchStore, row_of
from coplearn.storage.database import engine_options, prepare_engine

FILE: Final = "search.sqlite3"


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
        return [Column("title_words", types.TSVECTOR, nullable=False), Column("words", types.TSVECTOR, nullable=False)]

    def _make_tables(self, connection: Connection) -> None:
        connection.execute(text("CREATE SCHEMA search"))
        super()._make_tables(connection)

    def _make_words(self, connection: Connection) -> None:
        connection.execute(text("CREATE INDEX page_words ON search.page USING gin (words) WITH (fastupdate = off)"))

    def _drop(self, connection: Connection) -> None:
        connection.execute(text("DROP SCHEMA IF EXISTS search CASCADE"))

    def _add(self, connection: Connection, pages: Sequence[IndexedPage]) -> None:
        # The words are cut already, in every language the same: no configuration of PostgreSQL's has a say in it.
        types = importlib.import_module("sqlalchemy.dialects.postgresql")
        title, every = (func.array_to_tsvector(bindparam(name, type_=types.ARRAY(Text))) for name in ("title", "every"))
        rows = []
        for page in pages:
            heads = {*page.heads.split()}
            rows.append({**row_of(page), "title": sorted(heads), "every": sorted(heads | {*page.body.split()})})
        if rows:
            connection.execute(insert(self._pages).values(title_words=title, words=every), rows)

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
        types = importlib.import_module("sqlalchemy.dialects.postgresql")
        page = self._pages.c

        def asks(words: str) -> Any:
            return bindparam(None, words, type_=Text).cast(types.TSQUERY)

        parts = [" | ".join(f"'{token}'" for token in sorted(group)) for group in groups]
        match = (" & " if every else " | ").join(f"({part})" for part in parts)
        points = [
            case((page.words.op("@@")(asks(part)), weight), else_=0)
            + case((page.title_words.op("@@")(asks(part)), 2 * weight), else_=0)
            for part, weight in zip(parts, weights, strict=True)
        ]
        found = (
            select(page.domain, page.place, page.heads, page.body)
            .where(page.words.op("@@")(asks(match)))
            .order_by(sum(points[1:], points[0]).desc(), page.id)
            .limit(most)
        )
        return [PageHit(*row) for row in connection.execute(found)]


def open_store(engine: Engine, folder: Path) -> SearchStore:
    """The index of the site whose database that is; ``folder`` takes the file beside SQLite."""
    if engine.dialect.name == "postgresql":
        return PostgresStore(engine)
    folder.mkdir(parents=True, exist_ok=True)
    # No pool: whoever is forked later must not share a connection, and to open one costs a tenth of a millisecond.
    options = engine_options(f"sqlite:///{folder / FILE}") | {"poolclass": NullPool}
    own = create_engine(**options)
    prepare_engine(own)
    return SqliteStore(own)
