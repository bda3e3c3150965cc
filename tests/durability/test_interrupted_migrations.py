"""A migration that dies at any of its statements is finished by the next start, with nothing to do by hand."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from flask import Flask
from sqlalchemy import event, text

from coplearn.site import site_of
from coplearn.storage.base import Base
from coplearn.storage.database import current_session, engine_of, migrations_of
from tests.conftest import MakeSite
from tests.durability.writes import put_answer_and_letter
from tests.once import DATABASE, drop_database, migrated_template, new_database
from tests.postgres import server_url
from tests.sizes import WHOLE

SAMPLE = 2
PARTS = 16 if WHOLE else 1
"""Nine hundred kills take twenty minutes of a processor: in parts they tell how far they are, and processes share them."""
KILLED = 9
OLDEST = "0002"
"""From here on there are people's data to keep."""


def _upgrade(app: Flask, die_at: int = 0) -> int:
    """Bring the database to the newest schema; die as by kill -9 before statement ``die_at``. Gives how many there were."""
    engine, count = engine_of(app), 0

    @event.listens_for(engine, "before_cursor_execute")
    def counted(*_others: Any) -> None:
        nonlocal count
        count += 1
        if count == die_at:
            os._exit(KILLED)

    with app.app_context():
        migrations_of(app).upgrade()
    event.remove(engine, "before_cursor_execute", counted)
    engine.dispose()
    return count


def _die(app: Flask, at: int) -> None:
    child = os.fork()
    if child == 0:
        try:
            _upgrade(app, at)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED, f"statement {at} was not reached"


def _state(app: Flask) -> tuple[list[Any], int]:
    """How the schema differs from the models, and how many answers there are."""
    with app.app_context():
        differences = compare_metadata(migrations_of(app).migration_contexts["default"], Base.metadata)
    with app.app_context():
        answers = current_session(app).execute(text("SELECT count(*) FROM attempt")).scalar_one()
    engine_of(app).dispose()
    return differences, answers


@pytest.fixture(params=["sqlite", "postgresql"])
def old_site(
    request: pytest.FixtureRequest, make_app: MakeSite, tmp_path: Path
) -> Iterator[tuple[Flask, Callable[[], None]]]:
    """A site whose database has an old schema and people's data, and what puts it back to that."""
    name = new_database(migrated_template()) if request.param == "postgresql" else ""
    app = make_app(database_url=server_url(name) if name else "")
    with app.app_context():
        put_answer_and_letter(current_session(app), "before")
        current_session(app).commit()
        migrations_of(app).downgrade(OLDEST)
    engine_of(app).dispose()
    yield app, _postgres_back(name) if name else _file_back(site_of(app).settings.instance_path / DATABASE, tmp_path)
    if name:
        engine_of(app).dispose()
        drop_database(name)


def _postgres_back(name: str) -> Callable[[], None]:
    kept = new_database(name)

    def back() -> None:
        drop_database(name)
        new_database(kept, name)

    return back


def _file_back(file: Path, folder: Path) -> Callable[[], None]:
    kept = folder / "old.sqlite3"
    shutil.copyfile(file, kept)

    def back() -> None:
        for ending in ("-wal", "-shm"):
            file.with_name(file.name + ending).unlink(missing_ok=True)
        shutil.copyfile(kept, file)

    return back


@pytest.mark.sampled
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_migration_is_finished_by_the_next_start(old_site: tuple[Flask, Callable[[], None]], part: int) -> None:
    """At every statement in the proof, at some in the suite; each time over people's data, and only a new start afterwards."""
    app, back = old_site
    statements = _upgrade(app)
    assert statements > 100
    places = range(1 + part, statements + 1, PARTS)
    for place in places if WHOLE else random.Random().sample(places, SAMPLE):
        back()
        _die(app, place)
        _upgrade(app)
        assert _state(app) == ([], 1), f"killed at statement {place} of {statements}"
