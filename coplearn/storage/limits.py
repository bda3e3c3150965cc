"""Counters of tries in a stretch of time, kept in both engines and shared by every worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, String, case, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base
from coplearn.storage.database import reading_only, writing
from coplearn.storage.dialects import own_words


class RateLimit(Base):
    """One counter; its key is a hash, so that the table names no address and no person."""

    __tablename__ = "rate_limit"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """When the counter begins anew; tries in between do not move it."""


def add_tries(engine: Engine, key: str, tries: int, seconds: int, now: datetime) -> int:
    """Add to the counter in a transaction of its own and give back where it stands.

    A counter that is new or has run out begins at ``tries`` and runs out ``seconds`` from ``now``. The caller's
    session must not hold SQLite's write lock, or both wait for each other.
    """
    end = now + timedelta(seconds=seconds)
    begins_anew = RateLimit.expires_at <= now
    upsert = (
        own_words(engine.dialect)
        .insert(RateLimit)
        .values(key=key, count=tries, expires_at=end)
        .on_conflict_do_update(
            index_elements=[RateLimit.key],
            set_={
                "count": case((begins_anew, tries), else_=RateLimit.count + tries),
                "expires_at": case((begins_anew, end), else_=RateLimit.expires_at),
            },
        )
        .returning(RateLimit.count)
    )
    with writing(), engine.begin() as connection:
        count: int = connection.execute(upsert).scalar_one()
        if count == tries:
            # A counter has just begun: a good moment to sweep out those that have run out.
            connection.execute(delete(RateLimit).where(RateLimit.expires_at <= now))
        return count


def standing_of(engine: Engine, key: str, now: datetime) -> tuple[int, datetime]:
    """The tries counted and when the counter begins anew; (0, now) for one that is not running."""
    query = select(RateLimit.count, RateLimit.expires_at).where(RateLimit.key == key, RateLimit.expires_at > now)
    with reading_only(), engine.connect() as connection:
        row = connection.execute(query).first()
    return (row[0], row[1]) if row is not None else (0, now)


def forget_tries(engine: Engine, key: str | None = None) -> int:
    """Remove one counter, or all; gives back how many there were."""
    statement = delete(RateLimit) if key is None else delete(RateLimit).where(RateLimit.key == key)
    with writing(), engine.begin() as connection:
        return connection.execute(statement).rowcount
