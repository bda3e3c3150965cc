"""Finding or making the account of whoever a provider sends, and giving it the roles that the operator's rules say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from sqlalchemy import update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import grants_of, user_by_email
from coplearn.accounts.rules import Granted
from coplearn.accounts.service import add_user, forget_ended_roles, grant_role, revoke_role
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.audit.rules import SITE, AuditActor
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Role
from coplearn.providers.models import ProviderIdentity
from coplearn.providers.queries import identity_of
from coplearn.providers.rules import Provider, ProviderProfile, is_of_domains, packed, unpacked


class KnownHere(Exception):
    """An account with that address is there already, and its owner has to say by its password that it is theirs."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The account of whoever signed in with a provider."""

    user: User
    has_roles: bool
    """Whether the provider gave them a role."""


def arrive(session: Session, provider: Provider, told: ProviderProfile, locale: str, now: datetime) -> Arrived:
    """The account of the person that the provider tells of, made or linked where it has none yet.

    ``told.email`` is in its stored form. Raises KnownHere, and Refused with what to do.
    """
    row = identity_of(session, provider.issuer, told.subject)
    if row is None:
        row = _link(session, provider, _owner(session, provider, told, locale, now), told.subject, now)
    user = session.get_one(User, row.user_id)
    if not user.active:
        raise Refused(N_("This account is switched off. Ask the people who run this site."))
    row.used_at = now
    _give(session, row, user, told.roles, now)
    session.flush()
    if row.given or user.roles:
        # Who only learns writes no event: there are a thousand of them at nine o'clock, and one chain.
        audit.record(session, EventKind.SIGNED_IN_BY_PROVIDER, about=provider.name, now=now, actor=_doer(user))
    return Arrived(user, bool(row.given))


def link_owner(
    session: Session, provider: Provider, subject: str, roles: frozenset[Granted], user: User, now: datetime
) -> None:
    """Let the person come by the provider from now on, whose account it is: they have just signed in with its password.

    Nothing changes for who is another's already.
    """
    row = identity_of(session, provider.issuer, subject)
    if row is None:
        _give(session, _link(session, provider, user, subject, now), user, roles, now)
        session.flush()
        _note_link(session, provider, user, now)


def move_identities(session: Session, user_id: int, to: int) -> None:
    """Let who signed in to one account with a provider come to another, as when two accounts of a person become one."""
    session.execute(update(ProviderIdentity).where(ProviderIdentity.user_id == user_id).values(user_id=to))


def _owner(session: Session, provider: Provider, told: ProviderProfile, locale: str, now: datetime) -> User:
    """The account for somebody who comes for the first time."""
    if not told.email or not told.is_checked:
        raise Refused(
            N_("%(provider)s did not confirm a mail address of yours. Confirm it there, or make an account here."),
            provider=provider.label,
        )
    if not is_of_domains(provider, told.email):
        raise Refused(N_("Your mail address is not one that may sign in with %(provider)s."), provider=provider.label)
    user = user_by_email(session, told.email)
    if user is None:
        if not provider.new_accounts:
            raise Refused(N_("There is no account here for your address. Ask the people who run this site."))
        return add_user(session, told.email, locale, now)
    if user.confirmed_at is None:
        # Whoever asked for it never opened its mail, so it may be a stranger who waits with a password of theirs.
        user.password, user.fs_uniquifier, user.confirmed_at = None, token_hex(16), now
    elif not provider.link_verified:
        raise KnownHere
    else:
        _note_link(session, provider, user, now)
    return user


def _link(session: Session, provider: Provider, user: User, subject: str, now: datetime) -> ProviderIdentity:
    row = ProviderIdentity(
        user_id=user.id, issuer=provider.issuer, subject=subject, linked_at=now, used_at=now, given=[]
    )
    session.add(row)
    session.flush()
    return row


def _note_link(session: Session, provider: Provider, user: User, now: datetime) -> None:
    audit.record(
        session,
        EventKind.PROVIDER_LINKED,
        whom=f"user:{user.id}",
        about=provider.name,
        now=now,
        actor=_doer(user),
    )


def _doer(user: User) -> AuditActor:
    return AuditActor(f"user:{user.id}")


def _give(session: Session, row: ProviderIdentity, user: User, wanted: frozenset[Granted], now: datetime) -> None:
    """Give what the provider says now, and take away what it gave before and says no more; what people gave stays."""
    before = unpacked(row.given)
    if wanted:
        # One whose time is over would stand in the way of the same role.
        forget_ended_roles(session, now)
    held = set(grants_of(session, user.fs_uniquifier)) if wanted or before else set()
    with _by_the_site(session):
        for grant in before - wanted:
            if grant in held:
                revoke_role(session, user.email, grant.role, grant)
        for grant in wanted - held:
            grant_role(session, user.email, Role(grant.role), grant.locale, grant.course, grant.country)
    ours = (wanted - held) | (wanted & before)
    row.given = packed(ours)


@contextmanager
def _by_the_site(session: Session) -> Iterator[None]:
    """Name the site as who did what the audit log is told inside: nobody is signed in yet."""
    lent = audit.ACTOR_KEY.get(session)
    audit.act_as(session, SITE)
    try:
        yield
    finally:
        if lent is not None:
            audit.ACTOR_KEY.put(session.info, lent)
