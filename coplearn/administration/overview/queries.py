"""The database's own account of itself, and how many of those who work here have a password alone."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.second_factors.queries import has_factor, is_staff
from coplearn.storage.database import safe_for_wal, sqlite_module
from coplearn.storage.replica import REPLICA_KEY


def engine_of_session(session: Session) -> tuple[str, str]:
    """The database's name with its version, and what is wrong with it: ``wal``, ``sync``, ``replica`` or nothing (two statements
    at most)."""
    if session.get_bind().dialect.name == "sqlite":
        version: tuple[int, ...] = sqlite_module().sqlite_version_info
        return f"SQLite {'.'.join(map(str, version))}", "" if safe_for_wal(version) else "wal"
    names = ("server_version", "fsync", "synchronous_commit")
    row = session.execute(text("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))).one()
    replica = REPLICA_KEY.get(session)
    is_away = replica is not None and not replica.standing(session).is_used
    fault = "sync" if "off" in row[1:] else "replica" if is_away else ""
    return f"PostgreSQL {str(row[0]).partition(' ')[0]}", fault


def without_factor(session: Session, others: list[ColumnElement[bool]]) -> int:
    """The number of people who work here and have no second factor (one statement); ``others`` as ``is_staff`` has them."""
    query = select(func.count()).select_from(User).where(User.active, is_staff(others), ~has_factor())
    return session.scalar(query) or 0
