"""Handing the work of one person to another: their cohorts, and the languages they translate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.rules import UNCONFIRMED, AccountAction, may, may_give, may_take
from coplearn.accounts.service import end_sessions, log_account_action
from coplearn.administration.people.queries import AccountLine, account_of, seen_by
from coplearn.administration.people.service.roles import put_role, seen_account
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff
from coplearn.cohorts.common.queries import Person, at_work
from coplearn.cohorts.common.rules.words import StaffRole
from coplearn.cohorts.people.service.staffing import add_agreed_staff, end_staff
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission, Role

_TRANSLATING: Final = (Role.SUGGESTER, Role.TRANSLATOR, Role.REVIEWER)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The number of cohorts and languages that went to somebody else, and of what stayed."""

    moved: int
    stayed: int


def hand_over(session: Session, person: Person, from_id: int, email: str, now: datetime) -> HandedOver:
    """Give the work of one account to the one of that address, as far as ``person`` looks after it; every session of the
    one that lost work ends.

    What the other cannot take (they are trained in that cohort, or hold a role that goes not with it) stays. Raises
    NotYours for an account that is not seen, NotFound for an address, Refused for an account that is off.
    """
    source, target = seen_account(session, person, from_id), _taker(session, person, email)
    if target.id == source.id:
        raise Refused(N_("Choose somebody else."))
    cohorts = _cohorts(session, person, source, target, now)
    languages = _languages(session, person, source, target)
    found = HandedOver(cohorts.moved + languages.moved, cohorts.stayed + languages.stayed)
    if found.moved:
        log_account_action(session, source.id, person.id, AccountAction.HANDED_OVER, now, number=found.moved)
        log_account_action(session, target.id, person.id, AccountAction.TAKEN_OVER, now, number=found.moved)
        end_sessions(session, source.id)
    return found


def _taker(session: Session, person: Person, email: str) -> AccountLine:
    user_id = session.scalar(select(User.id).where(User.email == email))
    account = account_of(session, seen_by(person.grants), user_id) if user_id is not None else None
    if account is None:
        raise NotFound(N_("There is no account with that address among those that you look after."))
    if not account.is_active:
        raise Refused(N_("That account is off."))
    if not account.is_confirmed:
        raise Refused(UNCONFIRMED)
    return account


def _cohorts(session: Session, person: Person, source: AccountLine, target: AccountLine, now: datetime) -> HandedOver:
    rows = session.execute(
        select(CohortStaff.id, CohortStaff.cohort_id, CohortStaff.role, CohortStaff.ended_at, Cohort.country)
        .join(Cohort, Cohort.id == CohortStaff.cohort_id)
        .where(CohortStaff.user_id == source.id, at_work(), Cohort.archived_at.is_(None))
        .order_by(CohortStaff.id)
    ).all()
    moved = stayed = 0
    for staff_id, cohort_id, role, until, country in rows:
        if not may(person.grants, Permission.SEE_COUNTRY, country=country):
            continue
        try:
            add_agreed_staff(session, person, cohort_id, target.email, StaffRole(role), now, until)
            end_staff(session, person, cohort_id, staff_id, now)
            moved += 1
        except Refused:
            stayed += 1
    return HandedOver(moved, stayed)


def _languages(session: Session, person: Person, source: AccountLine, target: AccountLine) -> HandedOver:
    moved = stayed = 0
    for held in source.roles:
        if held.granted.role not in _TRANSLATING or not may_take(person.grants, held.granted):
            continue
        if not may_give(person.grants, held.granted):
            stayed += 1
            continue
        if held.granted not in [one.granted for one in target.roles]:
            put_role(session, target.id, held.granted)
        session.delete(session.get_one(Grant, held.id))
        moved += 1
    session.flush()
    return HandedOver(moved, stayed)
