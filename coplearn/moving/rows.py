"""Rows as lines of JSON that are the same on either engine, and their sums.

A line holds the values of one row: numbers, texts, true and false as JSON has them, instants and days in ISO 8601, and
what is JSON itself as the very text that is stored, so that neither its order nor a null in it is lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Float, Integer, MetaData, String, Table
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

_ROWS_AT_ONCE: Final = 5_000
encode: Final[Callable[[object], str]] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A row as its line, without the end of the line."""
Line = tuple[list[Any], bytes]
"""A row's values and its line."""


class ColumnKind(StrEnum):
    """Kinds of values that an archive knows."""

    NUMBER = "number"
    REAL = "real"
    TRUTH = "truth"
    TEXT = "text"
    JSON = "json"
    INSTANT = "instant"
    DAY = "day"


_KINDS: Final[tuple[tuple[type[TypeEngine[Any]], ColumnKind], ...]] = (
    (Boolean, ColumnKind.TRUTH),
    (Integer, ColumnKind.NUMBER),
    (Float, ColumnKind.REAL),
    (JSON, ColumnKind.JSON),
    (DateTime, ColumnKind.INSTANT),
    (Date, ColumnKind.DAY),
    (String, ColumnKind.TEXT),
)


def kind_of(column: Column[Any]) -> ColumnKind:
    """The kind of a column's values. Raises TypeError for a type that has no form in an archive yet."""
    sort = getattr(column.type, "impl_instance", column.type)
    for known, kind in _KINDS:
        if isinstance(sort, known):
            return kind
    raise TypeError(
        f"{column.table.name}.{column.name}: an archive has no form for {column.type!r} yet (moving/rows.py)."
    )


@dataclass(frozen=True, slots=True)
class CarriedTable:
    """A table of the database, in the order in which an archive has its columns."""

    name: str
    columns: list[tuple[str, ColumnKind]]
    key: list[str]
    """The columns of the primary key: the first values of each line."""


def tables_of(connection: Connection) -> dict[str, CarriedTable]:
    """Every table of the database by name, read from the database and not from the models."""
    metadata = MetaData()
    metadata.reflect(connection)
    return {name: _carried(metadata.tables[name]) for name in sorted(metadata.tables)}


def _carried(table: Table) -> CarriedTable:
    key = sorted(table.primary_key.columns, key=lambda one: one.name)
    others = sorted((one for one in table.columns if one not in key), key=lambda one: one.name)
    return CarriedTable(table.name, [(one.name, kind_of(one)) for one in [*key, *others]], [one.name for one in key])


def lines_of(
    connection: Connection, table: CarriedTable, where: str = "", instead: dict[str, str] | None = None
) -> Iterator[Line]:
    """Yield the rows in the order of the key, of which a few thousand are held at once.

    ``where`` is a condition in SQL that is written by us alone, and ``instead`` what is read for some columns.
    """
    quoted = connection.dialect.identifier_preparer.quote
    is_sqlite = connection.dialect.name == "sqlite"
    instead = instead or {}
    shown = ", ".join(_shown(instead.get(name, quoted(name)), kind, is_sqlite) for name, kind in table.columns)
    kinds = dict(table.columns)
    # By code points, whatever collation a PostgreSQL database was made with.
    plain = "" if is_sqlite else ' COLLATE "C"'
    order = ", ".join(quoted(name) + (plain if kinds[name] is ColumnKind.TEXT else "") for name in table.key)
    statement = f"SELECT {shown} FROM {quoted(table.name)}{f' WHERE {where}' if where else ''} ORDER BY {order or '1'}"  # noqa: S608
    truths = [at for at, (_, kind) in enumerate(table.columns) if kind is ColumnKind.TRUTH and is_sqlite]
    found = connection.exec_driver_sql(statement, execution_options={"yield_per": _ROWS_AT_ONCE})
    with found:
        for row in found:
            values = list(row)
            for at in truths:
                values[at] = None if values[at] is None else bool(values[at])
            yield values, encode(values).encode() + b"\n"


def _shown(column: str, kind: ColumnKind, is_sqlite: bool) -> str:
    if is_sqlite:
        if kind is not ColumnKind.INSTANT:
            return column
        # A default of the database has no fraction of a second.
        day = f"substr({column}, 1, 10) || 'T' || substr({column}, 12)"
        return f"CASE length({column}) WHEN 19 THEN {day} || '.000000Z' ELSE {day} || 'Z' END"
    if kind is ColumnKind.INSTANT:
        return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    if kind is ColumnKind.DAY:
        return f"to_char({column}, 'YYYY-MM-DD')"
    return f"CAST({column} AS text)" if kind is ColumnKind.JSON else column


class LineSum:
    """Counts and hashes lines as they pass."""

    def __init__(self) -> None:
        self.rows = 0
        self._digest = hashlib.sha256()

    def of(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Let the lines through."""
        for line in lines:
            self.rows += 1
            self._digest.update(line[1])
            yield line

    @property
    def sha256(self) -> str:
        """The hash of all that passed."""
        return self._digest.hexdigest()


def sum_of(connection: Connection, table: CarriedTable) -> tuple[int, str]:
    """The number of rows of a table, and the hash of their lines."""
    passing = LineSum()
    for _ in passing.of(lines_of(connection, table)):
        pass
    return passing.rows, passing.sha256


def digest_of(line: bytes) -> str:
    """A short hash of one line, by which a changed row is told."""
    return hashlib.sha256(line).hexdigest()[:16]


Indexed = tuple[list[Any], str]
"""A row's key and its digest."""


def changes(before: Iterator[Indexed], now: Iterable[Line], width: int) -> Iterator[tuple[list[Any], Line | None, str]]:
    """Compare rows as they were with rows as they are, both in the order of the key, of which a line has ``width`` values.

    Yields for each row of now its key, its line where that is new or changed, and its digest; for one that is gone its key,
    None and no digest.

    >>> old = iter([([1], digest_of(b"a")), ([2], digest_of(b"b"))])
    >>> [(key, bool(line), bool(digest)) for key, line, digest in changes(old, [([2], b"b"), ([3], b"c")], 1)]
    [([1], False, False), ([2], False, True), ([3], True, True)]
    """
    old = next(before, None)
    for values, line in now:
        key, digest = values[:width], digest_of(line)
        while old is not None and old[0] < key:
            yield old[0], None, ""
            old = next(before, None)
        is_same = old is not None and old == (key, digest)
        if old is not None and old[0] == key:
            old = next(before, None)
        yield key, None if is_same else (values, line), digest
    while old is not None:
        yield old[0], None, ""
        old = next(before, None)
