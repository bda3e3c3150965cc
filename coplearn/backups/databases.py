"""A database taken whole while people work in it, and put back: SQLite by its backup interface, PostgreSQL by pg_dump.

What differs between the engines stands here alone.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Engine, create_engine, inspect, literal, select, table, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from coplearn.backups.row_sums import SumKind, TableSum, kind_for, sums_of
from coplearn.files.stores import sync_folder
from coplearn.kernel.errors import Refused
from coplearn.storage.database import engine_options, reading_only, sqlite_module

FILES: Final = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
"""What the database is called in an archive."""
_LOCK: Final = 0x636F706C6561726E
"""PostgreSQL's number of "a backup is being made", so that two machines do not make one at once."""
ASIDE: Final = "before_restore_"
"""How the schema of a PostgreSQL database begins that a restore has moved out of the way."""


@dataclass(frozen=True, slots=True)
class Dump:
    """A database in one file, and the sums of its rows at the same instant."""

    engine: str
    file: Path
    revision: str
    sums: SumKind
    tables: dict[str, TableSum]


def dump(engine: Engine, folder: Path) -> Dump:
    """Write the whole database into a file in ``folder``, as of one instant; writers are not kept waiting.

    Raises Refused when PostgreSQL's tools are missing or say no, or another backup is being made.
    """
    file = folder / FILES[engine.dialect.name]
    file.touch(mode=0o600)
    return _dump_sqlite(engine, file) if engine.dialect.name == "sqlite" else _dump_postgresql(engine, file)


@contextmanager
def snapshot(engine: Engine, folder: Path) -> Iterator[Connection]:
    """A connection that sees the database as it is at one instant, while people go on working; ``folder`` is for a copy."""
    if engine.dialect.name == "sqlite":
        file = folder / FILES["sqlite"]
        file.touch(mode=0o600)
        _copy_sqlite(engine, file)
        with opened(_file_url(file)) as connection:
            yield connection
        file.unlink()
        return
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        yield connection


def _dumped(connection: Connection, file: Path) -> Dump:
    kind = kind_for(connection)
    return Dump(connection.dialect.name, file, revision_of(connection), kind, sums_of(connection, kind))


def _dump_sqlite(engine: Engine, file: Path) -> Dump:
    _copy_sqlite(engine, file)
    with opened(_file_url(file)) as connection:
        return _dumped(connection, file)


def _copy_sqlite(engine: Engine, file: Path) -> None:
    copy = sqlite_module().connect(str(file))
    try:
        with reading_only(), engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            # In one step: one snapshot, which the write-ahead log keeps beside those who write.
            raw.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    finally:
        copy.close()


def _dump_postgresql(engine: Engine, file: Path) -> Dump:
    tool = _tool("pg_dump")
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}):
            raise Refused("Another backup of this database is being made just now.")
        snapshot = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        more = ["--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={ASIDE}*"]
        _run([tool, *more, f"--snapshot={snapshot}", f"--file={file}"], engine.url)
        return _dumped(connection, file)


def revision_of(connection: Connection) -> str:
    """The migration that the database stands at; empty when it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def faults_of(connection: Connection) -> list[str]:
    """List what the engine itself finds wrong in a restored database: SQLite's pages, indexes and foreign keys."""
    if connection.dialect.name != "sqlite":
        return []
    try:
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(10)") if row[0] != "ok"]
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(10)
    except DatabaseError as error:
        return [str(error.orig)]
    return found + [f"{child}: a row points at none of {parent}" for child, _, parent, _ in orphans]


def has_people(connection: Connection) -> bool:
    """Whether anybody has an account or has learned something here."""
    there = set(inspect(connection).get_table_names())
    return any(
        connection.execute(select(literal(1)).select_from(table(name)).limit(1)).first() is not None
        for name in ("user", "learner")
        if name in there
    )


