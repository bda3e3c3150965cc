"""A version that still runs goes on working on the schema of the next: a migration only adds, or says that it needs a stop."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from flask import Flask
from sqlalchemy import Connection, inspect

from coplearn.storage.database import engine_of, migrations_of, reading_only
from coplearn.storage.early_indexes import SINCE

Columns = dict[str, dict[str, Any]]


def _schema(connection: Connection) -> dict[str, Columns]:
    found = inspect(connection)
    return {
        table: {column["name"]: {**column, "type": str(column["type"])} for column in columns}
        for (_, table), columns in found.get_multi_columns().items()
    }


def breaks(before: dict[str, Columns], after: dict[str, Columns]) -> list[str]:
    """What code that knows the schema before cannot do on the one after."""
    faults = []
    for table, columns in before.items():
        now = after.get(table)
        if now is None:
            faults.append(f"{table} is gone")
            continue
        for name, column in columns.items():
            if name not in now:
                faults.append(f"{table}.{name} is gone")
            elif now[name]["type"] != column["type"]:
                faults.append(f"{table}.{name} is another type")
            elif column["nullable"] and not now[name]["nullable"]:
                faults.append(f"{table}.{name} must be given")
        faults += [
            f"{table}.{name} is new and must be given"
            for name, column in now.items()
            if name not in columns and not column["nullable"] and column["default"] is None
        ]
    return faults


def test_migration_only_adds_or_says_that_it_needs_a_stop(app: Flask) -> None:
    """What it takes away or asks for is written down in ``NEEDS_STOP``, with the reason, for whoever runs the upgrade."""
    with app.app_context():
        alembic = migrations_of(app)
        scripts = {script.revision: script for script in alembic.script_directory.walk_revisions()}
        alembic.downgrade(SINCE)
    engine, unsaid = engine_of(app), {}
    with reading_only(), engine.connect() as connection:
        before = _schema(connection)
    for revision in sorted(name for name in scripts if name > SINCE):
        with app.app_context():
            migrations_of(app).upgrade(revision)
        with reading_only(), engine.connect() as connection:
            after = _schema(connection)
        faults = breaks(before, after)
        if bool(faults) != bool(getattr(scripts[revision].module, "NEEDS_STOP", "")):
            unsaid[revision] = faults or "NEEDS_STOP without a need"
        before = after
    assert unsaid == {}


def test_index_on_a_large_table_may_be_made_beforehand(app: Flask) -> None:
    """Whoever cannot keep writers waiting makes it by hand; the migration goes on from there."""
    with app.app_context():
        alembic = migrations_of(app)
        revisions = sorted(script.revision for script in alembic.script_directory.walk_revisions())
        alembic.downgrade(SINCE)
    engine, made = engine_of(app), 0
    for last, revision in pairwise(one for one in revisions if one >= SINCE):
        with engine.connect() as connection:
            before, known = _schema(connection), _indexes(connection)
        with app.app_context():
            migrations_of(app).upgrade(revision)
        with engine.connect() as connection:
            new = {name: one for name, one in _indexes(connection).items() if name not in known}
        early = [sql for table, columns, sql in new.values() if columns <= before.get(table, {}).keys()]
        if early:
            with app.app_context():
                migrations_of(app).downgrade(last)
                with engine.begin() as connection:
                    assert not new.keys() & _indexes(connection).keys()
                    for sql in early:
                        connection.exec_driver_sql(sql)
                migrations_of(app).upgrade(revision)
            made += len(early)
    assert made


def _indexes(connection: Connection) -> dict[str, tuple[str, set[str], str]]:
    """Of each index its table, its columns and the statement that makes it."""
    listed = connection.exec_driver_sql(
        "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''"
    )
    return {
        name: (table, {row[2] for row in connection.exec_driver_sql(f"PRAGMA index_info({name})")}, sql)
        for name, table, sql in listed.all()
    }


def test_what_an_older_version_could_not_do_is_seen() -> None:
    """A column that is gone, renamed, of another type, or asked for."""

    def column(kind: str = "TEXT", nullable: bool = True, default: str | None = None) -> dict[str, Any]:
        return {"type": kind, "nullable": nullable, "default": default}

    before: dict[str, Columns] = {"a": {"x": column(), "y": column(), "z": column()}, "b": {}}
    good: dict[str, Columns] = {
        "a": {**before["a"], "n": column(), "d": column("INTEGER", False, "0")},
        "b": {},
        "c": {},
    }
    bad: dict[str, Columns] = {"a": {"x": column("INTEGER"), "y": column(nullable=False), "w": column(nullable=False)}}
    assert breaks(before, good) == []
    assert breaks(before, bad) == [
        "a.x is another type",
        "a.y must be given",
        "a.z is gone",
        "a.w is new and must be given",
        "b is gone",
    ]
