"""What the machine does for learners by itself: finding courses finished that no answer finished."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.learning.queries import all_done
from coplearn.learning.service import finish_courses
from coplearn.storage.database import reading

AT_ONCE: Final = 1000
"""So many enrolments a transaction: on SQLite nobody else writes meanwhile."""


def register_finishing(app: Flask) -> None:
    """Add the finding of finished courses to the day's work. Register after the outbox."""
    app.extensions["jobs"].daily("finish courses")(find_finished)


def find_finished(app: Flask, session: Session, _now: datetime) -> None:
    """The day's work: look at every course as it is now."""
    for course in app.extensions["shelf"].current().courses.values():
        note_finished(session, course.id, tuple(course.items))


def note_finished(session: Session, course_id: str, items: Sequence[str]) -> None:
    """Note when everybody who has done all ``items`` of the course finished it, where it is not noted yet.

    These are learners of a course that lost the item they had open, and after the upgrade that began to note it, all who
    had finished before. Commits as it goes, what the session did before is let go; doing it again changes nothing.
    """
    with reading(session):
        found = all_done(session, course_id, items)
    for start in range(0, len(found), AT_ONCE):
        finish_courses(session, course_id, items, found[start : start + AT_ONCE])
        session.commit()
