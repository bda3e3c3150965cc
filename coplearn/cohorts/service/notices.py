"""Telling a cohort's people that a meeting was planned, changed or cancelled."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort
from coplearn.cohorts.models.meeting import Meeting
from coplearn.cohorts.queries.cohort import Person
from coplearn.cohorts.rules.words import State
from coplearn.cohorts.service.events import note
from coplearn.cohorts.service.letters import active_number, tell_meeting
from coplearn.outbox.service import enqueue

TELL_MEETING: Final = "cohort-meeting-letters"
AT_ONCE: Final = 200
"""Letters to more people than this are written by the machine, so that nobody waits for them."""


class What(StrEnum):
    """What was done to a meeting."""

    PLANNED = "planned"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    RESTORED = "restored"


def meeting_changed(
    session: Session, cohort: Cohort, meeting: Meeting, what: What, person: Person | None, now: datetime
) -> None:
    """Write down what was done to a meeting, and tell the cohort's people once the cohort is open.

    Called once for each meeting, in the transaction of the change. A change that calendars need not notice (a topic)
    is not told, and neither is what was done to a meeting that is over.
    """
    note(session, cohort.id, person, f"meeting-{what}", now, meeting=meeting.public_id, sequence=meeting.sequence)
    if cohort.state not in (State.OPEN, State.RUNNING) or meeting.ends_at <= now:
        return
    if active_number(session, cohort.id) > AT_ONCE:
        enqueue(session, TELL_MEETING, {"meeting_id": meeting.id, "what": what.value})
    else:
        tell_meeting(session, cohort, meeting, what, now)


def tell_later(session: Session, meeting_id: int, what: str, now: datetime) -> None:
    """The same letters, written by the machine for a large cohort."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is not None:
        tell_meeting(session, session.get_one(Cohort, meeting.cohort_id), meeting, what, now)
