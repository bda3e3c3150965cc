"""Reading meetings and attendance: the timetable, the register, how people stand, and whose calendar a token opens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, distinct, exists, func, or_, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.counting import still_open
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership
from coplearn.cohorts.common.models.meeting import Attendance, ChildrenCount, Mark, Meeting, Registration
from coplearn.cohorts.common.queries import at_work
from coplearn.cohorts.common.rules.words import CANCELLED, IN_FULL, PLANNED, Kind, MemberState, goes_on
from coplearn.cohorts.meetings.rules.attendance import AlikeStandings, AttendanceStanding, Planned, Slot, slots_of

_CHUNK = 5_000
"""Below what a statement may bind on either engine."""
_CAME_AT = func.coalesce(Membership.joined_at, Membership.created_at)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A person in the register of a meeting, and their present mark."""

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
    planned: dict[int, list[Planned]] = {}
    for row in rows:
        planned.setdefault(row[0], []).append(Planned(*row[1:6], cancelled=row[6] == CANCELLED))
    return planned


def standings(
    session: Session, cohort: Cohort, membership_ids: Iterable[int], now: datetime
) -> dict[int, AttendanceStanding]:
    """The state of each of those members (two statements for up to 5,000 of them, then one more for each 5,000).

    For each id that was asked; whether it belongs to the cohort is the caller's to know.
    """
    return standings_in(session, [cohort], [(one, cohort.id) for one in membership_ids], now)


def standings_in(
    session: Session, cohorts: Iterable[Cohort], members: Iterable[tuple[int, int]], now: datetime
) -> dict[int, AttendanceStanding]:
    """The same for members of several cohorts, each with the cohort's id, in as many statements."""
    thresholds, of = {one.id: one.threshold for one in cohorts}, dict(members)
    meetings, ids = _planned_in(session, list(thresholds)), list(of)
    marks: dict[int, dict[int, str]] = {one: {} for one in ids}
    joined: dict[int, datetime] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = session.execute(
            select(Membership.id, _CAME_AT, Attendance.meeting_id, Attendance.status)
            .outerjoin(Attendance, Attendance.membership_id == Membership.id)
            .where(Membership.id.in_(ids[start : start + _CHUNK]))
        )
        for membership_id, came_at, meeting_id, status in rows:
            joined[membership_id] = came_at
            if meeting_id is not None:
                marks[membership_id][meeting_id] = status
    alike = {one: AlikeStandings(meetings.get(one, []), threshold, now) for one, threshold in thresholds.items()}
    return {one: alike[of[one]].of(marks[one], joined.get(one)) for one in ids}


def expected_at(meeting: Meeting) -> list[ColumnElement[bool]]:
    """The conditions of members who are expected at a meeting: of a session of a series, those registered for it."""
    where = [Membership.cohort_id == meeting.cohort_id, Membership.state == MemberState.ACTIVE]
    return [*where, is_registered(meeting.id)] if meeting.by_registration else where


def is_registered(meeting_id: int) -> ColumnElement[bool]:
    """The condition of members who have a place at that session."""
    return exists().where(
        Registration.membership_id == Membership.id,
        Registration.meeting_id == meeting_id,
        Registration.state == MemberState.ACTIVE,
    )


def register_of(session: Session, meeting: Meeting, after_key: str | None, limit: int) -> RegisterPage:
    """One page of a meeting's register, active members in order of name (two statements at most).

    ``after_key`` is the ``next_key`` of the page before; one that means nothing begins at the top.
    """
    after = _place_of(session, meeting.cohort_id, after_key)
    where = expected_at(meeting)
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
    """The marks of one person at those meetings (one statement)."""
    rows = session.execute(
        select(Attendance.meeting_id, Attendance.status).where(
            Attendance.membership_id == membership_id, Attendance.meeting_id.in_(meeting_ids)
        )
    )
    return {row[0]: row[1] for row in rows}


def row_of(session: Session, meeting_id: int, membership_id: int) -> tuple[str, int] | None:
    """The mark of one person at one meeting, and its rev; None while nobody has."""
    row = session.execute(
        select(Attendance.status, Attendance.rev).where(
            Attendance.meeting_id == meeting_id, Attendance.membership_id == membership_id
        )
    ).first()
    return (row[0], row[1]) if row is not None else None


