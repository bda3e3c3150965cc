"""The meetings of a cohort, who is expected at them, and the marks."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from pydantic import AwareDatetime, Field

from coplearn.api.cursors import NoCursor, cursor_of, place_of
from coplearn.api.operations import PREFIX, Call, Made, operation, refuse_if
from coplearn.api.shapes import Code, Line, ListQuery, PageOut, RequestShape, ResponseShape
from coplearn.cohorts.common.guards import StaffContext, enter, nobody_here
from coplearn.cohorts.common.rules.words import CANCELLED, CohortPermission, Presence, Via
from coplearn.cohorts.common.service import locked_cohort
from coplearn.cohorts.meetings.presenters.meetings import module_titles
from coplearn.cohorts.meetings.queries import meeting_of, meetings_of, register_of
from coplearn.cohorts.meetings.rules.marking import LONGEST_REASON, MOST_MARKS
from coplearn.cohorts.meetings.rules.meetings import MeetingDetails, problems_of
from coplearn.cohorts.meetings.service import attendance
from coplearn.cohorts.meetings.service import meetings as service
from coplearn.kernel.clock import utcnow
from coplearn.tokens.rules import TokenScope

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.meeting import Meeting

_HOUR: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class TopicIn(RequestShape):
    """A module that a meeting is about."""

    course: Code
    module: Code


class TopicOut(ResponseShape):
    """A module that a meeting is about."""

    course: str
    module: str


class MeetingDecided(RequestShape):
    """Decisions about a meeting; what is left out stays as it was, or is empty for a new one."""

    title: Line | None = None
    day: date | None = Field(None, description="On the cohort's own clock, as are the hours.")
    begins: str | None = Field(None, pattern=_HOUR)
    ends: str | None = Field(None, pattern=_HOUR, description="Before the beginning: on the next morning.")
    mandatory: bool | None = None
    makes_up: Code | None = Field(None, description="The meeting that it makes up for.")
    room: Line | None = None
    link: Line | None = None
    topics: list[TopicIn] | None = Field(None, max_length=200)
    with_children: bool | None = None
    safeguarding_lead: Line | None = None
    vetted_adults: Line | None = None
    begins_reading: int | None = Field(None, ge=0, le=1, description="Which one, where the clock shows the hour twice.")
    ends_reading: int | None = Field(None, ge=0, le=1)


class NewMeeting(MeetingDecided):
    """A new meeting."""

    title: Line
    day: date
    begins: str = Field(pattern=_HOUR)
    ends: str = Field(pattern=_HOUR)


class MeetingState(RequestShape):
    """Whether a meeting is cancelled."""

    cancelled: bool


class MeetingOut(ResponseShape):
    """A meeting."""

    id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    mandatory: bool
    room: str
    link: str
    topics: list[TopicOut]
    with_children: bool
    by_registration: bool
    version: int


class StandingOut(ResponseShape):
    """The mark that stands for somebody after a sending."""

    member: str
    mark: str
    version: int


class MarkOut(ResponseShape):
    """A person who is expected at a meeting, and their mark."""

    member: str
    name: str
    mark: str | None = Field(description="Null while nobody has marked them.")
    version: int = Field(description="The mark's version, to send back as `base`; 0 while there is none.")
    changed_at: datetime | None


class NewMark(RequestShape):
    """One mark."""

    id: Code = Field(description="Made by you: the same one is the same mark, however often it is sent.")
    member: Code
    mark: Presence
    base: int = Field(0, ge=0, le=2_000_000_000, description="The version of the mark that this one replaces.")
    made_at: AwareDatetime | None = None


class NewMarks(RequestShape):
    """Marks of one meeting."""

    marks: list[NewMark] = Field(min_length=1, max_length=MOST_MARKS)
    reason: Line = Field("", max_length=LONGEST_REASON, description="Asked for late corrections.")


class StaleOut(ResponseShape):
    """A mark that was made without knowing of a newer one: it is kept in the history, and the newer one stands."""

    id: str
    member: str
    yours: str
    stands: str
    version: int


class MarksOut(ResponseShape):
    """The outcome of marks that were sent."""

    taken: int = Field(description="New ones, stale ones too.")
    standing: list[StandingOut]
    stale: list[StaleOut]
    unknown: list[str] = Field(description="Members that are not in the register.")


@operation(
    "GET",
    "/cohorts/<cohort_id>/meetings",
    "List meetings",
    TokenScope.COHORTS_READ,
    query=ListQuery,
    answer=PageOut[MeetingOut],
)
def list_meetings(call: Call, cohort_id: str, query: ListQuery) -> PageOut[MeetingOut]:
    """The timetable of a cohort in order of time, cancelled meetings too."""
    context, place = enter(cohort_id, CohortPermission.SEE), place_of(query.cursor)
    planned = meetings_of(call.session, context.cohort.id)
    if place is not None:
        if not (isinstance(place, list) and len(place) == 2):
            raise NoCursor
        planned = [one for one in planned if [one.starts_at.isoformat(), one.id] > place]
    shown = planned[: query.limit]
    more = len(planned) > query.limit
    following = cursor_of([shown[-1].starts_at.isoformat(), shown[-1].id]) if more else None
    return PageOut[MeetingOut](items=[_out(one) for one in shown], next=following)


def _out(meeting: Meeting) -> MeetingOut:
    return MeetingOut(
        id=meeting.public_id,
        title=meeting.title,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        cancelled=meeting.state == CANCELLED,
        mandatory=meeting.mandatory,
        room=meeting.room,
        link=meeting.link,
        topics=[TopicOut(course=pair[0], module=pair[1]) for pair in meeting.topics],
        with_children=meeting.with_children,
        by_registration=meeting.by_registration,
        version=meeting.rev,
    )


def _found(context: StaffContext, call: Call, meeting_id: str) -> Meeting:
    meeting = meeting_of(call.session, context.cohort.id, meeting_id)
    if meeting is None:
        raise nobody_here()
    return meeting


@operation(
    "GET", "/cohorts/<cohort_id>/meetings/<meeting_id>", "Read a meeting", TokenScope.COHORTS_READ, answer=MeetingOut
)
def read_meeting(call: Call, cohort_id: str, meeting_id: str) -> MeetingOut:
    """One meeting of a cohort."""
    return _out(_found(enter(cohort_id, CohortPermission.SEE), call, meeting_id))


@operation(
    "POST",
    "/cohorts/<cohort_id>/meetings",
    "Plan a meeting",
    TokenScope.COHORTS_WRITE,
    body=NewMeeting,
    answer=MeetingOut,
    status=201,
)
def plan_meeting(call: Call, cohort_id: str, body: NewMeeting) -> Made:
    """Plan a meeting; the people of the cohort are told."""
    context, now = enter(cohort_id, CohortPermission.MEETINGS), utcnow()
    details = _decided(MeetingDetails(title="", day=None, begins=None, ends=None), body)
    refuse_if(problems_of(details, now, module_titles(context.cohort)))
    planned = service.plan_meeting(call.session, context.person, context.cohort.id, details, now)
    return Made(f"{PREFIX}/cohorts/{cohort_id}/meetings/{planned.public_id}", _out(planned))


def _decided(before: MeetingDetails, sent: MeetingDecided) -> MeetingDetails:
    values: dict[str, Any] = {
        one.name: getattr(sent, one.name) for one in fields(MeetingDetails) if getattr(sent, one.name, None) is not None
    }
    for name in ("begins", "ends"):
        if name in values:
            values[name] = time.fromisoformat(values[name])
    if "topics" in values:
        values["topics"] = tuple((one.course, one.module) for one in values["topics"])
    return replace(before, **values)


def current_meeting(call: Call, cohort_id: str, meeting_id: str) -> MeetingOut:
    """The meeting as it stands, held until the change is made."""
    context = enter(cohort_id, CohortPermission.MEETINGS)
    locked_cohort(call.session, context.cohort.id)
    return _out(_found(context, call, meeting_id))


@operation(
    "PATCH",
    "/cohorts/<cohort_id>/meetings/<meeting_id>",
    "Change a meeting",
    TokenScope.COHORTS_WRITE,
    body=MeetingDecided,
    answer=MeetingOut,
    current=current_meeting,
)
def change_meeting(call: Call, cohort_id: str, meeting_id: str, body: MeetingDecided) -> MeetingOut:
    """Change a meeting; the people of the cohort are told of what matters to them."""
    context, now = enter(cohort_id, CohortPermission.MEETINGS), utcnow()
    meeting = _found(context, call, meeting_id)
    stored = service.details_of(meeting, context.cohort)
    made_up = {one.id: one.public_id for one in meetings_of(call.session, context.cohort.id)}
    stored = replace(stored, makes_up=made_up.get(meeting.makes_up_id or 0, ""))
    details = _decided(stored, body)
    refuse_if(problems_of(details, now, module_titles(context.cohort)))
    here = (call.session, context.person, context.cohort.id, meeting_id)
    return _out(service.change_meeting(*here, meeting.rev, details, now))


@operation(
    "PATCH",
    "/cohorts/<cohort_id>/meetings/<meeting_id>/state",
    "Cancel a meeting, or take that back",
    TokenScope.COHORTS_WRITE,
    body=MeetingState,
    answer=MeetingOut,
    current=current_meeting,
)
def cancel_meeting(call: Call, cohort_id: str, meeting_id: str, body: MeetingState) -> MeetingOut:
    """Cancel a meeting that nobody is marked for, or have it held after all. If-Match takes the ETag of the meeting."""
    context = enter(cohort_id, CohortPermission.MEETINGS)
    _found(context, call, meeting_id)
    here = (call.session, context.person, context.cohort.id, meeting_id)
    return _out(service.set_cancelled(*here, cancelled=body.cancelled, now=utcnow()))


@operation(
    "GET",
    "/cohorts/<cohort_id>/meetings/<meeting_id>/marks",
    "Read the register of a meeting",
    TokenScope.PEOPLE_READ,
    query=ListQuery,
    answer=PageOut[MarkOut],
)
def list_marks(call: Call, cohort_id: str, meeting_id: str, query: ListQuery) -> PageOut[MarkOut]:
    """List everybody who is expected, by name, with their mark. That it is read is written down, as it is of the page."""
    context, place = enter(cohort_id, CohortPermission.MARK), place_of(query.cursor)
    if place is not None and not isinstance(place, str):
        raise NoCursor
    page = register_of(call.session, _found(context, call, meeting_id), place, query.limit)
    items = [
        MarkOut(member=row.public_id, name=row.name, mark=row.status, version=row.rev, changed_at=row.updated_at)
        for row in page.rows
    ]
    return PageOut[MarkOut](items=items, next=cursor_of(page.next_key) if page.next_key is not None else None)


@operation(
    "POST",
    "/cohorts/<cohort_id>/meetings/<meeting_id>/marks",
    "Mark who was there",
    TokenScope.PEOPLE_WRITE,
    body=NewMarks,
    answer=MarksOut,
    counts_once=True,
)
def send_marks(call: Call, cohort_id: str, meeting_id: str, body: NewMarks) -> MarksOut:
    """Mark people. Each mark has an id of yours and counts once; one that was made from an older version is kept, and the
    newer one stands until somebody chooses."""
    context, now = enter(cohort_id, CohortPermission.MARK), utcnow()
    _found(context, call, meeting_id)
    sent = [
        attendance.Sent(one.id, one.member, one.mark, one.base, one.made_at or now, Via.REGISTER) for one in body.marks
    ]
    saved = attendance.save_marks(
        call.session, context.person, context.cohort, meeting_id, sent, now, decides=context.decides, reason=body.reason
    )
    return MarksOut(
        taken=saved.taken,
        standing=[StandingOut(member=one.member, mark=one.status, version=one.rev) for one in saved.standings.values()],
        stale=[
            StaleOut(id=one.op_id, member=one.member, yours=one.yours, stands=one.theirs, version=one.rev)
            for one in saved.stale
        ],
        unknown=[public_id for public_id, _ in saved.strangers],
    )
