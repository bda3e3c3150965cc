"""One engine per address: SQLite that never loses what it said was saved, or PostgreSQL."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import Session

from coplearn.storage.write_queue import LONGEST_PAUSE, SHORTEST_PAUSE, WRITER_SECONDS, WriteQueue

if TYPE_CHECKING:
    from flask_alembic import Alembic

read_only: ContextVar[bool] = ContextVar("read_only", default=False)
"""Set while a GET or HEAD is answered: SQLite then takes no write lock. Everything else begins IMMEDIATE, because a
read that turns into a write under a plain BEGIN fails at once when another writer was first."""

BUSY_TIMEOUT_MS = round(WRITER_SECONDS * 1000)


def safe_for_wal(version: tuple[int, ...]) -> bool:
    """Whether that SQLite library is free of the WAL-reset bug (fixed in 3.51.3, 3.50.7 and 3.44.6)."""
    if version >= (3, 51, 3):
        return True
    return version[:2] in {(3, 50), (3, 44)} and version >= {50: (3, 50, 7), 44: (3, 44, 6)}[version[1]]


def sqlite_module() -> ModuleType:
    """The newest SQLite driver there is: the ``pysqlite3`` wheel, else the standard library's."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3.dbapi2")


def engine_options(url: str) -> dict[str, Any]:
    """The arguments of ``create_engine`` for that address, the address included."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite":
        limits = importlib.import_module("coplearn.storage.postgresql_connection").CONNECTING
        asked = {name: value for name, value in limits.items() if name not in made.query}
        return {"url": url, "pool_pre_ping": True, "pool_size": 5, "max_overflow": 5, "connect_args": asked}
    return {
        "url": url,
        "module": sqlite_module(),
        "connect_args": {"check_same_thread": False, "isolation_level": None, "cached_statements": 256},
    }


def prepare_engine(engine: Engine) -> None:
    """Give an SQLite engine its pragmas and its way of beginning, and a PostgreSQL one an end to its waiting."""
    if engine.dialect.name != "sqlite":
        importlib.import_module("coplearn.storage.postgresql_connection").prepare_postgresql(engine)
        return
    _close_to_others(engine.url.database)
    turn = WriteQueue(engine.url.database)
    module = engine.dialect.dbapi
    version = tuple(module.sqlite_version_info)  # type: ignore[union-attr] # set once the engine is made
    journal = "WAL" if safe_for_wal(version) else "DELETE"

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute(f"PRAGMA journal_mode = {journal}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if read_only.get():
            return
        with turn.taken() as seconds:
            _begin_immediate(connection, time.monotonic() + seconds)


def _begin_immediate(connection: Connection, deadline: float) -> None:
    """Begin a transaction that writes, asking for the lock again and again until the deadline.

    SQLite itself would ask after 1, 3, 8, 18, 33 … milliseconds, and a transaction lasts about one: with eight writers the
    file was idle for half of the time.
    """
    raw: Any = connection.connection.dbapi_connection
    pause = SHORTEST_PAUSE
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        while time.monotonic() < deadline:
            try:
                raw.execute("BEGIN IMMEDIATE")
            except connection.dialect.loaded_dbapi.OperationalError as error:
                if "locked" not in str(error):
                    break
                time.sleep(pause)
                pause = min(pause * 1.5, LONGEST_PAUSE)
            else:
                return
        # Once more in SQLAlchemy's way, which says what is wrong.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _close_to_others(database: str | None) -> None:
    """Let only the site's own user read the database's files: they hold addresses, hashes and what nobody else may see."""
    if not database or database == ":memory:":
        return
    # SQLite gives its log the modes of the database, so the file is there before SQLite is.
    for path in (Path(database), Path(f"{database}-wal"), Path(f"{database}-shm")):
        with suppress(OSError):
            if str(path) == database:
                path.touch(mode=0o600)
            path.chmod(0o600)


class Database(SQLAlchemy):
    """Flask-SQLAlchemy-Lite without its asynchronous teardown, which costs every request a thread."""

    def init_app(self, app: Flask) -> None:  # type: ignore[override] # we only serve Flask applications
        """Create the engines of ``app.config["SQLALCHEMY_ENGINES"]`` and prepare them."""
        super().init_app(app)
        theirs = [hook for hook in app.teardown_appcontext_funcs if hook.__name__ == "_close_async_sessions"]
        if len(theirs) != 1:
            # Looked at in version 0.2.1; the other hooks of this kind are in web/framework.py, which may not be imported here.
            raise LookupError(f"Flask-SQLAlchemy-Lite's asynchronous teardown: {len(theirs)} found, and not one.")
        app.teardown_appcontext_funcs.remove(theirs[0])
        with app.app_context():
            for engine in self.engines.values():
                prepare_engine(engine)


def begin_writing(session: Session) -> None:
    """Let the session write from here on, in one transaction begun with SQLite's write lock; what it read before is let go."""
    session.commit()
    read_only.set(False)


@contextmanager
def reading(session: Session) -> Iterator[None]:
    """Read in a request that writes later, without holding SQLite's one write lock meanwhile; what was read is let go."""
    with reading_only():
        try:
            yield
        finally:
            session.rollback()


@contextmanager
def reading_first(session: Session) -> Iterator[None]:
    """The same where nobody is waited for before the writing: PostgreSQL, whose readers stop nobody, goes on in one transaction."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    with reading(session):
        yield


@contextmanager
def reading_only() -> Iterator[None]:
    """The same for who reads on a connection of their own, and needs no session."""
    token = read_only.set(True)
    try:
        yield
    finally:
        read_only.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Let what begins on a connection of its own inside write, though the page around it only reads."""
    token = read_only.set(False)
    try:
        yield
    finally:
        read_only.reset(token)


def settle(engine: Engine) -> bool:
    """Bring SQLite's write-ahead log into the database and empty it, so that what was erased is in no file any more.

    False when readers were in the way for a second: the day's work does it again. The caller must hold no transaction.
    """
    if engine.dialect.name != "sqlite":
        return True
    with reading_only(), engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1000")
        try:
            row = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        return bool(row[0] == 0)


def database_of(app: Flask) -> Database:
    """The application's database: its engine and session, in an application context."""
    database: Database = app.extensions["sqlalchemy"]
    return database


def current_session(app: Flask) -> Session:
    """The session of the application context that is active now."""
    return database_of(app).session


def current_engine(app: Flask) -> Engine:
    """The engine of the application context that is active now, for one statement that needs no session."""
    return database_of(app).engine


def engine_of(app: Flask) -> Engine:
    """The application's engine, for what works outside requests."""
    with app.app_context():
        return database_of(app).engine


def migrations_of(app: Flask) -> Alembic:
    """The migrations of an application that was given its commands."""
    migrations: Alembic = app.extensions["alembic"]
    return migrations
