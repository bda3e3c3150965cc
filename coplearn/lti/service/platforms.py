"""Registering platforms, their deployments, invitations to register, and the keys that we sign with."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.learning.models import Learner
from coplearn.lti.models import LtiDeployment, LtiInvitation, LtiKey, LtiPerson, LtiPlatform
from coplearn.lti.queries import keys, open_invitation, signing_key
from coplearn.lti.rules import FIRST_KEY_DAY, INVITATION_DAYS, KEY_DAYS, KEY_KEPT, PlatformDraft
from coplearn.lti.sealing import LaunchSeal, hashed
from coplearn.storage.upserts import insert_new

_FIELDS = ("name", "issuer", "client_id", "login_url", "token_url", "keys_url", "audience")


def _record(session: Session, platform_id: int, now: datetime) -> None:
    audit.record(session, EventKind.PLATFORM_WRITTEN, about=f"platform:{platform_id}", now=now)


def add_platform(session: Session, draft: PlatformDraft, now: datetime) -> int:
    """Register a platform. Raises Refused when that issuer's client id is registered already."""
    made = LtiPlatform(**{name: getattr(draft, name) for name in _FIELDS}, is_open=True, created_at=now)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Refused(N_("This platform is registered already, with this client ID.")) from None
    _record(session, made.id, now)
    return made.id


def change_platform(session: Session, platform_id: int, draft: PlatformDraft, now: datetime) -> None:
    """Correct what is kept of a platform. Raises Refused as :func:`add_platform` does."""
    row = session.get_one(LtiPlatform, platform_id)
    try:
        with session.begin_nested():
            for name in _FIELDS:
                setattr(row, name, getattr(draft, name))
    except IntegrityError:
        raise Refused(N_("This platform is registered already, with this client ID.")) from None
    _record(session, platform_id, now)


def open_platform(session: Session, platform_id: int, now: datetime, *, is_open: bool) -> None:
    """Let a platform open courses here, or no more; what its people did stays."""
    session.execute(update(LtiPlatform).where(LtiPlatform.id == platform_id).values(is_open=is_open))
    _record(session, platform_id, now)


def remove_platform(session: Session, platform_id: int, now: datetime) -> None:
    """Forget a platform, its activities, and whom it sent, with all they did; what was joined to an account stays there."""
    people = select(LtiPerson.learner_id).where(LtiPerson.platform_id == platform_id)
    elsewhere = select(LtiPerson.learner_id).where(LtiPerson.platform_id != platform_id)
    session.execute(
        delete(Learner).where(Learner.id.in_(people), Learner.id.not_in(elsewhere), Learner.user_id.is_(None))
    )
    session.execute(delete(LtiPlatform).where(LtiPlatform.id == platform_id))
    session.expire_all()
    _record(session, platform_id, now)


def add_deployment(session: Session, platform_id: int, deployment_id: str, now: datetime) -> None:
    """Let one more part of a platform open courses here; once is enough."""
    if not 0 < len(deployment_id) <= 255:
        raise Refused(N_("Write the deployment ID as the platform shows it."))
    if insert_new(session, LtiDeployment, {"platform_id": platform_id, "deployment_id": deployment_id}):
        _record(session, platform_id, now)


def remove_deployment(session: Session, platform_id: int, row: int, now: datetime) -> None:
    """Let a part of a platform open courses here no more; its activities and their scores are forgotten."""
    gone = delete(LtiDeployment).where(LtiDeployment.id == row, LtiDeployment.platform_id == platform_id)
    session.execute(gone)
    session.expire_all()
    _record(session, platform_id, now)


def invite(session: Session, now: datetime) -> str:
    """The token of an address at which one platform may register itself, once and within some days."""
    token = token_urlsafe(24)
    session.execute(delete(LtiInvitation).where(LtiInvitation.until < now))
    session.add(LtiInvitation(token_hash=hashed(token), until=now + INVITATION_DAYS, used_at=None))
    audit.record(session, EventKind.PLATFORM_INVITED, about="platforms", now=now)
    return token


def take_invitation(session: Session, token: str, now: datetime) -> bool:
    """Use an invitation; whether it was good. Of two at once, one comes through."""
    good = open_invitation(session, hashed(token), now)
    if good is None:
        return False
    used = update(LtiInvitation).where(LtiInvitation.id == good.id, LtiInvitation.used_at.is_(None))
    return session.execute(used.values(used_at=now).returning(LtiInvitation.id)).first() is not None


NewKey = Callable[[], tuple[str, str, dict[str, Any]]]
"""Makes a private key and its public half, both as PEM, and the public half as a JSON Web Key."""


def renew_keys(session: Session, seal: LaunchSeal, make: NewKey, now: datetime, *, asked: bool = False) -> None:
    """Make the first key, or the next one when the newest is old or it is ``asked`` for; drop those that nobody needs any more.

    A later key is published a day before it signs, and an earlier one for a month after it did, so that no platform meets a
    signature whose key it cannot find.
    """
    known = keys(session)
    newest = known[-1] if known else None
    # A site that moved, or was given another secret key, cannot open those it had.
    is_lost = newest is None or seal.opened(newest.sealed) is None
    if newest is None or is_lost or asked or newest.created_at < now - KEY_DAYS:
        private, public, jwk = make()
        sealed = seal.closed(json.dumps({"private": private, "public": public}).encode())
        starts = now if is_lost else now + FIRST_KEY_DAY
        session.add(LtiKey(kid=str(jwk["kid"]), public=jwk, sealed=sealed, created_at=now, signs_from=starts))
        session.flush()
        audit.record(session, EventKind.KEY_RENEWED, about="key:platforms", now=now)
    current = signing_key(session, now)
    if current is not None and current.signs_from < now - KEY_KEPT:
        session.execute(delete(LtiKey).where(LtiKey.signs_from < current.signs_from))
