"""Reading on whose right a cohort stands, and whether that right is good now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.rules import Granted, may
from coplearn.cohorts.models.certification import Certification
from coplearn.cohorts.models.cohort import Cohort, CohortStaff
from coplearn.cohorts.queries.certification import right_of
from coplearn.cohorts.queries.cohort import Entry
from coplearn.cohorts.queries.counting import right_in_force
from coplearn.cohorts.rules.cascade import covers, holds
from coplearn.cohorts.rules.certification import Validity, validity
from coplearn.cohorts.rules.footing import Footing
from coplearn.cohorts.rules.words import StaffRole
from coplearn.kernel.words import Permission


def footing_of(session: Session, cohort: Cohort, now: datetime) -> Footing:
    """How the cohort stands now. No statement for one of a coordinator's own, one while its right is good, else three.

    One good right among its trainers is enough, whoever opened it; so is a trainer who coordinates the country.
    """
    if cohort.right_id is None:
        return Footing.FIRM
    found = select(Certification.valid_until, Certification.revoked_at).where(Certification.id == cohort.right_id)
    row = session.execute(found).first()
    state = validity(row[0], row[1], now) if row is not None else Validity.EXPIRED
    if state is Validity.VALID or holders(session, cohort, now):
        return Footing.FIRM
    return Footing.TAKEN_BACK if state is Validity.REVOKED else Footing.RUN_OUT


def only_looks(session: Session, entry: Entry, user_id: int, now: datetime) -> bool:
    """Whether somebody who works in the cohort may only look, because the right it is run under was taken back.

    Where another of its trainers holds a good right, that goes for the person alone whose right it was. No statement
    but in a cohort whose right was taken back.
    """
    if entry.right_revoked_at is None:
        return False
    good = holders(session, entry.cohort, now)
    return not good or (user_id == entry.right_user_id and user_id not in good)


def holders(session: Session, cohort: Cohort, now: datetime) -> frozenset[int | None]:
    """Who may answer for the cohort now (two statements).

    Its trainers who hold a right that covers it, or who coordinate its country; and whoever holds the right it was
    opened under, renewed since: None where that is somebody without an account.
    """
    trainers = _trainers(cohort.id)
    opened = select(Certification.membership_id).where(Certification.id == cohort.right_id).scalar_subquery()
    rights = select(Certification, Certification.membership_id == opened).where(
        or_(Certification.user_id.in_(trainers), Certification.membership_id == opened),
        right_in_force(now),
    )
    found: set[int | None] = set()
    for certification, is_own in session.execute(rights):
        right = right_of(certification)
        if holds(right, now) if is_own else covers(right, cohort.kind, cohort.course_ids, cohort.country, now):
            found.add(certification.user_id)
    grants = select(Grant.user_id, Grant.name, Grant.locale, Grant.course, Grant.country, Grant.cohort_id)
    for row in session.execute(grants.where(Grant.user_id.in_(trainers))):
        if may([Granted(*row[1:])], Permission.OPEN_COHORTS, country=cohort.country):
            found.add(row[0])
    return frozenset(found)


def _trainers(cohort_id: int) -> Select[int]:
    return (
        select(CohortStaff.user_id)
        .join(User, User.id == CohortStaff.user_id)
        .where(
            CohortStaff.cohort_id == cohort_id,
            CohortStaff.ended_at.is_(None),
            CohortStaff.role.in_((StaffRole.LEAD, StaffRole.TRAINER)),
            User.active,
        )
    )
