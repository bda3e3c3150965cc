"""The letter that asks after fixes three months later."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.drills.service import FIXES, ask_after_fixes
from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.site import site_of


def register_drills(app: Flask) -> None:
    """Make the letter known to the outbox, and the day's work. Register after the outbox."""
    kind = LetterKind(
        FIXES,
        N_("A message from %(site)s"),
        "drills/letters/fixes.txt",
        params=("name", "run_id"),
        title=N_("How fixes of an exercise stand"),
        may_stop=True,
    )
    site_of(app).letters.add(kind)

    @site_of(app).jobs.daily("ask after fixes")
    def ask(_app: Flask, session: Session, now: datetime) -> None:
        ask_after_fixes(session, now)
