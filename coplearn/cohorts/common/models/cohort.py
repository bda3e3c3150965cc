"""The cohort itself, who runs it, who belongs to it, and what was done to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.learning.models import Learner
from coplearn.storage.base import Base, Id, Name, ShortText

_USER = "user.id"
_COHORT = "cohort.id"


class Cohort(Base):
    """People who are trained together, and the rules that hold for them."""

    __tablename__ = "cohort"
    __table_args__ = (
        Index("ix_cohort_country_state", "country", "state"),
        Index("ix_cohort_right_id", "right_id"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    """Names the cohort in addresses; random, so that nobody counts them."""
    kind: Mapped[str] = mapped_column(String(32))
    """A :class:`coplearn.cohorts.common.rules.words.Kind`."""
    title: Mapped[Name]
    country: Mapped[str] = mapped_column(String(2))
    """ISO 3166-1, two capitals."""
    region: Mapped[str] = mapped_column(String(100))
    place: Mapped[str] = mapped_column(String(300))
    """The venue in words, or how to reach it online; empty when not known yet."""
    online: Mapped[bool]
    languages: Mapped[list[str]] = mapped_column(JSON)
    """Codes of locales.toml; the first is the cohort's own, in which its people are written to by default."""
    time_zone: Mapped[ShortText]
    """An IANA name, such as ``Africa/Casablanca``; meetings are entered and shown in it."""
    audience: Mapped[str] = mapped_column(String(32))
    """Whom it is for; empty when not stated."""
    course_ids: Mapped[list[str]] = mapped_column(JSON)
    """Courses everybody must finish with at least ``course_mark`` percent."""
    optional_course_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Courses that are recommended: shown on everybody's checklist, and never missing."""
    capacity: Mapped[int | None]
    join_code: Mapped[str | None] = mapped_column(String(16), unique=True)
    """What people type or scan to join; None when nobody can join by themselves."""
    join_expires_at: Mapped[datetime | None]
    join_needs_approval: Mapped[bool]
    waiting_list: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether somebody who joins by the code when every seat is taken is put on a waiting list."""
    is_public: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether anybody may read the page of a series and register for its sessions."""
    about: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """What a series is about, for its page."""
    state: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.cohorts.common.rules.words.State`."""
    archived_at: Mapped[datetime | None]
    threshold: Mapped[int]
    """How many percent of the planned meetings must be attended."""
    course_mark: Mapped[int]
    asked_badges: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON, default=list)
    """Badges of others that are asked for (``outcomes.rules.badges.AskedBadge``)."""
    teach_backs: Mapped[int]
    """How many passed teach-backs it takes; 0 for none."""
    rubric_version: Mapped[str] = mapped_column(String(16))
    validity_months: Mapped[int]
    generation: Mapped[int]
    """Steps from the courses' authors to the trainers it makes: 1 when a coordinator opened it."""
    right_id: Mapped[int | None]
    """The certification (``certification.id``) under whose right it is run, or None for a coordinator's own. Not a
    foreign key: the tables would stand in a ring."""
    calendar_token: Mapped[str] = mapped_column(String(64), unique=True)
    """The private part of the cohort's calendar address; a new one closes the old."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    created_at: Mapped[datetime]
    rev: Mapped[int]
    """Goes up with every change; a save names the one it was made from."""


class CohortStaff(Base):
    """A person who works in a cohort. A row stays when they leave, because nobody may judge those they once trained."""

    __tablename__ = "cohort_staff"
    __table_args__ = (
        UniqueConstraint("cohort_id", "user_id", "role"),
        Index("ix_cohort_staff_user_id", "user_id"),
    )

    id: Mapped[Id]
    cohort_id: Mapped[int] = mapped_column(ForeignKey(_COHORT, ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.cohorts.common.rules.words.StaffRole`."""
    calendar_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    """The private part of the address of their calendar: all cohorts they work in. None while nobody asked for one."""
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it ended, or will end by itself: :func:`coplearn.cohorts.common.queries.at_work` says whether it is over."""


