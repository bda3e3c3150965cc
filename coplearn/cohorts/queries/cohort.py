"""Reading cohorts and who works in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.queries import owns_session
from coplearn.accounts.rules import Granted
from coplearn.cohorts.models.certification import Certification
from coplearn.cohorts.models.cohort import Cohort, CohortEvent, CohortStaff, Membership
from coplearn.cohorts.models.meeting import Meeting
from coplearn.cohorts.queries.counting import certified as is_certified
from coplearn.cohorts.queries.counting import right_in_force
from coplearn.cohorts.rules.words import MemberState


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in, with everything they are trusted with."""

    id: int
    name: str
    """As they call themselves; their mail address while they have given no name."""
    email: str
    locale: str
    grants: tuple[Granted, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A cohort with what decides on entering it."""

    cohort: Cohort
    roles: tuple[str, ...]
    """The roles the person holds in it now."""
    right_revoked_at: datetime | None
    """When the right was taken back that it was opened under."""
    right_user_id: int | None
    """Whose right that is."""


@dataclass(frozen=True, slots=True)
class Line:
    """A cohort as a list shows it."""

    cohort: Cohort
    people: int
    """Active members."""
    certified: int
    """Those who are certified now: by the decision that stands, and not taken back."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of what a cohort has."""

    active: int
    waiting: int
    queued: int
    """On the waiting list."""
    invited: int
    withdrawn: int
    meetings: int
    """Planned ones; cancelled ones are not counted."""
    certified: int
    """As in :class:`Line`."""


@dataclass(frozen=True, slots=True)
class StaffLine:
    """Somebody who works, or worked, in a cohort."""

    id: int
    user_id: int
    name: str
    email: str
    role: str
    ended_at: datetime | None


def person_of(session: Session, uniquifier: str) -> Person | None:
    """The signed-in person with their grants (one statement); None when the session is no longer good."""
    rows = session.execute(
        select(
            User.id, User.name, User.email, User.locale, Grant.name, Grant.locale, Grant.course, Grant.country,
            Grant.cohort_id,
        )
        .outerjoin(Grant, Grant.user_id == User.id)
        .where(owns_session(uniquifier))
    ).all()  # fmt: skip
    if not rows:
        return None
    first = rows[0]
    grants = tuple(Granted(*row[4:]) for row in rows if row[4] is not None)
    return Person(first[0], first[1] or first[2], first[2], first[3], grants)


def entry_of(session: Session, public_id: str, user_id: int) -> Entry | None:
    """The cohort of that address with the roles the person holds in it (one statement)."""
    rows = session.execute(
        select(Cohort, CohortStaff.role, Certification.revoked_at, Certification.user_id)
        .outerjoin(
            CohortStaff,
            and_(
                CohortStaff.cohort_id == Cohort.id, CohortStaff.user_id == user_id, CohortStaff.ended_at.is_(None)
            ),
        )
        .outerjoin(Certification, Certification.id == Cohort.right_id)
        .where(Cohort.public_id == public_id)
    ).all()  # fmt: skip
    if not rows:
        return None
    return Entry(rows[0][0], tuple(row[1] for row in rows if row[1] is not None), rows[0][2], rows[0][3])


def member_entry(session: Session, public_id: str, user_id: int) -> tuple[Cohort, Membership] | None:
    """The cohort of that address and the person's own membership in it; invited and withdrawn people have one too."""
    row = session.execute(
        select(Cohort, Membership)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Cohort.public_id == public_id, Membership.user_id == user_id)
    ).first()
    return (row[0], row[1]) if row is not None else None


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


