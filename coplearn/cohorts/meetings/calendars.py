"""Calendar files (.ics, RFC 5545): instants in UTC, so that every calendar program shows its owner's own hour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from coplearn.kernel.text import N_

if TYPE_CHECKING:
    from icalendar import Calendar, Event


MEETING_NAME: Final = N_("Meeting: %(cohort)s")
CANCELLED_NAME: Final = N_("Cancelled: meeting of %(cohort)s")
SESSION_NAME: Final = N_("Session: %(series)s")
CANCELLED_SESSION_NAME: Final = N_("Cancelled: session of %(series)s")
PRODUCT: Final = "-//coplearn//meetings//EN"
RENEW: Final = timedelta(hours=1)
"""How often programs are asked to look again."""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A meeting as a calendar shows it; every sentence is in the reader's language already and names no topic."""

    uid: str
    """The same for the meeting's whole life, whatever changes."""
    summary: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    sequence: int
    cancelled: bool
    place: str
    link: str
    description: str


def feed(name: str, entries: Iterable[CalendarEntry]) -> bytes:
    """A calendar to subscribe to; the same bytes while nothing changes. Cancelled meetings stay in it and say so."""
    calendar = _calendar(name)
    calendar.add("method", "PUBLISH")
    for entry in entries:
        calendar.add_component(_event(entry))
    return _written(calendar)


def attached(entries: Sequence[CalendarEntry]) -> bytes:
    """Meetings as a file to attach to a message: it adds them, changes them or, when all are cancelled, takes them out."""
    calendar = _calendar("")
    calendar.add("method", "CANCEL" if all(entry.cancelled for entry in entries) else "PUBLISH")
    for entry in entries:
        calendar.add_component(_event(entry))
    return _written(calendar)


def _written(calendar: Calendar) -> bytes:
    text: bytes = calendar.to_ical()
    return text


def _calendar(name: str) -> Calendar:
    # Here and not above: most that a site does needs no calendar, and it takes a while to load.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("name", name)
        calendar.add("refresh-interval", RENEW, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    return calendar


def _event(entry: CalendarEntry) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", entry.uid)
    # Both from the row, so that an unchanged meeting is the same text each time it is asked for.
    event.add("dtstamp", entry.changed_at.replace(microsecond=0))
    event.add("last-modified", entry.changed_at.replace(microsecond=0))
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    event.add("summary", entry.summary)
    if entry.place:
        event.add("location", entry.place)
    if entry.link:
        event.add("url", entry.link)
    if entry.description:
        event.add("description", entry.description)
    return event
