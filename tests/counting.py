"""Counting what is asked of the database, and what is asked while everybody else who writes has to wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from coplearn.storage.database import engine_of


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements the application sends meanwhile; beginning and ending do not count."""
    sent: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "PRAGMA")):
            sent.append(statement)

    with app.app_context():
        engine = engine_of(app)
    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", keep)


@contextmanager
def under_lock(app: Flask) -> Iterator[list[str]]:
    """The statements the application sends meanwhile in transactions that hold SQLite's one write lock."""
    sent: list[str] = []
    holding: set[int] = set()
    with app.app_context():
        engine = engine_of(app)

    def keep(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("BEGIN IMMEDIATE"):
            holding.add(id(connection))
        elif id(connection) in holding and not statement.startswith("PRAGMA"):
            sent.append(statement)

    def end(connection: Any) -> None:
        holding.discard(id(connection))

    listeners = (("before_cursor_execute", keep), ("commit", end), ("rollback", end))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield sent
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
