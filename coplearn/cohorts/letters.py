"""The kinds of letters that cohorts write, and what is done about them once a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.cohorts.calendars import Entry, single
from coplearn.cohorts.service import certification
from coplearn.cohorts.service import letters as service
from coplearn.cohorts.service.followup import ask_what_is_due
from coplearn.cohorts.service.needs import send_digests
from coplearn.cohorts.service.notices import TELL_MEETING, tell_later
from coplearn.kernel.text import N_
from coplearn.outbox.letters import Kind, registered
from coplearn.web.render import say

_WHO: Final = ("name", "cohort", "cohort_id")
_HOURS: Final = ("meeting", "meeting_id", "sequence", "changed", "cancelled", "starts", "ends", "room", "meeting_link")
# Nothing in a subject says what it is about: somebody may look over a shoulder.
_INVITATION: Final = N_("An invitation from %(site)s")
_MESSAGE: Final = N_("A message from %(site)s")
_REMINDER: Final = N_("A reminder from %(site)s")


def _kind(name: str, subject: str, title: str, *params: str, secret: bool = False, calendar: bool = False) -> Kind:
    file = f"cohorts/letters/{name.removeprefix('cohort-')}.txt"
    attach = _calendar if calendar else None
    return Kind(name, subject, file, params=(*_WHO, *params), secret=secret, title=title, attach=attach)


def _calendar(params: Mapping[str, Any]) -> Mapping[str, str]:
    """The meeting for the reader's calendar. What people typed as its title stays out: it may say too much."""
    entry = Entry(
        uid=f"meeting-{params['meeting_id']}",
        summary=say(N_("Cancelled: meeting") if params["cancelled"] else N_("Meeting")),
        starts_at=datetime.fromisoformat(params["starts"]),
        ends_at=datetime.fromisoformat(params["ends"]),
        changed_at=datetime.fromisoformat(params["changed"]),
        sequence=params["sequence"],
        cancelled=params["cancelled"],
        place=params["room"],
        link=params["meeting_link"],
        description="",
    )
    return {"name": "calendar.ics", "mime": "text/calendar", "text": single(entry).decode()}


KINDS: Final = (
    _kind(service.INVITATION, _INVITATION, N_("Invitation"), "token"),
    _kind(service.PLACE, _MESSAGE, N_("Place in the cohort")),
    _kind(service.MEETING, _MESSAGE, N_("News of a meeting"), "what", *_HOURS, calendar=True),
    _kind(service.REMINDER, _REMINDER, N_("Reminder of a meeting"), *_HOURS),
    _kind(service.OUTCOME, _MESSAGE, N_("Outcome")),
    _kind(service.EXPIRY, _REMINDER, N_("End of a certificate"), "until"),
    _kind(service.FOLLOW_UP, _MESSAGE, N_("Three questions"), "token", secret=True),
    _kind(service.STAFF, _MESSAGE, N_("Named to work in the cohort"), "role"),
    _kind(service.HELP, _MESSAGE, N_("Offer of help"), "reason", "words", "sender"),
    _kind(service.DIGEST, _MESSAGE, N_("News of the week for trainers"), "lines"),
)


def register_letters(app: Flask) -> None:
    """Make the kinds known to the outbox, and the day's letters. Register after the outbox."""
    for kind in KINDS:
        registered(app).add(kind)

    @app.extensions["jobs"].task(TELL_MEETING)  # type: ignore[untyped-decorator] # registered by name
    def tell(_app: Flask, session: Session, now: datetime, meeting_id: int, what: str) -> None:
        tell_later(session, meeting_id, what, now)

    @app.extensions["jobs"].daily("remind of meetings")  # type: ignore[untyped-decorator] # registered by name
    def remind(_app: Flask, session: Session, now: datetime) -> None:
        service.remind_of_meetings(session, now)

    @app.extensions["jobs"].daily("remind of ends")  # type: ignore[untyped-decorator] # registered by name
    def remind_of_ends(_app: Flask, session: Session, now: datetime) -> None:
        certification.remind_of_ends(session, now)

    @app.extensions["jobs"].daily("ask three questions")  # type: ignore[untyped-decorator] # registered by name
    def ask(_app: Flask, session: Session, now: datetime) -> None:
        ask_what_is_due(session, now)

    @app.extensions["jobs"].daily("tell trainers who needs help")  # type: ignore[untyped-decorator] # registered by name
    def digest(app: Flask, session: Session, now: datetime) -> None:
        send_digests(session, app.extensions["shelf"].current().courses, now)
