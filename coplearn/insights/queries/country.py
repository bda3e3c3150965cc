"""Reading the numbers of the countries that somebody coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, distinct, func, select
from sqlalchemy.orm import Session

from coplearn.cohorts.models.certification import Certification, FollowUp
from coplearn.cohorts.models.cohort import Cohort, Membership
from coplearn.cohorts.models.meeting import Attendance, Meeting
from coplearn.cohorts.queries.counting import completed, person, right_in_force
from coplearn.cohorts.rules.counting import ATTENDED
from coplearn.cohorts.rules.words import Outcome
from coplearn.insights.queries.counting import came, held_then, people_by, tallied, within
from coplearn.insights.rules.periods import Period
from coplearn.insights.rules.report import Dimension, Scope

EXPIRING_DAYS = 90


@dataclass(frozen=True, slots=True)
class Month:
    """How many people in one month."""

    period: Period
    trained: int
    completed: int
    certified: int


@dataclass(frozen=True, slots=True)
class Expiring:
    """A right that ends soon."""

    name: str
    valid_until: datetime
    cohort_id: str
    cohort_title: str


@dataclass(frozen=True, slots=True)
class Answers:
    """How many were asked three months later, and how many answered."""

    asked: int
    answered: int


def cohorts_by(session: Session, scope: Scope) -> dict[tuple[str, str], int]:
    """Cohorts that are not archived by (state, kind) (one statement)."""
    rows = session.execute(
        select(Cohort.state, Cohort.kind, func.count())
        .where(within(scope), Cohort.archived_at.is_(None))
        .group_by(Cohort.state, Cohort.kind)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def months(session: Session, scope: Scope, periods: Sequence[Period], now: datetime) -> list[Month]:
    """People by month; somebody who came in two months is counted in both (two statements)."""
    start, end = periods[0].start, periods[-1].end
    month = _month_of(Meeting.starts_at, periods)
    trained = session.execute(
        select(month, func.count(distinct(person())))
        .select_from(Attendance)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .join(Membership, Membership.id == Attendance.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(held_then(start, end, now), Attendance.status.in_(ATTENDED), within(scope))
        .group_by(month)
    )
    came_in = {row[0]: row[1] for row in trained}
    month = _month_of(Certification.issued_at, periods)
    done = session.execute(
        select(
            month,
            func.count(distinct(person())),
            func.count(distinct(case((Certification.outcome == Outcome.CERTIFIED, person())))),
        )
        .join(Membership, Membership.id == Certification.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(
            Certification.issued_at >= start,
            Certification.issued_at < end,
            completed(),
            within(scope),
        )
        .group_by(month)
    )
    ended_in = {row[0]: (row[1], row[2]) for row in done}
    return [Month(period, came_in.get(place, 0), *ended_in.get(place, (0, 0))) for place, period in enumerate(periods)]


def _month_of(column: Any, periods: Sequence[Period]) -> ColumnElement[int]:
    """Which of the periods an instant is in. The bounds come from the calendar, which databases know each in their way."""
    return case(*((column < period.end, place) for place, period in enumerate(periods)))


def trained_by(
    session: Session, scope: Scope, start: datetime, end: datetime, now: datetime, by: Sequence[Dimension]
) -> dict[tuple[str, str], int]:
    """People who came to a meeting held then, by each of the dimensions (one statement)."""
    there = came(scope, start, end, now)
    return tallied(session, people_by(there, by), 1)[0]


def expiring(session: Session, scope: Scope, now: datetime, limit: int) -> tuple[int, list[Expiring]]:
    """Rights that end in the next :data:`EXPIRING_DAYS` days: how many, and the first of them (two statements)."""
    where = and_(right_in_force(now), Certification.valid_until <= now + timedelta(days=EXPIRING_DAYS), within(scope))
    joined = (
        select(Certification.name, Certification.valid_until, Cohort.public_id, Cohort.title)
        .join(Membership, Membership.id == Certification.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(where)
    )
    rows = session.execute(joined.order_by(Certification.valid_until, Certification.id).limit(limit)).all()
    lines = [Expiring(name, until, key, title) for name, until, key, title in rows if until is not None]
    if len(lines) < limit:
        return len(lines), lines
    return session.scalar(select(func.count()).select_from(joined.subquery())) or 0, lines


def answers(session: Session, scope: Scope) -> Answers:
    """What came back of the questions three months later (one statement)."""
    row = session.execute(
        select(func.count(FollowUp.sent_at), func.count(case((FollowUp.sent_at.is_not(None), FollowUp.answered_at))))
        .join(Membership, Membership.id == FollowUp.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(within(scope))
    ).one()
    return Answers(row[0], row[1])