def cohorts_for(
    session: Session, user_id: int, countries: frozenset[str] | None, *, archived: bool, before: int | None, limit: int
) -> list[Line]:
    """The cohorts somebody works in, and those of the countries they coordinate (None: of all), newest first.

    ``before`` is the id below which the page begins.
    """
    mine = select(CohortStaff.cohort_id).where(CohortStaff.user_id == user_id, CohortStaff.ended_at.is_(None))
    where: ColumnElement[bool] = Cohort.id.in_(mine)
    if countries is None:
        where = or_(where, Cohort.id.is_not(None))
    elif countries:
        where = or_(where, Cohort.country.in_(sorted(countries)))
    age = Cohort.archived_at.is_not(None) if archived else Cohort.archived_at.is_(None)
    older = Cohort.id < before if before is not None else true()
    rows = session.execute(_lines().where(where, age, older).order_by(Cohort.id.desc()).limit(limit))
    return [Line(cohort, people, certified) for cohort, people, certified in rows]


def own_memberships(session: Session, user_id: int) -> list[tuple[Cohort, Membership]]:
    """The cohorts somebody is trained in, newest first."""
    rows = session.execute(
        select(Cohort, Membership)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.user_id == user_id)
        .order_by(Cohort.id.desc())
    )
    return [(cohort, membership) for cohort, membership in rows]


def works_in_some(session: Session, user_id: int) -> bool:
    """Whether somebody is staff or trainee of any cohort: may they see the door?"""
    staff = select(CohortStaff.id).where(CohortStaff.user_id == user_id).limit(1)
    member = select(Membership.id).where(Membership.user_id == user_id).limit(1)
    found = session.execute(select(staff.scalar_subquery(), member.scalar_subquery())).one()
    return any(value is not None for value in found)


def staff_of(session: Session, cohort_id: int, *, past: bool = False) -> list[StaffLine]:
    """Who works in a cohort, leads first; with ``past`` also who did."""
    rows = session.execute(
        select(CohortStaff.id, User.id, User.name, User.email, CohortStaff.role, CohortStaff.ended_at)
        .join(User, User.id == CohortStaff.user_id)
        .where(CohortStaff.cohort_id == cohort_id, or_(CohortStaff.ended_at.is_(None), _always(past)))
        .order_by(CohortStaff.role.desc(), CohortStaff.id)
    )
    lines = [StaffLine(row[0], row[1], row[2] or row[3], row[3], row[4], row[5]) for row in rows]
    order = ("lead", "trainer", "examiner", "observer")
    return sorted(lines, key=lambda line: (line.ended_at is not None, order.index(line.role)))


def _always(yes: bool) -> ColumnElement[bool]:
    return true() if yes else false()


def events_of(session: Session, cohort_id: int, limit: int = 50) -> list[CohortEvent]:
    """What was done to a cohort, newest first."""
    return list(
        session.scalars(
            select(CohortEvent).where(CohortEvent.cohort_id == cohort_id).order_by(CohortEvent.id.desc()).limit(limit)
        )
    )


def rights_of(session: Session, user_id: int, now: datetime) -> list[Certification]:
    """The rights somebody holds now: certified, not revoked, not run out, and no later decision in its place."""
    rights = select(Certification).where(Certification.user_id == user_id, right_in_force(now))
    return list(session.scalars(rights.order_by(Certification.valid_until.desc())))


def counts_of(session: Session, cohort_id: int) -> Counts:
    """How many people, meetings and certified trainers a cohort has (three statements)."""
    counted = select(Membership.state, func.count()).where(Membership.cohort_id == cohort_id)
    people = {state: count for state, count in session.execute(counted.group_by(Membership.state))}  # noqa: C416 - rows
    meetings = select(func.count()).where(Meeting.cohort_id == cohort_id, Meeting.state == "planned")
    certified = (
        select(func.count(func.distinct(Certification.membership_id)))
        .join(Membership, Membership.id == Certification.membership_id)
        .where(Membership.cohort_id == cohort_id, is_certified())
    )
    return Counts(
        active=people.get(MemberState.ACTIVE, 0),
        waiting=people.get(MemberState.WAITING, 0),
        queued=people.get(MemberState.QUEUED, 0),
        invited=people.get(MemberState.INVITED, 0),
        withdrawn=people.get(MemberState.WITHDRAWN, 0),
        meetings=session.scalar(meetings) or 0,
        certified=session.scalar(certified) or 0,
    )
