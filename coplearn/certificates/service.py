"""Issuing certificates, correcting the name on them, and knowing one's own files again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.certificates.models import Certificate, CertificateFile
from coplearn.certificates.queries import certificates_of
from coplearn.certificates.rules import checked_name, new_number
from coplearn.kernel.words import CertificateKind
from coplearn.learning.rules import Edition


def issue_certificates(
    session: Session,
    learner_id: int,
    edition: Edition,
    kinds: Iterable[CertificateKind],
    name: str,
    locale: str,
    now: datetime,
) -> list[Certificate]:
    """Make the earned certificates that do not exist yet; pressing many times at once makes each just once.

    ``edition`` is the course as it was finished: its title and version stay on the certificate. Raises Refused when the
    name cannot stand on one.
    """
    name = checked_name(name)
    issued_kinds = {one.kind for one in certificates_of(session, learner_id, edition.course_id)}
    for kind in kinds:
        if kind in issued_kinds:
            continue
        try:
            with session.begin_nested():
                session.add(
                    Certificate(
                        number=new_number(),
                        learner_id=learner_id,
                        course_id=edition.course_id,
                        kind=kind,
                        name=name,
                        issued_at=now,
                        course_version=edition.version,
                        course_digest=edition.digest,
                        locale=locale,
                        titles=dict(edition.titles),
                        course_locale=edition.locale,
                        adapted_by=dict(edition.adapted_by) if edition.adapted_by else None,
                    )
                )
        except IntegrityError:
            # Another press at the same moment made it; ours is that one.
            continue
    return list(certificates_of(session, learner_id, edition.course_id))


def name_learner(session: Session, user_id: int, learner_id: int, name: str) -> str:
    """Correct the person's name on every certificate and in the account; numbers stay. Raises Refused."""
    name = checked_name(name)
    session.execute(update(User).where(User.id == user_id).values(name=name))
    session.execute(update(Certificate).where(Certificate.learner_id == learner_id).values(name=name))
    session.expire_all()
    return name


def keep_fingerprint(session: Session, certificate: Certificate, pdf: bytes, now: datetime) -> None:
    """Remember a file that was made, so that it is known again; the same file is kept once."""
    fingerprint = hashlib.sha256(pdf).hexdigest()
    if session.scalar(select(CertificateFile.id).where(CertificateFile.sha256 == fingerprint)) is not None:
        return
    try:
        with session.begin_nested():
            session.add(
                CertificateFile(certificate_id=certificate.id, sha256=fingerprint, name=certificate.name, made_at=now)
            )
    except IntegrityError:
        return