class StaffRequest(Base):
    """A person who was asked to work in a cohort, by mail address, and has not said yes. In time it is forgotten."""

    __tablename__ = "staff_request"
    __table_args__ = (
        UniqueConstraint("cohort_id", "email", "role"),
        Index("ix_staff_request_email", "email"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey(_COHORT, ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(255))
    """As it was typed, in lower case. Whether it has an account is nobody's business before they say yes."""
    role: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.cohorts.common.rules.words.StaffRole`."""
    role_until: Mapped[datetime | None]
    """When the work will end by itself, if they say yes."""
    asked_at: Mapped[datetime]
    declined_at: Mapped[datetime | None]


class Membership(Base):
    """One person in one cohort, with or without an account, with or without a mail address."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("cohort_id", "key"),
        UniqueConstraint("cohort_id", "user_id"),
        Index("ix_membership_cohort_id_state", "cohort_id", "state"),
        Index("ix_membership_user_id", "user_id"),
        Index("uq_membership_cohort_id_sourced_id", "cohort_id", "sourced_id", unique=True),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey(_COHORT, ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    key: Mapped[ShortText]
    """SHA-256 of what makes the person one person in this cohort's rosters (see ``people.rules.joining.person_key``)."""
    name: Mapped[Name]
    """Empty once the person erased their account: they are counted and no longer named."""
    email: Mapped[str | None] = mapped_column(String(255))
    """In lower case; None for people who have none."""
    phone: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    """With its country's code (``+212612345678``), or as somebody wrote it; empty for none. Only the cohort's staff see it."""
    organisation: Mapped[Name]
    sector: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))
    """The sort of that organisation (:class:`coplearn.cohorts.common.rules.words.Sector`), as they said it; empty for none."""
    region: Mapped[str] = mapped_column(String(100))
    locale: Mapped[str] = mapped_column(String(16))
    """The language they are written to in."""
    state: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.cohorts.common.rules.words.MemberState`."""
    card_code: Mapped[str | None] = mapped_column(String(16), unique=True)
    """On the printed card of somebody without mail: learns with it, takes the place over, and checks in at the door."""
    sourced_id: Mapped[str | None] = mapped_column(String(255))
    """Their number in a register of another system (OneRoster's ``sourcedId``): by it the same list finds them again."""
    organisation_number: Mapped[str] = mapped_column(String(255), default="", server_default=text("''"))
    """The number that this register gives their organisation; empty for none."""
    queue_number: Mapped[int | None]
    """Where they are on the waiting list: the lowest is next. None for everybody who is not on it."""
    calendar_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    invited_at: Mapped[datetime | None]
    """When they were last written to with an invitation."""
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]


class CardLearner(Base):
    """The learner of somebody's card, while the place has no account; an account takes this learner's records over."""

    __tablename__ = "card_learner"

    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id", ondelete="CASCADE"), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey(Learner.id, ondelete="CASCADE"), unique=True)


class CohortEvent(Base):
    """A line of a cohort's history, for whoever asks later; never changed."""

    __tablename__ = "cohort_event"
    __table_args__ = (Index("ix_cohort_event_cohort_id_id", "cohort_id", "id"),)

    id: Mapped[Id]
    cohort_id: Mapped[int] = mapped_column(ForeignKey(_COHORT, ondelete="CASCADE"))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    by_name: Mapped[Name]
    kind: Mapped[str] = mapped_column(String(32))
    """Verb of what was done, such as ``opened`` or ``staff-added``."""
    details: Mapped[dict[str, Any]]


class RosterImport(Base):
    """A roster file on its way in: what it holds, how far it is, what each line came to."""

    __tablename__ = "roster_import"
    __table_args__ = (Index("ix_roster_import_cohort_id", "cohort_id"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey(_COHORT, ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    created_at: Mapped[datetime]
    file_name: Mapped[Name]
    """As the person's machine called it; shown, never opened."""
    sha256: Mapped[ShortText]
    columns: Mapped[dict[str, Any]]
    """Which column of the file is which field."""
    state: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.cohorts.people.rules.rosters.ImportStage`."""
    touched_at: Mapped[datetime | None]
    """When whoever works on it last showed life."""
    total: Mapped[int]
    done: Mapped[int]
    """Lines that are in, counted from the top: where to go on after a kill."""
    newest_before: Mapped[int | None]
    """The newest membership there was when it began to come in; None until then, and in a cohort of nobody."""
    added: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    refused: Mapped[int]
    noticed: Mapped[int] = mapped_column(default=0, server_default="0")
    """Lines that were taken with something to be said."""
    unknown_words: Mapped[str] = mapped_column(Text, default="{}", server_default="{}")
    """JSON: words for languages that nobody knows yet, and how many lines have them."""
    report: Mapped[str] = mapped_column(Text)
    """JSON: what is to be said about lines, each with its number and reason, refused ones and others."""
