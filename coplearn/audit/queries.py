"""Reading the audit log: whether it is whole, who read what, and its rows for a page or a file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from coplearn.audit.kinds import EventKind
from coplearn.audit.models import AuditEvent, AuditHead, AuditSeal
from coplearn.audit.rules import FIRST_HASH, ChainLink, DaySeal, Event, first_break

_ROWS_AT_ONCE: Final = 1_000
_MOST_OF_ONE: Final = 10_000
_EVENT: Final = (
    AuditEvent.number,
    AuditEvent.at,
    AuditEvent.kind,
    AuditEvent.who,
    AuditEvent.session,
    AuditEvent.whom,
    AuditEvent.about,
)


def last_read(session: Session, who: str, kind: str, whom: str, about: str, since: datetime) -> datetime | None:
    """The instant at which the log says that they last read that, after ``since``; None for not since (one statement)."""
    newest = (
        select(AuditEvent.at)
        .where(AuditEvent.who == who, AuditEvent.kind == kind, AuditEvent.whom == whom, AuditEvent.about == about)
        .where(AuditEvent.at > since)
        .order_by(AuditEvent.number.desc())
    )
    return session.scalar(newest.limit(1))


def last_seal(session: Session) -> AuditSeal | None:
    """The newest seal (one statement)."""
    return session.scalar(select(AuditSeal).order_by(AuditSeal.day.desc()).limit(1))


def newest(session: Session, limit: int = 100) -> list[Event]:
    """The newest events, the last first (one statement)."""
    statement = select(*_EVENT).order_by(AuditEvent.number.desc()).limit(limit)
    return [Event(*row) for row in session.execute(statement)]


def links(session: Session) -> Iterator[ChainLink]:
    """The whole chain by number, read a stretch at a time."""
    statement = select(*_EVENT, AuditEvent.hash).order_by(AuditEvent.number).limit(_ROWS_AT_ONCE)
    rows = session.execute(statement).all()
    while rows:
        for row in rows:
            yield ChainLink(Event(*row[:-1]), row.hash)
        rows = session.execute(statement.where(AuditEvent.number > rows[-1].number)).all()


def end_of_chain(session: Session) -> tuple[int, str]:
    """The last number and its hash, as they are kept apart from the chain (one statement)."""
    row = session.execute(select(AuditHead.number, AuditHead.hash).where(AuditHead.id == 1)).first()
    return (row.number, row.hash) if row is not None else (0, FIRST_HASH)


def broken_at(session: Session) -> int | None:
    """The first number at which the chain is broken; None when it is whole."""
    return first_break(links(session), end_of_chain(session))


@dataclass(frozen=True, slots=True)
class Sought:
    """The events that somebody looks for; empty for all."""

    kind: str = ""
    person: str = ""
    """As the log names them: ``user:7``. Whatever they did, and whatever was done to them."""
    day: date | None = None
    """A day in UTC."""
    before: int = 0
    """Events with a smaller number alone; 0 for all."""


def events(session: Session, sought: Sought, limit: int) -> list[ChainLink]:
    """Events with their hashes, the last first (one statement)."""
    statement = select(*_EVENT, AuditEvent.hash).order_by(AuditEvent.number.desc()).limit(limit)
    if sought.kind:
        statement = statement.where(AuditEvent.kind == sought.kind)
    if sought.person:
        statement = statement.where(or_(AuditEvent.who == sought.person, AuditEvent.whom == sought.person))
    if sought.day is not None:
        begins = datetime.combine(sought.day, time(), UTC)
        statement = statement.where(AuditEvent.at >= begins, AuditEvent.at < begins + timedelta(days=1))
    if sought.before:
        statement = statement.where(AuditEvent.number < sought.before)
    return [ChainLink(Event(*row[:-1]), row.hash) for row in session.execute(statement)]


def erased_since(session: Session, persons: Collection[str]) -> dict[str, int]:
    """The last number at which each of those accounts was erased (one statement): what is before is of nobody now."""
    statement = (
        select(AuditEvent.whom, func.max(AuditEvent.number))
        .where(AuditEvent.kind == EventKind.ACCOUNT_ERASED.value, AuditEvent.whom.in_(persons))
        .group_by(AuditEvent.whom)
    )
    return {row[0]: row[1] for row in session.execute(statement)} if persons else {}


def export_of(session: Session, user_id: int) -> list[dict[str, str]]:
    """The events that the person did or that were done to them, for their own download; not who else did them."""
    person = f"user:{user_id}"
    found = events(session, Sought(person=person), _MOST_OF_ONE)
    return [
        {
            "at": one.event.at.isoformat(),
            "event": one.event.kind,
            "by": "you" if one.event.who == person else "somebody who works here",
        }
        for one in reversed(found)
    ]


def seals(session: Session) -> list[DaySeal]:
    """Every seal by its day (one statement)."""
    rows = session.scalars(select(AuditSeal).order_by(AuditSeal.day)).all()
    before = ["", *(row.signature for row in rows)]
    return [
        DaySeal(row.day, row.number, row.hash, last, row.key_id, row.signature)
        for row, last in zip(rows, before, strict=False)
    ]
