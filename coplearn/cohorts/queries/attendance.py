"""Reading attendance: how people stand, and the register of one meeting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort, Membership
from coplearn.cohorts.models.meeting import Attendance, Meeting
from coplearn.cohorts.rules.attendance import Planned, Standing, standing
from coplearn.cohorts.rules.words import MemberState

CANCELLED = "cancelled"
_CHUNK = 5_000
"""Below what a statement may bind on either engine."""
_CAME_AT = func.coalesce(Membership.joined_at, Membership.created_at)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """Somebody in the register of a meeting, and how they are marked now."""

    membership_id: int
    public_id: str
    name: str
    locale: str
    status: str | None
    """None while nobody has marked them."""
    rev: int
    """0 while nobody has marked them."""
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """People of a cohort in order of name, as many as were asked for."""

    rows: tuple[RegisterRow, ...]
    next_key: str | None
    """``after_key`` of the page that follows; None on the last."""


def planned_of(session: Session, cohort_id: int) -> list[Planned]:
    """The cohort's meetings as far as counting goes, cancelled ones too (one statement)."""
    return _planned_in(session, [cohort_id]).get(cohort_id, [])


def _planned_in(session: Session, cohort_ids: Sequence[int]) -> dict[int, list[Planned]]:
    rows = session.execute(
        select(
            Meeting.cohort_id, Meeting.id, Meeting.starts_at, Meeting.ends_at, Meeting.mandatory, Meeting.makes_up_id,
            Meeting.state,
        ).where(Meeting.cohort_id.in_(cohort_ids))
    )  # fmt: skip
    found: dict[int, list[Planned]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Planned(*row[1:6], cancelled=row[6] == CANCELLED))
    return found


def standings(session: Session, cohort: Cohort, membership_ids: Iterable[int], now: datetime) -> dict[int, Standing]:
    """How each of those members stands (two statements for up to 5,000 of them, then one more for each 5,000).

    For each id that was asked; whether it belongs to the cohort is the caller's to know.
    """
    return standings_in(session, [cohort], [(one, cohort.id) for one in membership_ids], now)


def standings_in(
    session: Session, cohorts: Iterable[Cohort], members: Iterable[tuple[int, int]], now: datetime
) -> dict[int, Standing]:
    """The same for members of several cohorts, each with the cohort's id, in as many statements."""
    thresholds, of = {one.id: one.threshold for one in cohorts}, dict(members)
    meetings, ids = _planned_in(session, list(thresholds)), list(of)
    marks: dict[int, dict[int, str]] = {one: {} for one in ids}
    came: dict[int, datetime] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = session.execute(
            select(Membership.id, _CAME_AT, Attendance.meeting_id, Attendance.status)
            .outerjoin(Attendance, Attendance.membership_id == Membership.id)
            .where(Membership.id.in_(ids[start : start + _CHUNK]))
        )
        for membership_id, came_at, meeting_id, status in rows:
            came[membership_id] = came_at
            if meeting_id is not None:
                marks[membership_id][meeting_id] = status
    return {
        one: standing(meetings.get(of[one], []), marks[one], thresholds[of[one]], now, came.get(one)) for one in ids
    }


def register_of(session: Session, meeting: Meeting, after_key: str | None, limit: int) -> RegisterPage:
    """One page of a meeting's register, active members in order of name (two statements at most).

    ``after_key`` is the ``next_key`` of the page before; one that means nothing begins at the top.
    """
    after = _place_of(session, meeting.cohort_id, after_key)
    where = [Membership.cohort_id == meeting.cohort_id, Membership.state == MemberState.ACTIVE]
    if after is not None:
        name, row_id = after
        where.append((Membership.name > name) | and_(Membership.name == name, Membership.id > row_id))
    rows = session.execute(
        select(
            Membership.id, Membership.public_id, Membership.name, Membership.locale,
            Attendance.status, Attendance.rev, Attendance.updated_at,
        )
        .outerjoin(
            Attendance, and_(Attendance.membership_id == Membership.id, Attendance.meeting_id == meeting.id)
        )
        .where(*where)
        .order_by(Membership.name, Membership.id)
        .limit(limit + 1)
    ).all()  # fmt: skip
    lines = tuple(RegisterRow(row[0], row[1], row[2], row[3], row[4], row[5] or 0, row[6]) for row in rows[:limit])
    return RegisterPage(lines, lines[-1].public_id if len(rows) > limit else None)


def _place_of(session: Session, cohort_id: int, key: str | None) -> tuple[str, int] | None:
    if not key:
        return None
    row = session.execute(
        select(Membership.name, Membership.id).where(Membership.public_id == key, Membership.cohort_id == cohort_id)
    ).first()
    return (row[0], row[1]) if row is not None else None


def presence_of(session: Session, membership_id: int, meeting_ids: Sequence[int]) -> dict[int, str]:
    """How one person is marked at those meetings (one statement)."""
    rows = session.execute(
        select(Attendance.meeting_id, Attendance.status).where(
            Attendance.membership_id == membership_id, Attendance.meeting_id.in_(meeting_ids)
        )
    )
    return {row[0]: row[1] for row in rows}


def row_of(session: Session, meeting_id: int, membership_id: int) -> tuple[str, int] | None:
    """How one person is marked at one meeting, and the rev; None while nobody has."""
    row = session.execute(
        select(Attendance.status, Attendance.rev).where(
            Attendance.meeting_id == meeting_id, Attendance.membership_id == membership_id
        )
    ).first()
    return (row[0], row[1]) if row is not None else None
