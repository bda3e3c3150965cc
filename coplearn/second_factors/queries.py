"""Reading how somebody's second factor stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import EndedSession, Grant, User
from coplearn.accounts.queries import in_force, owns_session
from coplearn.second_factors.models import Authenticator, FactorGrace, Passkey, SignedIn, SpareCode
from coplearn.second_factors.passkeys import MadePasskey
from coplearn.second_factors.rules import STAFF_ROLES


@dataclass(frozen=True, slots=True)
class Standing:
    """A person, whether they work here, and what they have beside their password."""

    user_id: int
    email: str
    is_staff: bool
    has_app: bool
    passkeys: int
    recovery: int
    printed: int
    """Codes of either kind that are still good."""
    until: datetime | None
    """The end of their time to go without; None when it has not begun."""

    @property
    def has_factor(self) -> bool:
        """Whether a second step can be asked of them."""
        return self.has_app or self.printed > 0 or self.passkeys > 0

    @property
    def keeps_codes(self) -> bool:
        """Whether recovery codes are of any use to them."""
        return self.has_app or self.passkeys > 0


def is_staff(others: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether a row of ``user`` is somebody who works with other people's data; ``others`` are conditions of slices above."""
    holds = exists().where(Grant.user_id == User.id, Grant.cohort_id == 0, Grant.name.in_(STAFF_ROLES), in_force())
    return or_(holds, *others)


def has_factor() -> ColumnElement[bool]:
    """Whether a row of ``user`` has a second factor, by itself enough."""
    app = exists().where(Authenticator.user_id == User.id)
    printed = exists().where(SpareCode.user_id == User.id, SpareCode.printed, SpareCode.used_at.is_(None))
    return or_(app, printed, exists().where(Passkey.user_id == User.id))


def standing_of(session: Session, key: str, others: list[ColumnElement[bool]]) -> Standing | None:
    """The standing of the person of that session stands (one statement); None when the session is no longer good."""
    rows = (
        select(
            User.id,
            User.email,
            is_staff(others),
            exists().where(Authenticator.user_id == User.id),
            select(func.count()).select_from(Passkey).where(Passkey.user_id == User.id).scalar_subquery(),
            _unused(printed=False),
            _unused(printed=True),
            FactorGrace.until,
        )
        .outerjoin(FactorGrace, FactorGrace.user_id == User.id)
        .where(owns_session(key))
    )
    row = session.execute(rows).first()
    return Standing(*row) if row is not None else None


def _unused(*, printed: bool) -> Any:
    good = and_(SpareCode.user_id == User.id, SpareCode.printed.is_(printed), SpareCode.used_at.is_(None))
    return select(func.count()).select_from(SpareCode).where(good).scalar_subquery()


def without_factor(session: Session, others: list[ColumnElement[bool]]) -> list[tuple[int, str, str, str]]:
    """Account, address, language and time zone of those who work here, have no second factor and were not told yet
    (one statement)."""
    told = exists().where(FactorGrace.user_id == User.id)
    rows = select(User.id, User.email, User.locale, User.time_zone).where(
        User.active, is_staff(others), ~has_factor(), ~told
    )
    return [(one.id, one.email, one.locale, one.time_zone) for one in session.execute(rows.order_by(User.id))]


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser in which somebody is signed in."""

    id: int
    key: str
    device: str
    began_at: datetime


def open_sessions(session: Session, user_id: int, since: datetime) -> list[OpenSession]:
    """The sessions of the person that began ``since`` and were not ended, the latest first (one statement)."""
    alive = func.substr(SignedIn.key, 1, 32) == User.fs_uniquifier
    ended = exists().where(EndedSession.key == SignedIn.key)
    rows = (
        select(SignedIn.id, SignedIn.key, SignedIn.device, SignedIn.began_at)
        .join(User, User.id == SignedIn.user_id)
        .where(SignedIn.user_id == user_id, SignedIn.began_at >= since, alive, ~ended)
        .order_by(SignedIn.began_at.desc(), SignedIn.id.desc())
    )
    return [OpenSession(*row) for row in session.execute(rows)]


@dataclass(frozen=True, slots=True)
class PasskeyLine:
    """A passkey as its person sees it."""

    id: int
    credential_id: str
    name: str
    added_at: datetime
    used_at: datetime | None


def passkeys_of(session: Session, user_id: int) -> list[PasskeyLine]:
    """The person's passkeys, the oldest first (one statement)."""
    rows = select(Passkey.id, Passkey.credential_id, Passkey.name, Passkey.added_at, Passkey.used_at)
    return [PasskeyLine(*row) for row in session.execute(rows.where(Passkey.user_id == user_id).order_by(Passkey.id))]


def passkey_of(session: Session, credential_id: str) -> tuple[int, int, MadePasskey] | None:
    """The passkey of that number, its own and its person's id, who may sign in (one statement)."""
    rows = select(Passkey).join(User, User.id == Passkey.user_id)
    found = session.scalar(rows.where(Passkey.credential_id == credential_id, User.active))
    if found is None:
        return None
    return found.id, found.user_id, MadePasskey(found.credential_id, found.public_key, found.sign_count)


def export_of(session: Session, user_id: int) -> dict[str, Any]:
    """Every stored field about the person's second factors for their own download, but what would open the account."""
    app = session.get(Authenticator, user_id)
    grace = session.get(FactorGrace, user_id)
    codes = session.scalars(select(SpareCode).where(SpareCode.user_id == user_id).order_by(SpareCode.id))
    sessions = session.scalars(select(SignedIn).where(SignedIn.user_id == user_id).order_by(SignedIn.id))
    return {
        "sessions": [{"began": one.began_at.isoformat(), "device": one.device} for one in sessions],
        "passkeys": [
            {
                "name": one.name,
                "added": one.added_at.isoformat(),
                "used": one.used_at.isoformat() if one.used_at else None,
            }
            for one in passkeys_of(session, user_id)
        ],
        "app_added": app.added_at.isoformat() if app else None,
        "codes": [
            {
                "made": one.made_at.isoformat(),
                "used": one.used_at.isoformat() if one.used_at else None,
                "given_by_a_coordinator": one.printed,
            }
            for one in codes
        ],
        "may_go_without_until": grace.until.isoformat() if grace else None,
    }
