"""The day's work for the audit log: sealing it."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.audit.service import seal
from coplearn.site import site_of


def register_audit(app: Flask) -> None:
    """Add the sealing to the day's work."""
    site_of(app).jobs.daily("seal audit log")(seal_yesterday)


def seal_yesterday(app: Flask, session: Session, now: datetime) -> None:
    """Sign the end of the chain, and say it in the log as well: who keeps the log elsewhere keeps the seals there."""
    made = seal(session, site_of(app).keys, (now - timedelta(days=1)).date())
    if made is not None:
        structlog.get_logger("coplearn.audit").info(
            "audit_sealed", day=made.day.isoformat(), number=made.number, hash=made.hash, key=made.key_id
        )
