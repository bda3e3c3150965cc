"""Making keys, handing out short ones, and taking them back."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.privacy.rules import TERMS
from coplearn.tokens.models import ApiToken
from coplearn.tokens.queries import bearer_of
from coplearn.tokens.rules import MOST, MOST_SHORT, SHORT, TokenKind, known_scopes, new_secret, secret_hash


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A key as it was made, with the secret that nobody sees again."""

    token: ApiToken
    secret: str


def make_token(
    session: Session,
    user_id: int,
    kind: TokenKind,
    name: str,
    scopes: Collection[str],
    last_day: date,
    now: datetime,
) -> MadeToken:
    """Make a key that is good to the end of that day (UTC). ``rules.problems_of`` found nothing wrong. Raises Refused when
    the person has too many."""
    alive = select(func.count()).where(
        ApiToken.user_id == user_id, ApiToken.kind == kind, ApiToken.until > now, ApiToken.revoked_at.is_(None)
    )
    if (session.scalar(alive) or 0) >= MOST:
        raise Refused(N_("You have %(count)s of these, the most there can be. Take one back first."), count=MOST)
    until = datetime.combine(last_day + timedelta(days=1), time(), now.tzinfo)
    made = _put(session, user_id, kind, name, known_scopes(scopes), until, now)
    about = f"token:{made.token.public_id},{kind.value}"
    audit.record(session, EventKind.API_TOKEN_MADE, whom=f"user:{user_id}", about=about, now=now)
    return made


def _put(
    session: Session,
    user_id: int,
    kind: TokenKind,
    name: str,
    scopes: list[str],
    until: datetime,
    now: datetime,
    client_id: int | None = None,
) -> MadeToken:
    secret = new_secret()
    token = ApiToken(
        public_id=secrets.token_hex(8),
        user_id=user_id,
        client_id=client_id,
        kind=kind,
        name=" ".join(name.split()),
        secret_hash=secret_hash(secret),
        scopes=scopes,
        made_at=now,
        until=until,
        revoked_at=None,
        used_at=None,
    )
    session.add(token)
    session.flush()
    return MadeToken(token, secret)


def exchange(
    session: Session,
    client_id: str,
    secret: str,
    scopes: Collection[str] | None,
    others: list[ColumnElement[bool]],
    now: datetime,
) -> MadeToken | None:
    """A short key for a client that proves itself, with those of its scopes that it asks for (None: all); None for any other
    (OAuth 2.0, RFC 6749, 4.4). It ends the oldest of those that the client has when there are many."""
    client = bearer_of(session, secret, others, now)
    if client is None or client.kind != TokenKind.CLIENT or client.public_id != client_id:
        return None
    wanted = [one for one in known_scopes(client.scopes) if scopes is None or one in scopes]
    until = min(now + SHORT, client.until)
    got = ApiToken.client_id == client.id
    kept = select(ApiToken.id).where(got).order_by(ApiToken.id.desc()).limit(MOST_SHORT - 1)
    session.execute(delete(ApiToken).where(got, ApiToken.id.not_in(kept)))
    return _put(session, client.user_id, TokenKind.SHORT, "", wanted, until, now, client.id)


def revoke_token(session: Session, public_id: str, kind: TokenKind, user_id: int | None, now: datetime) -> ApiToken:
    """Take a key back: it opens nothing from the next request on, nor does what it got. Twice is as once.

    ``user_id`` is whose it must be; None for whoever may take back everybody's. Raises NotFound.
    """
    wanted = select(ApiToken).where(ApiToken.public_id == public_id, ApiToken.kind == kind)
    token = session.scalar(wanted if user_id is None else wanted.where(ApiToken.user_id == user_id))
    if token is None:
        raise NotFound(N_("There is no page at this address for you."))
    if token.revoked_at is None:
        token.revoked_at = now
        about = f"token:{token.public_id},{kind.value}"
        audit.record(session, EventKind.API_TOKEN_REVOKED, whom=f"user:{token.user_id}", about=about, now=now)
    session.flush()
    return token


def note_use(session: Session, token_id: int, now: datetime) -> None:
    """Write down that a key is used today."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now))


def forget_ended(session: Session, now: datetime) -> None:
    """Forget keys that ended long ago, and short ones as soon as they have."""
    session.execute(delete(ApiToken).where(ApiToken.kind == TokenKind.SHORT, ApiToken.until <= now))
    session.execute(delete(ApiToken).where(ApiToken.until <= now - TERMS["api_token"].span))
