"""Reading under which addresses credentials were signed, and which were taken back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.credentials.models import CredentialIssuer, CredentialStatus
from coplearn.credentials.rules import Issuer


def issuer_at(session: Session, host: str, now_at: str) -> Issuer | None:
    """The issuer of that host: the site as it is reached now (``now_at``), or as it once was; None for any other host."""
    known = [now_at, *session.scalars(select(CredentialIssuer.address).order_by(CredentialIssuer.id))]
    return next((one for one in map(Issuer, known) if one.host == host), None)


def position_of(session: Session, number: str) -> int | None:
    """The certificate's place in the status list; None for one that has none."""
    return session.scalar(select(CredentialStatus.position).where(CredentialStatus.number == number))


def taken_back(session: Session) -> list[int]:
    """Places in the status list of everything that was taken back."""
    wanted = select(CredentialStatus.position).where(CredentialStatus.revoked_at.is_not(None))
    return list(session.scalars(wanted.order_by(CredentialStatus.position)))
