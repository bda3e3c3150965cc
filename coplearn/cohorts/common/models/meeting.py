"""Meetings, who is registered for one, who was there, and every mark anybody ever made."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, Name, ShortText

_MEETING = "meeting.id"
_MEMBERSHIP = "membership.id"


class Meeting(Base):
    """One planned time together, in a room or online."""

    __tablename__ = "meeting"
    __table_args__ = (
        Index("ix_meeting_cohort_id_starts_at", "cohort_id", "starts_at"),
        Index("ix_meeting_makes_up_id", "makes_up_id"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    title: Mapped[Name]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    mandatory: Mapped[bool]
    makes_up_id: Mapped[int | None] = mapped_column(ForeignKey(_MEETING, ondelete="SET NULL"))
    """The meeting that this one makes up for; it does not add to the denominator."""
    room: Mapped[Name]
    link: Mapped[str] = mapped_column(String(500))
    topics: Mapped[list[list[str]]] = mapped_column(JSON)
    """Pairs of a course's id and a module's id."""
    state: Mapped[str] = mapped_column(String(16))
    """``planned`` or ``cancelled``; whether it is over is a question of the clock."""
    with_children: Mapped[bool]
    safeguarding_lead: Mapped[Name]
    """Who is told at once when a child says something; wanted before a meeting with children."""
    vetted_adults: Mapped[str] = mapped_column(String(400))
    """Names of the (at least two) vetted adults, when children are there."""
    checkin_secret: Mapped[ShortText]
    """From which the codes at the door are made; never leaves the server."""
    by_registration: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it is a session of a series: for those alone who registered for it, and no training."""
    capacity: Mapped[int | None]
    """How many may register; None for no limit."""
    needs_approval: Mapped[bool] = mapped_column(default=False, server_default=false())
    waiting_list: Mapped[bool] = mapped_column(default=False, server_default=false())
    link_minutes: Mapped[int | None]
    """How long before it begins the link to join shows to the registered; None for as soon as they are."""
    agenda: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """A point a line."""
    recording: Mapped[str] = mapped_column(String(500), default="", server_default=text("''"))
    """The address of the recording; empty for none."""
    notes_rule: Mapped[str] = mapped_column(String(16), default="chatham", server_default=text("'chatham'"))
    """A :class:`coplearn.cohorts.common.rules.words.NotesRule`."""
    notes: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """What came of it."""
    sequence: Mapped[int]
    """Goes up with each change that calendars must notice (RFC 5545)."""
    rev: Mapped[int]
    changed_at: Mapped[datetime]


class Attendance(Base):
    """The present mark of one person at one meeting: the newest mark that won."""

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("meeting_id", "membership_id"),
        Index("ix_attendance_membership_id", "membership_id"),
    )

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(ForeignKey(_MEETING, ondelete="CASCADE"))
    membership_id: Mapped[int] = mapped_column(ForeignKey(_MEMBERSHIP, ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.cohorts.common.rules.words.Presence`."""
    rev: Mapped[int]
    updated_at: Mapped[datetime]


class Mark(Base):
    """One mark as somebody made it; never changed, so both of two that collide are here."""

    __tablename__ = "mark"
    __table_args__ = (Index("ix_mark_meeting_id_membership_id", "meeting_id", "membership_id"),)

    id: Mapped[Id]
    op_id: Mapped[ShortText] = mapped_column(unique=True)
    """Made by the page or the device; the same one is the same mark, however often it is sent."""
    meeting_id: Mapped[int] = mapped_column(ForeignKey(_MEETING, ondelete="CASCADE"))
    membership_id: Mapped[int] = mapped_column(ForeignKey(_MEMBERSHIP, ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(16))
    base_rev: Mapped[int]
    """The attendance's rev that the page had shown; 0 for none."""
    stands: Mapped[bool]
    """Whether it became the attendance when it came in."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    by_name: Mapped[Name]
    via: Mapped[str] = mapped_column(String(16))
    """``register``, ``offline``, ``checkin``, ``card`` or ``paper``."""
    at: Mapped[datetime]
    """When the server took it."""
    made_at: Mapped[datetime]
    """When it was made by the device's clock: a hint, shown and never counted on."""
    reason: Mapped[str] = mapped_column(String(300))


class ChildrenCount(Base):
    """The number of children of an age band at a meeting. Children are counted and never named."""

    __tablename__ = "children_count"
    __table_args__ = (UniqueConstraint("meeting_id", "age_band"),)

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(ForeignKey(_MEETING, ondelete="CASCADE"))
    age_band: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.cohorts.common.rules.words.AgeBand`."""
    count: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    at: Mapped[datetime]


class Registration(Base):
    """One person's place at one session of a series, or their place on its waiting list."""

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("meeting_id", "membership_id"),
        Index("ix_registration_membership_id", "membership_id"),
    )

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(ForeignKey(_MEETING, ondelete="CASCADE"))
    membership_id: Mapped[int] = mapped_column(ForeignKey(_MEMBERSHIP, ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.cohorts.common.rules.words.MemberState` but ``invited``."""
    queue_number: Mapped[int | None]
    """Where they are on the waiting list: the lowest is next."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class SessionSpeaker(Base):
    """A person who speaks at a session; named on its page once they agreed to it."""

    __tablename__ = "session_speaker"
    __table_args__ = (Index("ix_session_speaker_meeting_id", "meeting_id"),)

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(ForeignKey(_MEETING, ondelete="CASCADE"))
    name: Mapped[Name]
    organisation: Mapped[Name]
    agreed_at: Mapped[datetime | None]
    """When somebody wrote down that they agreed to be named; None while nobody has."""


class SessionMaterial(Base):
    """A thing to read or see that belongs to a session, by its address."""

    __tablename__ = "session_material"
    __table_args__ = (Index("ix_session_material_meeting_id", "meeting_id"),)

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(ForeignKey(_MEETING, ondelete="CASCADE"))
    title: Mapped[Name]
    link: Mapped[str] = mapped_column(String(500))
    for_all: Mapped[bool]
    """Whether whoever may read the page sees it, or the registered alone."""


class SessionAction(Base):
    """A thing that was agreed at a session, with who does it and until when."""

    __tablename__ = "session_action"
    __table_args__ = (Index("ix_session_action_meeting_id", "meeting_id"),)

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(ForeignKey(_MEETING, ondelete="CASCADE"))
    what: Mapped[str] = mapped_column(String(500))
    organisation: Mapped[Name]
    due_on: Mapped[date | None] = mapped_column(Date)
    done_on: Mapped[date | None] = mapped_column(Date)
