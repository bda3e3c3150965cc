"""The people that the audit log names by number, with the names that they have now."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import user_by_email
from coplearn.audit.queries import erased_since
from coplearn.audit.rules import Event
from coplearn.cohorts.common.models.cohort import Membership


def person_named(session: Session, typed: str) -> str:
    """The person as the log names them, of a mail address (one statement) or of such a name; a stranger is nobody's number."""
    if "@" not in typed:
        return typed
    user = user_by_email(session, typed.lower())
    return f"user:{user.id}" if user is not None else "user:0"


def names_in(session: Session, found: Iterable[Event]) -> dict[tuple[int, str], str]:
    """The present name of each person in those events, by number and person (three statements); not of who was erased."""
    named = {(event.number, person) for event in found for person in (event.who, event.whom) if ":" in person}
    users = {person for _, person in named if person.startswith("user:")}
    members = {person for _, person in named if person.startswith("member:")}
    erased = erased_since(session, users)
    numbers = [int(person[5:]) for person in users if person[5:].isdecimal()]
    accounts = select(User.id, User.name, User.email).where(User.id.in_(numbers))
    names = {f"user:{row.id}": row.name or row.email for row in session.execute(accounts)} if numbers else {}
    public = [person[7:] for person in members]
    seats = select(Membership.public_id, Membership.name).where(Membership.public_id.in_(public))
    names |= {f"member:{row.public_id}": row.name for row in session.execute(seats)} if public else {}
    return {
        (number, person): names[person]
        for number, person in named
        if person in names and number > erased.get(person, 0)
    }
