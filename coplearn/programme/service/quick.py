"""Activities from the one-minute form, sent by a page or by a device on which they waited: each is taken once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.programme.models.records import Activity
from coplearn.programme.rules.access import ProgrammeAccess, may_write
from coplearn.programme.rules.records import ActivityContent
from coplearn.programme.service.activities import record_activity, refuse_twin

MOST_OPERATIONS: Final = 50


@dataclass(frozen=True, slots=True)
class QuickEntry:
    """One activity as a device sends it, read or refused."""

    op: str
    content: ActivityContent | None
    programme_id: int | None
    refused: Phrase | None = None


@dataclass(slots=True)
class TakenEntries:
    """The result of a sending: what is kept now (or was before), and what never will be, with the reason."""

    ops: list[str] = field(default_factory=list)
    refused: list[tuple[str, Phrase]] = field(default_factory=list)


def record_quickly(
    session: Session,
    access: ProgrammeAccess,
    content: ActivityContent,
    *,
    op: str,
    programme_id: int | None,
    now: datetime,
) -> Activity:
    """Write a draft, once however often ``op`` comes. Raises Refused where they keep no records of that country."""
    if not may_write(access, [line.country for line in content.countries], programme_id):
        raise Refused(N_("You keep no records of this country or programme. Choose another, or ask its coordinator."))
    key = f"op:{access.user_id}:{op}"
    refuse_twin(session, content, key)
    return record_activity(
        session, content, key=key, by_id=access.user_id, now=now, programme_id=programme_id, via="phone"
    )


def take_entries(session: Session, access: ProgrammeAccess, sent: Sequence[QuickEntry], now: datetime) -> TakenEntries:
    """Keep what waited on a device, each by itself: one that is refused holds up none of the others."""
    taken = TakenEntries()
    for one in sent:
        if one.content is None:
            taken.refused.append((one.op, one.refused or Phrase(N_("This entry could not be read."))))
            continue
        try:
            record_quickly(session, access, one.content, op=one.op, programme_id=one.programme_id, now=now)
        except Refused as refused:
            taken.refused.append((one.op, refused.phrase))
        else:
            taken.ops.append(one.op)
    return taken
