"""Hostile texts in every column of the database in which a text of people can stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Flask
from sqlalchemy import JSON, Column, String, UniqueConstraint, bindparam, select, update

from coplearn.storage.base import Base
from coplearn.storage.database import engine_of
from tests.no_texts import NO_TEXTS

JSON_TEXTS = {"roster_import.report", "roster_import.unknown_words", "period_edition_row.content"}
"""Columns of letters that hold JSON."""
WORDS_OF_OURS = {"id", "href", "keys", "kind", "launch_method", "move_on", "standard", "state"}
"""Names in JSON objects under which no text stands, but a word that the site knows."""


def text_columns() -> list[Column[Any]]:
    """The columns in which texts of people can stand."""
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]
    return [column for column in columns if isinstance(column.type, JSON | String) and name_of(column) not in NO_TEXTS]


def name_of(column: Column[Any]) -> str:
    """The column with its table."""
    return f"{column.table.name}.{column.name}"


def _poisoned(value: Any, payload: str) -> Any:
    """The value with the payload in place of each text in it."""
    if isinstance(value, str):
        return value if value.isdecimal() else payload
    if isinstance(value, list):
        return [_poisoned(one, payload) for one in value]
    if isinstance(value, dict):
        return {name: one if name in WORDS_OF_OURS else _poisoned(one, payload) for name, one in value.items()}
    return value


def _is_unique(column: Column[Any]) -> bool:
    """Whether two rows may not hold the same."""
    rules = [one.columns for one in column.table.constraints if isinstance(one, UniqueConstraint)]
    return any(column.name in one for one in (*rules, *(one.columns for one in column.table.indexes if one.unique)))


def plant(app: Flask, payloads: Sequence[str], turn: int = 0) -> None:
    """Put a payload into every text there is: another one in each column, and in each turn."""
    with engine_of(app).begin() as connection:
        for place, column in enumerate(text_columns()):
            table, payload = column.table, payloads[(turn + place) % len(payloads)]
            if isinstance(column.type, String) and name_of(column) not in JSON_TEXTS and not _is_unique(column):
                connection.execute(update(table).values({column.name: payload[: column.type.length]}))
                continue
            key = next(iter(table.primary_key))
            rows = connection.execute(select(key, column)).all()
            changed = [{"of": number, "to": _changed(column, value, payload, str(number))} for number, value in rows]
            if changed:
                connection.execute(
                    update(table).where(key == bindparam("of")).values({column.name: bindparam("to")}), changed
                )


def _changed(column: Column[Any], value: Any, payload: str, number: str) -> Any:
    if isinstance(column.type, JSON):
        return _poisoned(value, payload)
    if name_of(column) in JSON_TEXTS:
        return json.dumps(_poisoned(json.loads(value or "null"), payload))
    return payload[: (column.type.length or 1_000) - len(number)] + number  # type: ignore[attr-defined] # a String
