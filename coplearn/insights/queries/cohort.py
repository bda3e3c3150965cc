"""Reading one cohort's numbers, and its people page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select, tuple_
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Membership
from coplearn.cohorts.models.meeting import Attendance, Meeting
from coplearn.cohorts.rules.meetings import PLANNED
from coplearn.cohorts.rules.words import MemberState


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting with how many of the people who take part are marked in which way."""

    title: str
    starts_at: datetime
    marks: dict[str, int]


def people_after(session: Session, cohort_id: int, key: str, limit: int) -> list[Membership]:
    """Who takes part, in order of name, from behind the person of that public id on (two statements at most)."""
    query = select(Membership).where(Membership.cohort_id == cohort_id, Membership.state == MemberState.ACTIVE)
    if key:
        place = select(Membership.name, Membership.id).where(
            Membership.cohort_id == cohort_id, Membership.public_id == key
        )
        after = session.execute(place).first()
        if after is not None:
            query = query.where(tuple_(Membership.name, Membership.id) > (after[0], after[1]))
    return list(session.scalars(query.order_by(Membership.name, Membership.id).limit(limit)))


def states_of(session: Session, cohort_id: int) -> dict[str, int]:
    """How many people are in which state (one statement)."""
    rows = session.execute(
        select(Membership.state, func.count()).where(Membership.cohort_id == cohort_id).group_by(Membership.state)
    )
    return {row[0]: row[1] for row in rows}


def meetings_of(session: Session, cohort_id: int, now: datetime) -> list[MeetingLine]:
    """Meetings that have begun and are not cancelled, in order of time (one statement)."""
    active = and_(Membership.id == Attendance.membership_id, Membership.state == MemberState.ACTIVE)
    rows = session.execute(
        select(Meeting.id, Meeting.title, Meeting.starts_at, Attendance.status, func.count(Membership.id))
        .outerjoin(Attendance, Attendance.meeting_id == Meeting.id)
        .outerjoin(Membership, active)
        .where(Meeting.cohort_id == cohort_id, Meeting.state == PLANNED, Meeting.starts_at <= now)
        .group_by(Meeting.id, Attendance.status)
        .order_by(Meeting.starts_at, Meeting.id)
    )
    lines: dict[int, MeetingLine] = {}
    for meeting_id, title, starts_at, status, count in rows:
        line = lines.setdefault(meeting_id, MeetingLine(title, starts_at, {}))
        if count:
            line.marks[status] = count
    return list(lines.values())
