"""Registering for a session of a series and giving the place back, letting people in, and writing the session's page."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.letters import tell_session
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import (
    Meeting,
    Registration,
    SessionAction,
    SessionMaterial,
    SessionSpeaker,
)
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import MemberState
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.meetings.service.attendance import locked_meeting
from coplearn.cohorts.people.rules.joining import entry_state, free_seats, tidy
from coplearn.cohorts.people.service.joining import come_in
from coplearn.cohorts.people.service.seats import member_in
from coplearn.cohorts.series.queries import TABLES, part_of, queue_at, taken, waiting
from coplearn.cohorts.series.rules import (
    MOST_PARTS,
    Entrant,
    PagePart,
    PartDraft,
    SessionNotes,
    SessionSetup,
    why_no_place,
)
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_

FULL = N_("Every place at this session is taken.")
_GONE = N_("They are no longer on this list. Load the page again.")


def register(
    session: Session, person: Person, cohort_id: int, meeting_id: str, entrant: Entrant, now: datetime
) -> Registration:
    """Register somebody for a session, who becomes one of the series' people; twice is as once.

    ``entrant_problems`` found nothing wrong. They have a place, wait to be let in, or are on the waiting list, as the session
    has it. Raises NotFound, and Refused with the reason when they can be none of these.
    """
    cohort = locked_cohort(session, cohort_id)
    meeting = _open_session(session, cohort, meeting_id, now)
    own = session.scalar(select(Membership).where(Membership.cohort_id == cohort.id, Membership.user_id == person.id))
    if own is not None and own.state == MemberState.WITHDRAWN:
        raise Refused(N_("You left this series. Whoever runs it can take you back."))
    membership = come_in(session, cohort, person, now, approval=False)
    if membership.state != MemberState.ACTIVE:
        raise Refused(N_("You asked to take part in this series. Whoever runs it lets you in first."))
    membership.name, organisation = tidy(entrant.name), tidy(entrant.organisation)
    if organisation != membership.organisation:
        membership.organisation, membership.organisation_number = organisation, ""
    membership.sector = entrant.sector
    return _enter(session, cohort, meeting, membership, person, now, approval=meeting.needs_approval)


def put_on_list(
    session: Session, person: Person, cohort_id: int, meeting_id: str, member_id: str, now: datetime
) -> Registration:
    """Register one of the series' people for a session, by whoever runs it. Raises NotFound and Refused."""
    cohort = locked_cohort(session, cohort_id)
    meeting = _open_session(session, cohort, meeting_id, now)
    membership = member_in(session, cohort, member_id)
    if membership.state != MemberState.ACTIVE:
        raise Refused(N_("This person does not take part in the series yet."))
    return _enter(session, cohort, meeting, membership, person, now, approval=False)


def _open_session(session: Session, cohort: Cohort, meeting_id: str, now: datetime) -> Meeting:
    meeting = locked_meeting(session, cohort.id, meeting_id)
    if not meeting.by_registration:
        raise NotFound(N_("There is no page at this address for you."))
    reason = why_no_place(cohort.state, cohort.archived_at, meeting.state, meeting.ends_at, now)
    if reason is not None:
        raise Refused(reason.text, **reason.params)
    return meeting


def _enter(
    session: Session,
    cohort: Cohort,
    meeting: Meeting,
    membership: Membership,
    person: Person,
    now: datetime,
    *,
    approval: bool,
) -> Registration:
    session.flush()
    own = _registration(session, meeting, membership)
    if own is not None and own.state != MemberState.WITHDRAWN:
        return own
    here, in_line = taken(session, meeting.id), waiting(session, meeting.id)
    state = entry_state(meeting.capacity, here, in_line, keeps_list=meeting.waiting_list, approval=approval)
    if state is None:
        raise Refused(FULL)
    if own is None:
        own = Registration(meeting_id=meeting.id, membership_id=membership.id, created_at=now, queue_number=None)
        session.add(own)
    own.state, own.changed_at = state, now
    own.queue_number = _last_number(session, meeting) + 1 if state is MemberState.QUEUED else None
    if state is MemberState.ACTIVE:
        tell_session(session, cohort, meeting, membership, "place", now)
    kind = "session-registered" if membership.user_id == person.id else "session-approved"
    _log(session, cohort, meeting, person, kind, membership, now)
    return own


def _registration(session: Session, meeting: Meeting, membership: Membership) -> Registration | None:
    same = select(Registration).where(
        Registration.meeting_id == meeting.id, Registration.membership_id == membership.id
    )
    return session.scalar(same.execution_options(populate_existing=True))


