"""Count and hash of every table's rows, so that a restored database can be compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, Column, MetaData, String, Table, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.engine import Connection

_ROWS_AT_ONCE: Final = 2_000
_LANE: Final = 64
"""Bits of a row's hash that are added up as one number; two such numbers make a table's hash."""
_SETTINGS: Final = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    # One core: those who ask for pages meanwhile need the others.
    "max_parallel_workers_per_gather": "0",
    "statement_timeout": "0",
}
"""So that PostgreSQL writes values as the same text and comes to an end, whatever a server or a role is set to."""


class SumKind(StrEnum):
    """A way to make one hash of all the rows of a table; a manifest says which was taken."""

    LINES = "lines"
    """SHA-256 of the rows in the order of their keys, each as one line of JSON; made here, of a few thousand rows at a time."""
    ADDED = "added"
    """The first 128 bits of the SHA-256 of each row as PostgreSQL writes it, added up as two numbers of 64 bits, so that the
    order is of no account. The server makes it, in a quarter of the time: a million learners have thirty million rows."""


@dataclass(frozen=True, slots=True)
class TableSum:
    """The sum of one table that is compared."""

    rows: int
    sha256: str
    """Of all rows, in hexadecimal, as its kind says."""


def kind_for(connection: Connection) -> SumKind:
    """The kind of sums that a new backup of the connection's database gets."""
    return SumKind.ADDED if connection.dialect.name == "postgresql" else SumKind.LINES


def sums_of(connection: Connection, kind: SumKind) -> dict[str, TableSum]:
    """The sums of every table of the database, as the connection's transaction sees it.

    The tables are read from the database and not from the models: a backup of an earlier version is compared as well.
    ``ADDED`` can be made on PostgreSQL alone, and settings of the connection's transaction are other ones afterwards.
    """
    metadata = MetaData()
    metadata.reflect(connection)
    if kind is SumKind.ADDED:
        for name, value in _SETTINGS.items():
            connection.execute(select(func.set_config(name, value, True)))
    sum_of = _added if kind is SumKind.ADDED else _in_lines
    return {name: sum_of(connection, metadata.tables[name]) for name in sorted(metadata.tables)}


def _columns_of(table: Table) -> list[Column[Any]]:
    return sorted(table.columns, key=lambda column: column.name)


def _added(connection: Connection, table: Table) -> TableSum:
    row = cast(func.row(*_columns_of(table)), Text)
    hashes = select(func.encode(func.sha256(func.convert_to(row, "UTF8")), "hex").label("sha256")).subquery()
    digits = _LANE // 4
    lanes = [
        func.sum(cast(cast(literal("x") + func.substr(hashes.c.sha256, first, digits), BIT(_LANE)), BigInteger))
        for first in (1, 1 + digits)
    ]
    rows, *sums = connection.execute(select(func.count(), *lanes).select_from(hashes)).one()
    return TableSum(rows, "".join(f"{int(one or 0) % 2**_LANE:0{digits}x}" for one in sums))


def _in_lines(connection: Connection, table: Table) -> TableSum:
    keys = list(table.primary_key.columns) or list(table.columns)
    columns = _columns_of(table)
    query = select(*columns).order_by(*(_ordered(connection, key) for key in keys))
    digest, rows = hashlib.sha256(), 0
    encode = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=_plain).encode
    with connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}) as result:
        for row in result:
            digest.update(encode(list(row)).encode() + b"\n")
            rows += 1
    return TableSum(rows, digest.hexdigest())


def _ordered(connection: Connection, column: Column[Any]) -> Any:
    # By code points, whatever collation the database was made with.
    if connection.dialect.name == "postgresql" and isinstance(column.type, String):
        return column.collate("C")
    return column


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
        return aware.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"A row holds a {type(value).__name__}, which has no canonical form yet.")
