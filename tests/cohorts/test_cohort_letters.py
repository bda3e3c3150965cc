"""Every letter that cohorts write can be written in every language, leads to a page, and betrays nothing outside."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from coplearn.cohorts.letters import KINDS
from coplearn.i18n.locales import Locales
from coplearn.outbox.letters import Kind, render_letter
from coplearn.outbox.service import Taken
from tests.cohorts.worlds import NOW

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
    "reason": "idle",
    "words": "See you on Monday!\n100 % sure",
    "sender": "Sam",
    "lines": {"danger": 2, "idle": 1},
}


def _letter(app: Flask, kind: Kind, locale: str, **changes: Any) -> Any:
    taken = Taken(1, "key", "a@example.org", locale, "Africa/Casablanca", kind.name, PARAMS | changes, 1, 0, NOW)
    return render_letter(app, taken)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_letter_is_written_in_every_language(app: Flask, kind: Kind) -> None:
    """A page of the site in that language, the person's name apart from the text, and a subject without a place or a title."""
    locales: Locales = app.extensions["locales"]
    for locale in locales.live:
        message = _letter(app, kind, locale.code)
        assert f"/{locale.url}/" in message.body
        assert "\u2068ليلى\u2069" in message.body
        assert "Rabat" not in message.subject
        assert not re.search(r"%\(|\{\{|<", message.body + message.subject)
        assert "\n\n\n\n" not in message.body


@pytest.mark.parametrize("what", ["planned", "changed", "cancelled", "restored"])
def test_news_of_a_meeting_brings_a_calendar_file(app: Flask, what: str) -> None:
    """The hour in the cohort's zone in the text, the instant in the file, and no typed title in it."""
    kind = next(kind for kind in KINDS if kind.name == "cohort-meeting")
    message = _letter(app, kind, "en", what=what, cancelled=what == "cancelled")
    assert "1:00" in message.body  # 12:00 UTC is 13:00 in Casablanca
    ((name, text, mime),) = message.attachments
    assert (name, mime) == ("calendar.ics", "text/calendar")
    assert "20261124T120000Z" in text
    assert ("CANCELLED" in text) == (what == "cancelled")
    assert "Day one" not in text


@pytest.mark.parametrize("reason", ["danger", "failed", "no-account", "not-started", "idle"])
def test_offer_of_help_blames_nobody(app: Flask, reason: str) -> None:
    """Each reason has its own words, and what the trainer added stands in it as typed."""
    kind = next(kind for kind in KINDS if kind.name == "cohort-help")
    body = _letter(app, kind, "en", reason=reason).body
    assert "See you on Monday!\n100 % sure" in body
    assert not re.search(r"\b(must|failed|fault|warning)\b", body, re.IGNORECASE)
