"""Things that the table of who may open what and the full site share, and the stage on which the others are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.rules import Granted
from coplearn.cohorts.common.evidence import Stored
from coplearn.cohorts.common.queries import Person
from coplearn.courses.course import Course
from coplearn.files.uploads import UploadPurpose, uploads_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import CertificateKind, Role
from coplearn.learning.service import learner_of_account
from coplearn.outbox.service import queue_letter
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.translating.editing import comments
from coplearn.translating.store.edits import suggest
from coplearn.translating.store.models import Edit, StoredMessage
from coplearn.translating.store.rules import SYSTEM
from tests.cohorts.worlds import put_user
from tests.consultations.worlds import put_open_consultation
from tests.declarations.worlds import put_declared
from tests.drills.worlds import put_exercise
from tests.programme.worlds import put_records

PDF: Final = b"%PDF-1.7 made for a test"
COURSE: Final = "cop-parents"
DAY: Final = date(2025, 3, 1)


def put_shared(app: Flask, email: str) -> dict[str, str]:
    """An exercise, a declaration with a campaign, records of a programme, a consultation that is open, and a letter that a mail
    server refused, of that person; their addresses."""
    with app.app_context():
        session, now = current_session(app), utcnow()
        names = put_open_consultation(session, put_user(session, email))
        letter = queue_letter(
            session,
            key="of the table",
            to="ana@example.org",
            locale="en",
            time_zone="UTC",
            kind="account-welcome",
            params={"text": "Hello"},
            now=now,
        )
        assert letter is not None
        session.execute(text("UPDATE letter SET state = 'given-up' WHERE key = 'of the table'"))
        session.commit()
    return {**names, "letter": letter, **put_exercise(app, email), **put_declared(app, email), **put_records(app)}


def put_certificate(app: Flask, email: str, number: str = "AAAAA-AAAAA-AAAAA-AAAAA") -> str:
    """A certificate of participation of somebody who has begun the course; its number."""
    with app.app_context():
        session = current_session(app)
        session.execute(
            text(
                "INSERT INTO certificate (number, learner_id, course_id, kind, name, issued_at, course_version,"
                " course_digest, locale) SELECT :number, learner.id, :course, :kind, 'Ani',"
                " '2026-11-24 12:00:00', '1.0.0', 'd', 'en' FROM learner JOIN \"user\" ON \"user\".id = learner.user_id"
                ' WHERE "user".email = :email'
            ),
            {"number": number, "course": COURSE, "kind": CertificateKind.PARTICIPATION, "email": email},
        )
        session.commit()
    return number


def put_translated(app: Flask) -> dict[str, str]:
    """An Arabic message with a suggestion, a comment and an entry in its history; somebody has opened its language."""
    arabic = site_of(app).locales.get("ar")
    with app.app_context():
        session = current_session(app)
        message = session.scalars(select(StoredMessage.id).filter_by(domain=COURSE, context="course#title")).one()
        said = comments.comment(session, SYSTEM, message, arabic, "?", utcnow())
        offer = suggest(session, SYSTEM, message, arabic, ["نص"], utcnow())
        edit = session.scalars(select(Edit.id).where(Edit.message_id == message, Edit.locale == "ar")).first()
        session.commit()
    return {"message": str(message), "said": str(said), "offer": str(offer), "edit": str(edit)}


@dataclass(frozen=True)
class Stage:
    """Whom the things belong to, where they go, and when that is."""

    app: Flask
    session: Session
    now: datetime
    owner: Person
    """An administrator, to whom most of them belong."""
    learner: int
    """The learner of somebody who is trained in a cohort."""
    names: dict[str, str]
    """The values that are there already."""

    def row(self, table: Any, name: str) -> Any:
        """The row of the thing of that name."""
        return self.session.scalars(select(table).where(table.public_id == self.names[name])).one()

    def keep(self, purpose: UploadPurpose) -> Stored:
        """A file of that purpose that is in its store."""
        sha256 = "ab" * 32
        uploads_of(site_of(self.app).settings, purpose).put(sha256, [PDF])
        return Stored("list.pdf", sha256, "application/pdf", len(PDF))


def stage_of(app: Flask, session: Session, owner: str, learner: str, names: dict[str, str]) -> Stage:
    """The stage on which one person owns and another learns."""
    person, trained = user_by_email(session, owner), user_by_email(session, learner)
    assert person is not None and trained is not None
    now = utcnow()
    grants = (Granted(Role.ADMIN, "", "", ""),)
    owned = Person(person.id, person.email, person.email, "en", grants)
    return Stage(app, session, now, owned, learner_of_account(session, trained.id, now).id, names)


def course_of(app: Flask) -> Course:
    """The course of the things."""
    return site_of(app).library.current().courses[COURSE]
