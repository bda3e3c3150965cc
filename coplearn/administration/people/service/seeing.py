"""Seeing the site as somebody else does: written down, shown to the person, and without a word changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.rules import AccountAction, may
from coplearn.accounts.service import log_account_action
from coplearn.administration.people.service.roles import may_switch, seen_account
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.errors import NotAllowed, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission

MINUTES: Final = 30
"""So long one look may take."""


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """A person with whose eyes the site is looked at."""

    uniquifier: str
    name: str


def may_see_as(person: Person) -> bool:
    """Whether somebody may see the site as others do."""
    return may(person.grants, Permission.MANAGE_SITE)


def see_as(session: Session, person: Person, user_id: int, now: datetime) -> SeenPerson:
    """Write down that ``person`` looks at the site as that account does from now on.

    Raises NotAllowed for whoever does not manage the whole site, NotYours for an account that is not there, Refused for
    their own, for one that is off, and for somebody who is trusted with more.
    """
    if not may_see_as(person):
        raise NotAllowed(N_("Only administrators see the site as somebody else does."))
    account = seen_account(session, person, user_id)
    if account.id == person.id or not account.is_active or not may_switch(person, account):
        raise Refused(N_("The site cannot be seen as this account does."))
    log_account_action(session, user_id, person.id, AccountAction.SEEN, now)
    return SeenPerson(session.get_one(User, user_id).fs_uniquifier, account.shown_name)
