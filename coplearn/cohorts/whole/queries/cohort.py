"""Reading cohorts, what was done to them, and what waits for somebody in those they work in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session

from coplearn.cohorts.common.counting import certified as is_certified
from coplearn.cohorts.common.counting import evaluation_stands
from coplearn.cohorts.common.models.certification import Certification, Evaluation, TeachBack
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent, CohortStaff, Membership
from coplearn.cohorts.common.models.meeting import Meeting, Registration
from coplearn.cohorts.common.queries import at_work
from coplearn.cohorts.common.rules.words import (
    PLANNED,
    STAFF_PERMISSIONS,
    CohortPermission,
    Kind,
    MemberState,
    Result,
    StaffRole,
    State,
)
from coplearn.cohorts.meetings.rules.marking import window
from coplearn.cohorts.whole.queries.needs import facts_in
from coplearn.cohorts.whole.rules import reasons_of
from coplearn.courses.course import Course


@dataclass(frozen=True, slots=True)
class CohortLine:
    """A cohort as a list shows it."""

    cohort: Cohort
    people: int
    """Active members."""
    certified: int
    """Those who are certified now: by the decision that stands, and not taken back."""


@dataclass(frozen=True, slots=True)
class CohortCounts:
    """The counts of what a cohort has."""

    active: int
    waiting: int
    queued: int
    """On the waiting list."""
    invited: int
    withdrawn: int
    meetings: int
    """Planned ones; cancelled ones are not counted."""
    certified: int
    """As in :class:`CohortLine`."""


def _lines() -> Select[Cohort, int, int]:
    people = (
        select(func.count())
        .select_from(Membership)
        .where(Membership.cohort_id == Cohort.id, Membership.state == MemberState.ACTIVE)
        .correlate(Cohort)
        .scalar_subquery()
    )
    certified = (
        select(func.count(func.distinct(Certification.membership_id)))
        .select_from(Certification)
        .join(Membership, Membership.id == Certification.membership_id)
        .where(Membership.cohort_id == Cohort.id, is_certified())
        .correlate(Cohort)
        .scalar_subquery()
    )
    return select(Cohort, people, certified)


def worked_in(user_id: int, countries: frozenset[str] | None) -> ColumnElement[bool]:
    """The condition of a cohort that somebody works in, or of a country they coordinate (None: of all)."""
    mine = select(CohortStaff.cohort_id).where(CohortStaff.user_id == user_id, at_work())
    where: ColumnElement[bool] = Cohort.id.in_(mine)
    if countries is None:
        return or_(where, Cohort.id.is_not(None))
    return or_(where, Cohort.country.in_(sorted(countries))) if countries else where


def cohorts_for(
    session: Session, user_id: int, countries: frozenset[str] | None, *, archived: bool, before: int | None, limit: int
) -> list[CohortLine]:
    """The cohorts somebody works in, and those of the countries they coordinate (None: of all), newest first.

    ``before`` is the id below which the page begins.
    """
    age = Cohort.archived_at.is_not(None) if archived else Cohort.archived_at.is_(None)
    older = Cohort.id < before if before is not None else true()
    rows = session.execute(
        _lines().where(worked_in(user_id, countries), age, older).order_by(Cohort.id.desc()).limit(limit)
    )
    return [CohortLine(cohort, people, certified) for cohort, people, certified in rows]


def own_memberships(session: Session, user_id: int) -> list[tuple[Cohort, Membership]]:
    """The cohorts somebody is trained in, newest first."""
    rows = session.execute(
        select(Cohort, Membership)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.user_id == user_id)
        .order_by(Cohort.id.desc())
    )
    return [(cohort, membership) for cohort, membership in rows]


def events_of(session: Session, cohort_id: int, limit: int = 50) -> list[CohortEvent]:
    """The history of a cohort, newest first."""
    return list(
        session.scalars(
            select(CohortEvent).where(CohortEvent.cohort_id == cohort_id).order_by(CohortEvent.id.desc()).limit(limit)
        )
    )


def counts_of(session: Session, cohort_id: int) -> CohortCounts:
    """The numbers of a cohort's people, meetings and certified trainers (one statement)."""
    meetings = select(func.count()).where(Meeting.cohort_id == cohort_id, Meeting.state == PLANNED)
    certified = (
        select(func.count(func.distinct(Certification.membership_id)))
        .join(Membership, Membership.id == Certification.membership_id)
        .where(Membership.cohort_id == cohort_id, is_certified())
    )
    states = (
        MemberState.ACTIVE,
        MemberState.WAITING,
        MemberState.QUEUED,
        MemberState.INVITED,
        MemberState.WITHDRAWN,
    )
    row = session.execute(
        select(
            *(func.count().filter(Membership.state == state) for state in states),
            meetings.correlate(None).scalar_subquery(),
            certified.correlate(None).scalar_subquery(),
        ).where(Membership.cohort_id == cohort_id)
    ).one()
    return CohortCounts(*(int(number) for number in row))


