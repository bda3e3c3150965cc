"""Reading who asks, who works in a cohort, and whether the right it is run under is good now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, or_, select, true
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.queries import in_force, owns_session
from coplearn.accounts.rules import Granted, may, may_somewhere
from coplearn.cohorts.common.counting import on_the_way, right_in_force
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership
from coplearn.cohorts.common.rules.authorisation import Authorisation, Right, Validity, covers, holds, validity
from coplearn.cohorts.common.rules.words import StaffRole, goes_on
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.storage.base import UtcDateTime


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person, with everything they are trusted with."""

    id: int
    name: str
    """As they call themselves; their mail address while they have given no name."""
    email: str
    locale: str
    grants: tuple[Granted, ...]


@dataclass(frozen=True, slots=True)
class CohortAccess:
    """A cohort with what decides on entering it."""

    cohort: Cohort
    roles: tuple[str, ...]
    """The roles the person holds in it now."""
    right_revoked_at: datetime | None
    """When the right was taken back that it was opened under."""
    right_user_id: int | None
    """Whose right that is."""


@dataclass(frozen=True, slots=True)
class StaffLine:
    """A person who works, or worked, in a cohort."""

    id: int
    user_id: int
    name: str
    email: str
    role: str
    ended_at: datetime | None
    """When it ended; None of whoever works there now."""
    until: datetime | None
    """When it will end by itself, if it will: the midnight behind its last day."""


def person_of(session: Session, uniquifier: str) -> Person | None:
    """The signed-in person with their grants (one statement); None when the session is no longer good."""
    rows = session.execute(
        select(
            User.id, User.name, User.email, User.locale, Grant.name, Grant.locale, Grant.course, Grant.country,
            Grant.cohort_id, Grant.until,
        )
        .outerjoin(Grant, and_(Grant.user_id == User.id, in_force()))
        .where(owns_session(uniquifier))
    ).all()  # fmt: skip
    if not rows:
        return None
    first = rows[0]
    grants = tuple(Granted(*row[4:10]) for row in rows if row[4] is not None)
    return Person(first[0], first[1] or first[2], first[2], first[3], grants)


def entry_of(session: Session, public_id: str, user_id: int) -> CohortAccess | None:
    """The cohort of that address with the roles the person holds in it (one statement)."""
    rows = session.execute(
        select(Cohort, CohortStaff.role, Certification.revoked_at, Certification.user_id)
        .outerjoin(
            CohortStaff,
            and_(
                CohortStaff.cohort_id == Cohort.id, CohortStaff.user_id == user_id, at_work()
            ),
        )
        .outerjoin(Certification, Certification.id == Cohort.right_id)
        .where(Cohort.public_id == public_id)
    ).all()  # fmt: skip
    if not rows:
        return None
    return CohortAccess(rows[0][0], tuple(row[1] for row in rows if row[1] is not None), rows[0][2], rows[0][3])


def member_entry(session: Session, public_id: str, user_id: int) -> tuple[Cohort, Membership] | None:
    """The cohort of that address and the person's own membership in it; invited and withdrawn people have one too."""
    row = session.execute(
        select(Cohort, Membership)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Cohort.public_id == public_id, Membership.user_id == user_id)
    ).first()
    return (row[0], row[1]) if row is not None else None


def staff_of(session: Session, cohort_id: int, *, past: bool = False) -> list[StaffLine]:
    """The staff of a cohort, leads first; with ``past`` also who did."""
    rows = session.execute(
        select(CohortStaff.id, User.id, User.name, User.email, CohortStaff.role, CohortStaff.ended_at)
        .join(User, User.id == CohortStaff.user_id)
        .where(CohortStaff.cohort_id == cohort_id, or_(at_work(), _always(past)))
        .order_by(CohortStaff.id)
    )
    lines = [_staff_line(*row, now=utcnow()) for row in rows]
    order = list(StaffRole)
    return sorted(lines, key=lambda line: (line.ended_at is not None, order.index(StaffRole(line.role))))


def _staff_line(
    number: int, user_id: int, name: str | None, email: str, role: str, end: datetime | None, *, now: datetime
) -> StaffLine:
    is_over = end is not None and end <= now
    return StaffLine(number, user_id, name or email, email, role, end if is_over else None, None if is_over else end)


def _always(yes: bool) -> ColumnElement[bool]:
    return true() if yes else false()


def member_of(session: Session, cohort_id: int, public_id: str) -> Membership:
    """The member of that cohort. Raises NotFound for anybody else."""
    member = session.scalar(
        select(Membership).where(Membership.cohort_id == cohort_id, Membership.public_id == public_id)
    )
    if member is None:
        raise NotFound(N_("There is no page at this address for you."))
    return member


def rights_of(session: Session, user_id: int, now: datetime) -> list[Certification]:
    """The rights somebody holds now: certified, not revoked, not run out, and no later decision in its place."""
    rights = select(Certification).where(Certification.user_id == user_id, right_in_force(now))
    return list(session.scalars(rights.order_by(Certification.valid_until.desc())))


