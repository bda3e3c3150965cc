"""Planning meetings: one, several days at once, a day again; changing, cancelling, and renewing calendar addresses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from secrets import token_hex, token_urlsafe
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership
from coplearn.cohorts.common.models.meeting import Attendance, Meeting
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import CANCELLED, PLANNED, Kind, new_public_id
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.meetings.queries import meetings_of, staff_rows
from coplearn.cohorts.meetings.rules.marking import EARLY
from coplearn.cohorts.meetings.rules.meetings import (
    MeetingDetails,
    adults_of,
    clock_is_changed,
    days_from,
    interval_of,
    kept_on_clock,
    overlapping,
    tidy,
)
from coplearn.cohorts.meetings.service.attendance import locked_meeting
from coplearn.cohorts.meetings.service.notices import What, meeting_changed, meetings_planned
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.kernel.text import N_

_TOLD = ("starts_at", "ends_at", "room", "link", "mandatory", "title")
"""What people must hear of when it changes."""


def plan_meeting(session: Session, person: Person, cohort_id: int, details: MeetingDetails, now: datetime) -> Meeting:
    """Plan a meeting. ``meetings.rules.meetings.problems_of`` found nothing wrong. Raises Refused for an hour that is not one."""
    cohort = locked_cohort(session, cohort_id)
    meeting = _new(session, cohort, details, now)
    meeting_changed(session, cohort, meeting, What.PLANNED, person, now)
    session.flush()
    return meeting


def plan_days(
    session: Session,
    person: Person,
    cohort_id: int,
    details: MeetingDetails,
    count: int,
    weekdays: Iterable[int],
    now: datetime,
) -> list[Meeting]:
    """The same hours on several days from ``details.day`` on, all or none. Raises Refused and names the day."""
    assert details.day is not None
    cohort = locked_cohort(session, cohort_id)
    meetings = []
    for day in days_from(details.day, count, weekdays):
        meetings.append(_on_day(session, cohort, replace(details, day=day), now))
    meetings_planned(session, cohort, meetings, person, now)
    session.flush()
    return meetings


def copy_day(
    session: Session, person: Person, cohort_id: int, source: date, target: date, now: datetime
) -> list[Meeting]:
    """Plan the meetings of one day again on another, at the same hours. Raises Refused when there are none."""
    cohort = locked_cohort(session, cohort_id)
    zone = ZoneInfo(cohort.time_zone)
    copied = []
    for meeting in meetings_of(session, cohort.id):
        if meeting.state == PLANNED and meeting.starts_at.astimezone(zone).date() == source:
            copied.append(_on_day(session, cohort, replace(details_of(meeting, cohort), day=target), now))
    if not copied:
        raise Refused(N_("There is no meeting on that day to copy."))
    meetings_planned(session, cohort, copied, person, now)
    session.flush()
    return copied


def _on_day(session: Session, cohort: Cohort, details: MeetingDetails, now: datetime) -> Meeting:
    try:
        return _new(session, cohort, details, now)
    except Refused as refusal:
        if not clock_is_changed(details, cohort.time_zone):
            raise
        raise Refused(
            N_("On %(day)s the clock is changed at those hours. Plan that day by itself."), day=details.day
        ) from refusal


def _new(session: Session, cohort: Cohort, details: MeetingDetails, now: datetime) -> Meeting:
    starts_at, ends_at = interval_of(details, cohort.time_zone)
    meeting = Meeting(
        public_id=new_public_id(),
        cohort_id=cohort.id,
        starts_at=starts_at,
        ends_at=ends_at,
        makes_up_id=_made_up(session, cohort, details, None),
        state=PLANNED,
        checkin_secret=token_hex(32),
        by_registration=cohort.kind == Kind.SERIES,
        sequence=0,
        rev=1,
        changed_at=now,
        **_columns(details),
    )
    session.add(meeting)
    session.flush()
    return meeting


def _columns(details: MeetingDetails) -> dict[str, object]:
    return {
        "title": tidy(details.title),
        "mandatory": details.mandatory,
        "room": tidy(details.room),
        "link": details.link.strip(),
        "topics": [list(pair) for pair in details.topics],
        "with_children": details.with_children,
        "safeguarding_lead": tidy(details.safeguarding_lead),
        "vetted_adults": "\n".join(adults_of(details.vetted_adults)),
    }


def _made_up(session: Session, cohort: Cohort, details: MeetingDetails, own: Meeting | None) -> int | None:
    """The id of the meeting it makes up for. Raises Refused for one that makes up for this one."""
    if not details.makes_up:
        return None
    known = {meeting.public_id: meeting for meeting in meetings_of(session, cohort.id)}
    missed = known.get(details.makes_up)
    if missed is None:
        raise NotFound(N_("There is no such meeting in this cohort."))
    by_id = {meeting.id: meeting for meeting in known.values()}
    at: Meeting | None = missed
    for _ in known:
        if own is not None and at is own:
            raise Refused(N_("A meeting cannot make up for itself."))
        at = by_id.get(at.makes_up_id) if at is not None and at.makes_up_id is not None else None
    return missed.id


def details_of(meeting: Meeting, cohort: Cohort) -> MeetingDetails:
    """A meeting as somebody would type it, on the cohort's clock; ``makes_up`` is left open."""
    zone = ZoneInfo(cohort.time_zone)
    starts, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    return MeetingDetails(
        title=meeting.title,
        day=starts.date(),
        begins=starts.time(),
        ends=ends.time(),
        mandatory=meeting.mandatory,
        room=meeting.room,
        link=meeting.link,
        topics=tuple((course, module) for course, module in meeting.topics),
        with_children=meeting.with_children,
        safeguarding_lead=meeting.safeguarding_lead,
        vetted_adults=meeting.vetted_adults,
        begins_reading=starts.fold,
        ends_reading=ends.fold,
    )


