"""The machine's work with packages: uploads read, and what nobody needs any more forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.kernel.errors import Refused
from coplearn.packages import queries, service
from coplearn.packages.client import forget_package_files, incoming, packages_of
from coplearn.packages.reading import read_package
from coplearn.packages.rules import MOST_KEPT, OLD_FILES_DAYS, UNDECIDED_DAYS, PackageReport, VersionState
from coplearn.packages.service import join_packages
from coplearn.settings import Settings
from coplearn.site import site_of

READ: Final = "package-read"


def register_packages(app: Flask) -> None:
    """Add the job, the day's work, and what becomes of a visitor's records. Register after the outbox."""
    parts = site_of(app)
    parts.jobs.task(READ, retries=1)(read_upload)
    parts.jobs.daily("packages nobody needs")(forget_packages)
    parts.learner_joins.append(join_packages)


def read_upload(app: Flask, session: Session, now: datetime, *, number: int) -> None:
    """Read an upload, unless that was done or it is gone. No transaction waits for it."""
    parts = site_of(app)
    version, settings = queries.version_by_id(session, number), parts.settings
    if version is None or version.state != VersionState.WAITING:
        return
    key, size = version.key, version.bytes
    left = MOST_KEPT - queries.bytes_of_packages(session) + size
    session.rollback()
    report: PackageReport | Refused
    try:
        report = _read(settings, key, left, parts.jobs.stopping)
    except Refused as refused:
        report = refused
        forget_package_files(settings, key)
    version = queries.version_by_id(session, number)
    if version is None:
        forget_package_files(settings, key)
        return
    if isinstance(report, Refused):
        service.note_refusal(version, report, now)
    else:
        service.note_report(version, report, now)
    session.commit()
    packages_of(settings).delete(incoming(key))


def _read(settings: Settings, key: str, left: int, stopping: Callable[[], bool]) -> PackageReport:
    store = packages_of(settings)
    with (store.folder / incoming(key)).open("rb") as file:
        return read_package(file, store, key, left, stopping=stopping)


def forget_packages(app: Flask, session: Session, now: datetime) -> None:
    """Forget uploads that nobody decided about, and the files of versions that another one took the place of long ago."""
    undecided, replaced = now - timedelta(days=UNDECIDED_DAYS), now - timedelta(days=OLD_FILES_DAYS)
    keys = []
    for version in queries.outdated_versions(session, undecided, replaced):
        keys.append(version.key)
        session.delete(version)
    session.commit()
    for key in keys:
        forget_package_files(site_of(app).settings, key)
