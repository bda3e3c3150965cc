"""A letter is in its reader's language and zone, says nothing in its subject, and is known again when it comes twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask

from coplearn.i18n.glossary import Glossaries
from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind, Letters, render_letter
from coplearn.outbox.service import Taken
from coplearn.settings import HOME
from coplearn.site import site_of
from tests.conftest import settings_in, sites
from tests.outbox.posting import with_notes

LOCALES = {"en": "en", "fr": "fr", "es": "es", "ru": "ru", "ar": "ar", "zh_Hans_CN": "zh-Hans"}
UNTIL = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TOPIC = ("child", "online", "protect", "abuse", "safe", "parent", "course", "lesson", "train", "certificate", "cohort")


def _letter(**changes: Any) -> Taken:
    values: dict[str, Any] = {
        "id": 1,
        "key": "k",
        "to": "ana@example.org",
        "locale": "en",
        "time_zone": "Asia/Yerevan",
        "kind": "note",
        "params": {"name": "Անի", "at": "2026-11-04T10:30:00+00:00"},
        "tries": 1,
        "rounds": 0,
        "until": UNTIL,
    }
    return Taken(**{**values, **changes})


def _written(app: Flask, letter: Taken) -> EmailMessage:
    rendered = render_letter(app, letter)
    with app.app_context():
        message = message_from_bytes(rendered.message().as_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture(scope="module")
def noting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A site behind an address of its own."""
    with sites(settings_in(tmp_path_factory.mktemp("noting"))) as make:
        yield with_notes(make(public_url="https://learn.example.org/site/", site_name="Quiet Garden"))


@pytest.mark.parametrize("code", LOCALES)
def test_letter_is_in_its_readers_language_and_zone(noting: Flask, code: str) -> None:
    """Words, digits, day and hour are the reader's; the link leads to the site's own address, in that language."""
    locale = site_of(noting).locales.get(code)
    message = _written(noting, _letter(locale=code))
    text = message.get_content()
    assert message["Content-Language"] == LOCALES[code]
    assert f"https://learn.example.org/site/{locale.url}/help" in text
    assert "2:30" in text or "14:30" in text
    assert "10:30" not in text
    assert "\u2068Անի\u2069" in text
    if code != "en":
        assert "Wednesday" not in text
        assert "Hello" not in text


def test_arabic_letter_reads_from_the_right(noting: Flask) -> None:
    """The greeting is Arabic, the name of another script keeps to itself, and the zone is named."""
    lines = _written(noting, _letter(locale="ar")).get_content().splitlines()
    assert any("\u0600" <= letter <= "\u06ff" for letter in lines[0])
    assert lines[1].count("\u2068") == lines[1].count("\u2069") == 1
    assert "توقيت أرمينيا" in lines[2]


def test_letter_in_a_language_that_is_gone_is_in_english(noting: Flask) -> None:
    """And an unknown zone is UTC: somebody's letter is better plain than never sent."""
    text = _written(noting, _letter(locale="tlh", time_zone="Mars/Olympus")).get_content()
    assert "Hello" in text
    assert "10:30" in text
    assert "Coordinated Universal Time" in text


def test_message_id_is_the_same_for_the_same_letter(noting: Flask) -> None:
    """A second copy after a crash is known as one; sent again on purpose it is a new message; the key cannot be read from it."""
    first, copy = _written(noting, _letter())["Message-ID"], _written(noting, _letter(tries=2))["Message-ID"]
    assert first == copy
    assert _written(noting, _letter(rounds=1))["Message-ID"] != first
    assert _written(noting, _letter(key="l"))["Message-ID"] != first


def test_letter_says_that_a_machine_wrote_it(noting: Flask) -> None:
    """So that nobody's absence note answers it."""
    message = _written(noting, _letter())
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message["To"] == "ana@example.org"


def test_letter_brings_a_file(noting: Flask) -> None:
    """A meeting for the calendar comes along whole."""
    file = {
        "name": "meeting.ics",
        "mime": "text/calendar",
        "text": "BEGIN:VCALENDAR\r\nSUMMARY:لقاء\r\nEND:VCALENDAR\r\n",
    }
    letter = _letter(params={**_letter().params, "attachment": file})
    (part,) = _written(noting, letter).iter_attachments()
    assert part.get_content_type() == "text/calendar"
    assert part.get_filename() == "meeting.ics"
    assert "SUMMARY:لقاء" in part.get_content()


def test_hostile_values_add_no_header(noting: Flask) -> None:
    """Neither does a name with line ends change who gets the letter."""
    letter = _letter(params={"name": "x\r\nBcc: eve@example.org\r\n\r\n", "at": "2026-11-04T10:30:00+00:00"})
    message = _written(noting, letter)
    assert message["Bcc"] is None
    with pytest.raises(Exception, match=r"newline|[Hh]eader|valid"):
        _written(noting, _letter(to="ana@example.org\r\nBcc: eve@example.org"))


def test_subjects_name_nothing_but_the_site(app: Flask) -> None:
    """No kind can be registered whose subject takes a course's title or a person's name."""
    letters = Letters()
    with pytest.raises(ValueError, match="the site"):
        letters.add(LetterKind("bad", N_("Your %(course)s"), "x.txt"))
    letters.add(LetterKind("good", N_("A message from %(site)s"), "x.txt"))
    with pytest.raises(ValueError, match="already"):
        letters.add(LetterKind("good", N_("A message from %(site)s"), "x.txt"))


def test_no_subject_in_any_language_betrays_the_topic(app: Flask) -> None:
    """Somebody may look over a shoulder: no term of the glossary and no word of the field stands in any subject."""
    glossaries, catalogs = Glossaries(HOME), site_of(app).catalogs
    kinds = list(site_of(app).letters)
    assert len(kinds) >= 6
    told = []
    for locale in site_of(app).locales.live:
        glossary = glossaries.of(locale.code)
        forms = {form.lower() for term in glossary.terms for form in term.targets} if glossary else set()
        assert forms or locale.code == "en"
        english = {term.source.lower() for term in glossary.terms} if glossary else set()
        for kind in kinds:
            for text in (kind.subject, catalogs.translations(locale).gettext(kind.subject)):
                words = {word for word in {*forms, *english, *TOPIC} if word in text.lower()}
                told += [(locale.code, kind.name, word) for word in words]
    assert told == []
