"""The contents of a series' pages: sessions to come and past, one session for whoever reads, and behind the scenes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from gettext import NullTranslations
from typing import TYPE_CHECKING, Final

from flask import url_for
from sqlalchemy.orm import Session

from coplearn.cohorts.common.presenters import zone_name
from coplearn.cohorts.common.rules.words import CANCELLED, MemberState, NotesRule, Sector
from coplearn.cohorts.meetings.calendars import CalendarEntry, attached
from coplearn.cohorts.meetings.presenters.meetings import entry_of
from coplearn.cohorts.meetings.rules.marking import door_is_open
from coplearn.cohorts.series import queries
from coplearn.cohorts.series.forms import PARTS, PartForm
from coplearn.cohorts.series.rules import PagePart, SessionStatus, link_shows, status_of, why_no_place
from coplearn.i18n import formats
from coplearn.kernel.text import N_, LabelledEnum
from coplearn.web.render import page_locale, say, say_phrase, translations

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort
    from coplearn.cohorts.common.models.meeting import Meeting, Registration
    from coplearn.cohorts.series.guards import SeriesVisit
    from coplearn.cohorts.series.queries import SessionParts


class PlaceWords(LabelledEnum):
    """The standing of somebody on the list of a session, as they are told."""

    WAITING = MemberState.WAITING.value, N_("You asked for a place. You get a message when you have one.")
    QUEUED = MemberState.QUEUED.value, N_("You are on the waiting list.")
    ACTIVE = MemberState.ACTIVE.value, N_("You have a place.")


class ListWords(LabelledEnum):
    """The standing of somebody on the list of a session, as those who run it read it."""

    WAITING = MemberState.WAITING.value, N_("Asked for a place")
    QUEUED = MemberState.QUEUED.value, N_("On the waiting list")
    ACTIVE = MemberState.ACTIVE.value, N_("Has a place")


_STATUS: Final = {
    SessionStatus.UNDER_WAY: N_("On now"),
    SessionStatus.HELD: N_("Over"),
    SessionStatus.CANCELLED: N_("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session in a list."""

    meeting: Meeting
    when: str
    status: str
    """Empty while it is planned."""
    place: str
    """How the reader stands on its list; empty for who is not on it."""


@dataclass(frozen=True, slots=True)
class SessionScreen:
    """One session for whoever reads its page."""

    meeting: Meeting
    when: str
    zone: str
    status: str
    is_over: bool
    agenda: Sequence[str]
    parts: SessionParts
    place: str
    """How the reader stands on the list; empty for who is not on it."""
    has_place: bool
    in_line: int | None
    """The reader's place on the waiting list."""
    why_not: str
    """Why nobody can register now; empty when somebody can."""
    link: str
    """The link to join; empty while it is not shown to the reader."""
    link_from: str
    """The moment from which it is shown to who has a place; empty where it is or where there is none."""
    has_door: bool
    left: int | None
    """Free places; None without a limit."""
    rule: str
    """The rule under which the notes stand; empty where there are none."""


def when_of(meeting: Meeting, cohort: Cohort) -> str:
    """The day and hour of a session on the series' clock, in the page's language."""
    return formats.moment(meeting.starts_at, cohort.time_zone, page_locale())


def lines(
    cohort: Cohort, meetings: Sequence[Meeting], own: Mapping[int, Registration], now: datetime
) -> tuple[list[SessionLine], list[SessionLine]]:
    """The sessions to come, the next first, and those that are over, the last first."""
    shown = [(one, _line(cohort, one, own.get(one.id), now)) for one in meetings]
    ahead = [line for one, line in shown if one.ends_at > now]
    past = [line for one, line in shown if one.ends_at <= now and one.state != CANCELLED]
    return ahead, past[::-1]


def _line(cohort: Cohort, meeting: Meeting, own: Registration | None, now: datetime) -> SessionLine:
    return SessionLine(meeting, when_of(meeting, cohort), _status(meeting, now), _place(own))


def _status(meeting: Meeting, now: datetime) -> str:
    words = _STATUS.get(status_of(meeting.state, meeting.starts_at, meeting.ends_at, now))
    return say(words) if words else ""


def _place(own: Registration | None) -> str:
    return say(PlaceWords(own.state).label) if own is not None and own.state in set(PlaceWords) else ""