WIDEST = 100
"""How many candidates for a warning are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member as lists of warnings name them."""

    id: int
    public_id: str
    name: str


def meetings_of(session: Session, cohort_id: int) -> list[Meeting]:
    """The whole timetable in order of time, cancelled meetings too (one statement)."""
    return list(
        session.scalars(select(Meeting).where(Meeting.cohort_id == cohort_id).order_by(Meeting.starts_at, Meeting.id))
    )


def own_meetings_of(session: Session, cohort: Cohort, membership_id: int) -> list[Meeting]:
    """The timetable of one member: in a series, of the sessions that they have a place at (one statement)."""
    if cohort.kind != Kind.SERIES:
        return meetings_of(session, cohort.id)
    own = select(Meeting).join(Registration, Registration.meeting_id == Meeting.id)
    own = own.where(Registration.membership_id == membership_id, Registration.state == MemberState.ACTIVE)
    return list(session.scalars(own.order_by(Meeting.starts_at, Meeting.id)))


def meeting_of(session: Session, cohort_id: int, public_id: str) -> Meeting | None:
    """The meeting of that address, if it is that cohort's."""
    return session.scalar(select(Meeting).where(Meeting.cohort_id == cohort_id, Meeting.public_id == public_id))


def begun_registers(session: Session, cohort_id: int) -> set[int]:
    """Ids of the cohort's meetings in which somebody is marked."""
    some = exists().where(Attendance.meeting_id == Meeting.id)
    return set(session.scalars(select(Meeting.id).where(Meeting.cohort_id == cohort_id, some)))


def marked_of(session: Session, meeting: Meeting) -> tuple[int, int]:
    """The numbers of active members marked for a meeting, and of all (one statement)."""
    row = session.execute(
        select(func.count(Attendance.id), func.count(Membership.id))
        .select_from(Membership)
        .outerjoin(Attendance, and_(Attendance.membership_id == Membership.id, Attendance.meeting_id == meeting.id))
        .where(*expected_at(meeting))
    ).one()
    return row[0], row[1]


def marks_of(session: Session, meeting_id: int, membership_ids: Sequence[int]) -> list[Mark]:
    """Every mark of those people at a meeting, oldest first."""
    return list(
        session.scalars(
            select(Mark).where(Mark.meeting_id == meeting_id, Mark.membership_id.in_(membership_ids)).order_by(Mark.id)
        )
    )


def active_member(session: Session, cohort_id: int, code: str) -> Membership | None:
    """The active member with that card, or named by that public id."""
    return session.scalar(
        select(Membership).where(
            Membership.cohort_id == cohort_id,
            Membership.state == MemberState.ACTIVE,
            or_(Membership.card_code == code, Membership.public_id == code),
        )
    )


def members_for_paper(session: Session, meeting: Meeting, limit: int, offset: int) -> list[Membership]:
    """Members who are expected, in order of name, for printing."""
    return list(
        session.scalars(
            select(Membership)
            .where(*expected_at(meeting))
            .order_by(Membership.name, Membership.id)
            .limit(limit)
            .offset(offset)
        )
    )


def children_of(session: Session, meeting_id: int) -> dict[str, int]:
    """The number of children of each age band."""
    rows = session.execute(
        select(ChildrenCount.age_band, ChildrenCount.count).where(ChildrenCount.meeting_id == meeting_id)
    )
    return {row[0]: row[1] for row in rows}


