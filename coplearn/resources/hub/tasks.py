"""The letters of the hub, and its day's work: links looked at, contributions that nobody confirmed forgotten."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.files.uploads import UploadPurpose, forget_files, forget_unattached
from coplearn.findable import FindableSource
from coplearn.kernel.text import N_
from coplearn.resources.hub import queries, service
from coplearn.resources.hub.client import is_reached
from coplearn.resources.hub.mail import KINDS
from coplearn.site import site_of

MOST_LINKS: Final = 200
"""Links that are looked at in a day."""
_PAUSE_SECONDS: Final = 2.0
"""Between two looks at one host."""


def register_resources(app: Flask) -> None:
    """Make letters, the day's work, the search and second factors know of the hub. Register after the outbox."""
    parts = site_of(app)
    for kind in KINDS:
        parts.letters.add(kind)
    parts.staff.append(queries.works_in_hub())
    parts.findable.append(
        FindableSource(
            name="resources",
            label=N_("Resource"),
            stamps=queries.findable_stamps,
            piece=queries.findable_piece,
            read=queries.findable_at,
        )
    )
    parts.jobs.daily("links of resources")(check_links)
    parts.jobs.daily("unconfirmed resources")(forget_unconfirmed)
    parts.jobs.daily("files of no resource")(forget_unnamed_files)


def check_links(app: Flask, session: Session, now: datetime) -> None:
    """Look at every listed link once a week, unless the operator lets nothing go out. No transaction waits for a page."""
    settings, last_host = site_of(app).settings, ""
    if not settings.check_links:
        return
    links = queries.links_to_check(session, now, MOST_LINKS)
    session.rollback()
    for number, address in links:
        if site_of(app).jobs.stopping():
            return
        host = urlsplit(address).hostname or ""
        if host == last_host:
            time.sleep(_PAUSE_SECONDS)
        last_host = host
        reached = is_reached(address, settings)
        service.note_link(session, number, reached=reached, now=now)
        session.commit()


def forget_unconfirmed(app: Flask, session: Session, now: datetime) -> None:
    """Forget contributions whose address nobody confirmed, with their files."""
    files = service.forget_unconfirmed(session, now)
    session.commit()
    forget_files(site_of(app).settings, UploadPurpose.RESOURCES, files)


def forget_unnamed_files(app: Flask, session: Session, now: datetime) -> None:
    """Forget files that were kept for a contribution that did not come to be."""
    forget_unattached(session, site_of(app).settings, UploadPurpose.RESOURCES, queries.files_named, now)