def screen(
    visit: SeriesVisit,
    meeting: Meeting,
    own: Registration | None,
    in_line: int | None,
    here: int,
    parts: SessionParts,
    now: datetime,
) -> SessionScreen:
    """One session's page; ``here`` have a place. The link to join is for who has one, and for those who run the series."""
    cohort = visit.cohort
    has_place = own is not None and own.state == MemberState.ACTIVE and visit.takes_part
    shows = link_shows(meeting.link_minutes, meeting.starts_at, meeting.ends_at, now) and meeting.state != CANCELLED
    is_over = meeting.ends_at <= now
    later = bool(meeting.link) and has_place and not shows and not is_over and meeting.state != CANCELLED
    reason = why_no_place(cohort.state, cohort.archived_at, meeting.state, meeting.ends_at, now)
    return SessionScreen(
        meeting=meeting,
        when=when_of(meeting, cohort),
        zone=zone_name(cohort.time_zone),
        status=_status(meeting, now),
        is_over=is_over,
        agenda=[line for line in meeting.agenda.split("\n") if line.strip()],
        parts=_shown(parts, has_place or visit.runs),
        place=_place(own),
        has_place=has_place,
        in_line=in_line,
        why_not=say_phrase(reason) if reason is not None else "",
        link=meeting.link if (has_place and shows) or (visit.runs and not is_over) else "",
        link_from=formats.moment(_from(meeting), cohort.time_zone, page_locale()) if later else "",
        has_door=has_place and door_is_open(meeting.starts_at, meeting.ends_at, meeting.state, now),
        left=None if meeting.capacity is None else max(0, meeting.capacity - here),
        rule=say(NotesRule(meeting.notes_rule).label) if meeting.notes else "",
    )


def _from(meeting: Meeting) -> datetime:
    return meeting.starts_at - timedelta(minutes=meeting.link_minutes or 0)


def _shown(parts: SessionParts, is_among: bool) -> SessionParts:
    """The lines that the reader may see: speakers who agreed, and what is for the registered for these alone."""
    speakers = [one for one in parts.speakers if one.agreed_at is not None]
    materials = [one for one in parts.materials if one.for_all or is_among]
    return type(parts)(speakers, materials, parts.actions)


def calendar_of(cohort: Cohort, meeting: Meeting) -> bytes:
    """The session as a file for a calendar, in the page's language; the link to join is not in it."""
    words: NullTranslations = translations()
    address = url_for("series.session", series_id=cohort.public_id, meeting_id=meeting.public_id, _external=True)
    entry: CalendarEntry = entry_of(meeting, cohort.title, words, address)
    return attached([entry])


def sector_name(sector: str) -> str:
    """A kind of organisation in the page's language."""
    return say(Sector(sector).label)


def list_name(state: str) -> str:
    """A standing on the list of a session in the page's language."""
    return say(ListWords(state).label)


def by_sector(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Organisations by what kind they are, in the order of the list that people choose from."""
    return [(say(one.label), counts[one]) for one in Sector if counts.get(one)]


def behind_the_scenes(
    session: Session, cohort: Cohort, meeting: Meeting, limit: int, now: datetime
) -> dict[str, object]:
    """The list of a session with its numbers, and the lines of its page; at most ``limit`` people to put on the list."""
    came = meeting.ends_at <= now
    return {
        "when": when_of(meeting, cohort),
        "people": queries.places_of(session, meeting.id),
        "others": queries.not_on_list(session, meeting, limit),
        "came": came,
        "attended": queries.attended_at(session, [meeting.id]).get(meeting.id, 0),
        "organisations": by_sector(queries.organisations_at(session, [meeting.id], came=came).get(meeting.id, {})),
        "of_series": by_sector(queries.organisations_of(session, cohort.id)) if came else [],
        "sector_name": sector_name,
        "list_name": list_name,
        "parts": queries.parts_of(session, meeting.id),
    }


def part_forms(sent: PagePart | None = None, form: PartForm | None = None) -> dict[str, PartForm]:
    """The forms of all kinds of lines, by kind; ``form`` is the one of the kind ``sent`` that was refused."""
    forms = {part.value: kind(formdata=None, prefix=f"{part.value}-") for part, kind in PARTS.items()}
    return forms | ({sent.value: form} if sent is not None and form is not None else {})
