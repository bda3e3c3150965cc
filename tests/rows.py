"""Every row of a site, and which tables changed since the last look; the site is on SQLite, an open session on either engine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.kernel.errors import AppError
from coplearn.site import site_of
from coplearn.storage.base import Base
from coplearn.storage.database import sqlite_module
from tests.once import DATABASE

Tables = dict[str, list[tuple[Any, ...]]]
"""Every row by table, as the database keeps it, in the order of the columns of the models."""
SQLITE = sqlite_module()


def database_of(app: Flask) -> Path:
    """The file of the site's database."""
    return site_of(app).settings.instance_path / DATABASE


def rows_of(app: Flask) -> Tables:
    """Every row of every table."""
    with closing(SQLITE.connect(database_of(app), timeout=60)) as connection:
        return _rows(connection)


def _rows(connection: Any) -> Tables:
    found = {}
    for table in Base.metadata.sorted_tables:
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        found[table.name] = connection.execute(f'SELECT {columns} FROM "{table.name}" ORDER BY 1').fetchall()
    return found


def stored_in(session: Session) -> Tables:
    """The same as an open session sees it, with what it has not written yet."""
    session.flush()
    rows = session.connection().exec_driver_sql
    return {
        name: [tuple(row) for row in rows(f'SELECT * FROM "{name}" ORDER BY 1')]
        for name in (table.name for table in Base.metadata.sorted_tables)
    }


def refusal(session: Session, do: Callable[[], object]) -> str:
    """The sentence, in English, with which something is refused; no row of any table may differ for it."""
    before = stored_in(session)
    with pytest.raises(AppError) as error:
        do()
    assert changed_tables(before, stored_in(session)) == set()
    return str(error.value)


def changed_tables(before: Tables, after: Tables) -> set[str]:
    """The tables whose rows differ."""
    return {name for name, rows in before.items() if rows != after[name]}


class WatchedRows:
    """The rows of a site; they are read again only when somebody has committed something."""

    def __init__(self, app: Flask) -> None:
        self._connection = SQLITE.connect(database_of(app), timeout=60)
        self._version, self._rows = self._committed(), _rows(self._connection)

    def _committed(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def changed(self) -> set[str]:
        """The tables whose rows differ from those of the last look."""
        version = self._committed()
        if version == self._version:
            return set()
        before, self._version, self._rows = self._rows, version, _rows(self._connection)
        return changed_tables(before, self._rows)


class KeptDatabase:
    """A copy of a site's database, to put the site back to what it was."""

    def __init__(self, app: Flask, kept: Path) -> None:
        self._database, self._kept = database_of(app), kept
        self._copy(self._database, kept)

    def put_back(self) -> None:
        """Make the database what it was when the copy was made."""
        self._copy(self._kept, self._database)

    def _copy(self, source: Path, target: Path) -> None:
        # By SQLite itself: a file put under a connection that something still holds is an I/O error to it.
        with closing(SQLITE.connect(source)) as one, closing(SQLITE.connect(target, timeout=60)) as other:
            other.execute("PRAGMA synchronous = OFF")
            one.backup(other)
