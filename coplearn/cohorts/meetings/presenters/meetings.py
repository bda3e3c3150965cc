"""The contents of the pages of meetings: days with their hours, what is on now, what is still wanting, and warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from gettext import NullTranslations
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from coplearn.cohorts.common.rules.words import CANCELLED, PLANNED
from coplearn.cohorts.meetings.calendars import (
    CANCELLED_NAME,
    CANCELLED_SESSION_NAME,
    MEETING_NAME,
    SESSION_NAME,
    CalendarEntry,
)
from coplearn.cohorts.meetings.forms import MeetingForm, topic_value
from coplearn.cohorts.meetings.queries import Member
from coplearn.cohorts.meetings.rules.attendance import AttendanceStanding
from coplearn.cohorts.meetings.rules.marking import EARLY
from coplearn.cohorts.meetings.rules.meetings import MeetingDetails, twice, wanting_for_children
from coplearn.cohorts.meetings.service.meetings import overlap
from coplearn.i18n import formats
from coplearn.kernel.text import N_, Phrase, counted
from coplearn.site import site
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort
    from coplearn.cohorts.common.models.meeting import Meeting


@dataclass(frozen=True, slots=True)
class TimetableLine:
    """A meeting as the timetable shows it; hours are those of the cohort's clock."""

    meeting: Meeting
    begins: time
    ends: time
    when: str
    """``now``, ``next``, ``later`` or ``over``."""
    is_cancelled: bool
    makes_up: str
    topics: list[str]
    wanting: str
    overlaps: bool
    can_mark: bool
    is_begun: bool
    """Whether somebody is marked."""
    status: str | None = None
    """How the reader is marked, on their own schedule."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the timetable."""

    day: date
    lines: list[TimetableLine]


@dataclass(frozen=True, slots=True)
class Warned:
    """A person who can no longer reach the threshold, and why."""

    member: Member
    reason: str
    waits: bool


def timetable(
    cohort: Cohort,
    meetings: Sequence[Meeting],
    now: datetime,
    begun: Iterable[int] = (),
    statuses: Mapping[int, str] | None = None,
) -> list[Day]:
    """The days of a cohort, with what is on now and what comes next."""
    zone, titles = ZoneInfo(cohort.time_zone), {meeting.id: meeting.title for meeting in meetings}
    ahead = [meeting for meeting in meetings if meeting.state == PLANNED and meeting.starts_at > now]
    following = ahead[0].id if ahead else None
    modules, held = module_titles(cohort), set(begun)
    days: dict[date, list[TimetableLine]] = {}
    for meeting in meetings:
        starts, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
        wanting = wanting_for_children(meeting.with_children, meeting.safeguarding_lead, meeting.vetted_adults)
        cancelled = meeting.state == CANCELLED
        line = TimetableLine(
            meeting=meeting,
            begins=starts.time(),
            ends=ends.time(),
            when=_when(meeting, now, following),
            is_cancelled=cancelled,
            makes_up=titles.get(meeting.makes_up_id or 0, ""),
            topics=[modules[key] for key in ((one[0], one[1]) for one in meeting.topics) if key in modules],
            wanting=say_phrase(wanting) if wanting is not None and not cancelled else "",
            overlaps=not cancelled and meeting.ends_at > now and overlap(meeting, meetings),
            can_mark=not cancelled and meeting.starts_at - EARLY <= now,
            is_begun=meeting.id in held,
            status=(statuses or {}).get(meeting.id),
        )
        days.setdefault(starts.date(), []).append(line)
    return [Day(day, lines) for day, lines in days.items()]


def _when(meeting: Meeting, now: datetime, following: int | None) -> str:
    if meeting.ends_at <= now:
        return "over"
    if meeting.starts_at <= now:
        return "now"
    return "next" if meeting.id == following else "later"


def module_titles(cohort: Cohort) -> dict[tuple[str, str], str]:
    """The modules of the cohort's courses by (course, module), in the page's language and the courses' order."""
    live_library, titles = site().library, {}
    courses = live_library.current().courses
    for course_id in cohort.course_ids:
        if course_id in courses:
            texts = live_library.texts(courses[course_id], page_locale())
            for module in courses[course_id].modules:
                titles[course_id, module.id] = texts.get(f"module.{module.id}#title").text
    return titles


