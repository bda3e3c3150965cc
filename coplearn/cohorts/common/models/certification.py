"""Teach-backs and what was seen in them, outcomes, the right a trainer holds, and the question three months later."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.storage.base import Base, Id, Name, ShortText

_USER = "user.id"
_MEMBERSHIP = "membership.id"
_CERTIFICATION = "certification.id"


class TeachBack(Base):
    """One time that a trainee taught in front of others, or is going to."""

    __tablename__ = "teach_back"
    __table_args__ = (UniqueConstraint("membership_id", "turn"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey(_MEMBERSHIP, ondelete="CASCADE"))
    turn: Mapped[int]
    """1 for the trainee's first."""
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey(Meeting.id, ondelete="SET NULL"))
    course_id: Mapped[ShortText]
    module_id: Mapped[ShortText]
    """What was taught; empty when not stated."""
    planned_on: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Evaluation(Base):
    """An observer's record of one teach-back; never changed: a later row may amend it and says why."""

    __tablename__ = "evaluation"
    __table_args__ = (Index("ix_evaluation_teach_back_id", "teach_back_id"),)

    id: Mapped[Id]
    op_id: Mapped[ShortText] = mapped_column(unique=True)
    """Made by the page: the same press is one row."""
    teach_back_id: Mapped[int] = mapped_column(ForeignKey("teach_back.id", ondelete="CASCADE"))
    observer_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    observer_name: Mapped[Name]
    decides: Mapped[bool]
    """Whether it is an independent examiner's sign-off, or an observer's notes."""
    rubric_version: Mapped[str] = mapped_column(String(16))
    scores: Mapped[dict[str, Any]]
    """Row id to 1..4."""
    result: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.cohorts.common.rules.words.Result`."""
    note_to_trainee: Mapped[str] = mapped_column(Text)
    note_internal: Mapped[str] = mapped_column(Text)
    evidence_name: Mapped[str] = mapped_column(String(200))
    evidence_sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Names the stored file; empty for none."""
    evidence_type: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    amends_id: Mapped[int | None] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"), unique=True)
    """The row it takes the place of; a row is amended once, and the amendment in turn."""
    reason: Mapped[str] = mapped_column(String(300))


class Certification(Base):
    """The outcome of one person's training. A new turn takes the place of the one before; a certified one holds a right."""

    __tablename__ = "certification"
    __table_args__ = (
        UniqueConstraint("membership_id", "turn"),
        Index("ix_certification_user_id", "user_id"),
        Index("ix_certification_parent_id", "parent_id"),
        Index("ix_certification_country_issued_at", "country", "issued_at"),
        Index("ix_certification_valid_until", "valid_until"),
    )

    id: Mapped[Id]
    membership_id: Mapped[int] = mapped_column(ForeignKey(_MEMBERSHIP, ondelete="CASCADE"))
    turn: Mapped[int]
    """1 for the first decision; the highest stands."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    """Who holds the right; None for somebody without an account."""
    outcome: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.cohorts.common.rules.words.TrainingOutcome`."""
    number: Mapped[str | None] = mapped_column(String(64), unique=True)
    """For certified people: what a stranger checks."""
    name: Mapped[Name]
    course_ids: Mapped[list[str]] = mapped_column(JSON)
    course_titles: Mapped[dict[str, Any] | None]
    """What each of them was called then, by id (``outcomes.rules.certification.CourseTitles``); None where that was not kept."""
    country: Mapped[str] = mapped_column(String(2))
    generation: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey(_CERTIFICATION, ondelete="SET NULL"))
    """The certification under whose right the cohort was run: the line from master to trainer to learner."""
    may_pass_on: Mapped[bool]
    """Whether a coordinator allowed one more step than the usual two."""
    locale: Mapped[str] = mapped_column(String(16))
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    issued_by_name: Mapped[Name]
    note: Mapped[str] = mapped_column(Text)
    """Kind words to the trainee about what comes next."""
    valid_until: Mapped[datetime | None]
    renewed_from_id: Mapped[int | None] = mapped_column(ForeignKey(_CERTIFICATION, ondelete="SET NULL"))
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    revoked_reason: Mapped[str] = mapped_column(String(300))


class CertificationFile(Base):
    """The fingerprint of a trainer's certificate this site made, so that a changed PDF is told apart."""

    __tablename__ = "certification_file"
    __table_args__ = (Index("ix_certification_file_certification_id", "certification_id"),)

    id: Mapped[Id]
    certification_id: Mapped[int] = mapped_column(ForeignKey(_CERTIFICATION, ondelete="CASCADE"))
    sha256: Mapped[ShortText] = mapped_column(unique=True)
    name: Mapped[Name]
    made_at: Mapped[datetime]


class BroughtBadge(Base):
    """A member's badge of somebody else, which was good when it was brought. The file is not kept."""

    __tablename__ = "brought_badge"
    __table_args__ = (UniqueConstraint("membership_id", "asked"), UniqueConstraint("asked", "credential"))

    id: Mapped[Id]
    membership_id: Mapped[int] = mapped_column(ForeignKey(_MEMBERSHIP, ondelete="CASCADE"))
    asked: Mapped[str] = mapped_column(String(16))
    """The id of what was asked for (``Cohort.asked_badges``)."""
    credential: Mapped[ShortText]
    """SHA-256 of the credential's own id: one badge counts for one person."""
    valid_until: Mapped[datetime | None]
    brought_at: Mapped[datetime]


class FollowUp(Base):
    """Three questions, three months later; how many answered is always told with what they said."""

    __tablename__ = "follow_up"
    __table_args__ = (Index("ix_follow_up_due_on", "due_on"),)

    id: Mapped[Id]
    membership_id: Mapped[int] = mapped_column(ForeignKey(_MEMBERSHIP, ondelete="CASCADE"), unique=True)
    token_hash: Mapped[ShortText] = mapped_column(unique=True)
    """SHA-256 of the private part of the address that was mailed."""
    due_on: Mapped[date] = mapped_column(Date)
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]]
