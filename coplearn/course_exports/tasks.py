"""Packages are made by the process that does the jobs: no page waits for one."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.course_exports.kept_files import KeptPackages
from coplearn.course_exports.making import make_package
from coplearn.course_exports.ordering import NoSuchPackage, PackageWish, order_of
from coplearn.site import site_of

MAKE: Final = "export-package"
"""The name under which :func:`make_ordered` is queued; its parameters are ``key`` and the words of the wish."""

log = structlog.get_logger("coplearn.jobs")


def register_course_exports(app: Flask) -> None:
    """Add the job. Register after the outbox."""
    site_of(app).jobs.task(MAKE, retries=1)(make_ordered)


def make_ordered(app: Flask, session: Session, _now: datetime, *, key: str, **words: str) -> None:
    """Make a package and keep it under its key, unless it is there. What goes wrong is noted for whoever asked, and raised."""
    session.rollback()  # nobody waits for a package to be made
    parts = site_of(app)
    kept = KeptPackages(parts.settings.instance_path)
    if kept.size(key) is not None:
        return
    try:
        order = order_of(parts, PackageWish(**words))
    except NoSuchPackage as error:  # the course went meanwhile
        log.warning("package_not_made", part=error.part)
        kept.note_fault(key)
        return
    try:
        kept.keep(key, make_package(app, order).content)
    except Exception:
        kept.note_fault(key)
        raise
