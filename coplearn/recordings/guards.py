"""The courses, recordings and languages that addresses name, and who may add a recording."""

from __future__ import annotations

from flask import current_app, session
from sqlalchemy.orm import Session

from coplearn.accounts.guards import require, session_key
from coplearn.accounts.queries import grants_of
from coplearn.accounts.rules import may
from coplearn.courses.course import Course
from coplearn.courses.recordings import Recording
from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.languages import WORKS


def no_such_page() -> NotFound:
    """The answer where there is nothing at an address."""
    return NotFound(N_("There is no page at this address."))


def heard_course(code: str, country: str | None = None) -> Course:
    """The course at that address as that country has it, if it has recordings. Raises NotFound."""
    library = site().library.current()
    course = library.by_code(code)
    shown = library.shown_in(course, country) if course is not None else None
    if shown is None or not shown.recordings:
        raise no_such_page()
    return shown


def recording_at(course: Course, code: str) -> Recording:
    """The recording with that code. Raises NotFound."""
    for recording in course.recordings.values():
        if course.recording_code(recording.name) == code:
            return recording
    raise no_such_page()


def language_at(url: str) -> Locale:
    """The language of that part of an address. Raises NotFound."""
    locale = site().locales.by_url(url)
    if locale is None or locale.is_pseudo:
        raise no_such_page()
    return locale


def may_publish(course_code: str, target: str) -> tuple[Course, Locale]:
    """The course and the language of a page for those who decide what is published there. Raises NotYours for everybody else."""
    locale = site().locales.by_url(target)
    course = site().library.current().by_code(course_code)
    require(Permission.REVIEW, locale.code if locale is not None else "", course.id if course is not None else "")
    return heard_course(course_code), language_at(target)


def may_add(course: Course, locale: Locale) -> bool:
    """Whether whoever asks may add recordings of the course in that language; asked of those alone who work here."""
    key = session_key() if WORKS in session else None
    grants = grants_of(current_session(current_app), key) if key is not None else []
    return may(grants, Permission.REVIEW, locale.code, course.id)


def the_session() -> Session:
    """The request's database session."""
    return current_session(current_app)
