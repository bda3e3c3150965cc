"""Lists of activities from spreadsheets: kept while somebody looks at them, explained, and brought in once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.programme.models.records import ActivitySheet
from coplearn.programme.rules.records import text_key
from coplearn.programme.rules.sheets import LineFate, SheetLine
from coplearn.programme.service.activities import record_activity
from coplearn.programme.service.organisations import name_country


def keep_sheet(
    session: Session,
    name: str,
    digest: str,
    rows: Sequence[tuple[int, Sequence[str]]],
    *,
    programme_id: int | None,
    by_id: int,
    now: datetime,
) -> ActivitySheet:
    """Keep the cells of a list until somebody brings it in or lets go of it."""
    sheet = ActivitySheet(
        public_id=new_public_id(),
        name=name[:200],
        digest=digest,
        programme_id=programme_id,
        rows=[[str(number), *cells] for number, cells in rows],
        answers={},
        by_id=by_id,
        at=now,
        added=0,
    )
    session.add(sheet)
    session.flush()
    return sheet


def explain_country(
    session: Session, sheet: ActivitySheet, written: str, country: str, *, by_id: int, now: datetime
) -> None:
    """Say which country a name in the list means, for this list and those that come later."""
    name_country(session, written, country, by_id=by_id, now=now)
    sheet.answers = {**sheet.answers, text_key(written): country}


def bring_in(session: Session, sheet: ActivitySheet, lines: Iterable[SheetLine], *, by_id: int, now: datetime) -> int:
    """Write a draft for every line that is new and has nothing wrong; how many there were. Raises Refused a second time."""
    session.flush()
    session.refresh(sheet, with_for_update=True)
    if sheet.done_at is not None:
        raise Refused(N_("This list was brought in already."))
    added = 0
    for line in lines:
        if line.fate is not LineFate.NEW or line.content is None:
            continue
        record_activity(
            session, line.content, key=line.key, by_id=by_id, now=now, programme_id=sheet.programme_id, via="sheet"
        )
        added += 1
    sheet.done_at, sheet.added, sheet.rows = now, added, []
    audit.record(session, EventKind.ACTIVITIES_IMPORTED, about=f"sheet:{sheet.id},count={added}", now=now)
    return added


def let_go(session: Session, sheet: ActivitySheet) -> None:
    """Forget a list that nobody brought in."""
    session.delete(sheet)
    session.flush()
