"""Make a backup or restore one for a trial, and note it in the database."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.backups.archives import Opener
from coplearn.backups.making import MadeBackup, make_backup
from coplearn.backups.restoring import Verified, verify_backup
from coplearn.backups.service import note_made, note_verified
from coplearn.kernel.clock import utcnow
from coplearn.settings import Settings
from coplearn.storage.database import engine_of


def make_noted(app: Flask, session: Session, settings: Settings, now: datetime) -> MadeBackup:
    """Make a backup and note it in the database."""
    # Holding no transaction: it may take minutes.
    session.commit()
    made = make_backup(engine_of(app), settings, now)
    note_made(session, made.name, now, made.bytes, made.rows)
    session.commit()
    return made


def verify_noted(app: Flask, session: Session, settings: Settings, which: str, opener: Opener) -> Verified:
    """Restore a backup for a trial and note in the database when it is whole."""
    session.commit()
    verified = verify_backup(engine_of(app), settings, which, opener)
    if not verified.faults:
        note_verified(session, verified.name, verified.manifest.made_at, verified.bytes, verified.rows, utcnow())
        session.commit()
    return verified
