"""Learners and their records, keyed by stable ids of courses and items; nothing here points at content by key."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText


class Learner(Base):
    """A person who learns: with an account, or a visitor known by a random token whose hash is kept."""

    __tablename__ = "learner"
    __table_args__ = (Index("ix_learner_seen_at", "seen_at"),)

    id: Mapped[Id]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), unique=True)
    visitor_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    seed: Mapped[int]
    """Shuffles this learner's questions."""
    kept: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether somebody else answers for this learner without an account, who is then never forgotten as visitors are."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Enrolment(Base):
    """A learner in a course, in whichever language; where they were last."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("learner_id", "course_id"),
        Index("ix_enrolment_course_id", "course_id"),
        Index("ix_enrolment_finished_at", "finished_at"),
        Index(
            "ix_enrolment_finish_noted_at",
            "finish_noted_at",
            sqlite_where=text("finish_noted_at IS NOT NULL"),
            postgresql_where=text("finish_noted_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    course_id: Mapped[ShortText]
    started_at: Mapped[datetime]
    place_item_id: Mapped[str | None] = mapped_column(String(64))
    place_at: Mapped[datetime]
    locale: Mapped[str] = mapped_column(String(16))
    """The language of the last step."""
    course_digest: Mapped[ShortText] = mapped_column(default="", server_default=text("''"))
    """Names the edition of the course in which it was begun; empty where that is not known."""
    finished_at: Mapped[datetime | None]
    """When the last item of the course, as the course was then, was done for the first time; None while one is open.

    It is never taken back and never moved later, whatever becomes of the course: a report must not change afterwards.
    """
    finished_digest: Mapped[ShortText] = mapped_column(default="", server_default=text("''"))
    """Names the edition of the course that was finished; says nothing while ``finished_at`` is None."""
    finish_noted_at: Mapped[datetime | None]
    """When it became known that the course was finished, where that was later than ``finished_at``; None where it was at once."""


class Visit(Base):
    """One item as it stands for one learner: the join of everything that happened to it."""

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("learner_id", "course_id", "item_id"),
        # For what people gained between the questions before a course and after it: few of all visits have a score.
        Index(
            "ix_visit_scored",
            "item_id",
            "done_at",
            sqlite_where=text("score IS NOT NULL"),
            postgresql_where=text("score IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    course_id: Mapped[ShortText]
    item_id: Mapped[ShortText]
    first_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    score: Mapped[int | None]
    """Best score so far, whole percent."""
    passed_at: Mapped[datetime | None]
    tries: Mapped[int]
    state: Mapped[dict[str, Any]]
    state_at: Mapped[datetime | None]
    course_digest: Mapped[ShortText] = mapped_column(default="", server_default=text("''"))
    """Names the edition of the course that the state is of; empty where that is not known."""


class Attempt(Base):
    """One submission, never changed: what was answered, what it came to, against which version of the course."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("learner_id", "key"),
        Index("ix_attempt_learner_id_course_id_item_id", "learner_id", "course_id", "item_id"),
    )

    id: Mapped[Id]
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    course_id: Mapped[ShortText]
    item_id: Mapped[ShortText]
    key: Mapped[ShortText]
    """Made by the page; the same key is the same press."""
    at: Mapped[datetime]
    locale: Mapped[str] = mapped_column(String(16))
    course_version: Mapped[str] = mapped_column(String(32))
    course_digest: Mapped[ShortText]
    seed: Mapped[int]
    answers: Mapped[dict[str, Any]]
    done: Mapped[bool]
    score: Mapped[int | None]
    passed: Mapped[bool | None]


class CourseEdition(Base):
    """A course as it was when somebody answered it: what an old record can be held against after the course has changed."""

    __tablename__ = "course_edition"

    course_id: Mapped[ShortText] = mapped_column(primary_key=True)
    digest: Mapped[ShortText] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(32))
    locale: Mapped[str] = mapped_column(String(16))
    """The language that the course is written in."""
    first_at: Mapped[datetime]
    titles: Mapped[dict[str, Any]]
    """By language."""
    items: Mapped[dict[str, Any]]
    """By the id of each item its digest, the digests of its parts, whether it is a check, and whether a country added it."""
    adapted_by: Mapped[dict[str, Any] | None]
    """By language who changed it for a country."""


class Vote(Base):
    """A key that a learner's present answers to an item count for (``Outcome.votes``); what was chosen before is gone."""

    __tablename__ = "vote"
    __table_args__ = (
        UniqueConstraint("learner_id", "course_id", "item_id", "key"),
        Index("ix_vote_course_id_item_id_key", "course_id", "item_id", "key"),
    )

    id: Mapped[Id]
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    course_id: Mapped[ShortText]
    item_id: Mapped[ShortText]
    key: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]


class Practice(Base):
    """A question that a learner was asked beside the steps of a course: before a module, again, or what came of an action.

    It is no part of progress, and nothing of it is scored.
    """

    __tablename__ = "practice"
    __table_args__ = (
        UniqueConstraint("learner_id", "course_id", "key"),
        Index("ix_practice_course_id_purpose", "course_id", "purpose"),
        Index("ix_practice_by_letter_letter_at_due_on", "by_letter", "letter_at", "due_on"),
    )

    id: Mapped[Id]
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    course_id: Mapped[ShortText]
    key: Mapped[ShortText]
    """Names what is asked, such as ``refresher:30``: a learner is asked it once."""
    purpose: Mapped[str] = mapped_column(String(16))
    due_on: Mapped[date]
    """From the morning of this day on it is asked, where the learner is; of what is not booked before, when it was answered."""
    by_letter: Mapped[bool] = mapped_column(default=False, server_default=false())
    letter_at: Mapped[datetime | None]
    """When its letter was handed to the outbox."""
    answered_at: Mapped[datetime | None]
    item_id: Mapped[ShortText] = mapped_column(default="", server_default=text("''"))
    """The check, the module (``module.<id>``) or the action; empty until it is answered."""
    question_id: Mapped[ShortText] = mapped_column(default="", server_default=text("''"))
    answer: Mapped[dict[str, Any]]
    """Empty while it is not answered, and of what was skipped."""
    is_right: Mapped[bool | None]
    """None where nothing is right or wrong, and of what was skipped."""
    locale: Mapped[str] = mapped_column(String(16), default="", server_default=text("''"))
    course_version: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))
