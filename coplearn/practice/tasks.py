"""The day's work for questions after a course: the letters that ask them are handed to the outbox."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.practice.mail import KIND, make_token
from coplearn.practice.service import book_letters
from coplearn.site import site_of


def register_practice(app: Flask) -> None:
    """Make the letter known to the outbox, and its day's work. Register after the outbox."""
    site_of(app).letters.add(KIND)
    site_of(app).jobs.daily("questions after a course")(book_questions)


def book_questions(app: Flask, session: Session, now: datetime) -> None:
    """Hand over every letter of the next day and a half. Commits as it goes; doing it again changes nothing."""
    courses = site_of(app).library.current().courses

    def token_of(learner_id: int, course_id: str) -> str | None:
        return make_token(app, learner_id, courses[course_id]) if course_id in courses else None

    behind: int | None = 0
    while behind is not None:
        behind = book_letters(session, now, behind, token_of)
        session.commit()
