"""Every table of the site is carried, or its reason is named; a new one has to choose."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import JSON, Boolean, Date, DateTime, Float, Integer, String, Table, insert, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant
from coplearn.kernel.errors import Refused
from coplearn.kernel.words import Role
from coplearn.learning.models import Learner
from coplearn.moving.countries import ALSO, ROOTS, STAYS_THERE, decided, leaving_of
from coplearn.moving.loading import empty, fill, loading
from coplearn.moving.rows import changes, digest_of, kind_of, lines_of, sum_of, tables_of
from coplearn.moving.rules import SEALED_WITH_KEYS, STAYS, TableFacts
from coplearn.privacy.registry import registry
from coplearn.storage.base import Base
from coplearn.storage.database import engine_of
from coplearn.xapi.models import KeptStatement
from tests.cohorts.worlds import put_user
from tests.moving.conftest import Machines

NOW = datetime(2026, 11, 30, 9, 0, 0, 120_300, tzinfo=UTC)


def row_of(table: Table) -> dict[str, Any]:
    """A row with something hard to carry in every column."""
    return {
        column.name: _value(column.type, column.primary_key or bool(column.foreign_keys)) for column in table.columns
    }


def _value(kind: Any, is_key: bool) -> Any:
    kind = getattr(kind, "impl_instance", kind)
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer):
        return 1 if is_key else 2_147_483_647
    if isinstance(kind, Float):
        return 0.1
    if isinstance(kind, JSON):
        return {"b": [1, 2.5, None], "a": "نص\n\\N"}
    if isinstance(kind, DateTime):
        return NOW
    if isinstance(kind, Date):
        return NOW.date()
    assert isinstance(kind, String), kind
    return 'ن"\t\\'[: kind.length or 9]


def put_everywhere(connection: Connection) -> int:
    """One row in every table."""
    tables = Base.metadata.sorted_tables
    for table in tables:
        connection.execute(insert(table), row_of(table))
    return len(tables)


def test_new_tables_have_chosen() -> None:
    """Whoever adds a table carries it without doing anything, and decides by name whether it leaves with a country."""
    tables = dict(Base.metadata.tables)
    for table in tables.values():
        for column in table.columns:
            assert kind_of(column)
    left_out = decided(tables)
    undecided = sorted(name for name, why in left_out.items() if why == "Nobody has decided that it leaves.")
    assert undecided == [], "name them in ROOTS or STAYS_THERE (coplearn/moving/countries.py)"
    needed = {
        f"{table.name}.{column.name}"
        for table in tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if table.name not in left_out and not column.nullable and (key.ondelete or "") != "CASCADE"
    }
    # What these point at goes with them (ROOTS): they cannot be empty in the copy.
    assert needed == {"asked_organisation.organisation_id", "declaration_adopted.draft_id"}
    named = {*ROOTS, *ALSO, *STAYS_THERE, *SEALED_WITH_KEYS, *(set(STAYS) - {"alembic_version"})}
    assert named - tables.keys() == set(), "no such table any more"
    assert {row.table for row in registry()} >= tables.keys() - left_out.keys()


def test_what_leaves_with_a_country_can_be_chosen_of_every_table(session: Session) -> None:
    """On each engine, whatever the key of a table is called: an empty site is refused after all of them, and for nothing else."""
    with pytest.raises(Refused):
        leaving_of(session.connection(), "KE")


def test_statements_leave_with_their_learner_and_no_others(session: Session) -> None:
    """What other programs said of people whom nobody knows here is of no country, and stays."""
    user = put_user(session, "ana@example.org")
    session.add(Grant(user_id=user, name=Role.COORDINATOR, country="KE"))
    learners = [
        Learner(user_id=whose, visitor_hash=f"{whose}", seed=1, created_at=NOW, seen_at=NOW) for whose in (user, None)
    ]
    session.add_all(learners)
    session.flush()
    whose = [learners[0].id, learners[1].id, None]
    session.add_all(
        KeptStatement(number=number, statement_id=str(uuid4()), sender="a", learner_id=one, body="{}")
        for number, one in enumerate(whose, 1)
    )
    session.flush()
    leaving = leaving_of(session.connection(), "KE")
    found = select(KeptStatement.number).where(text(leaving.conditions["xapi_statement"]))
    assert session.scalars(found).all() == [1]


@pytest.mark.parametrize("engine", ["postgresql"])
def test_every_table_is_carried_and_a_changed_byte_is_seen(machines: Machines, engine: str, tmp_path: Path) -> None:
    """Whatever a column holds is the same after it, on the other engine as well; one character more gives another hash."""
    first, second = engine_of(machines("first").app), engine_of(machines("second", engine).app)
    with loading(first) as connection:
        empty(connection)
        count = put_everywhere(connection)
        facts = {}
        for name, table in tables_of(connection).items():
            if name != "alembic_version":
                columns = [(column, kind.value) for column, kind in table.columns]
                facts[name] = TableFacts(columns, table.key, *sum_of(connection, table))
                (tmp_path / f"{name}.jsonl").write_bytes(b"".join(line for _, line in lines_of(connection, table)))
    assert {one.rows for one in facts.values()} == {1}
    assert len(facts) == count
    with loading(second) as connection:
        empty(connection)
        fill(connection, facts, tmp_path)
        found = {name: sum_of(connection, table) for name, table in tables_of(connection).items() if name in facts}
        assert found == {name: (one.rows, one.sha256) for name, one in facts.items()}
        connection.exec_driver_sql("UPDATE message SET notes = 'نص'")
        assert sum_of(connection, tables_of(connection)["message"]) != found["message"]


def test_changes_are_told_by_digests() -> None:
    """What was added, changed and taken out since; what stayed the same is passed over."""
    rows = {1: "a", 3: "c", 4: "d"}
    now = [([key, word], json.dumps([key, word]).encode()) for key, word in {1: "a", 2: "b", 4: "D"}.items()]
    before = (([key], digest_of(json.dumps([key, word]).encode())) for key, word in rows.items())
    told = [(key, None if line is None else line[0][1], bool(digest)) for key, line, digest in changes(before, now, 1)]
    assert told == [([1], None, True), ([2], "b", True), ([3], None, False), ([4], "D", True)]
