"""Notes of the backups of this database, read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.backups.models import Backup


def last_made(session: Session) -> datetime | None:
    """The instant at which the newest backup was made, if ever (one statement)."""
    return session.scalar(select(Backup.made_at).order_by(Backup.made_at.desc()).limit(1))


def last_verified(session: Session) -> datetime | None:
    """The instant at which the newest verified backup was made, if there is one (one statement): a restore goes back to then."""
    query = select(Backup.made_at).where(Backup.verified_at.is_not(None)).order_by(Backup.made_at.desc()).limit(1)
    return session.scalar(query)


def verified_names(session: Session) -> dict[str, datetime]:
    """The instants at which verified backups were last verified, by name (one statement)."""
    query = select(Backup.name, Backup.verified_at).where(Backup.verified_at.is_not(None))
    return {name: instant for name, instant in session.execute(query) if instant is not None}
