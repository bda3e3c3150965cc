"""A row in every table for one person, with a marker in every column that the registry says is theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Integer, LargeBinary, String, Table, insert
from sqlalchemy.orm import Session

from coplearn.privacy.registry import RegistryRow, registry
from coplearn.storage.base import Base, UtcDateTime

ADDRESS = "zqxwvj9999@example.org"
NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
OF_THE_PERSON = {
    ("staff_request", "email"),
    ("membership", "email"),
    ("letter", "to_address"),
    ("user", "email"),
    ("invitation", "email"),
    ("resource", "contact"),
    ("expert_nomination", "email"),
    ("asked_organisation", "email"),
}
"""Addresses by which the person is found."""
SHORTEST = 7
"""Letters of a marker: what holds fewer cannot hold one."""
NAMES_ACCOUNT = {("audit_event", "who")}
"""Names an account by its number, without a foreign key: a name of nobody once it is erased."""
FAR = 770_000
"""A number that nothing else here has come to."""
CANNOT_HOLD = {("user", "password")}
"""With one, the pages would ask for it."""


@dataclass
class Planted:
    """What was planted: markers by table and column, and the person's rows by table."""

    markers: dict[tuple[str, str], str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)


def plant(session: Session) -> Planted:
    """Plant it. A table that is new is planted as soon as its columns have their rows in the registry."""
    planted, rows = Planted(), {(row.table, row.column): row for row in registry()}
    pointed_at = {key.column.table.name for table in Base.metadata.sorted_tables for key in table.foreign_keys}
    told = {table for table, column in rows if rows[table, column].is_personal} | pointed_at
    late = {table for table, _ in NAMES_ACCOUNT}
    for table in sorted(
        (one for one in Base.metadata.sorted_tables if one.name in told), key=lambda one: one.name in late
    ):
        values = {}
        for column in table.columns:
            value = _value(planted, table, column, rows[table.name, column.name])
            if value is not None:
                values[column.name] = value
        key = session.connection().execute(insert(table).values(values)).inserted_primary_key
        if key is not None and isinstance(key[0], int):
            planted.ids[table.name] = key[0]
    return planted


def _value(planted: Planted, table: Table, column: Column[Any], row: RegistryRow) -> Any:
    target = next((key.column.table.name for key in column.foreign_keys), "")
    if target:
        return planted.ids[target] if target != table.name else None
    if column.primary_key and isinstance(column.type, Integer):
        return None if column.autoincrement else FAR
    if (table.name, column.name) in NAMES_ACCOUNT:
        return f"user:{planted.ids['user']}"
    number = len(planted.markers) + 1
    is_short = isinstance(column.type, String) and 0 < (column.type.length or 0) < SHORTEST
    wanted = row.holds.is_exported or row.holds.is_erased
    if is_short or (table.name, column.name) in CANNOT_HOLD:
        return _filler(column, number)
    if (table.name, column.name) in OF_THE_PERSON:
        planted.markers[table.name, column.name] = ADDRESS
        return ADDRESS
    if not wanted:
        return _filler(column, number)
    value, marker = _marked(column, number)
    if marker:
        planted.markers[table.name, column.name] = marker
    return _SHAPED.get((table.name, column.name), lambda value: value)(value)


def _marked(column: Column[Any], number: int) -> tuple[Any, str]:
    word = f"zqxwvj{number:04d}"
    if isinstance(column.type, JSON):
        return {"said": word}, word
    if isinstance(column.type, String):
        return word, word
    if isinstance(column.type, LargeBinary):
        return word.encode(), word
    if isinstance(column.type, UtcDateTime):
        moment = NOW + timedelta(microseconds=number)
        return moment, moment.isoformat()
    if isinstance(column.type, Date):
        day = date(2090, 1, 1) + timedelta(days=number)
        return day, day.isoformat()
    if isinstance(column.type, Integer):
        return 770_000 + number, str(770_000 + number)
    return True, ""


def _filler(column: Column[Any], number: int) -> Any:
    if column.nullable:
        return None
    if isinstance(column.type, JSON):
        return {}
    if isinstance(column.type, String):
        return f"f{number}-{column.name}"[: column.type.length or 60]
    if isinstance(column.type, LargeBinary):
        return b""
    if isinstance(column.type, UtcDateTime):
        return NOW
    if isinstance(column.type, Date):
        return NOW.date()
    return True if isinstance(column.type, Boolean) else 1


_SHAPED: Mapping[tuple[str, str], Any] = {
    # A line about the person that a list was refused.
    ("roster_import", "report"): lambda word: json.dumps(
        [[3, "email", f"{word} {ADDRESS}", "No.", {"who": word}, "fault"]]
    ),
    ("user", "fs_uniquifier"): lambda word: word.ljust(32, "u"),
    ("draft", "forms"): lambda value: [value["said"]],
}
