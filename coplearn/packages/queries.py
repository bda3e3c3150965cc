"""Packages as they are listed, played and looked after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.certificates.rules import OF_PACKAGE
from coplearn.kernel.words import CertificateKind
from coplearn.learning.rules import Edition
from coplearn.packages.models import Package, PackageRecord, PackageState, PackageVersion
from coplearn.packages.rules import CertificateRule, PackageItem, PackageStandard, Reached, VersionState

_NOT_TOLD: Final = frozenset({"id", "learner_id", "record_id", "version_id", "done_version_id", "launch", "number"})


@dataclass(frozen=True, slots=True)
class LivePackage:
    """A package with the version that is played in each of its languages."""

    package: Package
    versions: dict[str, PackageVersion]
    """By language, the first that came first."""

    def shown_in(self, *wanted: str) -> PackageVersion:
        """The version in the first of those languages that there is one in, else the first that came."""
        return next(
            (self.versions[code] for code in wanted if code in self.versions), next(iter(self.versions.values()))
        )


def items_of(version: PackageVersion) -> list[PackageItem]:
    """The items of a version in their order."""
    return [PackageItem.from_json(one) for one in version.items.get("items", [])]


def standard_of(version: PackageVersion) -> PackageStandard:
    """The standard that a version is written to."""
    return PackageStandard(version.standard)


def live_packages(session: Session, *, hidden: bool = False) -> list[LivePackage]:
    """Every package that can be begun, or with ``hidden`` also the others, the newest first (one statement)."""
    rows = session.execute(
        select(Package, PackageVersion)
        .join(PackageVersion, PackageVersion.package_id == Package.id)
        .where(PackageVersion.state == VersionState.LIVE, *(() if hidden else (Package.hidden_at.is_(None),)))
        .order_by(Package.id.desc(), PackageVersion.id)
    )
    return _grouped([(package, version) for package, version in rows])


def live_package(session: Session, public_id: str) -> LivePackage | None:
    """The package of that address, hidden or not (one statement)."""
    rows = session.execute(
        select(Package, PackageVersion)
        .join(PackageVersion, PackageVersion.package_id == Package.id)
        .where(Package.public_id == public_id, PackageVersion.state == VersionState.LIVE)
        .order_by(PackageVersion.id)
    )
    return next(iter(_grouped([(package, version) for package, version in rows])), None)


def _grouped(rows: Sequence[tuple[Package, PackageVersion]]) -> list[LivePackage]:
    found: dict[int, LivePackage] = {}
    for package, version in rows:
        found.setdefault(package.id, LivePackage(package, {})).versions[version.locale] = version
    return list(found.values())


def version_of_key(session: Session, key: str) -> PackageVersion | None:
    """The version of that key (one statement)."""
    return session.scalars(select(PackageVersion).where(PackageVersion.key == key)).one_or_none()


def version_by_id(session: Session, number: int) -> PackageVersion | None:
    """The version of that number (one statement)."""
    return session.get(PackageVersion, number)


def undecided(session: Session) -> Sequence[PackageVersion]:
    """The uploads that nobody decided about yet, the newest first (one statement)."""
    states = (VersionState.WAITING, VersionState.READ, VersionState.REFUSED)
    return session.scalars(
        select(PackageVersion).where(PackageVersion.state.in_(states)).order_by(PackageVersion.id.desc()).limit(100)
    ).all()


def bytes_of_packages(session: Session) -> int:
    """The bytes of all packages together (one statement)."""
    return int(session.execute(select(func.coalesce(func.sum(PackageVersion.bytes), 0))).scalar_one())


def outdated_versions(
    session: Session, undecided_before: datetime, replaced_before: datetime
) -> Sequence[PackageVersion]:
    """The uploads that nobody decided about, and the versions that another one took the place of, since long (one statement)."""
    waits = PackageVersion.package_id.is_(None) & (PackageVersion.added_at < undecided_before)
    old = (PackageVersion.state == VersionState.REPLACED) & (PackageVersion.decided_at < replaced_before)
    return session.scalars(select(PackageVersion).where(waits | old)).all()


def record_of(session: Session, learner_id: int, package_id: int) -> PackageRecord | None:
    """The record of a learner in a package (one statement)."""
    return session.scalars(
        select(PackageRecord).where(PackageRecord.learner_id == learner_id, PackageRecord.package_id == package_id)
    ).one_or_none()


def records_of(session: Session, learner_id: int) -> dict[int, PackageRecord]:
    """All records of a learner, by package (one statement)."""
    rows = session.scalars(select(PackageRecord).where(PackageRecord.learner_id == learner_id))
    return {row.package_id: row for row in rows}


def rule_of(package: Package) -> CertificateRule:
    """The decision about a package's certificate."""
    return CertificateRule(package.earns_certificate, package.needed_score)


def earned_certificates(package: Package, record: PackageRecord | None) -> tuple[CertificateKind, ...]:
    """The certificates that a learner's record has earned, as the package is now."""
    if record is None:
        return ()
    reached = Reached(record.done_at is not None, record.passed_at is not None, record.score)
    return rule_of(package).earned(reached)


def done_edition(session: Session, found: LivePackage, record: PackageRecord) -> Edition:
    """The package as a learner has done it: the version that they did, and what it is called in each language (one statement)."""
    titles = {code: one.title for code, one in found.versions.items()}
    done = session.get(PackageVersion, record.done_version_id or record.version_id) or next(
        iter(found.versions.values())
    )
    return Edition(
        course_id=certified_as(found.package),
        digest=done.digest,
        version=str(done.number),
        locale=done.locale,
        titles=titles | {done.locale: done.title},
        items={},
    )


def certified_as(package: Package) -> str:
    """The name of a package on certificates."""
    return f"{OF_PACKAGE}{package.public_id}"


def states_of(session: Session, record_id: int) -> dict[str, PackageState]:
    """Everything a learner has of each item of a package, by the item (one statement)."""
    rows = session.scalars(select(PackageState).where(PackageState.record_id == record_id))
    return {row.item: row for row in rows}


def packages_export(session: Session, learner_id: int) -> list[dict[str, Any]]:
    """Every stored field about a learner in packages, for their own download."""
    found = []
    for record in session.scalars(select(PackageRecord).where(PackageRecord.learner_id == learner_id)).all():
        states = states_of(session, record.id).values()
        found.append({**_plain(record), "items": [_plain(one) for one in states]})
    return found


def _plain(row: PackageRecord | PackageState) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key not in _NOT_TOLD}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}