def in_danger(session: Session, cohort: Cohort, now: datetime) -> list[Member]:
    """Members still on the way who may no longer reach the threshold: at most 100 candidates, some of them perhaps safe.

    Two statements. The exact answer for each is ``standings``; nobody it would warn is left out
    while there are fewer than 100.
    """
    if cohort.kind == Kind.SERIES or not goes_on(cohort.state, cohort.archived_at):
        return []
    slots = slots_of(planned_of(session, cohort.id), now)
    over = [slot for slot in slots if slot.over]
    if not over:
        return []
    slot_of = {meeting_id: slot for slot in slots for meeting_id in slot.meeting_ids}
    full = Attendance.status.in_(IN_FULL)
    was_there = _slots_attended(slot_of, full)
    open_slots = len(slots) - len(over)
    needed = -(-cohort.threshold * len(slots) // 100)
    mandatory = {one: slot for one, slot in slot_of.items() if slot.mandatory and slot.over}
    wanting: ColumnElement[bool] = was_there < needed - open_slots
    if mandatory:
        wanting = or_(wanting, _slots_attended(mandatory, full) < len({s.id for s in mandatory.values()}))
    rows = session.execute(
        select(Membership.id, Membership.public_id, Membership.name)
        .where(Membership.cohort_id == cohort.id, Membership.state == MemberState.ACTIVE, still_open(), wanting)
        .order_by(Membership.id)
        .limit(WIDEST)
    )
    # By id, so that the database may stop as soon as it has found enough.
    return sorted((Member(*row) for row in rows), key=lambda one: (one.name, one.id))


def _slots_attended(slot_of: dict[int, Slot], was_there: ColumnElement[bool]) -> ColumnElement[int]:
    """The number of those meetings that a member attended, a meeting and its make-ups being one; as a subquery."""
    one_each = len({slot.id for slot in slot_of.values()}) == len(slot_of)
    which = case({one: slot.id for one, slot in slot_of.items()}, value=Attendance.meeting_id)
    return (
        select(func.count() if one_each else func.count(distinct(which)))
        .select_from(Attendance)
        .where(Attendance.membership_id == Membership.id, Attendance.meeting_id.in_(list(slot_of)), was_there)
        .correlate(Membership)
        .scalar_subquery()
    )


def cohort_by_calendar(session: Session, token: str) -> Cohort | None:
    """The cohort whose calendar that token opens."""
    return session.scalar(select(Cohort).where(Cohort.calendar_token == token))


def member_by_calendar(session: Session, token: str) -> tuple[Cohort, Membership] | None:
    """The member whose calendar that token opens, while they take part."""
    row = session.execute(
        select(Cohort, Membership)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.calendar_token == token, Membership.state == MemberState.ACTIVE)
    ).first()
    return (row[0], row[1]) if row is not None else None


def staff_by_calendar(session: Session, token: str) -> tuple[int, str] | None:
    """(account's id, language) of the staff member whose calendar that token opens, while they work in that cohort."""
    row = session.execute(
        select(User.id, User.locale)
        .join(CohortStaff, CohortStaff.user_id == User.id)
        .where(CohortStaff.calendar_token == token, at_work(), User.active)
    ).first()
    return (row[0], row[1]) if row is not None else None


def staff_rows(session: Session, cohort_id: int, user_id: int) -> list[CohortStaff]:
    """The roles of somebody in a cohort now."""
    return list(
        session.scalars(
            select(CohortStaff)
            .where(CohortStaff.cohort_id == cohort_id, CohortStaff.user_id == user_id, at_work())
            .order_by(CohortStaff.id)
        )
    )


def meetings_of_staff(session: Session, user_id: int) -> list[tuple[Cohort, Meeting]]:
    """The meetings of all cohorts that somebody works in and that are not archived, in order of time."""
    works = select(CohortStaff.cohort_id).where(CohortStaff.user_id == user_id, at_work())
    rows = session.execute(
        select(Cohort, Meeting)
        .join(Meeting, Meeting.cohort_id == Cohort.id)
        .where(Cohort.id.in_(works), Cohort.archived_at.is_(None))
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [(cohort, meeting) for cohort, meeting in rows]


def open_meetings(session: Session, cohort_id: int, begins_before: datetime, ends_after: datetime) -> list[Meeting]:
    """Planned meetings that are on between those instants, the earliest first."""
    return list(
        session.scalars(
            select(Meeting)
            .where(
                Meeting.cohort_id == cohort_id,
                Meeting.state == PLANNED,
                Meeting.starts_at <= begins_before,
                Meeting.ends_at >= ends_after,
            )
            .order_by(Meeting.starts_at, Meeting.id)
        )
    )
