"""A site with a course that asks: before its modules, again, and what came of its action; and people who go through it."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.courses.course import Course
from coplearn.courses.plugin import Outcome
from coplearn.learning import service
from coplearn.learning.models import Practice
from coplearn.outbox.letters import stop_code
from coplearn.practice.mail import make_token
from coplearn.practice.queries import Reader, reader_of
from coplearn.practice.rules import LETTER
from coplearn.practice.service import Wish, ask_later
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.conftest import MakeSite
from tests.courses.makecourse import ACTION, MODULE, PRE_QUESTION, Folder, add_module, make_course

FINISHED = datetime(2026, 11, 20, 15, tzinfo=UTC)
RIGHT = {"first-word": ["question"], "what-helps": ["wait", "beside"], "before-begin": ["ask"]}
"""The right answers, by question."""


def asking_course(where: Path) -> Folder:
    """The template's course with a second module, everything asked that can be."""
    folder = make_course(where)
    folder.add(MODULE, PRE_QUESTION)
    add_module(folder, "recall: begin\n")
    folder.swap(ACTION, "minutes: 2\n", "minutes: 2\nfollow_up: Did you ask your question?\n")
    folder.swap("course.yaml", "retired: []", "retired: []\nrefresher: [7, 30, 91]")
    return folder


@dataclass(frozen=True)
class Stage:
    """The site, and the course on it."""

    app: Flask

    @property
    def course(self) -> Course:
        """The course that asks."""
        return site_of(self.app).library.current().courses["my-course"]

    def before(self, number: int, lang: str = "en") -> str:
        """The page before a module."""
        return f"/{lang}/c/{self.course.code}/before/{number}"

    def first(self, number: int, lang: str = "en") -> str:
        """The first step of a module."""
        course = self.course
        return f"/{lang}/c/{course.code}/{course.items[course.modules[number - 1].item_ids[0]].code}"

    def account(
        self, session: Session, zone: str = "", locale: str = "en", *, confirmed: bool = True
    ) -> tuple[User, int]:
        """An account, and the number of its learner."""
        name = secrets.token_hex(16)
        at = FINISHED - timedelta(days=60)
        user = User(email=f"{name[:8]}@example.org", active=True, fs_uniquifier=name, create_datetime=at, locale=locale)
        user.confirmed_at, user.time_zone = at if confirmed else None, zone
        session.add(user)
        session.flush()
        learner = service.learner_for_user(session, name, at)
        assert learner is not None
        return user, learner.id

    def do(
        self, session: Session, learner_id: int, items: Collection[str], at: datetime, **answers: dict[str, Any]
    ) -> None:
        """Do those items then."""
        course = self.course
        for item_id in items:
            scored = item_id in course.checks
            came = Outcome(
                True, answers.get(item_id.replace("-", "_"), {}), 100 if scored else None, True if scored else None
            )
            target = service.AnsweredItem(course.id, course.version, course.digest, item_id, 0, tuple(course.items))
            service.answer_item(session, learner_id, target, secrets.token_hex(8), "en", 1, came, at)

    def finish(self, session: Session, learner_id: int, at: datetime = FINISHED) -> Reader:
        """Do the whole course then."""
        self.do(session, learner_id, self.course.items, at)
        reader = reader_of(session, learner_id, self.course.id)
        assert reader is not None
        return reader

    def ask(self, session: Session, learner_id: int, now: datetime = FINISHED, *, by_letter: bool = True) -> None:
        """Let the learner be asked later."""
        reader = reader_of(session, learner_id, self.course.id)
        assert reader is not None
        wish = Wish(by_letter, lambda address: stop_code(self.app, LETTER, address))
        ask_later(session, reader, self.course.id, self.course.refresher, wish, now)

    def address(self, learner_id: int, lang: str = "en") -> str:
        """The private address where the learner is asked about the course."""
        return f"/{lang}/again/{make_token(self.app, learner_id, self.course)}"

    def rows(self, learner_id: int | None = None) -> dict[str, Practice]:
        """All that was kept, by key."""
        with self.app.app_context():
            statement = select(Practice).order_by(Practice.id)
            if learner_id is not None:
                statement = statement.where(Practice.learner_id == learner_id)
            found = current_session(self.app).scalars(statement).all()
            return {row.key: row for row in found}


def stage_of(make_app: MakeSite, where: Path, **changes: object) -> Stage:
    """A site that has the course."""
    folder = asking_course(where / "more")
    return Stage(make_app(course_path=(folder.path.parent,), **changes))


def send(client: FlaskClient, path: str, **fields: Any) -> Any:
    """The form of the page there, filled in and sent."""
    return client.post(path, data=hidden_fields(client.get(path).text) | fields)


def question_on(page: str) -> str:
    """The id of the question that the page asks."""
    return page.partition('id="question-')[2].partition('"')[0]
