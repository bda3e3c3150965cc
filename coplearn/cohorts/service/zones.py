"""What becomes of the timetable when a cohort's time zone is changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.models.meeting import Meeting
from coplearn.cohorts.rules.meetings import kept_on_clock


def keep_wall_clock(session: Session, cohort_id: int, old_zone: str, new_zone: str, now: datetime) -> int:
    """Move meetings that have not begun, so that 09:00 stays 09:00 on the new clock; how many were moved.

    Whoever corrects a wrong zone typed the hours they meant. Meetings that have begun stay at the instant they were.
    """
    if old_zone == new_zone:
        return 0
    moved = 0
    for meeting in session.scalars(select(Meeting).where(Meeting.cohort_id == cohort_id, Meeting.starts_at > now)):
        length = meeting.ends_at - meeting.starts_at
        starts_at = kept_on_clock(meeting.starts_at, old_zone, new_zone)
        ends_at = kept_on_clock(meeting.ends_at, old_zone, new_zone)
        if starts_at == meeting.starts_at and ends_at == meeting.ends_at:
            continue
        meeting.starts_at = starts_at
        meeting.ends_at = ends_at if ends_at > starts_at else starts_at + length
        meeting.sequence += 1
        meeting.rev += 1
        meeting.changed_at = now
        moved += 1
    session.flush()
    return moved
