"""Inviting people to a role by their mail address, and the first administrator by a link that is printed.

Whoever holds the link proves that the address is theirs. There is no account before it is opened, and no default password.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final
from uuid import uuid4

from sqlalchemy import delete
from sqlalchemy.orm import Session

from coplearn.accounts.models import Invitation, User
from coplearn.accounts.queries import has_people, user_by_email
from coplearn.accounts.rules import AccountAction, Granted, may_give
from coplearn.accounts.service import add_user, log_account_action
from coplearn.administration.people.queries import granted_in, invitation_of
from coplearn.administration.people.rules import Invited
from coplearn.administration.people.service.roles import above, details_of, put_role
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Role
from coplearn.outbox.service import queue_letter
from coplearn.privacy.rules import TERMS

LETTER: Final = "people-invitation"
GOOD_FOR: Final = TERMS["invitation"].span
FIRST_FOR: Final = timedelta(hours=24)
_GONE: Final = N_("This invitation does not work any more. Ask whoever sent it for a new one.")


def token_hash(token: str) -> str:
    """The token as it is stored: nobody who reads the database can open an invitation."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(
    session: Session, person: Person, people: Sequence[Invited], granted: Granted, locale: str, now: datetime
) -> int:
    """Write to each of them; an earlier invitation of the same address to the same role is replaced. How many letters.

    What is told is the same for an address with an account and for one without. Raises Refused for more than ``person``
    holds themselves.
    """
    if not may_give(person.grants, granted):
        raise above(session, granted)
    if granted.until is not None and granted.until <= now:
        raise Refused(N_("That day is over. Choose a later one."))
    for one in people:
        token = _open(session, one.email, granted, person.id, locale, now, GOOD_FOR)
        queue_letter(
            session,
            key=f"{LETTER}:{token_hash(token)[:32]}",
            to=one.email,
            locale=locale,
            time_zone="UTC",
            kind=LETTER,
            params={"name": one.name, "role": str(granted.role), "token": token, "sender": person.name},
            now=now,
        )
    codes = details_of(granted) | {"number": str(len(people))}
    about = ",".join(f"{name}={value}" for name, value in codes.items())
    audit.record(session, EventKind.ACCOUNT_INVITED, about=about, now=now)
    return len(people)


def _open(
    session: Session, email: str, granted: Granted, by_id: int | None, locale: str, now: datetime, good_for: timedelta
) -> str:
    """The token of a new invitation, which takes the place of the one to the same."""
    place = {"role": str(granted.role), "locale": granted.locale, "course": granted.course, "country": granted.country}
    session.execute(delete(Invitation).filter_by(email=email, **place))
    token = token_urlsafe(24)
    session.add(
        Invitation(
            token_hash=token_hash(token),
            email=email,
            **place,
            role_until=granted.until,
            language=locale,
            by_id=by_id,
            created_at=now,
            expires_at=now + good_for,
        )
    )
    session.flush()
    return token


def first_admin_token(session: Session, locale: str, now: datetime) -> str | None:
    """A fresh token for the first administrator of a site on which nobody has an account; None on every other.

    One that was printed before and not used opens nothing any more.
    """
    if has_people(session):
        return None
    return _open(session, "", Granted(Role.ADMIN), None, locale, now, FIRST_FOR)


def take_back(session: Session, person: Person, invitation_id: int) -> None:
    """Let an invitation open nothing any more. Raises NotFound for one to a role that the person may not give."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or not may_give(person.grants, granted_in(invitation)):
        raise NotFound(_GONE)
    session.delete(invitation)
    session.flush()


def accept(session: Session, token: str, email: str, password: str | None, now: datetime) -> User:
    """Take an invitation once: the account, made with ``password`` (hashed) where there was none, with its role.

    ``email`` is for the first administrator, whose invitation names none. Raises NotFound for one that does not work any
    more, Refused for an address that has an account already.
    """
    invitation = invitation_of(session, token_hash(token), now)
    taken = delete(Invitation).where(Invitation.token_hash == token_hash(token)).returning(Invitation.id)
    if invitation is None or session.scalar(taken) is None:
        raise NotFound(_GONE)
    session.expunge(invitation)
    user = user_by_email(session, invitation.email) if invitation.email else None
    if user is None:
        user = add_user(session, invitation.email or email, invitation.language, now)
        user.password = password
    elif user.confirmed_at is None:
        # Whoever asked for it never opened its mail, so it may be a stranger who waits with a password of theirs.
        user.password, user.fs_uniquifier = password, uuid4().hex
    if not user.active:
        raise NotFound(_GONE)
    user.confirmed_at = user.confirmed_at or now
    granted = granted_in(invitation)
    if granted.until is None or granted.until > now:
        put_role(session, user.id, granted)
    log_account_action(session, user.id, invitation.by_id, AccountAction.INVITED, now, **details_of(granted))
    if not invitation.email:
        audit.record(session, EventKind.FIRST_ADMIN, whom=f"user:{user.id}", now=now)
    session.flush()
    return user


def forget_invitations(session: Session, now: datetime) -> None:
    """Forget whom somebody invited too long ago."""
    session.execute(delete(Invitation).where(Invitation.expires_at <= now))
