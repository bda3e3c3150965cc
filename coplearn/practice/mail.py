"""The letter that asks a question later, and the private address in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Flask
from itsdangerous import BadSignature, URLSafeTimedSerializer

from coplearn.courses.course import Course
from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.practice.rules import LETTER
from coplearn.site import site_of

GOOD_FOR: Final = timedelta(days=120)
"""So long an address in a letter leads to its question."""
KIND: Final = LetterKind(
    LETTER,
    # It does not tell what the course is about: somebody may look over a shoulder.
    N_("A question from %(site)s"),
    "practice/letter.txt",
    params=("token",),
    secret=True,
    title=N_("Question after a course"),
    may_stop=True,
)


@dataclass(frozen=True, slots=True)
class Addressed:
    """The learner and the course of a private address."""

    learner_id: int
    course: Course


def make_token(app: Flask, learner_id: int, course: Course) -> str:
    """The private part of the address at which the learner is asked about the course; nothing in it names the topic."""
    return str(_serializer(app).dumps([learner_id, course.code]))


def read_token(app: Flask, token: str) -> Addressed | None:
    """The learner and the course of such an address; None for one that was made up, is too old, or is of a course that is gone."""
    try:
        learner_id, code = _serializer(app).loads(token, max_age=int(GOOD_FOR.total_seconds()))
    except (BadSignature, ValueError, TypeError):
        return None
    course = site_of(app).library.current().by_code(str(code))
    return Addressed(int(learner_id), course) if course is not None else None


def _serializer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt=LETTER)
