"""``INSERT … ON CONFLICT`` as both engines speak it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import literal
from sqlalchemy.orm import Session

from coplearn.storage.base import Base
from coplearn.storage.dialects import own_words


def insert_new(session: Session, table: type[Base], values: Mapping[str, Any]) -> bool:
    """Add a row unless a unique one stands there already; whether it was added. Waits for another's unfinished insert."""
    session.flush()
    statement = own_words(session.get_bind().dialect).insert(table.__table__).values(**values).on_conflict_do_nothing()
    # A count of rows would do, but one driver does not give it for an insert.
    return session.connection().execute(statement.returning(literal(1))).first() is not None


def insert_all_new(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add those rows, but for any in whose place a unique one stands already: one statement, sent for all of them."""
    session.flush()
    if rows:
        dialect = session.get_bind().dialect
        # PostgreSQL's driver sends the statement once a row, unless there is something to be told of them.
        adding = _adding(table, own_words(dialect), telling=dialect.name == "postgresql")
        session.connection().execute(adding, [dict(row) for row in rows])


@cache
def _adding(table: type[Base], words: Any, *, telling: bool) -> Any:
    """Made once a table: to put the statement together takes longer than to send it."""
    statement = words.insert(table.__table__).on_conflict_do_nothing()
    return statement.returning(literal(1)) if telling else statement


def put(
    session: Session, table: type[Base], unique: Sequence[str], values: Mapping[str, Any], changes: Mapping[str, Any]
) -> None:
    """Add a row, or make ``changes`` to the one that has the same ``unique`` columns."""
    session.flush()
    statement = own_words(session.get_bind().dialect).insert(table.__table__).values(**values)
    session.connection().execute(statement.on_conflict_do_update(index_elements=list(unique), set_=dict(changes)))


def put_all(session: Session, table: type[Base], unique: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add those rows, or give the one that has the same ``unique`` columns all else of its new row: one statement for all.

    The rows name the same columns, and no two of them the same ``unique`` ones.
    """
    session.flush()
    if rows:
        statement = own_words(session.get_bind().dialect).insert(table.__table__)
        changes = {name: statement.excluded[name] for name in rows[0] if name not in unique}
        putting = statement.on_conflict_do_update(index_elements=list(unique), set_=changes)
        session.connection().execute(putting, [dict(row) for row in rows])
