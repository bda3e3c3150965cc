"""The machine's work with packages: uploads read, and what nobody needs any more forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import file_digest
from tempfile import TemporaryFile
from typing import Final

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.packages import queries, service
from coplearn.packages.client import forget_package_files, incoming, packages_of
from coplearn.packages.launching import hear
from coplearn.packages.reading import read_package
from coplearn.packages.rules import MOST_KEPT, OLD_FILES_DAYS, UNDECIDED_DAYS, PackageReport, VersionState
from coplearn.packages.service import join_packages
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.web.errors import stock_sentences
from coplearn.web.logs import kind_and_place
from coplearn.xapi.rules.statements import Json
from coplearn.xapi.service.packages import join_learners

READ: Final = "package-read"

log = structlog.get_logger("coplearn.jobs")


def register_packages(app: Flask) -> None:
    """Add the job, the day's work, and what becomes of a visitor's records. Register after the outbox."""
    parts = site_of(app)
    parts.jobs.task(READ, retries=1)(read_upload)
    parts.jobs.daily("packages nobody needs")(forget_packages)

    def join_sessions(session: Session, source: int, target: int) -> None:
        join_learners(session, source, target, parts.settings.address, utcnow())

    def hear_package(session: Session, sender: str, statements: Sequence[Json], now: datetime) -> None:
        hear(session, sender, statements, parts.settings.address, now)

    parts.learner_joins.extend((join_packages, join_sessions))
    parts.package_hearers.append(hear_package)


def read_upload(app: Flask, session: Session, now: datetime, *, number: int) -> None:
    """Read an upload, unless that was done or it is gone. No transaction waits for it."""
    parts = site_of(app)
    version, settings = queries.version_by_id(session, number), parts.settings
    if version is None or version.state != VersionState.WAITING:
        return
    key, size = version.key, version.bytes
    left = MOST_KEPT - queries.bytes_of_packages(session) + size
    session.rollback()
    try:
        report = _read_or_refuse(settings, key, left, parts.jobs.stopping)
    except InterruptedError:
        # No fault of the package's, so it is no try either: whoever comes next reads it from its beginning.
        parts.jobs.enqueue(session, READ, {"number": number})
        return
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


def _read_or_refuse(settings: Settings, key: str, left: int, stopping: Callable[[], bool]) -> PackageReport | Refused:
    """The report, or why there is none, which is told in any case: whoever brought the package waits for it."""
    store = packages_of(settings)
    try:
        with TemporaryFile() as file:
            file.writelines(store.read(incoming(key)))
            report = read_package(file, store, key, left, stopping=stopping)
            file.seek(0)
            return replace(report, digest=file_digest(file, "sha256").hexdigest())
    except InterruptedError:
        raise
    except Refused as error:
        refused = error
    except Exception as error:
        log.error("package_not_read", key=key, **kind_and_place(error))
        refused = Refused(stock_sentences(500)[1])
    forget_package_files(settings, key)
    return refused


def forget_packages(app: Flask, session: Session, now: datetime) -> None:
    """Forget uploads that nobody decided about, and the files of versions that another one took the place of long ago."""
    undecided, replaced = now - timedelta(days=UNDECIDED_DAYS), now - timedelta(days=OLD_FILES_DAYS)
    keys = []
    for version in queries.outdated_versions(session, undecided, replaced):
        keys.append(version.key)
        service.forget_version(session, version)
    session.commit()
    for key in keys:
        forget_package_files(site_of(app).settings, key)
