"""Reading meetings: the timetable, the marks behind a register, children counted, and whose calendar a token opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, distinct, exists, func, or_, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.models.cohort import Cohort, CohortStaff, Membership
from coplearn.cohorts.models.meeting import Attendance, ChildrenCount, Mark, Meeting
from coplearn.cohorts.queries.attendance import planned_of
from coplearn.cohorts.queries.certification import still_open
from coplearn.cohorts.rules.attendance import Slot, slots_of
from coplearn.cohorts.rules.cohort import goes_on
from coplearn.cohorts.rules.counting import IN_FULL
from coplearn.cohorts.rules.meetings import PLANNED
from coplearn.cohorts.rules.words import MemberState

WIDEST = 100
"""How many candidates for a warning are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a cohort, as lists of warnings name them."""

    id: int
    public_id: str
    name: str


def meetings_of(session: Session, cohort_id: int) -> list[Meeting]:
    """The whole timetable in order of time, cancelled meetings too (one statement)."""
    return list(
        session.scalars(select(Meeting).where(Meeting.cohort_id == cohort_id).order_by(Meeting.starts_at, Meeting.id))
    )


def meeting_of(session: Session, cohort_id: int, public_id: str) -> Meeting | None:
    """The meeting of that address, if it is that cohort's."""
    return session.scalar(select(Meeting).where(Meeting.cohort_id == cohort_id, Meeting.public_id == public_id))


def begun_registers(session: Session, cohort_id: int) -> set[int]:
    """Ids of the cohort's meetings in which somebody is marked."""
    some = exists().where(Attendance.meeting_id == Meeting.id)
    return set(session.scalars(select(Meeting.id).where(Meeting.cohort_id == cohort_id, some)))


def marked_of(session: Session, meeting: Meeting) -> tuple[int, int]:
    """How many active members are marked for a meeting, and how many there are (one statement)."""
    row = session.execute(
        select(func.count(Attendance.id), func.count(Membership.id))
        .select_from(Membership)
        .outerjoin(Attendance, and_(Attendance.membership_id == Membership.id, Attendance.meeting_id == meeting.id))
        .where(Membership.cohort_id == meeting.cohort_id, Membership.state == MemberState.ACTIVE)
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


def member_of(session: Session, cohort_id: int, public_id: str) -> Membership | None:
    """The member of that public id, whatever became of them."""
    return session.scalar(
        select(Membership).where(Membership.cohort_id == cohort_id, Membership.public_id == public_id)
    )


def members_for_paper(session: Session, cohort_id: int, limit: int, offset: int) -> list[Membership]:
    """Active members in order of name, for printing."""
    return list(
        session.scalars(
            select(Membership)
            .where(Membership.cohort_id == cohort_id, Membership.state == MemberState.ACTIVE)
            .order_by(Membership.name, Membership.id)
            .limit(limit)
            .offset(offset)
        )
    )


def children_of(session: Session, meeting_id: int) -> dict[str, int]:
    """How many children of each age band were there."""
    rows = session.execute(
        select(ChildrenCount.age_band, ChildrenCount.count).where(ChildrenCount.meeting_id == meeting_id)
    )
    return {row[0]: row[1] for row in rows}


def in_danger(session: Session, cohort: Cohort, now: datetime) -> list[Member]:
    """Members still on the way who may no longer reach the threshold: at most 100 candidates, some of them perhaps safe.

    Two statements. The exact answer for each is ``queries.attendance.standings``; nobody it would warn is left out
    while there are fewer than 100.
    """
    if not goes_on(cohort.state, cohort.archived_at):
        return []
    slots = slots_of(planned_of(session, cohort.id), now)
    over = [slot for slot in slots if slot.over]
    if not over:
        return []
    slot_of = {meeting_id: slot for slot in slots for meeting_id in slot.meeting_ids}
    full = Attendance.status.in_(IN_FULL)
    was_there = _slots_attended(cohort.id, slot_of, full)
    open_slots = len(slots) - len(over)
    needed = -(-cohort.threshold * len(slots) // 100)
    mandatory = {one: slot for one, slot in slot_of.items() if slot.mandatory and slot.over}
    wanting: ColumnElement[bool] = was_there < needed - open_slots
    if mandatory:
        wanting = or_(wanting, _slots_attended(cohort.id, mandatory, full) < len({s.id for s in mandatory.values()}))
    rows = session.execute(
        select(Membership.id, Membership.public_id, Membership.name)
        .where(Membership.cohort_id == cohort.id, Membership.state == MemberState.ACTIVE, still_open(), wanting)
        .order_by(Membership.id)
        .limit(WIDEST)
    )
    # By id, so that the database may stop as soon as it has found enough.
    return sorted((Member(*row) for row in rows), key=lambda one: (one.name, one.id))


def _slots_attended(cohort_id: int, slot_of: dict[int, Slot], was_there: ColumnElement[bool]) -> ColumnElement[int]:
    """How many of those meetings a member attended, a meeting and its make-ups being one; as a subquery."""
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
        .where(CohortStaff.calendar_token == token, CohortStaff.ended_at.is_(None), User.active)
    ).first()
    return (row[0], row[1]) if row is not None else None


def staff_rows(session: Session, cohort_id: int, user_id: int) -> list[CohortStaff]:
    """What somebody does in a cohort now."""
    return list(
        session.scalars(
            select(CohortStaff)
            .where(CohortStaff.cohort_id == cohort_id, CohortStaff.user_id == user_id, CohortStaff.ended_at.is_(None))
            .order_by(CohortStaff.id)
        )
    )


def meetings_of_staff(session: Session, user_id: int) -> list[tuple[Cohort, Meeting]]:
    """The meetings of all cohorts that somebody works in and that are not archived, in order of time."""
    works = select(CohortStaff.cohort_id).where(CohortStaff.user_id == user_id, CohortStaff.ended_at.is_(None))
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