MOST = 20
"""Cohorts of which the start page tells what waits, the newest; all of them are in the list of cohorts."""
MOST_PEOPLE = 1_000
"""Above that nobody waits on a start page for who may need a word: the cohort's own page tells."""


@dataclass(frozen=True, slots=True)
class CohortWork:
    """One cohort somebody works in, and what waits for them there."""

    cohort: Cohort
    roles: tuple[str, ...]
    meeting: Meeting | None
    """The one that is on now or comes next."""
    is_open: bool
    """Whether its register may be taken now, by them."""
    waiting: int
    """People who asked to join and wait for an answer; 0 for whoever cannot give one."""
    to_judge: int
    """Teach-backs that were planned and have no sign-off; 0 for whoever is no examiner there."""
    in_need: int | None
    """People who may be glad of a word; None where nobody counted."""


def works_somewhere(session: Session, user_id: int) -> bool:
    """Whether somebody has work in any cohort now (one statement)."""
    works = select(CohortStaff.id).where(CohortStaff.user_id == user_id, at_work()).limit(1)
    return session.scalar(works) is not None


def work_in_cohorts(session: Session, user_id: int, courses: Mapping[str, Course], now: datetime) -> list[CohortWork]:
    """The cohorts somebody works in that are not over, the next meeting first (eleven statements at most)."""
    held = [Held(cohort, roles, _permissions_of(roles)) for cohort, roles in _held(session, user_id)]
    found = work_in(session, held, courses, now)
    return sorted(found, key=lambda one: (one.meeting is None, one.meeting.starts_at if one.meeting else now))


@dataclass(frozen=True, slots=True)
class Held:
    """A cohort with what somebody does, and may do, in it."""

    cohort: Cohort
    roles: tuple[str, ...]
    permissions: frozenset[CohortPermission]


def work_in(
    session: Session,
    held: list[Held],
    courses: Mapping[str, Course],
    now: datetime,
    people: Mapping[tuple[int, str], int] | None = None,
) -> list[CohortWork]:
    """The work that waits in each of those cohorts (ten statements at most).

    ``people`` are the numbers of its people by cohort and state, where they are known already.
    """
    if not held:
        return []
    ids = [one.cohort.id for one in held]
    people = _people(session, ids) if people is None else people
    meetings = _next_meetings(session, ids, now)
    series = [one.cohort.id for one in held if one.cohort.kind == Kind.SERIES]
    asked = _asked_for_places(session, series, now) if series else {}
    judged = [one.cohort.id for one in held if CohortPermission.SIGN_OFF in one.permissions]
    to_judge = _to_judge(session, judged, now) if judged else {}
    runs = [one.cohort for one in held if CohortPermission.WRITE in one.permissions]
    counted = sum(people.get((cohort.id, MemberState.ACTIVE), 0) for cohort in runs) <= MOST_PEOPLE
    needs = Counter(
        member.cohort_id
        for member, facts in (facts_in(session, runs, courses, {}, now) if counted else [])
        if reasons_of(facts, now)
    )
    return [
        CohortWork(
            one.cohort,
            one.roles,
            meetings.get(one.cohort.id),
            _may_mark(meetings.get(one.cohort.id), one.permissions, now),
            asked.get(one.cohort.id, people.get((one.cohort.id, MemberState.WAITING), 0))
            if CohortPermission.PEOPLE in one.permissions
            else 0,
            to_judge.get(one.cohort.id, 0),
            needs[one.cohort.id] if counted and one.cohort in runs else None,
        )
        for one in held
    ]


