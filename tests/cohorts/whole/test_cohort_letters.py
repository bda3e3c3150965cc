"""Every letter that cohorts write can be written in every language, leads to a page, and betrays nothing outside."""

from __future__ import annotations

import re
from datetime import time, timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import choose_zone
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.meetings.rules.meetings import MeetingDetails
from coplearn.cohorts.meetings.service.meetings import plan_days
from coplearn.cohorts.whole.tasks import KINDS
from coplearn.kernel.errors import Refused
from coplearn.outbox.letters import LetterKind, render_letter
from coplearn.outbox.models import Letter
from coplearn.outbox.sending import send_due
from coplearn.outbox.service import Taken, queue_letter
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.worlds import NOW, put_cohort, put_member, put_user
from tests.conftest import MakeSite

PARAMS: dict[str, Any] = {
    "name": "ليلى",
    "cohort": "Rabat, autumn",
    "cohort_id": "a" * 16,
    "token": "t" * 32,
    "what": "changed",
    "meeting": "Day one",
    "meeting_id": "b" * 16,
    "sequence": 2,
    "changed": NOW.isoformat(),
    "cancelled": False,
    "starts": NOW.isoformat(),
    "ends": NOW.isoformat(),
    "room": "Room 4",
    "meeting_link": "https://meet.example.org/x",
    "until": NOW.isoformat(),
    "role": "examiner",
    "asked": "c" * 16,
    "reason": "idle",
    "words": "See you on Monday!\n100 % sure",
    "sender": "Sam",
    "lines": {"danger": 2, "idle": 1},
}
PARAMS["meetings"] = [{**PARAMS, "meeting_id": name * 16} for name in "bc"]


def _letter(app: Flask, kind: LetterKind, locale: str, **changes: Any) -> Any:
    taken = Taken(1, "key", "a@example.org", locale, "Africa/Casablanca", kind.name, PARAMS | changes, 1, 0, NOW)
    return render_letter(app, taken)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_letter_is_written_in_every_language(shared_app: Flask, kind: LetterKind) -> None:
    """A page of the site in that language, the person's name apart from the text, and a subject without a place or a title."""
    locales = site_of(shared_app).locales
    for locale in locales.live:
        message = _letter(shared_app, kind, locale.code)
        assert f"/{locale.url}/" in message.body
        assert "\u2068ليلى\u2069" in message.body
        assert "Rabat" not in message.subject
        assert not re.search(r"%\(|\{\{|<", message.body + message.subject)
        assert "\n\n\n\n" not in message.body


@pytest.mark.parametrize("what", ["planned", "changed", "cancelled", "restored"])
def test_news_of_a_meeting_brings_a_calendar_file(shared_app: Flask, what: str) -> None:
    """The hour in the cohort's zone in the text, the instant in the file, and no typed title in it."""
    kind = next(kind for kind in KINDS if kind.name == "cohort-meeting")
    message = _letter(shared_app, kind, "en", what=what, cancelled=what == "cancelled")
    assert "1:00" in message.body  # 12:00 UTC is 13:00 in Casablanca
    ((name, text, mime),) = message.attachments
    assert (name, mime) == ("calendar.ics", "text/calendar")
    assert "20261124T120000Z" in text
    assert ("CANCELLED" in text) == (what == "cancelled")
    assert "Day one" not in text


@pytest.mark.parametrize("reason", ["danger", "failed", "no-account", "not-started", "idle"])
def test_offer_of_help_blames_nobody(shared_app: Flask, reason: str) -> None:
    """Each reason has its own words, and what the trainer added stands in it as typed."""
    kind = next(kind for kind in KINDS if kind.name == "cohort-help")
    body = _letter(shared_app, kind, "en", reason=reason).body
    assert "See you on Monday!\n100 % sure" in body
    assert not re.search(r"\b(must|failed|fault|warning)\b", body, re.IGNORECASE)


def _kind_of(name: str) -> LetterKind:
    return next(kind for kind in KINDS if kind.name == name)


