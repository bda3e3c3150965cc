"""Changing accounts of others: roles given and taken, accounts switched off and on. Nobody does more than they may themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant
from coplearn.accounts.rules import UNCONFIRMED, AccountAction, Granted, may_give, may_take
from coplearn.accounts.service import end_sessions, log_account_action, switch_account
from coplearn.administration.people.queries import AccountLine, account_of, has_other_admin, role_of, seen_by
from coplearn.audit.service import note_refused
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.clock import last_day
from coplearn.kernel.errors import NotFound, NotYours, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Role

ABOVE: Final = N_("That is more than you are trusted with yourself, so you cannot give it or take it away.")
_STAYS: Final = N_("Somebody must stay who may do everything here. Give that role to somebody else first.")


def give_role(session: Session, person: Person, user_id: int, granted: Granted, now: datetime) -> None:
    """Trust somebody with a role, until it ends; given again in the same place, it has the new end.

    Raises Refused for more than ``person`` holds and for an address that nobody confirmed, NotYours for an account that
    they do not see.
    """
    account = seen_account(session, person, user_id)
    if not account.is_confirmed:
        raise Refused(UNCONFIRMED)
    if not may_give(person.grants, granted):
        raise above(session, granted, f"user:{user_id}")
    if granted.until is not None and granted.until <= now:
        raise Refused(N_("That day is over. Choose a later one."))
    if granted.until is not None:
        _keep_an_admin(session, account, granted)
    put_role(session, user_id, granted)
    log_account_action(session, user_id, person.id, AccountAction.ROLE_GIVEN, now, **details_of(granted))


def above(session: Session, granted: Granted, whom: str = "") -> Refused:
    """The refusal of a role above the person's own rights, which the audit log keeps."""
    note_refused(session, ",".join(f"{name}={value}" for name, value in details_of(granted).items()), whom=whom)
    return Refused(ABOVE)


def put_role(session: Session, user_id: int, granted: Granted) -> None:
    """Write the role down, in a row of its own or the one that stands there."""
    place = {"locale": granted.locale, "course": granted.course, "country": granted.country, "cohort_id": 0}
    same = session.scalar(select(Grant).filter_by(user_id=user_id, name=granted.role, **place))
    if same is None:
        same = Grant(user_id=user_id, name=granted.role, **place)
        session.add(same)
    same.until = granted.until
    session.flush()


def take_role(session: Session, person: Person, user_id: int, grant_id: int, now: datetime) -> None:
    """Take a role away; every session of the person ends. Raises NotFound, NotYours, or Refused as :func:`give_role` does."""
    account, held = seen_account(session, person, user_id), role_of(session, user_id, grant_id)
    if held is None:
        raise NotFound(N_("That role was not given so."))
    if not may_take(person.grants, held.granted):
        raise above(session, held.granted, f"user:{user_id}")
    _keep_an_admin(session, account, held.granted)
    session.delete(session.get_one(Grant, grant_id))
    # Before sessions end: who takes a role from themselves is known by theirs.
    log_account_action(session, user_id, person.id, AccountAction.ROLE_TAKEN, now, **details_of(held.granted))
    end_sessions(session, user_id)


def switch(session: Session, person: Person, user_id: int, *, on: bool, now: datetime) -> None:
    """Switch somebody's account off, which ends every session of it at once, or on again.

    Raises NotYours for an account that they do not see; Refused for their own, for one that was joined with another, and
    for somebody who is trusted with more than they are.
    """
    account = seen_account(session, person, user_id)
    if account.id == person.id:
        raise Refused(N_("You cannot switch off your own account."))
    if account.merged_into_id is not None:
        raise Refused(N_("This account was joined with another one of the same person. It stays switched off."))
    if not may_switch(person, account):
        note_refused(session, "switch", whom=f"user:{user_id}")
        raise Refused(N_("This person is trusted with more than you are, or with nothing in what you look after."))
    switch_account(session, account.email, on=on)
    log_account_action(
        session, user_id, person.id, AccountAction.SWITCHED_ON if on else AccountAction.SWITCHED_OFF, now
    )


def may_switch(person: Person, account: AccountLine) -> bool:
    """Whether somebody may switch that account: all its roles are below their own, and one of them is theirs to look after."""
    everywhere = may_take(person.grants, Granted(Role.SUGGESTER))
    has_any = everywhere or bool(account.roles)
    return has_any and all(may_take(person.grants, held.granted) for held in account.roles)


def seen_account(session: Session, person: Person, user_id: int) -> AccountLine:
    """An account that the person may see. Raises NotYours for every other."""
    account = account_of(session, seen_by(person.grants), user_id)
    if account is None:
        raise NotYours
    return account


def _keep_an_admin(session: Session, account: AccountLine, taken: Granted) -> None:
    if taken == Granted(Role.ADMIN) and not has_other_admin(session, account.id, Role.ADMIN):
        raise Refused(_STAYS)


def details_of(granted: Granted) -> dict[str, str]:
    """The role as the history of an account keeps it."""
    found = {
        "role": str(granted.role),
        "locale": granted.locale,
        "course": granted.course,
        "country": granted.country,
        "until": f"{last_day(granted.until):%Y-%m-%d}" if granted.until else "",
    }
    return {name: value for name, value in found.items() if value}
