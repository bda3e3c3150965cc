"""Telling a cohort's people that a meeting was planned, changed or cancelled."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort
from coplearn.cohorts.models.meeting import Meeting
from coplearn.cohorts.queries.cohort import Person
from coplearn.cohorts.service.events import note


class What(StrEnum):
    """What was done to a meeting."""

    PLANNED = "planned"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    RESTORED = "restored"


def meeting_changed(
    session: Session, cohort: Cohort, meeting: Meeting, what: What, person: Person | None, now: datetime
) -> None:
    """Write down what was done to a meeting; letters to the cohort's people begin here.

    Called once for each meeting, in the transaction of the change. A change that calendars need not notice (a topic)
    is not told. ``screens.calendars.entry_of`` with ``calendars.single`` makes the file to attach.
    """
    note(session, cohort.id, person, f"meeting-{what}", now, meeting=meeting.public_id, sequence=meeting.sequence)