def change_meeting(
    session: Session,
    person: Person,
    cohort_id: int,
    public_id: str,
    rev: int,
    details: MeetingDetails,
    now: datetime,
) -> Meeting:
    """Change a meeting; ``rev`` is the one the page was made from. ``problems_of`` found nothing wrong.

    Raises NotFound, Conflict when somebody else changed it meanwhile, and Refused for what cannot be.
    """
    cohort = locked_cohort(session, cohort_id)
    meeting = locked_meeting(session, cohort.id, public_id)
    if meeting.rev != rev:
        raise Conflict(
            N_("Somebody else changed this meeting meanwhile. What you typed is still here: look again, then save.")
        )
    before = {name: getattr(meeting, name) for name in _TOLD}
    starts_at, ends_at = interval_of(details, cohort.time_zone)
    if starts_at > now + EARLY and starts_at != meeting.starts_at and _has_marks(session, meeting):
        raise Refused(
            N_("People are marked for this meeting already, so it cannot move ahead. Plan a new one instead.")
        )
    values = {**_columns(details), "starts_at": starts_at, "ends_at": ends_at}
    values["makes_up_id"] = _made_up(session, cohort, details, meeting)
    if all(getattr(meeting, name) == value for name, value in values.items()):
        return meeting
    for name, value in values.items():
        setattr(meeting, name, value)
    meeting.rev += 1
    meeting.changed_at = now
    if any(getattr(meeting, name) != before[name] for name in _TOLD):
        meeting.sequence += 1
        meeting_changed(session, cohort, meeting, What.CHANGED, person, now)
    session.flush()
    return meeting


def set_cancelled(
    session: Session, person: Person, cohort_id: int, public_id: str, *, cancelled: bool, now: datetime
) -> Meeting:
    """Cancel a meeting, or take that back; twice is as once. Raises Refused when people are marked for it."""
    cohort = locked_cohort(session, cohort_id)
    meeting = locked_meeting(session, cohort.id, public_id)
    if (meeting.state == CANCELLED) == cancelled:
        return meeting
    if cancelled and _has_marks(session, meeting):
        raise Refused(N_("People are marked for this meeting, so it was held and cannot be cancelled."))
    meeting.state = CANCELLED if cancelled else PLANNED
    meeting.sequence += 1
    meeting.rev += 1
    meeting.changed_at = now
    meeting_changed(session, cohort, meeting, What.CANCELLED if cancelled else What.RESTORED, person, now)
    session.flush()
    return meeting


def _has_marks(session: Session, meeting: Meeting) -> bool:
    return bool(session.scalar(select(exists().where(Attendance.meeting_id == meeting.id))))


def overlap(meeting: Meeting, others: Iterable[Meeting]) -> bool:
    """Whether another planned meeting of the cohort is on at the same time."""
    return overlapping(
        meeting.starts_at,
        meeting.ends_at,
        [(one.starts_at, one.ends_at) for one in others if one.id != meeting.id and one.state == PLANNED],
    )


def renew_cohort_calendar(session: Session, person: Person, cohort_id: int, now: datetime) -> str:
    """A new private address for the cohort's calendar; the old one opens nothing any more."""
    cohort = locked_cohort(session, cohort_id)
    cohort.calendar_token = token_urlsafe(24)
    log_event(session, cohort.id, person, "calendar-renewed", now)
    session.flush()
    return cohort.calendar_token


def renew_member_calendar(session: Session, membership_id: int) -> str:
    """A new private address for one member's calendar; the old one opens nothing any more."""
    membership = session.execute(
        select(Membership).where(Membership.id == membership_id).with_for_update()
    ).scalar_one()
    membership.calendar_token = token_urlsafe(24)
    session.flush()
    return membership.calendar_token


def renew_staff_calendar(session: Session, cohort_id: int, user_id: int) -> str | None:
    """A new private address for the calendar of somebody who works there; None for somebody who does not."""
    rows = staff_rows(session, cohort_id, user_id)
    if not rows:
        return None
    token = token_urlsafe(24)
    for row in rows:
        row.calendar_token = None
    rows[0].calendar_token = token
    session.flush()
    return token


def staff_calendar(rows: Iterable[CohortStaff]) -> str | None:
    """The private part of the address of a staff member's calendar; None while they have not asked for one."""
    return next((row.calendar_token for row in rows if row.calendar_token), None)


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
