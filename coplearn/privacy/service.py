"""Writing down what somebody agreed to, and that they took it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.privacy.models import Consent
from coplearn.privacy.rules import WORDINGS, ConsentTo


def give_consent(
    session: Session, user_id: int, kind: ConsentTo, about: str, now: datetime, *, locale: str = "", code: str = ""
) -> None:
    """Write down that somebody agrees, in the wording that is shown now. Twice is as once; a new wording is a new row."""
    version = WORDINGS[kind][-1].version
    mine = (Consent.user_id == user_id, Consent.kind == kind, Consent.about == about, Consent.withdrawn_at.is_(None))
    if session.scalar(select(Consent.id).where(*mine, Consent.version == version)) is None:
        session.execute(update(Consent).where(*mine).values(withdrawn_at=now))
        row = {"user_id": user_id, "kind": kind, "about": about, "version": version, "locale": locale}
        session.add(Consent(**row, given_at=now, withdrawn_at=None, code=code))
        session.flush()


def withdraw_consent(session: Session, user_id: int, kind: ConsentTo, about: str, now: datetime) -> None:
    """Write down that they agree no more. Twice is as once."""
    mine = (Consent.user_id == user_id, Consent.kind == kind, Consent.about == about)
    session.execute(update(Consent).where(*mine, Consent.withdrawn_at.is_(None)).values(withdrawn_at=now))


def withdraw_by_code(session: Session, code: str, now: datetime) -> None:
    """The same for whoever stopped letters by the code in one: nobody has to sign in to take a consent back."""
    mine = (Consent.code == code, Consent.withdrawn_at.is_(None))
    session.execute(update(Consent).where(*mine).values(withdrawn_at=now))


def renew_by_code(session: Session, code: str, now: datetime) -> None:
    """Agree anew to whatever was last taken back by that code, in the wording that it was given in."""
    found = select(Consent).where(Consent.code == code).order_by(Consent.id)
    last = {(one.user_id, one.kind, one.about): one for one in session.scalars(found)}
    for one in last.values():
        if one.withdrawn_at is not None:
            row = {"user_id": one.user_id, "kind": one.kind, "about": one.about, "version": one.version}
            session.add(Consent(**row, locale=one.locale, given_at=now, withdrawn_at=None, code=code))
    session.flush()
