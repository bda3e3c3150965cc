"""Packages put onto a site, as its page for staff does it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from uuid import uuid4

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.app import create_app
from coplearn.files.uploads import pieces_of
from coplearn.kernel.clock import utcnow
from coplearn.packages import service
from coplearn.packages.client import incoming, packages_of
from coplearn.packages.models import PackageVersion
from coplearn.packages.queries import live_package
from coplearn.packages.rules import CertificateRule, VersionState
from coplearn.packages.tasks import read_upload
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.once import SECRET_KEY


def put_upload(app: Flask, session: Session, data: bytes, key: str = "") -> PackageVersion:
    """Bring an archive in and have it read."""
    name = key or uuid4().hex
    packages_of(site_of(app).settings).put(incoming(name), pieces_of(BytesIO(data)))
    version = service.add_upload(session, name, "made.zip", len(data), None, utcnow())
    session.commit()
    read_upload(app, session, utcnow(), number=version.id)
    session.refresh(version)
    return version


def let_in(
    app: Flask,
    session: Session,
    data: bytes,
    locale: str = "en",
    public_id: str = "",
    key: str = "",
    rule: CertificateRule | None = None,
) -> str:
    """Bring an archive in, as a package of its own or into one; the address of the package."""
    version = put_upload(app, session, data, key)
    assert version.state == VersionState.READ, version.report
    found = live_package(session, public_id) if public_id else None
    package = service.let_in(session, version, found.package if found is not None else None, locale, utcnow(), rule)
    session.commit()
    return package.public_id


def put_package(
    instance: Path, data: bytes, locale: str = "en", public_id: str = "", rule: CertificateRule | None = None
) -> str:
    """The same on a site that another process serves."""
    app = create_app(Settings(instance_path=instance, secret_key=SECRET_KEY, log_level="CRITICAL"))
    with app.app_context():
        return let_in(app, current_session(app), data, locale, public_id, rule=rule)
