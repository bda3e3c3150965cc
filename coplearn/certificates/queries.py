"""Reading certificates: by number for anybody, by learner for their owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.certificates.models import Certificate, CertificateFile
from coplearn.certificates.rules import canonical_number


def certificate_by_number(session: Session, typed: str) -> Certificate | None:
    """The certificate of that number, however it was typed."""
    return session.scalar(select(Certificate).where(Certificate.number == canonical_number(typed)))


def certificates_of(session: Session, learner_id: int, course_id: str | None = None) -> Sequence[Certificate]:
    """A learner's certificates, oldest first, of one course or of all."""
    statement = (
        select(Certificate).where(Certificate.learner_id == learner_id).order_by(Certificate.issued_at, Certificate.id)
    )
    if course_id is not None:
        statement = statement.where(Certificate.course_id == course_id)
    return session.scalars(statement).all()


def own_certificate(session: Session, learner_id: int, number: str) -> Certificate | None:
    """The certificate, only when it is this learner's."""
    certificate = certificate_by_number(session, number)
    return certificate if certificate is not None and certificate.learner_id == learner_id else None


def file_by_fingerprint(session: Session, sha256: str) -> tuple[Certificate, CertificateFile] | None:
    """The certificate a file was made of, and the file as it was made; None when this site did not make it."""
    statement = (
        select(Certificate, CertificateFile)
        .join(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .where(CertificateFile.sha256 == sha256)
    )
    row = session.execute(statement).first()
    return (row[0], row[1]) if row is not None else None


def export_of(session: Session, learner_id: int) -> list[dict[str, Any]]:
    """Every certificate of a learner for their own download, with the names that stand on files of it."""
    files = select(CertificateFile.certificate_id, CertificateFile.name).join(Certificate).order_by(CertificateFile.id)
    names: dict[int, list[str]] = {}
    for certificate_id, name in session.execute(files.where(Certificate.learner_id == learner_id)):
        names.setdefault(certificate_id, []).append(name)
    return [
        {
            "number": one.number,
            "course": one.course_id,
            "kind": one.kind,
            "name": one.name,
            "issued": one.issued_at.isoformat(),
            "course_titles": one.titles,
            "course_language": one.course_locale,
            "course_adapted_by": one.adapted_by,
            "course_version": one.course_version,
            "course_digest": one.course_digest,
            "language": one.locale,
            "names_on_files": names.get(one.id, []),
        }
        for one in certificates_of(session, learner_id)
    ]