@contextmanager
def opened(url: str | URL) -> Iterator[Connection]:
    """A connection to a database of our own making, that nobody else has open; it only reads."""
    options = engine_options(str(url)) if isinstance(url, str) else {"url": url}
    for name in ("pool_size", "max_overflow", "pool_pre_ping"):
        options.pop(name, None)
    engine = create_engine(**options, poolclass=NullPool)
    with reading_only(), engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def scratch(engine: Engine, name: str, file: Path) -> Iterator[Connection]:
    """A connection to a database made of a dump, in a place of its own that is gone afterwards.

    ``name`` is the dump's engine. Raises Refused when PostgreSQL does not let us make one, or cannot read the dump.
    """
    if name == "sqlite":
        with opened(_file_url(file)) as connection:
            yield connection
        return
    if engine.dialect.name != "postgresql":
        raise Refused(
            "This backup is of a PostgreSQL database: verify it where DATABASE_URL names a PostgreSQL server."
        )
    tool, database = _tool("pg_restore"), f"coplearn_verify_{secrets.token_hex(6)}"
    with _server(engine) as server:
        try:
            server.execute(text(f"CREATE DATABASE {database}"))
        except DatabaseError as error:
            raise Refused(
                "The database's user may not make a database to verify in. Let it: ALTER ROLE … CREATEDB."
            ) from error
    try:
        url = engine.url.set(database=database)
        _run([tool, "--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={_conninfo(url)}", str(file)], url)
        with opened(url) as connection:
            yield connection
    finally:
        with _server(engine) as server:
            server.execute(text(f"DROP DATABASE {database} WITH (FORCE)"))


def put_back(engine: Engine, file: Path, stamp: str, check: Callable[[Connection], None]) -> str:
    """Put a dump in place of the engine's database, and move what was there aside: gives back where to.

    ``stamp`` ends the name of that; ``check`` looks at what came back and raises when that is not right. Raises Refused, with
    everything as it was, when it cannot be done.
    """
    take = _put_back_sqlite if engine.dialect.name == "sqlite" else _put_back_postgresql
    return take(engine, file, f"{ASIDE}{stamp}", check)


def _put_back_sqlite(engine: Engine, file: Path, aside: str, check: Callable[[Connection], None]) -> str:
    path = Path(str(engine.url.database))
    with opened(_file_url(file)) as connection:
        check(connection)
    fresh = path.with_name(f"{path.name}.restoring")
    shutil.copyfile(file, fresh)
    fresh.chmod(0o600)
    _sync(fresh)
    engine.dispose()
    for ending in ("", "-wal", "-shm", "-journal"):
        if Path(f"{path}{ending}").exists():
            Path(f"{path}{ending}").replace(f"{path}.{aside}{ending}")
    fresh.replace(path)
    sync_folder(path.parent)
    return f"{path}.{aside}"


def _put_back_postgresql(engine: Engine, file: Path, aside: str, check: Callable[[Connection], None]) -> str:
    tool = _tool("pg_restore")
    engine.dispose()
    with _server(engine) as server:
        schema = str(server.scalar(text("SELECT current_schema()")))
        server.execute(text(f'ALTER SCHEMA "{schema}" RENAME TO {aside}'))
        server.execute(text(f'CREATE SCHEMA "{schema}"'))
    more = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    try:
        _run([tool, *more, f"--dbname={_conninfo(engine.url)}", str(file)], engine.url)
        with opened(engine.url) as connection:
            check(connection)
    except BaseException:
        with _server(engine) as server:
            server.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
            server.execute(text(f'ALTER SCHEMA {aside} RENAME TO "{schema}"'))
        raise
    return f"schema {aside}"


@contextmanager
def _server(engine: Engine) -> Iterator[Connection]:
    own = create_engine(engine.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with own.connect() as connection:
        yield connection
    own.dispose()


def _file_url(file: Path) -> str:
    return f"sqlite:///{file}"


def _sync(file: Path) -> None:
    with file.open("rb") as opened_file:
        os.fsync(opened_file.fileno())


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Refused(
            "%(tool)s is not on this machine. Install PostgreSQL's client programs (Debian: postgresql-client), of the"
            " server's version or newer.",
            tool=name,
        )
    return found


def _conninfo(url: URL) -> str:
    # Without the password, which everybody on the machine could read among the arguments.
    _, parts = url.get_dialect()().create_connect_args(url)
    parts.pop("password", None)
    return make_conninfo(**parts)


def _run(command: list[str], url: URL) -> None:
    if command[0].endswith("pg_dump"):
        command = [*command, f"--dbname={_conninfo(url)}"]
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - found on PATH
    if done.returncode:
        raise Refused(
            "%(tool)s says: %(words)s",
            tool=Path(command[0]).name,
            words=" ".join(done.stderr.strip().splitlines()[-3:])[:500],
        )
