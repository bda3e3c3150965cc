"""The learner whom a page asks: that of this request, or the one whom a letter's private address names."""

from __future__ import annotations

from flask import current_app

from coplearn.courses.course import Course
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.learning.guards import present_learner
from coplearn.practice.mail import read_token
from coplearn.practice.queries import Again, BeforeModule, again_of, before_of
from coplearn.storage.database import current_session


def before_this(course: Course, number: int) -> BeforeModule:
    """All that module ``number`` (from 1) asks the learner of this request. Raises NotFound where there is no such module."""
    if not 1 <= number <= len(course.modules):
        raise NotFound(N_("There is no page at this address."))
    return before_of(current_session(current_app), course, number, present_learner())


def again_at(token: str) -> Again:
    """All that is asked at that private address. Raises NotFound where it leads nowhere (any more)."""
    named = read_token(current_app, token)
    session = current_session(current_app)
    found = again_of(session, named.course, named.learner_id, utcnow()) if named is not None else None
    if found is None:
        raise NotFound(N_("This address leads nowhere any more. What is asked of you is under My learning as well."))
    return found
