"""Changing second factors: set one up, use a code once, take one away, and tell those who have none."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog
from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import grants_of, user_by_email
from coplearn.accounts.rules import AccountAction
from coplearn.accounts.service import end_session, end_sessions, log_account_action
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.outbox.service import queue_letter
from coplearn.second_factors.models import Authenticator, FactorGrace, Passkey, SignedIn, SpareCode
from coplearn.second_factors.passkeys import MadePasskey
from coplearn.second_factors.queries import standing_of
from coplearn.second_factors.rules import (
    APP_DIGITS,
    PRINTED_CODES,
    RECOVERY_CODES,
    SPARE_DIGITS,
    Proof,
    matching_counter,
    may_hand_out,
    new_codes,
    typed_digits,
)
from coplearn.second_factors.sealing import FactorSeal
from coplearn.storage.upserts import insert_all_new, insert_new

log = structlog.get_logger()
RESET_LETTER: Final = "second-factor-reset"
PRINTED_LETTER: Final = "codes-printed"


def set_up_app(session: Session, seal: FactorSeal, user_id: int, secret: bytes, typed: str, now: datetime) -> list[str]:
    """Keep an app that shows the right number now, in place of one before, and make new recovery codes, given back once.

    Every session of the person ends: sign the present one in anew. Raises Refused for another number.
    """
    counter = matching_counter(secret, typed_digits(typed), -1, now)
    if counter is None:
        raise Refused(N_("That number does not go with the code above. Type the one that the app shows now."))
    session.execute(delete(Authenticator).where(Authenticator.user_id == user_id))
    session.add(Authenticator(user_id=user_id, secret=seal.closed(secret), last_counter=counter, added_at=now))
    _record(session, EventKind.FACTOR_SET, user_id, now)
    end_sessions(session, user_id)
    return renew_recovery_codes(session, seal, user_id, now)


def renew_recovery_codes(session: Session, seal: FactorSeal, user_id: int, now: datetime) -> list[str]:
    """Make new codes to get in without the app, given back once; those before are no longer good."""
    session.execute(delete(SpareCode).where(SpareCode.user_id == user_id, SpareCode.printed.is_(False)))
    _record(session, EventKind.RECOVERY_CODES_MADE, user_id, now)
    return _add_codes(session, seal, user_id, RECOVERY_CODES, None, now, printed=False)


def _record(session: Session, kind: EventKind, user_id: int, now: datetime) -> None:
    # Before sessions end: who does it is known by theirs.
    audit.record(session, kind, whom=f"user:{user_id}", now=now)


def _add_codes(
    session: Session,
    seal: FactorSeal,
    user_id: int,
    count: int,
    given_by_id: int | None,
    now: datetime,
    *,
    printed: bool,
) -> list[str]:
    codes = new_codes(count)
    common = {"user_id": user_id, "printed": printed, "given_by_id": given_by_id, "made_at": now, "used_at": None}
    insert_all_new(session, SpareCode, [{**common, "digest": seal.digest(code, user_id)} for code in codes])
    return codes


def use_code(session: Session, seal: FactorSeal, user_id: int, typed: str, now: datetime) -> Proof | None:
    """Take a code of an app, or one to keep, for good: no second request gets in with it. None when it is not good."""
    digits = typed_digits(typed)
    if len(digits) == APP_DIGITS:
        return _use_app(session, seal, user_id, digits, now)
    return _use_spare(session, seal, user_id, digits, now) if len(digits) == SPARE_DIGITS else None


def _use_app(session: Session, seal: FactorSeal, user_id: int, digits: str, now: datetime) -> Proof | None:
    app = session.get(Authenticator, user_id)
    if app is None:
        return None
    secret = seal.opened(app.secret)
    counter = matching_counter(secret, digits, app.last_counter, now) if secret is not None else None
    if counter is None:
        return None
    # Only the first of two requests with the same number finds it unused.
    taken = update(Authenticator).where(Authenticator.user_id == user_id, Authenticator.last_counter < counter)
    rows = session.execute(taken.values(last_counter=counter).returning(Authenticator.user_id))
    return Proof.APP if rows.first() is not None else None


def _use_spare(session: Session, seal: FactorSeal, user_id: int, digits: str, now: datetime) -> Proof | None:
    good = (SpareCode.user_id == user_id, SpareCode.digest == seal.digest(digits, user_id), SpareCode.used_at.is_(None))
    printed = session.execute(update(SpareCode).where(*good).values(used_at=now).returning(SpareCode.printed)).scalar()
    if printed is None:
        return None
    _record(session, EventKind.RECOVERY_CODE_USED, user_id, now)
    return Proof.PRINTED if printed else Proof.RECOVERY


def take_app_away(session: Session, user_id: int, now: datetime) -> None:
    """Take the app and its recovery codes away; every session of the person ends."""
    session.execute(delete(Authenticator).where(Authenticator.user_id == user_id))
    if session.scalar(select(Passkey.id).where(Passkey.user_id == user_id).limit(1)) is None:
        session.execute(delete(SpareCode).where(SpareCode.user_id == user_id, SpareCode.printed.is_(False)))
    _record(session, EventKind.FACTOR_REMOVED, user_id, now)
    end_sessions(session, user_id)


def begin_grace(session: Session, user_id: int, days: int, now: datetime) -> bool:
    """Begin the time in which somebody may go without a second factor; whether it had not begun before."""
    return insert_new(session, FactorGrace, {"user_id": user_id, "until": now + timedelta(days=days)})


def hand_out_codes(
    session: Session, seal: FactorSeal, giver_id: int, email: str, staff: list[ColumnElement[bool]], now: datetime
) -> tuple[int, list[str]]:
    """Make codes on paper for the person with that address, in place of those before; their account's id and the codes.

    ``staff`` are the site's conditions for who works here: nobody else needs a code. Raises NotFound for an address that is
    unknown or a learner's, Refused for oneself and for somebody who is trusted with more than the giver.
    """
    user, giver = user_by_email(session, email), session.get_one(User, giver_id)
    standing = standing_of(session, user.fs_uniquifier, staff) if user is not None else None
    if user is None or standing is None or not standing.is_staff:
        raise NotFound(N_("There is no account with that address."))
    if user.id == giver_id:
        raise Refused(N_("Nobody prints codes for themselves. Ask another coordinator."))
    held, theirs = (grants_of(session, one.fs_uniquifier) for one in (giver, user))
    if not may_hand_out(held, theirs):
        audit.note_refused(session, "printed-codes", whom=f"user:{user.id}")
        raise Refused(
            N_("This person is trusted with more than you are. Somebody who is trusted with as much can do this.")
        )
    session.execute(
        delete(SpareCode).where(SpareCode.user_id == user.id, SpareCode.printed, SpareCode.used_at.is_(None))
    )
    codes = _add_codes(session, seal, user.id, PRINTED_CODES, giver_id, now, printed=True)
    _write(session, PRINTED_LETTER, user, {}, now)
    log_account_action(session, user.id, giver_id, AccountAction.CODES_PRINTED, now)
    return user.id, codes


def reset(session: Session, email: str, now: datetime) -> None:
    """Take every second factor of the person away and end their sessions, for somebody who lost theirs. Raises NotFound."""
    user = user_by_email(session, email)
    if user is None:
        raise NotFound(N_("There is no account with that address."))
    session.execute(delete(Authenticator).where(Authenticator.user_id == user.id))
    session.execute(delete(SpareCode).where(SpareCode.user_id == user.id))
    session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    end_sessions(session, user.id)
    _write(session, RESET_LETTER, user, {}, now)
    log_account_action(session, user.id, None, AccountAction.FACTOR_RESET, now)
    log.warning("second_factor_reset", account=user.id)


def _write(session: Session, kind: str, user: User, params: dict[str, str], now: datetime) -> None:
    queue_letter(
        session,
        key=f"{kind}:{uuid4().hex}",
        to=user.email,
        locale=user.locale,
        time_zone=user.time_zone or "UTC",
        kind=kind,
        params=params,
        now=now,
    )


def note_session(session: Session, user_id: int, key: str, device: str, now: datetime) -> None:
    """Keep that somebody signed in in that browser."""
    insert_new(session, SignedIn, {"user_id": user_id, "key": key, "device": device[:60], "began_at": now})


def keep_passkey(
    session: Session, seal: FactorSeal, user_id: int, made: MadePasskey, name: str, now: datetime
) -> list[str]:
    """Keep a passkey, and make recovery codes where there are none, given back once. Every session of the person ends.

    Raises Refused for one that is known already.
    """
    values = {"user_id": user_id, "name": name, "added_at": now, "used_at": None, **asdict(made)}
    if not insert_new(session, Passkey, values):
        raise Refused(N_("This passkey is known already."))
    _record(session, EventKind.FACTOR_SET, user_id, now)
    codes = exists().where(SpareCode.user_id == user_id, SpareCode.printed.is_(False), SpareCode.used_at.is_(None))
    fresh = [] if session.scalar(select(codes)) else renew_recovery_codes(session, seal, user_id, now)
    end_sessions(session, user_id)
    return fresh


def use_passkey(session: Session, number: int, count: int, asked_at: datetime, now: datetime) -> bool:
    """Take its answer to what was asked then, once; whether it was the first."""
    unused = or_(Passkey.used_at.is_(None), Passkey.used_at < asked_at)
    taken = update(Passkey).where(Passkey.id == number, unused).values(used_at=now, sign_count=count)
    return session.execute(taken.returning(Passkey.id)).first() is not None


def remove_passkey(session: Session, user_id: int, number: int, now: datetime) -> None:
    """Take a passkey of the person away; every session of theirs ends. Raises NotFound for one that is not theirs."""
    found = session.get(Passkey, number)
    if found is None or found.user_id != user_id:
        raise NotFound(N_("There is no such passkey any more."))
    session.delete(found)
    _record(session, EventKind.FACTOR_REMOVED, user_id, now)
    end_sessions(session, user_id)


def end_one(session: Session, user_id: int, number: int, until: datetime, now: datetime) -> None:
    """End one session of the person. Raises NotFound for one that is not theirs."""
    found = session.get(SignedIn, number)
    if found is None or found.user_id != user_id:
        raise NotFound(N_("That device is signed out already."))
    end_session(session, found.key, user_id, until)
    session.delete(found)
    _record(session, EventKind.SESSIONS_ENDED, user_id, now)


def end_others(session: Session, user_id: int, now: datetime) -> None:
    """End every session of the person: sign the present one in anew."""
    _record(session, EventKind.SESSIONS_ENDED, user_id, now)
    end_sessions(session, user_id)


def forget_sessions(session: Session, before: datetime) -> None:
    """Let go of sessions whose cookies are too old."""
    session.execute(delete(SignedIn).where(SignedIn.began_at < before))
