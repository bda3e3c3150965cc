"""Reading keys: by their secret for a request, by person for their list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from coplearn.accounts.models import User
from coplearn.privacy.rules import TERMS
from coplearn.second_factors.queries import has_factor, is_staff
from coplearn.tokens.models import ApiToken
from coplearn.tokens.rules import TokenKind, secret_hash

_Client = aliased(ApiToken)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A key that is good now, with whose it is."""

    id: int
    public_id: str
    user_id: int
    kind: str
    scopes: frozenset[str]
    until: datetime
    used_at: datetime | None
    uniquifier: str
    """The person's ``fs_uniquifier``."""
    is_staff: bool
    has_factor: bool
    counted_as: str
    """The ``public_id`` under which its requests are counted: all that a client got are one."""


def bearer_of(session: Session, secret: str, others: list[ColumnElement[bool]], now: datetime) -> Bearer | None:
    """The key of that secret (one statement); None for one that ended, was taken back, or whose person was switched off.

    ``others`` are conditions of slices above, as :func:`coplearn.second_factors.queries.is_staff` takes them.
    """
    hashed = secret_hash(secret)
    if not hashed:
        return None
    wanted = (
        select(
            ApiToken.id, ApiToken.public_id, ApiToken.user_id, ApiToken.kind, ApiToken.scopes, ApiToken.until,
            ApiToken.used_at, User.fs_uniquifier, is_staff(others), has_factor(),
            func.coalesce(_Client.public_id, ApiToken.public_id),
        )
        .join(User, User.id == ApiToken.user_id)
        .outerjoin(_Client, _Client.id == ApiToken.client_id)
        .where(
            ApiToken.secret_hash == bindparam(None, hashed),
            ApiToken.until > now,
            ApiToken.revoked_at.is_(None),
            _Client.revoked_at.is_(None),
            or_(_Client.id.is_(None), _Client.until > now),
            User.active,
        )
    )  # fmt: skip
    row = session.execute(wanted).first()
    if row is None:
        return None
    scopes = frozenset(row.scopes)
    return Bearer(row[0], row[1], row[2], row[3], scopes, row[5], row[6], row[7], row[8], row[9], row[10])


def tokens_of(session: Session, user_id: int, kind: TokenKind, now: datetime) -> list[ApiToken]:
    """The keys of that kind that a person made, the newest first, with those that ended not long ago."""
    mine = select(ApiToken).where(
        ApiToken.user_id == user_id, ApiToken.kind == kind, ApiToken.until > now - TERMS["api_token"].span
    )
    return list(session.scalars(mine.order_by(ApiToken.id.desc())))


def all_clients(session: Session, now: datetime) -> list[tuple[ApiToken, str]]:
    """Every client with the address of whose it is, the newest first."""
    rows = (
        select(ApiToken, User.email)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.kind == TokenKind.CLIENT, ApiToken.until > now - TERMS["api_token"].span)
    )
    return [(token, email) for token, email in session.execute(rows.order_by(ApiToken.id.desc()))]


_DAY: Final = timedelta(days=1)


def is_used_anew(bearer: Bearer, now: datetime) -> bool:
    """Whether that it is used is worth writing down: once a day."""
    return bearer.used_at is None or now - bearer.used_at >= _DAY


def export_of(session: Session, user_id: int) -> list[dict[str, Any]]:
    """Every key of a person for their own download, without the hash of its secret."""
    rows = session.scalars(select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id))
    return [
        {
            "number": one.public_id,
            "kind": one.kind,
            "name": one.name,
            "scopes": one.scopes,
            "made": one.made_at.isoformat(),
            "until": one.until.isoformat(),
            "taken_back": one.revoked_at.isoformat() if one.revoked_at else None,
            "used": one.used_at.isoformat() if one.used_at else None,
        }
        for one in rows
    ]
