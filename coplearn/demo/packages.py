"""A course of another tool in the made-up site: a package of SCORM 1.2 that earns a certificate."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Final
from zipfile import ZipFile

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.files.uploads import pieces_of
from coplearn.kernel.clock import utcnow
from coplearn.packages import service
from coplearn.packages.client import incoming, packages_of
from coplearn.packages.queries import version_by_id
from coplearn.packages.rules import CertificateRule
from coplearn.packages.tasks import read_upload
from coplearn.site import site_of

_FILES: Final = Path(__file__).parent / "package"


def bring_package(app: Flask, session: Session, by_id: int) -> None:
    """Bring the package in as whoever administers the site does: it is read, judged and let in."""
    made, key = BytesIO(), token_hex(16)
    with ZipFile(made, "w") as archive:
        for file in sorted(_FILES.iterdir()):
            archive.write(file, file.name)
    size = made.tell()
    made.seek(0)
    packages_of(site_of(app).settings).put(incoming(key), pieces_of(made))
    number = service.add_upload(session, key, "five-questions.zip", size, by_id, utcnow()).id
    session.commit()
    read_upload(app, session, utcnow(), number=number)
    version = version_by_id(session, number)
    assert version is not None
    service.let_in(session, version, None, "en", utcnow(), CertificateRule(is_given=True, score=80))
    session.commit()
