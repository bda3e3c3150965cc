"""Reading the outbox: what is due, how many letters stand where, and the last of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import nan
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.metrics.rules import GaugeValue, age
from coplearn.outbox.models import DailyRun, Heartbeat, Job, Letter, LetterStop, due
from coplearn.outbox.rules import NOTHING, LetterState, partly

PAGE_SIZE = 50
STANDS_STILL_AFTER = timedelta(minutes=3)
"""A process that does the jobs shows life each half minute."""


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter as staff may see it: no text, and only a part of the address."""

    public_id: str
    to: str
    kind: str
    locale: str
    state: str
    tries: int
    next_try_at: datetime
    last_error: str
    created_at: datetime
    sent_at: datetime | None
    is_kept: bool
    """Whether it could be sent again: its text and its address are still there."""


def is_due(session: Session, now: datetime) -> bool:
    """Whether any letter waits to be sent now (one statement)."""
    return session.scalar(select(Letter.id).where(due(now)).limit(1)) is not None


def queued_params(session: Session, name: str) -> Sequence[Mapping[str, Any]]:
    """The parameters of every job of that name that waits, is being done, or is to be tried again (one statement)."""
    return session.scalars(select(Job.params).where(Job.name == name)).all()


def counts_of(session: Session, scope: str = "") -> Mapping[str, int]:
    """The number of letters in each state, of one scope or of all (one statement)."""
    query = select(Letter.state, func.count().label("number")).where(Letter.kind != NOTHING).group_by(Letter.state)
    if scope:
        query = query.where(Letter.scope == scope)
    return {row.state: row.number for row in session.execute(query)}


def letters_of(session: Session, scope: str = "", page: int = 1, state: str = "") -> tuple[list[LetterLine], bool]:
    """A page of the letters of one scope or of all, newest first, and whether there are more (one statement)."""
    query = select(Letter).where(Letter.kind != NOTHING).order_by(Letter.id.desc())
    if scope:
        query = query.where(Letter.scope == scope)
    if state:
        query = query.where(Letter.state == state)
    rows = session.scalars(query.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)).all()
    return [_line(row) for row in rows[:PAGE_SIZE]], len(rows) > PAGE_SIZE


def _line(row: Letter) -> LetterLine:
    return LetterLine(
        row.public_id,
        partly(row.to_address),
        row.kind,
        row.locale,
        row.state,
        row.tries,
        row.next_try_at,
        row.last_error,
        row.created_at,
        row.sent_at,
        bool(row.to_address),
    )


def export_of(session: Session, address: str) -> list[dict[str, Any]]:
    """Every letter to that address that is still known, for the person's own download; without what it said."""
    rows = session.scalars(select(Letter).where(Letter.to_address == address).order_by(Letter.id))
    return [
        {
            "kind": row.kind,
            "language": row.locale,
            "time_zone": row.time_zone,
            "state": row.state,
            "written": row.created_at.isoformat(),
            "sent": row.sent_at.isoformat() if row.sent_at else None,
        }
        for row in rows
    ]


def open_days_work(session: Session, day: date, names: Sequence[str], now: datetime) -> list[str]:
    """The pieces of the day's work that nobody has done or is doing (one statement)."""
    query = select(DailyRun.name, DailyRun.done_at, DailyRun.claimed_until).where(DailyRun.day == day)
    taken = {name for name, done, until in session.execute(query) if done is not None or until > now}
    return [name for name in names if name not in taken]


def is_stopped(session: Session, code: str) -> bool:
    """Whether the reader whom that code names wants no more letters of its kind (one statement)."""
    return session.get(LetterStop, code) is not None


def last_beat(session: Session) -> Heartbeat | None:
    """The time, machine and process in which the jobs were last seen being done, if ever (one statement)."""
    return session.scalar(select(Heartbeat).order_by(Heartbeat.at.desc()).limit(1))


def stands_still(session: Session, now: datetime) -> bool:
    """Whether nobody has done the site's jobs for some minutes, or ever (one statement)."""
    beat = last_beat(session)
    return beat is None or now - beat.at > STANDS_STILL_AFTER


def last_sent(session: Session) -> datetime | None:
    """The time at which the newest letter that was sent left (one statement)."""
    query = select(Letter.sent_at).where(Letter.state == LetterState.SENT, Letter.kind != NOTHING)
    return session.scalar(query.order_by(Letter.id.desc()).limit(1))


def oldest_waiting(session: Session) -> datetime | None:
    """The time at which the oldest letter that waits was written (one statement)."""
    return session.scalar(select(func.min(Letter.created_at)).where(Letter.state == LetterState.WAITING))


def last_days_work(session: Session) -> date | None:
    """The last day of which any of the day's work was done (one statement)."""
    return session.scalar(select(func.max(DailyRun.day)).where(DailyRun.done_at.is_not(None)))


def outbox_gauges(session: Session, now: datetime) -> list[GaugeValue]:
    """The letters and jobs that wait or failed, and since when, as Prometheus reads them (three statements)."""
    # What was sent is not counted: those rows stay for ever.
    states = (LetterState.WAITING, LetterState.SENDING, LetterState.GIVEN_UP)
    query = select(Letter.state, func.count().label("number"), func.min(Letter.created_at).label("oldest"))
    found = {row.state: row for row in session.execute(query.where(Letter.state.in_(states)).group_by(Letter.state))}
    letters = [
        GaugeValue(
            "coplearn_letters",
            "Letters in the outbox, by state.",
            found[state].number if state in found else 0,
            (("state", state.value),),
        )
        for state in states
    ]
    oldest = found[LetterState.WAITING].oldest if LetterState.WAITING in found else None
    waiting, in_hand = jobs_standing(session, now)
    beat = last_beat(session)
    return [
        *letters,
        GaugeValue("coplearn_letters_oldest_seconds", "Age of the oldest letter that waits.", age(now, oldest)),
        GaugeValue("coplearn_jobs", "Jobs, by state.", waiting, (("state", "waiting"),)),
        GaugeValue("coplearn_jobs", "Jobs, by state.", in_hand, (("state", "in-hand"),)),
        GaugeValue(
            "coplearn_jobs_seen_seconds",
            "Seconds since the jobs were last seen being done; NaN when they never were.",
            age(now, beat.at) if beat is not None else nan,
        ),
    ]


def jobs_standing(session: Session, now: datetime) -> tuple[int, int]:
    """The number of jobs that wait, and of those in somebody's hands (one statement)."""
    in_hand = func.count().filter(Job.claimed_until > now)
    total, in_hands = session.execute(select(func.count(), in_hand).select_from(Job)).one()
    return total - in_hands, in_hands
