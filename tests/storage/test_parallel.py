"""A report reads on two connections at once: one more for a whole process, which nobody waits for."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from coplearn.storage.parallel import begin_reading
from tests.durability.cluster import engine_at
from tests.postgres import server_url

page: ContextVar[str] = ContextVar("page")


def backend(session: Session) -> int:
    """Whose process answers."""
    return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_second_connection_reads_while_the_first_goes_on_and_is_one_alone() -> None:
    """Its work waits here for a lock of the first one; meanwhile somebody else's is done on their own connection."""

    def work(session: Session) -> tuple[int, str, object]:
        session.execute(text("SELECT pg_advisory_lock(7001)"))
        return backend(session), page.get(), session.info["site"]

    with engine_at(server_url()) as engine, Session(engine, info={"site": "this one"}) as session:
        session.execute(text("SELECT pg_advisory_lock(7001)"))
        page.set("the reader's")
        second = begin_reading(session, work)
        page.set("the next reader's")
        own = begin_reading(session, backend)
        assert own() == backend(session)
        session.execute(text("SELECT pg_advisory_unlock(7001)"))
        other, context, info = second()
        assert other != backend(session)
        assert (context, info) == ("the reader's", "this one")
        with pytest.raises(ProgrammingError):
            begin_reading(session, lambda one: one.execute(text("SELECT what_is_not_there")))()
        assert begin_reading(session, backend)() != backend(session)


def test_file_is_read_by_the_session_itself(tmp_path: Path) -> None:
    """With SQLite a second reader would gain nothing."""
    with engine_at(f"sqlite:///{tmp_path / 'one.sqlite3'}") as engine, Session(engine) as session:
        assert begin_reading(session, lambda one: one)() is session