def test_several_new_meetings_come_in_one_letter_with_one_calendar_file(shared_app: Flask) -> None:
    """Both hours in the text, both meetings in the file, by the cohort's name."""
    message = _letter(shared_app, _kind_of("cohort-meetings"), "en")
    assert message.body.count("Room 4") == 2
    ((_, text, _),) = message.attachments
    events = Calendar.from_ical(text).walk("VEVENT")
    assert [str(event["uid"])[:9] for event in events] == ["meeting-b", "meeting-c"]
    assert "Rabat, autumn" in str(events[0]["summary"])


def test_hour_is_the_reader_s_and_also_the_place_s_where_that_is_another(shared_app: Flask) -> None:
    """Who reads in Yerevan learns both; who reads where the meeting is, one."""
    away = _letter(shared_app, _kind_of("cohort-meeting"), "en", there="Asia/Yerevan").body
    assert "1:00" in away and "4:00" in away
    assert (
        "There it is then" not in _letter(shared_app, _kind_of("cohort-meeting"), "en", there="Africa/Casablanca").body
    )


def test_answer_to_an_offer_of_help_goes_to_who_wrote_it(make_app: MakeSite) -> None:
    """All others go to the site's contact, where that is a mail address."""
    app = make_app(contact="help@ministry.example")
    assert _letter(app, _kind_of("cohort-help"), "en", reply_to="sam@example.org").reply_to == ["sam@example.org"]
    assert _letter(app, _kind_of("cohort-place"), "en").reply_to == ["help@ministry.example"]


def test_reader_may_stop_a_kind_of_letters_and_have_it_again(app: Flask) -> None:
    """By the last line's address, or by one press in the mail program (RFC 8058); other letters and readers are not touched."""
    letter = _letter(app, _kind_of("cohort-reminder"), "ar")
    assert "List-Unsubscribe" not in _letter(app, _kind_of("cohort-outcome"), "ar").extra_headers
    address = letter.extra_headers["List-Unsubscribe"].strip("<>")
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in letter.body
    path = urlsplit(address).path
    assert path.startswith("/ar/")

    def sent(kind: str, to: str) -> bool:
        with app.app_context():
            session = current_session(app)
            public_id = queue_letter(
                session, key=token_hex(8), to=to, locale="ar", time_zone="UTC", kind=kind, params=PARAMS, now=NOW
            )
            session.commit()
            send_due(app)
            state = session.scalar(select(Letter.state).where(Letter.public_id == public_id))
        return state == "sent"

    assert sent("cohort-reminder", "a@example.org")
    assert app.test_client().post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 303
    assert app.test_client().post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 303
    assert not sent("cohort-reminder", "A@example.org")
    assert sent("cohort-outcome", "a@example.org")
    assert sent("cohort-reminder", "b@example.org")
    assert app.test_client().post(path, data={"again": "yes"}).status_code == 303
    assert sent("cohort-reminder", "a@example.org")
    assert app.test_client().get(path.replace("cohort-reminder", "cohort-outcome")).status_code == 404


def test_several_days_planned_at_once_make_one_letter_a_person_in_their_own_zone(session: Session) -> None:
    """Three days, two people: two letters, each in its reader's hours."""
    cohort = put_cohort(session, time_zone="Africa/Casablanca", state="running")
    for email in ("a@example.org", "b@example.org"):
        put_member(session, cohort, email)
    reader = session.scalars(select(User).where(User.email == "a@example.org")).one()
    choose_zone(session, reader.id, "Asia/Yerevan")
    choose_zone(session, reader.id, "Asia/Tokyo", only_first=True)
    with pytest.raises(Refused):
        choose_zone(session, reader.id, "Mars/Olympus")
    person = Person(put_user(session, "lead@example.org"), "Lead", "lead@example.org", "en", ())
    details = MeetingDetails(title="Day", day=NOW.date() + timedelta(days=7), begins=time(9), ends=time(12), room="4")
    plan_days(session, person, cohort.id, details, 3, range(7), NOW)
    letters = session.scalars(select(Letter).where(Letter.kind.startswith("cohort-meeting"))).all()
    zones = {letter.to_address: letter.time_zone for letter in letters}
    assert len(letters) == 2
    assert zones == {"a@example.org": "Asia/Yerevan", "b@example.org": "Africa/Casablanca"}
    assert [len(letter.params["meetings"]) for letter in letters] == [3, 3]
