"""The kinds of letters that cohorts write, and what is done about them once a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.cohorts.common import letters as service
from coplearn.cohorts.meetings.calendars import CANCELLED_NAME, MEETING_NAME, CalendarEntry, attached
from coplearn.cohorts.meetings.service.notices import TELL_MEETING, TELL_MEETINGS, tell_later, tell_new_later
from coplearn.cohorts.outcomes.queries.teaching import evidence_named
from coplearn.cohorts.outcomes.service import certification
from coplearn.cohorts.outcomes.service.followup import ask_what_is_due
from coplearn.cohorts.people.service.seats import fill_all_seats
from coplearn.cohorts.people.service.staffing import forget_requests
from coplearn.cohorts.series.service import fill_all_places
from coplearn.cohorts.whole.queries.needs import needs_by_cohort
from coplearn.cohorts.whole.service import send_digests
from coplearn.files.uploads import UploadPurpose, forget_unattached
from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.site import site_of
from coplearn.storage.database import reading
from coplearn.storage.form_keys import forget_forms
from coplearn.web.render import say

_WHO: Final = ("name", "cohort", "cohort_id")
_HOURS: Final = ("meeting", "meeting_id", "sequence", "changed", "cancelled", "starts", "ends", "room", "meeting_link")
# Nothing in a subject says what it is about: somebody may look over a shoulder.
_INVITATION: Final = N_("An invitation from %(site)s")
_MESSAGE: Final = N_("A message from %(site)s")
_REMINDER: Final = N_("A reminder from %(site)s")


def _kind(
    name: str,
    subject: str,
    title: str,
    *params: str,
    secret: bool = False,
    attach: Callable[[Mapping[str, Any]], Mapping[str, str] | None] | None = None,
    may_stop: bool = False,
) -> LetterKind:
    file = f"cohorts/letters/{name.removeprefix('cohort-')}.txt"
    return LetterKind(
        name, subject, file, params=(*_WHO, *params), secret=secret, title=title, attach=attach, may_stop=may_stop
    )


def _calendar(params: Mapping[str, Any]) -> Mapping[str, str]:
    """The meeting for the reader's calendar."""
    return _file([_entry(params, params)])


def _calendar_of_place(params: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The session for the calendar of whoever has a place at it."""
    return _calendar(params) if params["what"] == "place" else None


def _calendar_of_many(params: Mapping[str, Any]) -> Mapping[str, str]:
    """The meetings for the reader's calendar, in one file."""
    return _file([_entry(params, meeting) for meeting in params["meetings"]])


def _file(entries: Sequence[CalendarEntry]) -> Mapping[str, str]:
    return {"name": "calendar.ics", "mime": "text/calendar", "text": attached(entries).decode()}


def _entry(params: Mapping[str, Any], meeting: Mapping[str, Any]) -> CalendarEntry:
    # The cohort's name tells several cohorts apart; what was typed as the meeting's title may say too much.
    name = CANCELLED_NAME if meeting["cancelled"] else MEETING_NAME
    return CalendarEntry(
        uid=f"meeting-{meeting['meeting_id']}",
        summary=say(name, cohort=params["cohort"]),
        starts_at=datetime.fromisoformat(meeting["starts"]),
        ends_at=datetime.fromisoformat(meeting["ends"]),
        changed_at=datetime.fromisoformat(meeting["changed"]),
        sequence=meeting["sequence"],
        cancelled=meeting["cancelled"],
        place=meeting["room"],
        link=meeting["meeting_link"],
        description="",
    )


KINDS: Final = (
    _kind(service.INVITATION, _INVITATION, N_("Invitation"), "token", may_stop=True),
    _kind(service.PLACE, _MESSAGE, N_("Place in the cohort")),
    _kind(service.MEETING, _MESSAGE, N_("News of a meeting"), "what", *_HOURS, attach=_calendar),
    _kind(service.MEETINGS, _MESSAGE, N_("New meetings"), "meetings", attach=_calendar_of_many),
    _kind(service.REMINDER, _REMINDER, N_("Reminder of a meeting"), *_HOURS, may_stop=True),
    _kind(service.OUTCOME, _MESSAGE, N_("Outcome")),
    _kind(service.EXPIRY, _REMINDER, N_("End of a certificate"), "until"),
    _kind(service.FOLLOW_UP, _MESSAGE, N_("Three questions"), "token", secret=True, may_stop=True),
    _kind(service.STAFF, _INVITATION, N_("Named to work in the cohort"), "role", "asked", may_stop=True),
    _kind(service.HELP, _MESSAGE, N_("Offer of help"), "reason", "words", "sender", may_stop=True),
    _kind(service.SESSION, _MESSAGE, N_("News of a session"), "what", *_HOURS, attach=_calendar_of_place),
    _kind(service.DIGEST, _MESSAGE, N_("News of the week for trainers"), "lines", may_stop=True),
)


def register_letters(app: Flask) -> None:
    """Make the kinds known to the outbox, and the day's letters. Register after the outbox."""
    for kind in KINDS:
        site_of(app).letters.add(kind)

    @site_of(app).jobs.task(TELL_MEETING)
    def tell(_app: Flask, session: Session, now: datetime, meeting_id: int, what: str) -> None:
        tell_later(session, meeting_id, what, now)

    @site_of(app).jobs.task(TELL_MEETINGS)
    def tell_new(_app: Flask, session: Session, now: datetime, meeting_ids: list[int]) -> None:
        tell_new_later(session, meeting_ids, now)

    @site_of(app).jobs.daily("remind of meetings")
    def remind(_app: Flask, session: Session, now: datetime) -> None:
        service.remind_of_meetings(session, now)

    @site_of(app).jobs.daily("remind of ends")
    def remind_of_ends(_app: Flask, session: Session, now: datetime) -> None:
        certification.remind_of_ends(session, now)

    @site_of(app).jobs.daily("ask three questions")
    def ask(_app: Flask, session: Session, now: datetime) -> None:
        ask_what_is_due(session, now)

    @site_of(app).jobs.daily("tell trainers who needs help")
    def digest(app: Flask, session: Session, now: datetime) -> None:
        # Read without the write lock: on a site full of people that takes a while, and everybody who saves would wait.
        with reading(session):
            needs = needs_by_cohort(session, site_of(app).library.current().courses, now)
        send_digests(session, needs, now)

    @site_of(app).jobs.daily("evidence nobody needs")
    def forget_evidence(app: Flask, session: Session, now: datetime) -> None:
        forget_unattached(session, site_of(app).settings, UploadPurpose.EVIDENCE, evidence_named, now)

    @site_of(app).jobs.daily("give free seats")
    def fill(_app: Flask, session: Session, now: datetime) -> None:
        fill_all_seats(session, now)
        fill_all_places(session, now)

    @site_of(app).jobs.daily("forget who was asked")
    def forget_asked(_app: Flask, session: Session, now: datetime) -> None:
        forget_requests(session, now)

    @site_of(app).jobs.daily("forget presses")
    def forget(_app: Flask, session: Session, now: datetime) -> None:
        forget_forms(session, now)
