"""Bring lines of an archive into a database, in one transaction that ends with every sum compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, ForeignKeyConstraint, MetaData, create_engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import AddConstraint, DropConstraint

from coplearn.kernel.errors import Refused
from coplearn.moving.rows import CarriedTable, ColumnKind, sum_of, tables_of
from coplearn.moving.rules import TableFacts
from coplearn.storage.database import engine_options

_AT_ONCE: Final = 5_000
Sums = dict[str, tuple[int, str]]


@contextmanager
def loading(engine: Engine) -> Iterator[Connection]:
    """A connection of our own in one transaction, in which rows may come in any order; foreign keys are looked at last.

    Raises Refused, with everything as it was, where a row points at none.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    own = _own_engine(engine.url)
    try:
        with own.connect() as connection:
            if is_sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
                connection.exec_driver_sql("PRAGMA cache_size = -65536")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            keys = [] if is_sqlite else _without_keys(connection)
            try:
                yield connection
                if is_sqlite:
                    _refuse_orphans(connection)
                else:
                    for key in keys:
                        connection.execute(AddConstraint(key))
            except BaseException:
                if is_sqlite:
                    connection.exec_driver_sql("ROLLBACK")
                connection.rollback()
                raise
            if is_sqlite:
                connection.exec_driver_sql("COMMIT")
            connection.commit()
    except (DatabaseError, own.dialect.loaded_dbapi.Error) as error:
        # Rows go by the driver itself, whose errors nobody wraps.
        words = " ".join(str(getattr(error, "orig", error)).split())[:300]
        raise Refused("The database does not take what is in the archive: %(why)s", why=words) from error
    except (ValueError, FileNotFoundError) as error:
        raise Refused("The archive holds something that is no row: %(why)s", why=str(error)[:300]) from error
    finally:
        own.dispose()


def _own_engine(url: URL) -> Engine:
    # Without the site's pragmas and its queue of writers: nobody else is at work.
    options = engine_options(url.render_as_string(hide_password=False))
    for name in ("pool_size", "max_overflow", "pool_pre_ping"):
        options.pop(name, None)
    return create_engine(**options, poolclass=NullPool)


def _without_keys(connection: Connection) -> list[ForeignKeyConstraint]:
    metadata = MetaData()
    metadata.reflect(connection)
    keys = [key for table in metadata.tables.values() for key in table.foreign_key_constraints]
    for key in keys:
        connection.execute(DropConstraint(key))
    return keys


def _refuse_orphans(connection: Connection) -> None:
    for child, _, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(1):
        raise Refused(
            "The archive is not whole: a row of %(child)s points at none of %(parent)s.", child=child, parent=parent
        )


def empty(connection: Connection) -> None:
    """Take every row out of every table, the migrations' own apart."""
    quoted = connection.dialect.identifier_preparer.quote
    for name in tables_of(connection):
        if name != "alembic_version":
            connection.exec_driver_sql(f"DELETE FROM {quoted(name)}")  # noqa: S608


def fill(connection: Connection, facts: dict[str, TableFacts], folder: Path) -> None:
    """Bring in the lines of the files in ``folder``, one a table."""
    tables = tables_of(connection)
    for name, one in facts.items():
        _insert(connection, _checked(tables, name, one), _read(folder / f"{name}.jsonl"))


def take_out(connection: Connection, facts: dict[str, TableFacts], gone: Path, changed: Path) -> None:
    """Take out the rows that are gone, and those that come in anew because they were changed."""
    tables = tables_of(connection)
    for name, one in facts.items():
        table, width = _checked(tables, name, one), len(one.key)
        _delete(connection, table, _read(gone / f"{name}.jsonl"))
        _delete(connection, table, (line[:width] for line in _read(changed / f"{name}.jsonl")))


LOG_HEAD: Final = "audit_head"
"""The table that moves on with each event of a site's own; an archive's second part brings it anew."""


def forget_own(connection: Connection, above: int) -> None:
    """Take out what this site has written into the audit log by itself, which is above the last number that was brought."""
    connection.execute(text("DELETE FROM audit_event WHERE number > :above"), {"above": above})


def _checked(tables: dict[str, CarriedTable], name: str, facts: TableFacts) -> CarriedTable:
    table = tables.get(name)
    if table is None or [(one, kind.value) for one, kind in table.columns] != facts.columns or table.key != facts.key:
        raise Refused("The table %(name)s is another one here than in the archive.", name=name)
    return table


def _read(file: Path) -> Iterator[list[Any]]:
    with file.open("rb") as lines:
        yield from map(json.loads, lines)


def _insert(connection: Connection, table: CarriedTable, rows: Iterable[list[Any]]) -> None:
    quoted = connection.dialect.identifier_preparer.quote
    names = ", ".join(quoted(name) for name, _ in table.columns)
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "postgresql":
        with raw.cursor() as cursor, cursor.copy(f"COPY {quoted(table.name)} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join(_place(kind) for _, kind in table.columns)
    raw.executemany(f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({places})", rows)  # noqa: S608


def _delete(connection: Connection, table: CarriedTable, keys: Iterable[list[Any]]) -> None:
    quoted, is_sqlite = connection.dialect.identifier_preparer.quote, connection.dialect.name == "sqlite"
    kinds, raw = dict(table.columns), connection.connection.dbapi_connection
    same = " AND ".join(f"{quoted(name)} = {_place(kinds[name]) if is_sqlite else '%s'}" for name in table.key)
    statement = f"DELETE FROM {quoted(table.name)} WHERE {same}"  # noqa: S608
    waiting = iter(keys)
    while some := list(islice(waiting, _AT_ONCE)):
        cursor = raw.cursor()  # type: ignore[union-attr] # it is connected
        cursor.executemany(statement, some)
        cursor.close()


def _place(kind: ColumnKind) -> str:
    # As SQLAlchemy keeps instants in SQLite.
    return "replace(substr(?, 1, 26), 'T', ' ')" if kind is ColumnKind.INSTANT else "?"


def set_sequences(connection: Connection) -> None:
    """Let PostgreSQL count on from the highest number of each table; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    quoted = connection.dialect.identifier_preparer.quote
    for name, table in tables_of(connection).items():
        if table.key != ["id"]:
            continue
        found = connection.scalar(text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": quoted(name)})
        if found is not None:
            highest = f"SELECT max(id) FROM {quoted(name)}"  # noqa: S608
            connection.execute(
                text(f"SELECT setval(:name, coalesce(({highest}), 1), ({highest}) IS NOT NULL)"), {"name": found}
            )


def found_sums(connection: Connection, names: Iterable[str], seen: Callable[[str], None] = lambda _: None) -> Sums:
    """The sums of those tables as they stand in the database now."""
    tables, sums = tables_of(connection), Sums()
    for name in names:
        seen(name)
        sums[name] = sum_of(connection, tables[name])
    return sums
