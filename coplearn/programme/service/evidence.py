"""Evidence of activities: links and files, added and taken away, each with who did it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.evidence import Stored
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.programme.models.records import Activity, ActivityEvidence
from coplearn.programme.rules.records import LONGEST_TITLE


def add_evidence(
    session: Session,
    activity: Activity,
    title: str,
    link: str = "",
    *,
    stored: Stored | None = None,
    size: int = 0,
    shows: str = "",
    numbers: Collection[str] = (),
    by_id: int | None,
    now: datetime,
) -> ActivityEvidence:
    """Add a link, or a file that was stored. ``shows`` is one of the record's ``numbers`` by its key, or empty.

    Raises Refused for neither, both, a link that leads nowhere on the web, or a number that the record does not state.
    """
    title, link = " ".join(title.split()), link.strip()
    if not title:
        raise Refused(N_("Say what it is."))
    if len(title) > LONGEST_TITLE or len(link) > 1000:
        longest = LONGEST_TITLE if len(title) > LONGEST_TITLE else 1000
        raise Refused(N_("Use at most %(count)s characters."), count=longest)
    if bool(link) == (stored is not None):
        raise Refused(N_("Give a link or a file, one of the two."))
    if link and not link.startswith(("https://", "http://")):
        raise Refused(N_("Begin the address with https://."))
    if shows and shows not in numbers:
        raise Refused(N_("Choose one from the list."))
    evidence = ActivityEvidence(
        activity_id=activity.id,
        title=title,
        link=link,
        file_key=stored.sha256 if stored is not None else "",
        media_type=stored.type if stored is not None else "",
        bytes=size,
        shows=shows,
        by_id=by_id,
        at=now,
    )
    session.add(evidence)
    session.flush()
    audit.record(session, EventKind.ACTIVITY_EVIDENCE, about=f"activity:{activity.id},{evidence.id}", now=now)
    return evidence


def remove_evidence(session: Session, evidence: ActivityEvidence, *, by_id: int | None, now: datetime) -> None:
    """Take it off the page; that it was there, and who took it away, stays."""
    evidence.removed_by_id, evidence.removed_at = by_id, now
    about = f"activity:{evidence.activity_id},{evidence.id}"
    audit.record(session, EventKind.ACTIVITY_EVIDENCE, about=about, now=now)