def _last_number(session: Session, meeting: Meeting) -> int:
    highest = select(func.max(Registration.queue_number)).where(Registration.meeting_id == meeting.id)
    return session.scalar(highest) or 0


def _log(
    session: Session,
    cohort: Cohort,
    meeting: Meeting,
    person: Person | None,
    kind: str,
    membership: Membership,
    now: datetime,
) -> None:
    log_event(session, cohort.id, person, kind, now, meeting=meeting.public_id, member=membership.public_id)
    session.flush()


def leave_session(session: Session, person: Person, cohort_id: int, meeting_id: str, now: datetime) -> None:
    """Give one's own place back, or leave the waiting list; twice is as once. Who is next has the place. Raises NotFound."""
    cohort = locked_cohort(session, cohort_id)
    meeting = locked_meeting(session, cohort.id, meeting_id)
    membership = session.scalar(
        select(Membership).where(Membership.cohort_id == cohort.id, Membership.user_id == person.id)
    )
    own = _registration(session, meeting, membership) if membership is not None else None
    if own is None or membership is None:
        raise NotFound(N_("There is no page at this address for you."))
    _need_not_over(meeting, now)
    if own.state != MemberState.WITHDRAWN:
        own.state, own.queue_number, own.changed_at = MemberState.WITHDRAWN, None, now
        _log(session, cohort, meeting, person, "session-left", membership, now)
        fill_places(session, cohort, meeting, now)


def _need_not_over(meeting: Meeting, now: datetime) -> None:
    if meeting.ends_at <= now:
        raise Refused(N_("This session is over, so its list stays as it is."))


def approve_place(
    session: Session, person: Person, cohort_id: int, meeting_id: str, member_id: str, now: datetime
) -> Membership:
    """Give a place to somebody who asked for one, or who is on the waiting list. Raises Refused when every place is taken."""
    cohort, meeting, membership, own = _of_list(session, cohort_id, meeting_id, member_id)
    _need_not_over(meeting, now)
    if own.state == MemberState.ACTIVE:
        return membership
    if free_seats(meeting.capacity, taken(session, meeting.id)) == 0:
        raise Refused(FULL)
    own.state, own.queue_number, own.changed_at = MemberState.ACTIVE, None, now
    tell_session(session, cohort, meeting, membership, "place", now)
    _log(session, cohort, meeting, person, "session-approved", membership, now)
    return membership


def refuse_place(
    session: Session, person: Person, cohort_id: int, meeting_id: str, member_id: str, now: datetime
) -> Membership:
    """Take somebody off the list of a session, and write to them; who is next on the waiting list has the place."""
    cohort, meeting, membership, own = _of_list(session, cohort_id, meeting_id, member_id)
    _need_not_over(meeting, now)
    own.state, own.queue_number, own.changed_at = MemberState.WITHDRAWN, None, now
    tell_session(session, cohort, meeting, membership, "none", now)
    _log(session, cohort, meeting, person, "session-refused", membership, now)
    fill_places(session, cohort, meeting, now)
    return membership


def _of_list(
    session: Session, cohort_id: int, meeting_id: str, member_id: str
) -> tuple[Cohort, Meeting, Membership, Registration]:
    cohort = locked_cohort(session, cohort_id)
    meeting = locked_meeting(session, cohort.id, meeting_id)
    membership = member_in(session, cohort, member_id)
    own = _registration(session, meeting, membership)
    if own is None or own.state == MemberState.WITHDRAWN:
        raise Refused(_GONE)
    return cohort, meeting, membership, own


def fill_places(session: Session, cohort: Cohort, meeting: Meeting, now: datetime) -> int:
    """Give free places to who waits, the next first, and write to them; how many. For a meeting that is held.

    Where somebody looks at each person, nobody gets in by themselves.
    """
    session.flush()
    why_not = why_no_place(cohort.state, cohort.archived_at, meeting.state, meeting.ends_at, now)
    if meeting.needs_approval or why_not is not None:
        return 0
    following = queue_at(session, meeting.id, free_seats(meeting.capacity, taken(session, meeting.id)))
    for one in following:
        one.registration.state, one.registration.queue_number = MemberState.ACTIVE, None
        one.registration.changed_at = now
        tell_session(session, cohort, meeting, one.member, "place", now)
        _log(session, cohort, meeting, None, "session-seat-given", one.member, now)
    return len(following)


