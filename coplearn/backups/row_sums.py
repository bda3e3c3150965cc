"""Count and hash of every table's rows, the same on either engine, so that a restored database can be compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, MetaData, String, Table, select
from sqlalchemy.engine import Connection

_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class TableSum:
    """The sum of one table that is compared."""

    rows: int
    sha256: str
    """Of the rows in the order of their keys, each as one line of JSON."""


def sums_of(connection: Connection) -> dict[str, TableSum]:
    """The sums of every table of the database, as the connection's transaction sees it; a few thousand rows are held at once.

    The tables are read from the database and not from the models: a backup of an earlier version is compared as well.
    """
    metadata = MetaData()
    metadata.reflect(connection)
    return {name: _sum_of(connection, metadata.tables[name]) for name in sorted(metadata.tables)}


def _sum_of(connection: Connection, table: Table) -> TableSum:
    keys = list(table.primary_key.columns) or list(table.columns)
    columns = sorted(table.columns, key=lambda column: column.name)
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
