"""Opening a cohort, changing it, moving it on, and copying it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.accounts.rules import may
from coplearn.cohorts.common.letters import send_digest
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.common.queries import Person, rights_of, staff_of
from coplearn.cohorts.common.rules.authorisation import generation_under
from coplearn.cohorts.common.rules.words import PLANNED, Kind, MemberState, StaffRole, State, new_public_id
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.meetings.rules.meetings import FURTHEST
from coplearn.cohorts.meetings.service.meetings import keep_wall_clock
from coplearn.cohorts.outcomes.service.certification import may_open
from coplearn.cohorts.outcomes.service.followup import ask_cohort_later
from coplearn.cohorts.people.service.seats import fill_seats, need_right
from coplearn.cohorts.people.service.staffing import put_staff
from coplearn.cohorts.whole.rules import NEXT_STATES, Details, asks_less
from coplearn.kernel.errors import Conflict, NotAllowed, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission

_LESS = N_(
    "A training of trainers asks for 80 percent, two teach-backs and at most 24 months. Only the country's coordinator"
    " can ask for less."
)


def active_people(session: Session, cohort_id: int) -> int:
    """The number of people who take part."""
    counted = select(func.count()).select_from(Membership)
    return session.scalar(counted.where(Membership.cohort_id == cohort_id, Membership.state == MemberState.ACTIVE)) or 0


def right_for(session: Session, person: Person, details: Details, now: datetime) -> Certification | None:
    """Under which right somebody opens such a cohort: None for a coordinator of that country. Raises NotAllowed."""
    if may(person.grants, Permission.OPEN_COHORTS, country=details.country):
        return None
    right = may_open(session, person, details.kind, details.course_ids, details.country, now)
    if right is not None:
        return right
    if not rights_of(session, person.id, now):
        raise NotAllowed(N_("Only coordinators and certified trainers open cohorts."))
    if details.kind == Kind.TRAINERS and may_open(
        session, person, Kind.AUDIENCE, details.course_ids, details.country, now
    ):
        raise NotAllowed(
            N_("You may train learners, and your country's coordinator can allow you to train trainers as well.")
        )
    raise NotAllowed(
        N_("Your certificate lets you run cohorts of its own courses in its own country. Choose among those.")
    )


def open_cohort(session: Session, person: Person, details: Details, now: datetime) -> Cohort:
    """Make a draft of a cohort. ``details`` were found good. Who opens it under a right is its lead trainer.

    Raises NotAllowed for somebody who may not open such a cohort.
    """
    right = right_for(session, person, details, now)
    if right is not None and asks_less(details):
        raise NotAllowed(_LESS)
    cohort = Cohort(
        public_id=new_public_id(),
        **columns_of(details),
        join_code=None,
        join_expires_at=None,
        join_needs_approval=True,
        state=State.DRAFT,
        archived_at=None,
        generation=generation_under(right.generation if right is not None else None),
        right_id=right.id if right is not None else None,
        calendar_token=token_hex(16),
        created_by_id=person.id,
        created_at=now,
        rev=1,
    )
    session.add(cohort)
    session.flush()
    if right is not None:
        put_staff(session, cohort.id, person.id, StaffRole.LEAD, now)
    log_event(session, cohort.id, person, "opened", now)
    session.flush()
    return cohort


def columns_of(details: Details) -> dict[str, Any]:
    """The decision as it is stored: text on one line, several choices as a list."""
    values = asdict(details)
    for name, value in values.items():
        if isinstance(value, tuple):
            values[name] = list(value)
        elif isinstance(value, str):
            values[name] = value.strip() if name == "about" else " ".join(value.split())
    return values


def details_of(cohort: Cohort) -> Details:
    """The decisions about a cohort, as they stand."""
    values: dict[str, Any] = {field.name: getattr(cohort, field.name) for field in fields(Details)}
    return Details(**values | {name: tuple(value) for name, value in values.items() if isinstance(value, list)})


def change_cohort(session: Session, person: Person, cohort_id: int, rev: int, details: Details, now: datetime) -> bool:
    """Change what was decided; whether anything changed. ``rev`` is the one the page was made from.

    Raises Conflict when somebody else changed the cohort meanwhile, and NotAllowed outside the person's right.
    """
    cohort = locked_cohort(session, cohort_id)
    if cohort.rev != rev:
        raise Conflict(
            N_(
                "Somebody else changed this cohort meanwhile. What you typed is still here: look at it again, then save."
            )
        )
    before = details_of(cohort)
    changed = [field.name for field in fields(Details) if getattr(before, field.name) != getattr(details, field.name)]
    if not changed:
        return False
    if (before.kind == Kind.SERIES) != (details.kind == Kind.SERIES):
        raise Refused(N_("A training does not become a series, nor a series a training. Open a new one."))
    if not may(person.grants, Permission.OPEN_COHORTS, country=before.country) and asks_less(details, before):
        raise NotAllowed(_LESS)
    if {"country", "course_ids", "kind"} & set(changed):
        right = right_for(session, person, details, now)
        if right is not None and cohort.right_id != right.id:
            raise NotAllowed(N_("Your country's coordinator decides about the country, the kind and the courses."))
    keep_wall_clock(session, cohort.id, before.time_zone, details.time_zone, now)
    for name, value in columns_of(details).items():
        setattr(cohort, name, value)
    cohort.rev += 1
    log_event(session, cohort.id, person, "changed", now, fields=changed)
    fill_seats(session, cohort, now)
    return True


def move_cohort(session: Session, person: Person, cohort_id: int, state: State, now: datetime) -> Cohort:
    """Move a cohort one step on or back; pressing twice moves it once. Raises Refused for a step there is not."""
    cohort = locked_cohort(session, cohort_id)
    if cohort.state == state:
        return cohort
    if state not in NEXT_STATES[State(cohort.state)]:
        raise Refused(N_("A cohort goes from draft to open, running and closed, one step at a time."))
    if state is State.OPEN and not any(line.role == StaffRole.LEAD for line in staff_of(session, cohort.id)):
        if cohort.kind == Kind.SERIES:
            raise Refused(N_("Name an organiser in charge first: somebody has to answer to those who register."))
        raise Refused(N_("Name a lead trainer first: somebody has to answer to those who join."))
    if state is State.DRAFT and active_people(session, cohort.id):
        raise Refused(N_("People have joined already, so it cannot be a draft again."))
    if cohort.state == State.DRAFT:
        need_right(session, cohort, now)
    log_event(session, cohort.id, person, "moved", now, before=cohort.state, after=state)
    cohort.state = state
    cohort.rev += 1
    if state is State.CLOSED and cohort.kind != Kind.SERIES:
        ask_cohort_later(session, cohort, now)
    fill_seats(session, cohort, now)
    return cohort


def archive_cohort(session: Session, person: Person, cohort_id: int, *, away: bool, now: datetime) -> None:
    """Put a closed cohort (or a draft) out of the lists, or back. Raises Refused while people are at work in it."""
    cohort = locked_cohort(session, cohort_id)
    if away == (cohort.archived_at is not None):
        return
    if away and cohort.state in (State.OPEN, State.RUNNING):
        raise Refused(N_("Close the cohort first. What is archived is out of the lists, and nothing of it is lost."))
    cohort.archived_at = now if away else None
    cohort.rev += 1
    log_event(session, cohort.id, person, "archived" if away else "taken-out", now)
    session.flush()


def copy_cohort(
    session: Session, person: Person, cohort_id: int, title: str, first_day: date | None, now: datetime
) -> Cohort:
    """A new draft like an earlier cohort: its rules, its staff, and its meetings from ``first_day`` on (None: none).

    People, marks and outcomes stay where they are. Raises NotAllowed for somebody who may not open such a cohort, and
    Refused for a day that is nowhere near.
    """
    old = locked_cohort(session, cohort_id)
    new = open_cohort(session, person, replace(details_of(old), title=title), now)
    staffed = {(line.user_id, line.role) for line in staff_of(session, new.id)}
    for line in staff_of(session, old.id):
        if (line.user_id, line.role) not in staffed:
            put_staff(session, new.id, line.user_id, StaffRole(line.role), now)
    if first_day is not None:
        _copy_meetings(session, old, new, first_day, now)
    session.flush()
    return new


def _copy_meetings(session: Session, old: Cohort, new: Cohort, first_day: date, now: datetime) -> None:
    """The same hours of the clock, so many days later, whatever daylight saving does between.

    A meeting that was planned twice by mistake is copied once.
    """
    if abs(first_day - now.date()) > FURTHEST:
        raise Refused(N_("Choose a first day that is nearer to today."))
    zone = ZoneInfo(new.time_zone)
    planned = select(Meeting).where(Meeting.cohort_id == old.id, Meeting.state == PLANNED)
    meetings = [one for one in session.scalars(planned.order_by(Meeting.starts_at)) if one.makes_up_id is None]
    if not meetings:
        return
    later = first_day - meetings[0].starts_at.astimezone(zone).date()
    once = {(one.starts_at, one.ends_at, one.title, one.room, one.link): one for one in meetings}
    for meeting in once.values():
        begin = meeting.starts_at.astimezone(zone)
        moved = datetime.combine(begin.date() + later, begin.time(), zone)
        session.add(
            Meeting(
                public_id=new_public_id(),
                cohort_id=new.id,
                title=meeting.title,
                starts_at=moved,
                ends_at=moved + (meeting.ends_at - meeting.starts_at),
                mandatory=meeting.mandatory,
                makes_up_id=None,
                room=meeting.room,
                link=meeting.link,
                topics=meeting.topics,
                state=PLANNED,
                with_children=meeting.with_children,
                safeguarding_lead="",
                vetted_adults="",
                checkin_secret=token_hex(32),
                by_registration=meeting.by_registration,
                capacity=meeting.capacity,
                needs_approval=meeting.needs_approval,
                waiting_list=meeting.waiting_list,
                link_minutes=meeting.link_minutes,
                sequence=0,
                rev=1,
                changed_at=now,
            )
        )


def send_digests(session: Session, needs: Mapping[int, Mapping[str, int]], now: datetime) -> int:
    """Write to the trainers of those cohorts how many need help, once an ISO week; how many letters.

    ``needs`` are what ``whole.queries.needs.needs_by_cohort`` counted.
    """
    year, week, _ = now.isocalendar()
    return sum(
        send_digest(session, session.get_one(Cohort, cohort_id), counted, f"{year}-{week:02}", now)
        for cohort_id, counted in needs.items()
    )