def fill_all_places(session: Session, now: datetime) -> int:
    """Give away every place at a session that came free in whatever way; how many. The day's work."""
    lists = select(Meeting.cohort_id, Meeting.public_id).join(Registration, Registration.meeting_id == Meeting.id)
    lists = lists.where(Registration.state == MemberState.QUEUED, Meeting.ends_at > now).distinct()
    given = 0
    for cohort_id, meeting_id in session.execute(lists).all():
        cohort = locked_cohort(session, cohort_id)
        given += fill_places(session, cohort, locked_meeting(session, cohort_id, meeting_id), now)
    return given


def set_up(
    session: Session, person: Person, cohort_id: int, meeting_id: str, setup: SessionSetup, now: datetime
) -> Meeting:
    """Decide how people register for a session, and its agenda; ``setup_problems`` found nothing wrong."""
    return _change(session, person, cohort_id, meeting_id, asdict(setup), now)


def write_notes(
    session: Session, person: Person, cohort_id: int, meeting_id: str, notes: SessionNotes, now: datetime
) -> Meeting:
    """Write down what came of a session; ``notes_problems`` found nothing wrong."""
    return _change(session, person, cohort_id, meeting_id, asdict(notes), now)


def _change(
    session: Session, person: Person, cohort_id: int, meeting_id: str, values: dict[str, Any], now: datetime
) -> Meeting:
    cohort = locked_cohort(session, cohort_id)
    meeting = locked_meeting(session, cohort.id, meeting_id)
    changed = [name for name, value in values.items() if getattr(meeting, name) != value]
    for name in changed:
        setattr(meeting, name, values[name])
    if changed:
        meeting.changed_at = now
        log_event(session, cohort.id, person, "session-changed", now, meeting=meeting.public_id, fields=changed)
        fill_places(session, cohort, meeting, now)
    return meeting


def add_part(
    session: Session, person: Person, cohort_id: int, meeting_id: str, part: PagePart, draft: PartDraft, now: datetime
) -> None:
    """Write a speaker, a material or an action on a session's page; ``part_problem`` found nothing wrong. Raises Refused for one
    too many."""
    cohort = locked_cohort(session, cohort_id)
    meeting = locked_meeting(session, cohort.id, meeting_id)
    table = TABLES[part]
    here = session.scalar(select(func.count()).select_from(table).where(table.meeting_id == meeting.id)) or 0
    if here >= MOST_PARTS:
        raise Refused(N_("There are %(count)s already, the most there can be."), count=MOST_PARTS)
    text, organisation = tidy(draft.text), tidy(draft.organisation)
    if part is PagePart.SPEAKER:
        agreed = now if draft.yes else None
        session.add(SessionSpeaker(meeting_id=meeting.id, name=text, organisation=organisation, agreed_at=agreed))
    elif part is PagePart.MATERIAL:
        session.add(SessionMaterial(meeting_id=meeting.id, title=text, link=draft.link, for_all=draft.yes))
    else:
        due, none = draft.due_on, None
        session.add(
            SessionAction(meeting_id=meeting.id, what=text, organisation=organisation, due_on=due, done_on=none)
        )
    _log_part(session, cohort, meeting, person, part, now)


def _log_part(
    session: Session, cohort: Cohort, meeting: Meeting, person: Person, part: PagePart, now: datetime
) -> None:
    log_event(session, cohort.id, person, "session-changed", now, meeting=meeting.public_id, fields=[part.value])
    session.flush()


def change_part(
    session: Session,
    person: Person,
    cohort_id: int,
    meeting_id: str,
    part: PagePart,
    number: int,
    verb: str,
    now: datetime,
) -> None:
    """Take a line off a session's page (``remove``), or turn what it says (``turn``): that a speaker agreed, who sees a material,
    that an action is done. One that is gone is gone."""
    cohort = locked_cohort(session, cohort_id)
    meeting = locked_meeting(session, cohort.id, meeting_id)
    row = part_of(session, meeting.id, part, number)
    if row is None:
        return
    if verb == "remove":
        session.delete(row)
    elif isinstance(row, SessionSpeaker):
        row.agreed_at = None if row.agreed_at else now
    elif isinstance(row, SessionMaterial):
        row.for_all = not row.for_all
    else:
        row.done_on = None if row.done_on else _today(now)
    _log_part(session, cohort, meeting, person, part, now)


def _today(now: datetime) -> date:
    return now.date()
