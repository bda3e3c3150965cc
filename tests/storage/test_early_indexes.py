"""Indexes of large tables are made before the migrations that want them, while people go on writing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.exc import OperationalError

from coplearn.commands import add_commands
from coplearn.server import prepare
from coplearn.storage.base import Base
from coplearn.storage.database import engine_of, migrations_of
from coplearn.storage.early_indexes import SINCE, make_early
from tests.conftest import MakeSite
from tests.once import migrate

USERS = Base.metadata.tables["user"]


@pytest.fixture
def older(make_app: MakeSite, postgresql_url: str) -> Flask:
    """A site on PostgreSQL as an older version left it."""
    app = add_commands(make_app(database_url=postgresql_url))
    with app.app_context():
        migrations_of(app).downgrade(SINCE)
    return app


def indexes(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return {str(one["name"]) for one in inspect(connection).get_indexes(USERS.name)}


def waiting(engine: Engine) -> bool:
    """Whether an index is being made that waits for somebody who writes."""
    said = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND starts_with(query, 'CREATE INDEX')"
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql(said).scalar())


def test_index_is_made_while_others_write(older: Flask) -> None:
    """It waits for whoever wrote before, and nobody who comes meanwhile waits for it; the migrations go on from there."""
    engine, write = engine_of(older), text('LOCK TABLE "user" IN ROW EXCLUSIVE MODE')
    deadline = time.monotonic() + 30
    with ThreadPoolExecutor(1) as pool:
        with engine.connect() as early, engine.connect() as late:
            early.execute(write)
            making = pool.submit(make_early, engine, Base.metadata)
            while not waiting(engine):
                assert time.monotonic() < deadline, "no index waits for whoever writes"
            late.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
            late.execute(write)
            assert waiting(engine)
        made = making.result(30)
    assert {"ix_user_name", "ix_user_email", "ix_visit_scored"} <= set(made)
    assert make_early(engine, Base.metadata) == []
    migrate(older)
    assert {str(one.name) for one in USERS.indexes} <= indexes(engine)


def test_index_that_was_half_made_is_made_anew(older: Flask) -> None:
    """A machine that stops in between leaves one that no question is answered by."""
    engine = engine_of(older)
    assert "ix_user_name" in make_early(engine, Base.metadata)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_user_name'::regclass")
    assert make_early(engine, Base.metadata) == ["ix_user_name"]
    assert make_early(engine, Base.metadata) == []
    migrate(older)


def test_start_of_the_next_version_makes_them_first(older: Flask) -> None:
    """So whoever runs a large site types nothing; its migrations find the indexes there."""
    seen: list[str] = []
    event.listen(engine_of(older), "before_cursor_execute", lambda *told: seen.append(told[2]))
    prepare(older)
    made = [statement for statement in seen if statement.startswith("CREATE INDEX CONCURRENTLY")]
    assert any("ix_user_name " in statement for statement in made)


def wait_little(engine: Engine) -> None:
    """Let whoever connects from here on wait half a second for a lock, and no longer."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET lock_timeout = '500ms'")
    engine.dispose()


def test_index_that_cannot_be_made_is_left_to_its_migration(older: Flask) -> None:
    """Whoever holds a table at that moment stops no upgrade, and no index of another table."""
    engine = engine_of(older)
    wait_little(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql('LOCK TABLE "user" IN SHARE MODE')
        made = make_early(engine, Base.metadata)
    assert "ix_visit_scored" in made
    assert "ix_user_name" not in made
    migrate(older)
    assert "ix_user_name" in indexes(engine)


def test_half_made_index_is_never_taken_for_made(older: Flask) -> None:
    """What is begun and can neither be ended nor dropped, for somebody writes, stops the start: the next one makes it."""
    engine = engine_of(older)
    wait_little(engine)
    with engine.begin() as writer:
        writer.exec_driver_sql('LOCK TABLE "user" IN ROW EXCLUSIVE MODE')
        with pytest.raises(OperationalError):
            make_early(engine, Base.metadata)
    assert make_early(engine, Base.metadata)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid").scalar() == 0
