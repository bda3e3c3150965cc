"""What is no standby of the site's own server answers nothing; one that is, is in `tests/durability/test_replica.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from coplearn.app import create_app
from coplearn.settings import Settings
from coplearn.storage.replica import Replica, ReplicaStanding, read_much
from tests.durability.cluster import engine_at
from tests.postgres import server_url


def test_server_that_is_no_standby_answers_nothing() -> None:
    """Another one that is written to has other rows: what is asked of it comes from the site's own."""
    answered: list[str] = []
    replica = Replica(server_url("template1"))
    replica.count = answered.append
    with engine_at(server_url()) as engine, Session(engine, info={"replica": replica}) as session:
        found = read_much(session, lambda there: there.execute(text("SELECT current_database()")).scalar_one())
        assert (found, answered) == ("postgres", ["primary"])
        assert replica.standing(session) == ReplicaStanding(is_used=False, bytes_behind=None)
    replica.engine.dispose()


def test_replica_without_postgresql_is_refused_when_the_site_starts(settings: Settings, tmp_path: Path) -> None:
    """SQLite has none."""
    for database, url in (
        ("", "postgresql+psycopg://u@h/n"),
        ("postgresql+psycopg://u@h/n", f"sqlite:///{tmp_path}/a"),
    ):
        with pytest.raises(ValueError, match="COPLEARN_REPLICA_URL goes with PostgreSQL alone"):
            create_app(replace(settings, database_url=database, replica_url=url))