def right_of(certification: Certification) -> Right:
    """The right of a certification, for the rules."""
    return Right(
        frozenset(certification.course_ids),
        certification.country,
        certification.generation,
        certification.may_pass_on,
        certification.valid_until,
        certification.revoked_at,
    )


def authorisation_of(session: Session, cohort: Cohort, now: datetime) -> Authorisation:
    """The authorisation of the cohort now. No statement for one of a coordinator's own, one while its right is good, else three.

    One good right among its trainers is enough, whoever opened it; so is a trainer who coordinates the country.
    """
    if cohort.right_id is None:
        return Authorisation.FIRM
    right = select(Certification.valid_until, Certification.revoked_at).where(Certification.id == cohort.right_id)
    row = session.execute(right).first()
    state = validity(row[0], row[1], now) if row is not None else Validity.EXPIRED
    if state is Validity.VALID or holders(session, cohort, now):
        return Authorisation.FIRM
    return Authorisation.TAKEN_BACK if state is Validity.REVOKED else Authorisation.RUN_OUT


def only_looks(session: Session, entry: CohortAccess, user_id: int, now: datetime) -> bool:
    """Whether somebody who works in the cohort may only look, because the right it is run under was taken back.

    Where another of its trainers holds a good right, that goes for the person alone whose right it was. No statement
    but in a cohort whose right was taken back.
    """
    if entry.right_revoked_at is None:
        return False
    good = holders(session, entry.cohort, now)
    return not good or (user_id == entry.right_user_id and user_id not in good)


def holders(session: Session, cohort: Cohort, now: datetime) -> frozenset[int | None]:
    """The people who may answer for the cohort now (two statements).

    Its trainers who hold a right that covers it, or who coordinate its country; and whoever holds the right it was
    opened under, renewed since: None where that is somebody without an account.
    """
    trainers = _trainers(cohort.id)
    opened = select(Certification.membership_id).where(Certification.id == cohort.right_id).scalar_subquery()
    rights = select(Certification, Certification.membership_id == opened).where(
        or_(Certification.user_id.in_(trainers), Certification.membership_id == opened),
        right_in_force(now),
    )
    user_ids: set[int | None] = set()
    for certification, is_own in session.execute(rights):
        right = right_of(certification)
        if holds(right, now) if is_own else covers(right, cohort.kind, cohort.course_ids, cohort.country, now):
            user_ids.add(certification.user_id)
    grants = select(Grant.user_id, Grant.name, Grant.locale, Grant.course, Grant.country, Grant.cohort_id)
    for row in session.execute(grants.where(Grant.user_id.in_(trainers), in_force())):
        if may([Granted(*row[1:])], Permission.OPEN_COHORTS, country=cohort.country):
            user_ids.add(row[0])
    return frozenset(user_ids)


def _trainers(cohort_id: int) -> Select[int]:
    return (
        select(CohortStaff.user_id)
        .join(User, User.id == CohortStaff.user_id)
        .where(
            CohortStaff.cohort_id == cohort_id,
            at_work(),
            CohortStaff.role.in_((StaffRole.LEAD, StaffRole.TRAINER)),
            User.active,
        )
    )


def teaches(session: Session, user_id: int) -> bool:
    """Whether somebody leads or trains a cohort, or ever did (one statement)."""
    held = select(CohortStaff.id).where(
        CohortStaff.user_id == user_id, CohortStaff.role.in_((StaffRole.LEAD, StaffRole.TRAINER))
    )
    return session.scalar(held.limit(1)) is not None


def at_work() -> ColumnElement[bool]:
    """Whether a row of ``cohort_staff`` has not ended at the moment the statement runs."""
    now = bindparam(None, callable_=utcnow, type_=UtcDateTime())
    return or_(CohortStaff.ended_at.is_(None), CohortStaff.ended_at > now)


def works_now() -> ColumnElement[bool]:
    """Whether a row of ``user`` works in any cohort now."""
    return exists().where(CohortStaff.user_id == User.id, at_work())


def may_lead(session: Session, person: Person, now: datetime) -> bool:
    """Whether somebody leads groups, so that they may run exercises and see keys: coordinators, whoever works in a cohort,
    and certified trainers."""
    if may_somewhere(person.grants, Permission.OPEN_COHORTS):
        return True
    works = select(CohortStaff.id).where(CohortStaff.user_id == person.id, at_work())
    return session.scalar(works.limit(1)) is not None or bool(rights_of(session, person.id, now))


def is_on_the_way(session: Session, cohort: Cohort, member: Membership) -> bool:
    """Whether somebody may still be glad of help: the cohort goes on, and nothing final is decided about them."""
    wanted = select(Membership.id).where(*on_the_way([cohort.id]), Membership.id == member.id)
    return goes_on(cohort.state, cohort.archived_at) and session.scalar(wanted) is not None
