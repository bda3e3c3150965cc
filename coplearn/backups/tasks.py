"""The day's backup, and its trial."""

from __future__ import annotations

from datetime import datetime

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.site import site_of

log = structlog.get_logger("coplearn.backups")


def register_backups(app: Flask) -> None:
    """Add the backup to the day's work where a place for it is set. Register last: it may take minutes."""
    settings = site_of(app).settings
    if settings.backup_folder or settings.backup_url:
        site_of(app).jobs.daily("back up")(back_up)


def back_up(app: Flask, session: Session, now: datetime) -> None:
    """The day's work: make a backup and, where its key is at hand, restore it for a trial. Raises when it came to nothing."""
    # Once a day, and in the process of the jobs alone.
    from coplearn.backups.restoring import opener_of
    from coplearn.backups.runs import make_noted, verify_noted

    settings = site_of(app).settings
    made = make_noted(app, session, settings, utcnow())
    if made.fault:
        log.error("backup_not_sent", backup=made.name, why=made.fault)
    if settings.backup_key or settings.backup_passphrase:
        verified = verify_noted(app, session, settings, made.name, opener_of(settings))
        if verified.faults:
            log.error("backup_not_whole", backup=made.name, why=verified.faults)
