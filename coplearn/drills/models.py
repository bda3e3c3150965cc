"""Runs of an exercise, every entry that a facilitator made in one, and the fixes that a group agreed on."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText

_RUN = "drill_run.id"
_USER = "user.id"


class DrillRun(Base):
    """An exercise as one group played it."""

    __tablename__ = "drill_run"
    __table_args__ = (Index("ix_drill_run_by_id", "by_id"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    course_id: Mapped[ShortText]
    item_id: Mapped[ShortText]
    course_version: Mapped[ShortText]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    """The facilitator; None once they are erased: the exercise still counts."""
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    people: Mapped[int]
    """Seats that were taken when it was over."""
    asked_at: Mapped[datetime | None]
    """When the facilitator was asked after the fixes."""


class DrillEntry(Base):
    """One entry as it was made; never changed, so both of two that collide are here. The newest that stands is what holds."""

    __tablename__ = "drill_entry"
    __table_args__ = (UniqueConstraint("run_id", "op_id"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey(_RUN, ondelete="CASCADE"))
    op_id: Mapped[ShortText]
    """Made by the page or the device; the same one is the same entry, however often it is sent."""
    key: Mapped[str] = mapped_column(String(160))
    """Such as ``inject.<id>``, ``score.<anchor>`` or ``fix.1.what`` (``rules.slots``)."""
    value: Mapped[str] = mapped_column(String(300))
    rev: Mapped[int]
    stands: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]
    """When the server took it."""
    happened_at: Mapped[datetime]


class DrillFix(Base):
    """One thing that a group wants to change: what, which office owns it, by when, and how it stands three months later."""

    __tablename__ = "drill_fix"
    __table_args__ = (UniqueConstraint("run_id", "number"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey(_RUN, ondelete="CASCADE"))
    number: Mapped[int]
    what: Mapped[str] = mapped_column(String(300))
    office: Mapped[str] = mapped_column(String(120))
    due_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.drills.rules.FixState`; empty until somebody answered."""
    answered_at: Mapped[datetime | None]
