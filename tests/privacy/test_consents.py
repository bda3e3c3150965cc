"""What somebody agrees to is kept in its wording, and is taken back as easily as it was given."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from coplearn.accounts.service import add_user
from coplearn.privacy.queries import export_of
from coplearn.privacy.rules import WORDINGS, ConsentTo, ConsentWording
from coplearn.privacy.service import give_consent, renew_by_code, withdraw_by_code, withdraw_consent
from tests.privacy.planting import ADDRESS, NOW

KIND = ConsentTo.QUESTIONS_BY_LETTER


def test_wording_that_is_kept_is_the_one_on_the_page() -> None:
    """Whoever rewords the page writes a new wording."""
    import coplearn.practice

    page = Path(coplearn.practice.__file__).parent / "templates/practice/parts.html"
    assert [one for one in WORDINGS[KIND][-1].sentences if one not in page.read_text(encoding="utf-8")] == []


def test_consent_is_given_withdrawn_and_given_anew(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the page, by the code in a letter, and in a new wording; each with its instant, none of them lost."""
    user = add_user(session, ADDRESS, "en", NOW)

    def days(number: int) -> str:
        return (NOW + timedelta(days=number)).isoformat()

    for _ in range(2):
        give_consent(session, user.id, KIND, "course-a", NOW, locale="ar", code="c" * 32)
    withdraw_consent(session, user.id, KIND, "course-b", NOW)
    assert [(one["given"], one["taken_back"]) for one in export_of(session, user.id)] == [(days(0), None)]
    withdraw_by_code(session, "c" * 32, NOW + timedelta(days=1))
    for number in (2, 3):
        renew_by_code(session, "c" * 32, NOW + timedelta(days=number))
    withdraw_consent(session, user.id, KIND, "course-a", NOW + timedelta(days=4))
    monkeypatch.setitem(WORDINGS, KIND, (*WORDINGS[KIND], ConsentWording("2031-01", ("Another sentence",))))
    give_consent(session, user.id, KIND, "course-a", NOW + timedelta(days=5))
    session.expire_all()
    found = [(one["wording"], one["language"], one["given"], one["taken_back"]) for one in export_of(session, user.id)]
    assert found == [
        ("2026-11", "ar", days(0), days(1)),
        ("2026-11", "ar", days(2), days(4)),
        ("2031-01", "", days(5), None),
    ]
    assert export_of(session, user.id)[2]["sentence"] == "Another sentence"
