"""Making badges of certificates, and taking them back in the status list."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.credentials.documents import SigningKey
from coplearn.credentials.models import CredentialIssuer, CredentialStatus
from coplearn.credentials.queries import position_of
from coplearn.credentials.rules import LIST_SIZE, Issuer
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.keys.ring import KeyPurpose, KeyRing

_TRIES: Final = 200


def begin_signing(session: Session, ring: KeyRing, issuer: Issuer, now: datetime) -> SigningKey:
    """The key to sign with, once it is kept that this site signs under that address.

    Raises OSError when a first key cannot be written, LookupError when none was given.
    """
    if session.scalar(select(CredentialIssuer.id).where(CredentialIssuer.address == issuer.address)) is None:
        _add(session, CredentialIssuer(address=issuer.address, since=now))
    return signing_now(ring, issuer)


def signing_now(ring: KeyRing, issuer: Issuer) -> SigningKey:
    """The key that signs for that issuer now; raises as :func:`begin_signing`."""
    private = ring.bare_key(KeyPurpose.CREDENTIALS)
    current = next(key for key in ring.public_keys(KeyPurpose.CREDENTIALS) if key.is_current)
    return SigningKey(issuer, current.id, private)


def place_in_list(session: Session, number: str) -> int:
    """The place of that certificate in the status list, taken now where it has none. Raises Refused when the list is full."""
    for _ in range(_TRIES):
        found = position_of(session, number)
        if found is not None:
            return found
        _add(session, CredentialStatus(number=number, position=secrets.randbelow(LIST_SIZE), revoked_at=None))
    raise Refused(N_("No more badges that can be taken back can be made on this site."))


def take_back(session: Session, numbers: Iterable[str], now: datetime) -> int:
    """Say in the status list that these certificates do not hold any more. How many of them it did not say yet."""
    wanted = sorted(set(numbers))
    for number in wanted:
        place_in_list(session, number)
    not_yet = CredentialStatus.number.in_(wanted), CredentialStatus.revoked_at.is_(None)
    count = session.scalar(select(func.count()).select_from(CredentialStatus).where(*not_yet)) or 0
    session.execute(update(CredentialStatus).where(*not_yet).values(revoked_at=now))
    return count


def _add(session: Session, row: CredentialIssuer | CredentialStatus) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Somebody else added it at this moment, or has that place: the caller looks again.
        return
