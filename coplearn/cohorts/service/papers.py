"""Knowing the files of a certificate again, and correcting the name on it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.certificates.rules import checked_name
from coplearn.cohorts.models.certification import Certification, CertificationFile
from coplearn.cohorts.models.cohort import Cohort
from coplearn.cohorts.queries.certification import decisions_of
from coplearn.cohorts.queries.cohort import Person
from coplearn.cohorts.service.events import note
from coplearn.cohorts.service.teaching import locked_member


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


def correct_name(session: Session, person: Person, cohort: Cohort, member_id: str, now: datetime) -> bool:
    """Put a member's present name on their certificates of the cohort; whether anything changed.

    Numbers stay, and older files still check as honest. Raises NotFound, and Refused for a name that cannot be printed.
    """
    member = locked_member(session, cohort.id, member_id)
    name = checked_name(member.name)
    changed = False
    for one in decisions_of(session, member.id):
        if one.number is not None and one.name != name:
            one.name, changed = name, True
    if changed:
        note(session, cohort.id, person, "certificate-name", now, member=member.public_id)
    session.flush()
    return changed