def offer_choices(form: MeetingForm, cohort: Cohort, meetings: Iterable[Meeting], own: Meeting | None = None) -> None:
    """Fill the form's lists: other meetings to make up for, modules to deal with, and hours that come twice."""
    zone, locale = ZoneInfo(cohort.time_zone), page_locale()
    others = [
        (one.public_id, f"{formats.isolate(one.title)} · {formats.weekday(one.starts_at.astimezone(zone), locale)}")
        for one in meetings
        if one is not own and (own is None or one.id != own.id)
    ]
    modules = [(topic_value(*key), title) for key, title in module_titles(cohort).items()]
    form.offer(others, modules)
    offer_readings(form, form.details(), cohort)


def offer_readings(form: MeetingForm, details: MeetingDetails, cohort: Cohort) -> None:
    """Offer, where an hour comes twice, both, each with its distance from Greenwich."""
    for name, pair in twice(details, cohort.time_zone).items():
        zone = ZoneInfo(cohort.time_zone)
        form[f"{name}_reading"].choices = [
            (
                str(reading),
                say(
                    N_("%(time)s, the first time") if reading == 0 else N_("%(time)s, the second time"),
                    time=f"{instant.astimezone(zone):%H:%M} (UTC{instant.astimezone(zone):%z})",
                ),
            )
            for reading, instant in enumerate(pair)
        ]


def weekdays() -> list[tuple[str, str]]:
    """The days of the week, Monday is 0, in the page's language."""
    return [(str(number), formats.weekday_name(number, page_locale())) for number in range(7)]


def day_choices(days: Iterable[Day]) -> list[tuple[str, str]]:
    """The days that have a meeting which is on."""
    locale = page_locale()
    return [
        (day.day.isoformat(), formats.weekday(day.day, locale))
        for day in days
        if any(not line.is_cancelled for line in day.lines)
    ]


def warned(members: Iterable[Member], standings: Mapping[int, AttendanceStanding]) -> tuple[list[Warned], bool]:
    """The people who can no longer reach the threshold, with the reason; and whether others cannot because they came late."""
    out_of_reach = [(one, standings[one.id]) for one in members if not standings[one.id].can_reach]
    lost = [Warned(one, why_lost(held), held.waits_for_marks) for one, held in out_of_reach if not held.came_late]
    return lost, len(lost) < len(out_of_reach)


def why_lost(standing: AttendanceStanding) -> str:
    """The reasons why the threshold cannot be reached any more."""
    if standing.missing_mandatory:
        return say_phrase(
            counted(
                "%(num)s meeting that everybody has to attend was missed.",
                "%(num)s meetings that everybody has to attend were missed.",
                len(standing.missing_mandatory),
            )
        )
    return say_phrase(
        Phrase(
            N_("%(attended)s of %(planned)s meetings attended. The meetings that are left are not enough."),
            {"attended": standing.attended, "planned": standing.planned},
        )
    )


_NEEDED = N_("Everybody has to be there.")
_MORE = N_("More about it: %(address)s")
NAME = N_("My meetings")


def entry_of(meeting: Meeting, cohort: str, words: NullTranslations, address: str) -> CalendarEntry:
    """A meeting for a calendar, by its cohort's name, which tells several cohorts apart.

    What people typed as the meeting's own title stays out: it may say too much to who looks over a shoulder.

    ``address`` is the page where a person who is signed in finds the rest.
    """
    cancelled = meeting.state == CANCELLED
    lines = [words.gettext(_NEEDED)] if meeting.mandatory and not cancelled else []
    lines.append(_filled(words.gettext(_MORE), address=address))
    if meeting.by_registration:
        summary = _filled(words.gettext(CANCELLED_SESSION_NAME if cancelled else SESSION_NAME), series=cohort)
    else:
        summary = _filled(words.gettext(CANCELLED_NAME if cancelled else MEETING_NAME), cohort=cohort)
    return CalendarEntry(
        uid=f"meeting-{meeting.public_id}",
        summary=summary,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        changed_at=meeting.changed_at,
        sequence=meeting.sequence,
        cancelled=cancelled,
        place=meeting.room,
        # Of a session it stands on the session's page alone: an address of a calendar goes from hand to hand.
        link="" if meeting.by_registration else meeting.link,
        description="\n".join(lines),
    )


def _filled(text: str, **values: str) -> str:
    # A translation that lost its place must lose neither the name nor the address.
    for name, value in values.items():
        text = text.replace(f"%({name})s", value) if f"%({name})s" in text else f"{text} {value}"
    return text
