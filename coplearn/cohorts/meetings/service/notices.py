"""Telling a cohort's people that a meeting was planned, changed or cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.letters import active_number, tell_meeting, tell_new_meetings
from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import CANCELLED, PLANNED, State
from coplearn.cohorts.common.service import log_event
from coplearn.outbox.service import enqueue

TELL_MEETING: Final = "cohort-meeting-letters"
TELL_MEETINGS: Final = "cohort-meetings-letters"
AT_ONCE: Final = 200
"""Letters to more people than this are written by the machine, so that nobody waits for them."""


class What(StrEnum):
    """The history of a meeting."""

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
    log_event(session, cohort.id, person, f"meeting-{what}", now, meeting=meeting.public_id, sequence=meeting.sequence)
    if not _is_announced(cohort, meeting, now):
        return
    if active_number(session, cohort.id) > AT_ONCE:
        enqueue(session, TELL_MEETING, {"meeting_id": meeting.id, "what": what.value})
    else:
        tell_meeting(session, cohort, meeting, what, now)


def meetings_planned(
    session: Session, cohort: Cohort, meetings: Sequence[Meeting], person: Person | None, now: datetime
) -> None:
    """The same for meetings that were planned together: everybody gets one letter."""
    for meeting in meetings:
        log_event(
            session, cohort.id, person, "meeting-planned", now, meeting=meeting.public_id, sequence=meeting.sequence
        )
    announced = [meeting for meeting in meetings if _is_announced(cohort, meeting, now)]
    if announced and active_number(session, cohort.id) > AT_ONCE:
        enqueue(session, TELL_MEETINGS, {"meeting_ids": [meeting.id for meeting in announced]})
    elif announced:
        tell_new_meetings(session, cohort, announced, now)


def _is_announced(cohort: Cohort, meeting: Meeting, now: datetime) -> bool:
    return cohort.state in (State.OPEN, State.RUNNING) and meeting.ends_at > now


def tell_later(session: Session, meeting_id: int, what: str, now: datetime) -> None:
    """The same letters, written by the machine for a large cohort; none that is no longer true when its turn comes."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or (meeting.state == CANCELLED) != (what == What.CANCELLED):
        return
    cohort = session.get_one(Cohort, meeting.cohort_id)
    if _is_announced(cohort, meeting, now):
        tell_meeting(session, cohort, meeting, what, now)


def tell_new_later(session: Session, meeting_ids: Sequence[int], now: datetime) -> None:
    """The letter about several new meetings, written by the machine for a large cohort; those that are off or over are left out."""
    planned = select(Meeting, Cohort).join(Cohort, Cohort.id == Meeting.cohort_id)
    planned = planned.where(Meeting.id.in_(meeting_ids), Meeting.state == PLANNED).order_by(Meeting.starts_at)
    announced = [(one, cohort) for one, cohort in session.execute(planned) if _is_announced(cohort, one, now)]
    if announced:
        tell_new_meetings(session, announced[0][1], [meeting for meeting, _ in announced], now)
