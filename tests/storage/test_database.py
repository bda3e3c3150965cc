"""SQLite keeps what it said was saved, and many writers at once wait their turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, text

from coplearn.courses.plugin import Outcome
from coplearn.kernel.clock import utcnow
from coplearn.learning import service
from coplearn.server import prepare
from coplearn.settings import from_env
from coplearn.site import site_of
from coplearn.storage.base import UtcDateTime
from coplearn.storage.database import (
    Database,
    current_session,
    engine_of,
    read_only,
    safe_for_wal,
    settle,
    sqlite_module,
)
from tests.accounts.persona import Visitor
from tests.conftest import MakeSite
from tests.crowd import all_at_once
from tests.durability.cluster import engine_at
from tests.postgres import server_url

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 46, 1), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 50, 7), True),
        ((3, 50, 6), False),
        ((3, 44, 6), True),
        ((3, 53, 0), True),
    ],
)
def test_wal_only_with_a_library_free_of_the_reset_bug(version: tuple[int, ...], safe: bool) -> None:
    """The versions that lose committed writes in WAL are told apart."""
    assert safe_for_wal(version) is safe


def test_sqlite_pragmas_are_the_durable_ones(app: Flask) -> None:
    """Every connection syncs fully and enforces foreign keys; WAL only where it is safe."""
    with app.app_context():
        engine = engine_of(app)
        with engine.connect() as connection:
            found = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("synchronous", "foreign_keys", "busy_timeout", "journal_mode")
            }
        version = sqlite_module().sqlite_version_info
    assert found == {
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 8_000,
        "journal_mode": "wal" if safe_for_wal(version) else "delete",
    }


def test_naive_instants_are_refused() -> None:
    """An instant without a time zone cannot be stored by mistake."""
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), None)  # type: ignore[arg-type] # noqa: DTZ001 - the point


def test_instants_come_back_aware_and_equal(each_app: Flask) -> None:
    """What is stored with an offset is the same instant when read, on both engines."""
    with each_app.app_context():
        session = current_session(each_app)
        learner, _ = service.start_visitor(session, NOW, NOW)
        session.commit()
        seen = session.execute(
            text("SELECT seen_at FROM learner WHERE id = :id").columns(seen_at=UtcDateTime()), {"id": learner.id}
        ).scalar()
    assert seen == NOW


def test_many_writers_at_once_all_succeed(each_app: Flask) -> None:
    """Twenty-four threads writing at once: no write is refused as locked, and each is there."""

    def write(number: int, turn: int) -> None:
        with each_app.app_context():
            session = current_session(each_app)
            learner, _ = service.start_visitor(session, NOW, NOW)
            target = service.AnsweredItem("course-a", "1.0.0", "d" * 64, f"item-{turn}", 0, ("item-0",))
            outcome = Outcome(done=True, answers={})
            service.answer_item(session, learner.id, target, f"{number}-{turn}", "en", 1, outcome, NOW)
            session.commit()

    errors = [error for turn in range(5) for error in all_at_once(partial(write, number, turn) for number in range(24))]
    with each_app.app_context():
        count = current_session(each_app).execute(text("SELECT count(*) FROM attempt")).scalar()
    assert (errors, count) == ([], 120)


def test_server_that_only_reads_is_away_for_a_moment(make_app: MakeSite, postgresql_url: str) -> None:
    """As a standby before it is promoted: people are told to try again, and then no connection of it is left to them."""
    app, name = make_app(database_url=postgresql_url), make_url(postgresql_url).database
    with app.app_context():
        engine_of(app).dispose()
    with engine_at(server_url()) as server:
        for change, status in (("SET default_transaction_read_only = on", 503), ("RESET ALL", 302)):
            with server.begin() as operator:
                operator.execute(text(f"ALTER DATABASE {name} {change}"))
            page = Visitor(app).sign_up("ani@example.org")
            assert (page.status_code, "Retry-After" in page.headers) == (status, status == 503)


def test_library_that_lets_go_of_connections_otherwise_is_told() -> None:
    """Each request would pay for a thread again, and nobody would see it."""
    bare = Flask("bare")
    bare.config["SQLALCHEMY_ENGINES"] = {"default": "sqlite://"}

    @bare.teardown_appcontext
    def _close_async_sessions(_: BaseException | None) -> None:
        """One more by the name that is looked for."""

    with pytest.raises(LookupError, match="2 found, and not one"):
        Database().init_app(bare)


def test_a_get_request_takes_no_write_lock(app: Flask, tmp_path: Path) -> None:
    """While somebody writes, pages can still be read."""
    with app.app_context():
        engine = engine_of(app)
        with engine.begin() as writer:
            writer.execute(text("INSERT INTO rate_limit (key, count, expires_at) VALUES ('k', 1, '2026-01-01')"))
            token = read_only.set(True)
            try:
                with engine.connect() as reader:
                    assert reader.execute(text("SELECT count(*) FROM rate_limit")).scalar() == 0
            finally:
                read_only.reset(token)


def test_relative_instance_folder_is_taken_from_where_the_site_is_started() -> None:
    """`COPLEARN_INSTANCE_PATH=instance/demo`: the database lies in that folder of the present one, and nowhere else."""
    settings = from_env({"COPLEARN_INSTANCE_PATH": "instance/demo"})
    assert settings.database == f"sqlite:///{Path.cwd()}/instance/demo/coplearn.sqlite3"


def test_database_is_closed_to_other_users(make_app: MakeSite) -> None:
    """The file, its log and the folder: whoever else works on the machine reads no address in them."""
    app = make_app()
    client = app.test_client()
    client.get("/en/sign-in")
    folder = site_of(app).settings.instance_path
    site_of(app).settings.make_instance()
    with engine_of(app).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE closed (id INTEGER)")
        modes = {file.name: file.stat().st_mode & 0o777 for file in folder.glob("coplearn.sqlite3*")}
    assert set(modes.values()) == {0o600}, modes
    assert "coplearn.sqlite3-wal" in modes
    assert folder.stat().st_mode & 0o777 == 0o700


def test_folder_is_closed_to_other_users_when_the_key_is_set(make_app: MakeSite) -> None:
    """What prepares a start closes it too: with a key of its own a site never writes the file that closes the folder."""
    app = make_app()
    folder = site_of(app).settings.instance_path
    folder.chmod(0o755)
    prepare(app)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_log_that_readers_held_is_emptied_by_the_days_work(make_app: MakeSite) -> None:
    """An erasure beside a long read leaves something in the log; the day's work tries until it is gone."""
    app = make_app()
    jobs, now = site_of(app).jobs, utcnow().replace(hour=10)
    log = site_of(app).settings.instance_path / "coplearn.sqlite3-wal"
    token = read_only.set(True)
    with engine_of(app).connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT count(*) FROM user").one()
        read_only.reset(token)
        for change in ("CREATE TABLE gone (it TEXT)", "INSERT INTO gone VALUES ('zqxwvj00')", "DELETE FROM gone"):
            with engine_of(app).begin() as writer:
                writer.exec_driver_sql(change)
        assert not settle(engine_of(app))
        assert "empty the log" not in jobs.run_daily(now)
        assert b"zqxwvj00" in log.read_bytes()
        reader.exec_driver_sql("ROLLBACK")
    assert jobs.run_daily(now + timedelta(hours=1)) == ["empty the log"]
    assert b"zqxwvj00" not in log.read_bytes() + log.with_name("coplearn.sqlite3").read_bytes()
