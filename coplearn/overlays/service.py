"""Decide about the texts of an overlay, in files of the site's own folder, and write it into the audit log."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.courses.course import Course
from coplearn.courses.overlays.contract import Overlay, text_hash
from coplearn.courses.overlays.deciding import NOTHING_TO_DECIDE, Decision, decide, keep_release, undo
from coplearn.courses.overlays.reporting import BlockLine, release_of, report
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_


def line_of(overlay: Overlay, course: Course, block: str, action: str) -> BlockLine:
    """The line of the report about that text: what the overlay does with it, or news of the course alone, for which ``action`` is
    empty. Raises NotFound where there is none."""
    lines = report(overlay, course, None).lines
    wanted = (block, action)
    found = next((one for one in lines if (one.block, one.edit.action if one.edit is not None else "") == wanted), None)
    if found is None:
        raise NotFound(NOTHING_TO_DECIDE)
    return found


def decide_on(
    session: Session,
    overlay: Overlay,
    folder: Path,
    line: BlockLine,
    seen: str,
    choice: Decision,
    text: str,
    who: str,
    now: datetime,
) -> None:
    """Keep a decision about one text. ``seen`` names the course's text that the page showed.

    Raises Refused where the course has changed it since, and as ``decide`` does.
    """
    if seen != text_hash(line.theirs):
        raise Refused(
            N_("The course changed this text once more while you had the page open. Nothing was decided: look again.")
        )
    decide(overlay, folder, line, choice, text, who, now)
    audit.record(session, EventKind.OVERLAY_DECIDED, about=f"{overlay.id},{choice}", now=now)


def undo_on(session: Session, overlay: Overlay, folder: Path, key: str, who: str, now: datetime) -> None:
    """Undo the latest decision about one text. Raises Refused where a later one followed."""
    undo(folder, key, who, now)
    audit.record(session, EventKind.OVERLAY_DECIDED, about=f"{overlay.id},undo", now=now)


def note_looked(session: Session, overlay: Overlay, folder: Path, course: Course, now: datetime) -> None:
    """Note that the news of the course were looked at. Raises Refused while something has to be decided."""
    if report(overlay, course, None).open:
        raise Refused(N_("Decide first about every text that is listed above."))
    keep_release(folder, release_of(course))
    audit.record(session, EventKind.OVERLAY_DECIDED, about=f"{overlay.id},looked", now=now)
