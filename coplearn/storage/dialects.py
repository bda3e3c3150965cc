"""The parts of SQL that each engine has its own way for. A site loads the way of the engine it uses and no other."""

from __future__ import annotations

import importlib
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.orm import Session


def own_words(dialect: Dialect) -> Any:
    """The module whose ``insert`` knows what to do when a row stands there already: PostgreSQL's, or else SQLite's."""
    name = "postgresql" if dialect.name == "postgresql" else "sqlite"
    return importlib.import_module(f"sqlalchemy.dialects.{name}")


def in_turn(session: Session, turn: int, *, alone: bool) -> None:
    """Have the transaction begin once no other one of that ``turn`` is open that is ``alone``, and if this one is, none at all.

    For what has to see all that others store at the same moment: PostgreSQL shows it only once they are through. SQLite lets one
    write at a time anyway. Ask before anything is read. The turn ends with the transaction.
    """
    if session.get_bind().dialect.name == "postgresql":
        asked = f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(%s)"
        session.connection().exec_driver_sql(asked, (turn,))
