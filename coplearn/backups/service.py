"""Notes of backups that were made and verified."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from coplearn.audit.kinds import EventKind
from coplearn.audit.service import record
from coplearn.backups.models import Backup


def note_made(session: Session, name: str, made_at: datetime, size: int, rows: int) -> None:
    """Note a backup that is now whole where it is kept."""
    session.merge(Backup(name=name, made_at=made_at, bytes=size, rows=rows, verified_at=None))
    record(session, EventKind.BACKUP_MADE, about=name)
    session.flush()


def note_verified(session: Session, name: str, made_at: datetime, size: int, rows: int, now: datetime) -> None:
    """Note that a backup was restored for a trial and found equal; it may be one that this database does not know."""
    session.merge(Backup(name=name, made_at=made_at, bytes=size, rows=rows, verified_at=now))
    record(session, EventKind.BACKUP_VERIFIED, about=name)
    session.flush()


def note_restored(session: Session, name: str) -> None:
    """Note, in a database that a backup has just become, that it did."""
    record(session, EventKind.BACKUP_RESTORED, about=name)
