"""The contents of the page of a package's certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from coplearn.certificates.presenters import Shown, best_of, shown
from coplearn.certificates.queries import certificates_of
from coplearn.learning.queries import WhoLearns
from coplearn.packages import queries
from coplearn.packages.presenters import PackageLine, package_line
from coplearn.packages.queries import LivePackage


@dataclass(frozen=True, slots=True)
class PackageCertificateScreen:
    """The page of a package's certificate, for one learner."""

    line: PackageLine
    is_missing: bool
    """Whether they have earned one that is not made yet."""
    held: Sequence[Shown]
    needed_score: int | None


def certificate_screen(
    session: Session, found: LivePackage, learner: WhoLearns | None
) -> PackageCertificateScreen | None:
    """The page of a package's certificate; None where it earns none and the learner has none, or it is hidden and not theirs."""
    record = queries.record_of(session, learner.id, found.package.id) if learner is not None else None
    held = certificates_of(session, learner.id, queries.certified_as(found.package)) if learner is not None else []
    is_open = found.package.earns_certificate and (found.package.hidden_at is None or record is not None)
    if not held and not is_open:
        return None
    earned = queries.earned_certificates(found.package, record)
    return PackageCertificateScreen(
        line=package_line(found, record),
        is_missing=bool(set(earned) - {one.kind for one in held}),
        held=[shown(one) for one in best_of(held)],
        needed_score=found.package.needed_score,
    )
