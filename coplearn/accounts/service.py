"""Changing accounts: grant a role, name a person, erase one."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.queries import roles_of, user_by_email
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.kernel.words import Role


def grant_role(session: Session, email: str, role: Role) -> None:
    """Trust the person with a role everywhere; doing so twice changes nothing. Raises NotFound for an unknown address."""
    user = user_by_email(session, email)
    if user is None:
        raise NotFound(N_("There is no account with that address."))
    if role not in roles_of(session, user.fs_uniquifier):
        session.add(Grant(user_id=user.id, name=role, locale="", country="", cohort_id=0))
        session.flush()


def erase_user(session: Session, user_id: int) -> None:
    """Remove the account; every row that hangs on it goes with it."""
    session.execute(delete(User).where(User.id == user_id))
    session.expire_all()