def _asked_for_places(session: Session, cohort_ids: list[int], now: datetime) -> dict[int, int]:
    """The number of people who asked for a place at a session to come and wait for an answer, by series."""
    rows = session.execute(
        select(Meeting.cohort_id, func.count())
        .join(Registration, Registration.meeting_id == Meeting.id)
        .where(Meeting.cohort_id.in_(cohort_ids), Meeting.ends_at > now, Registration.state == MemberState.WAITING)
        .group_by(Meeting.cohort_id)
    )
    return {cohort_id: count for cohort_id, count in rows}  # noqa: C416 - rows


def _permissions_of(roles: tuple[str, ...]) -> frozenset[CohortPermission]:
    return frozenset().union(*(STAFF_PERMISSIONS[StaffRole(role)] for role in roles))


def _held(session: Session, user_id: int) -> list[tuple[Cohort, tuple[str, ...]]]:
    rows = session.execute(
        select(Cohort, CohortStaff.role)
        .join(CohortStaff, CohortStaff.cohort_id == Cohort.id)
        .where(
            CohortStaff.user_id == user_id,
            at_work(),
            Cohort.archived_at.is_(None),
            Cohort.state != State.CLOSED,
        )
        .order_by(Cohort.id.desc(), CohortStaff.id)
        .limit(4 * MOST)
    )
    roles: dict[Cohort, list[str]] = {}
    for cohort, role in rows:
        roles.setdefault(cohort, []).append(role)
    return [(cohort, tuple(held)) for cohort, held in roles.items()][:MOST]


def _people(session: Session, cohort_ids: list[int]) -> dict[tuple[int, str], int]:
    rows = session.execute(
        select(Membership.cohort_id, Membership.state, func.count())
        .where(Membership.cohort_id.in_(cohort_ids))
        .group_by(Membership.cohort_id, Membership.state)
    )
    return {(cohort_id, state): count for cohort_id, state, count in rows}


def _next_meetings(session: Session, cohort_ids: list[int], now: datetime) -> dict[int, Meeting]:
    first = (
        select(
            Meeting.id,
            func.row_number().over(partition_by=Meeting.cohort_id, order_by=(Meeting.starts_at, Meeting.id)).label("n"),
        )
        .where(Meeting.cohort_id.in_(cohort_ids), Meeting.state == PLANNED, Meeting.ends_at > now)
        .subquery()
    )
    rows = session.scalars(select(Meeting).join(first, first.c.id == Meeting.id).where(first.c.n == 1))
    return {one.cohort_id: one for one in rows}


def _may_mark(meeting: Meeting | None, permissions: frozenset[CohortPermission], now: datetime) -> bool:
    if meeting is None or CohortPermission.MARK not in permissions:
        return False
    return window(meeting.starts_at, meeting.ends_at, meeting.state, now, decides=False).refusal is None


def _to_judge(session: Session, cohort_ids: list[int], now: datetime) -> dict[int, int]:
    """The number of teach-backs of active members without a sign-off, by cohort; those that are still to come wait for nobody."""
    decided = select(Evaluation.id).where(
        Evaluation.teach_back_id == TeachBack.id,
        Evaluation.decides,
        Evaluation.result != Result.NOT_EVALUATED,
        evaluation_stands(),
    )
    rows = session.execute(
        select(Membership.cohort_id, func.count())
        .join(TeachBack, TeachBack.membership_id == Membership.id)
        .where(Membership.cohort_id.in_(cohort_ids), Membership.state == MemberState.ACTIVE, ~decided.exists())
        .where(or_(TeachBack.planned_on.is_(None), TeachBack.planned_on <= now))
        .group_by(Membership.cohort_id)
    )
    return {cohort_id: count for cohort_id, count in rows}  # noqa: C416 - rows
