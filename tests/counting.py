"""Counting what is asked of the database, and what is asked while everybody else who writes has to wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from coplearn.storage.database import engine_of, read_only, sqlite_module


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

    def begin(connection: Any) -> None:
        if not read_only.get():
            holding.add(id(connection))

    def keep(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if id(connection) in holding:
            sent.append(statement)

    def end(connection: Any) -> None:
        holding.discard(id(connection))

    listeners = (("begin", begin), ("before_cursor_execute", keep), ("commit", end), ("rollback", end))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield sent
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def can_save(app: Flask) -> bool:
    """Whether somebody else could write to the site's SQLite at this moment, without waiting."""
    with app.app_context():
        path = engine_of(app).url.database
    driver = sqlite_module()
    other = driver.connect(path, timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
    except driver.OperationalError:
        return False
    finally:
        other.close()
    return True
