"""Counting children at a meeting: by age band, and never by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort
from coplearn.cohorts.models.meeting import ChildrenCount, Meeting
from coplearn.cohorts.queries.cohort import Person
from coplearn.cohorts.rules.meetings import CANCELLED, wanting_for_children
from coplearn.cohorts.rules.register import EARLY
from coplearn.cohorts.rules.words import AgeBand
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.storage.upserts import put

MOST: Final = 9_999


def count_children(
    session: Session, person: Person, cohort: Cohort, meeting_id: str, counts: Mapping[str, int], now: datetime
) -> None:
    """Write down how many of each age band were there; a band that is not given stays as it was.

    Raises NotFound, and Refused before the meeting, for one without children, or for a number that cannot be.
    """
    meeting = session.scalar(
        select(Meeting).where(Meeting.cohort_id == cohort.id, Meeting.public_id == meeting_id).with_for_update()
    )
    if meeting is None:
        raise NotFound(N_("There is no such meeting in this cohort."))
    if not meeting.with_children or meeting.state == CANCELLED:
        raise Refused(N_("No children take part in this meeting."))
    if now < meeting.starts_at - EARLY:
        raise Refused(N_("This meeting has not begun. Children are counted when they are there."))
    wanting = wanting_for_children(True, meeting.safeguarding_lead, meeting.vetted_adults)
    if wanting is not None:
        raise Refused(wanting.text)
    for band, count in counts.items():
        if band not in set(AgeBand) or not 0 <= count <= MOST:
            raise Refused(N_("Type a number from 0 to %(most)s."), most=MOST)
        values = {"meeting_id": meeting.id, "age_band": band, "count": count, "by_id": person.id, "at": now}
        changes = {"count": count, "by_id": person.id, "at": now}
        put(session, ChildrenCount, ("meeting_id", "age_band"), values, changes)
