"""Finding one's certificate, knowing its files again, and correcting the name on it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.cohorts.models.certification import Certification, CertificationFile
from coplearn.cohorts.models.cohort import Membership
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_


def own_certification(session: Session, user_id: int, number: str) -> Certification:
    """That certificate, only when it is the person's own. Raises NotFound."""
    found = session.scalar(
        select(Certification).where(Certification.number == number, Certification.user_id == user_id)
    )
    if found is None:
        raise NotFound(N_("There is no such certificate of yours."))
    return found


def certification_in(session: Session, cohort_id: int, number: str) -> Certification:
    """That certificate, only when it was given in the cohort. Raises NotFound."""
    found = session.scalar(
        select(Certification)
        .join(Membership, Membership.id == Certification.membership_id)
        .where(Certification.number == number, Membership.cohort_id == cohort_id)
    )
    if found is None:
        raise NotFound(N_("There is no such certificate in this cohort."))
    return found


def keep_fingerprint(session: Session, certification: Certification, pdf: bytes, now: datetime) -> None:
    """Remember a file that was made, so that it is known again; the same file is kept once."""
    fingerprint = hashlib.sha256(pdf).hexdigest()
    if session.scalar(select(CertificationFile.id).where(CertificationFile.sha256 == fingerprint)) is not None:
        return
    try:
        with session.begin_nested():
            session.add(
                CertificationFile(
                    certification_id=certification.id, sha256=fingerprint, name=certification.name, made_at=now
                )
            )
    except IntegrityError:  # another press at the same moment kept it
        return


def rename(session: Session, user_id: int, name: str) -> None:
    """Correct a person's name on their certificates that stand; numbers stay, and older files still check as honest."""
    session.execute(
        update(Certification)
        .where(Certification.user_id == user_id, Certification.number.is_not(None))
        .values(name=name)
    )
    session.expire_all()
