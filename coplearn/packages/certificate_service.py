"""Decide whether a package earns a certificate, and make those that were earned."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.certificates.service import issue_certificates
from coplearn.packages.queries import LivePackage, done_edition, earned_certificates
from coplearn.packages.rules import CertificateRule

if TYPE_CHECKING:
    from coplearn.packages.models import Package, PackageRecord


def decide_certificate(session: Session, package: Package, rule: CertificateRule, now: datetime) -> None:
    """Decide whether finishing a package earns a certificate, and from which score. Those that were given stay."""
    package.earns_certificate, package.needed_score = rule.is_given, rule.score
    session.flush()
    audit.record(session, EventKind.PACKAGE_CERTIFICATE, about=package.public_id, now=now)


def issue_package_certificates(
    session: Session, found: LivePackage, record: PackageRecord, name: str, locale: str, now: datetime
) -> None:
    """Make the certificates that a learner's record has earned and that do not exist yet, for the version that they did.

    Raises Refused when the name cannot stand on one.
    """
    kinds, done = earned_certificates(found.package, record), done_edition(session, found, record)
    issue_certificates(session, record.learner_id, done, kinds, name, locale, now)
