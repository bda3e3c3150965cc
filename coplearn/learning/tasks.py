"""The day's work for learners: keeping what courses are, finding them finished that no answer finished, forgetting visitors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

from flask import Flask
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from coplearn.courses.course import Course
from coplearn.kernel.clock import utcnow
from coplearn.learning.joining import finish_courses
from coplearn.learning.queries import all_done
from coplearn.learning.rules import edition_of
from coplearn.learning.service import forget_visitors, keep_edition
from coplearn.privacy.rules import TERMS
from coplearn.site import site_of
from coplearn.storage.database import reading

_KEPT: Final = WeakKeyDictionary[Engine | Connection, set[tuple[str, str]]]()
"""The editions that a database is known to hold, by course and digest."""
AT_ONCE: Final = 1000
"""So many enrolments a transaction: on SQLite nobody else writes meanwhile."""


def register_finishing(app: Flask) -> None:
    """Add the finding of finished courses, and forgetting visitors, to the day's work. Register after the outbox."""
    site_of(app).jobs.daily("finish courses")(find_finished)
    site_of(app).jobs.daily("forget visitors")(forget_unseen)


def forget_unseen(app: Flask, session: Session, now: datetime) -> None:
    """The day's work: visitors who did not come back are forgotten, also where no new one comes."""
    forget_visitors(session, TERMS["visitor"].before(now, site_of(app).settings))


def is_noted(engine: Engine, course: Course) -> bool:
    """Whether this process knows that what the course is now is kept."""
    return (course.id, course.digest) in _KEPT.get(engine, ())


def note_edition(session: Session, course: Course, titles: Callable[[], Mapping[str, str]], now: datetime) -> None:
    """Keep what the course is, before a record names it. Commits; does nothing when it is known to be kept already."""
    noted = _KEPT.setdefault(session.get_bind(), set())
    if (course.id, course.digest) in noted:
        return
    keep_edition(session, edition_of(course, titles()), now)
    session.commit()
    noted.add((course.id, course.digest))


def find_finished(app: Flask, session: Session, now: datetime) -> None:
    """The day's work: look at every course as it is now."""
    live_library = site_of(app).library
    for course in live_library.current().courses.values():
        note_edition(session, course, partial(live_library.titles, course), now)
        note_finished(session, course.id, course.required, course.digest)


def note_finished(session: Session, course_id: str, items: Sequence[str], digest: str = "") -> None:
    """Note when everybody who has done all ``items`` of the course finished it, where it is not noted yet.

    ``digest`` names the course's edition as it is now.

    These are learners of a course that lost the item they had open, and after the upgrade that began to note it, all who
    had finished before. Commits as it goes, what the session did before is let go; doing it again changes nothing.
    """
    with reading(session):
        finished = all_done(session, course_id, items)
    for start in range(0, len(finished), AT_ONCE):
        finish_courses(session, course_id, digest, items, finished[start : start + AT_ONCE], utcnow())
        session.commit()
