"""The day's work for second factors: whoever works here without one is told once, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.outbox.service import queue_letter
from coplearn.second_factors.queries import without_factor
from coplearn.second_factors.service import PRINTED_LETTER, RESET_LETTER, begin_grace, forget_sessions
from coplearn.site import site_of

LETTER = "second-factor"


def register_factor_tasks(app: Flask) -> None:
    """Add the letters, and the day's work. Register after the outbox."""
    template, subject = "second_factors/letter.txt", N_("Your account needs a second step")
    site_of(app).letters.add(LetterKind(LETTER, subject, template, params=("until",)))
    reset, printed = N_("Your second step was taken away"), N_("Codes were printed for your account")
    site_of(app).letters.add(LetterKind(RESET_LETTER, reset, "second_factors/reset.txt"))
    site_of(app).letters.add(LetterKind(PRINTED_LETTER, printed, "second_factors/printed.txt"))
    site_of(app).jobs.daily("second factors")(tell_staff)
    site_of(app).jobs.daily("sessions")(forget_old_sessions)


def forget_old_sessions(app: Flask, session: Session, now: datetime) -> None:
    """Sessions are listed as long as their cookies are good."""
    forget_sessions(session, now - app.permanent_session_lifetime)


def tell_staff(app: Flask, session: Session, now: datetime) -> None:
    """Begin everybody's time to set up a second factor, and write them a letter."""
    parts = site_of(app)
    if not parts.settings.staff_needs_factor:
        return
    days = parts.settings.second_factor_grace_days
    for user_id, email, locale, time_zone in without_factor(session, parts.staff):
        begin_grace(session, user_id, days, now)
        queue_letter(
            session,
            key=f"{LETTER}:{user_id}",
            to=email,
            locale=locale,
            time_zone=time_zone or "UTC",
            kind=LETTER,
            params={"until": (now + timedelta(days=days)).isoformat()},
            now=now,
        )
