"""Letters that wait or were sent, jobs for the machine, and which day's work was done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, String, UniqueConstraint, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.outbox.rules import LONGEST_ADDRESS, LONGEST_KEY, LetterState
from coplearn.storage.base import Base, Id, ShortText


class Letter(Base):
    """One letter to one person. Its key stays for good, so that no letter is ever sent twice; one that was taken back
    before it was ever sent gives its key free."""

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_state_next_try_at", "state", "next_try_at"),
        Index("ix_letter_scope", "scope"),
        Index("ix_letter_to_address", "to_address"),
    )

    id: Mapped[Id]
    public_id: Mapped[ShortText] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)
    """What causes the letter, in words of the slice that writes it; the same key is the same letter."""
    to_address: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    """Empty once it is no longer needed."""
    locale: Mapped[str] = mapped_column(String(16))
    """A locale's code: the language it is written in."""
    time_zone: Mapped[str] = mapped_column(String(64))
    """An IANA name: the zone its instants are told in."""
    kind: Mapped[ShortText]
    params: Mapped[dict[str, Any]]
    """What its template needs; empty once it is no longer needed."""
    scope: Mapped[ShortText]
    """Whose outbox lists it, such as ``cohort:12``; empty for the site's alone."""
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int] = mapped_column(default=0)
    rounds: Mapped[int] = mapped_column(default=0)
    """How often somebody had it sent again: a new round is a new message to mail programs."""
    next_try_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(String(16), default="")
    """A kind of fault; never the mail server's words, which may hold an address."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class LetterStop(Base):
    """A reader who wants no more letters of one kind, known by a code that only their letters hold: no address is kept."""

    __tablename__ = "letter_stop"

    code: Mapped[ShortText] = mapped_column(primary_key=True)
    kind: Mapped[ShortText]


class Job(Base):
    """Work for the machine; gone when it is done."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_due_at", "due_at"),)

    id: Mapped[Id]
    name: Mapped[ShortText]
    """The task that a slice registered."""
    params: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    """Until when it belongs to the worker that took it; who lives renews this."""
    claim: Mapped[str] = mapped_column(String(32), default="")
    """Names the taking, so that a worker that was taken for dead cannot end what another began anew."""
    tries: Mapped[int] = mapped_column(default=0)
    """How often it failed."""


class Heartbeat(Base):
    """The last time that a machine was seen doing the jobs, and its process."""

    __tablename__ = "heartbeat"

    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    pid: Mapped[int]
    at: Mapped[datetime]


class DailyRun(Base):
    """A piece of the day's work: its row is what lets only one of several machines do it."""

    __tablename__ = "daily_run"
    __table_args__ = (UniqueConstraint("day", "name", name="uq_daily_run_day_name"),)

    id: Mapped[Id]
    day: Mapped[date]
    name: Mapped[ShortText]
    claimed_until: Mapped[datetime]
    done_at: Mapped[datetime | None]


def due(now: datetime) -> ColumnElement[bool]:
    """The condition of letters whose time has come, and of those whose sender died."""
    waits = and_(Letter.state == LetterState.WAITING, Letter.next_try_at <= now)
    return or_(waits, and_(Letter.state == LetterState.SENDING, Letter.claimed_until <= now))
