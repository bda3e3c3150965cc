"""The page where staff see what the site wrote to whom."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from coplearn.accounts.service import erase_user, grant_role
from coplearn.kernel.words import Role
from coplearn.outbox.models import Letter, LetterStop
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor, hidden_fields, mails
from tests.conftest import MakeSite
from tests.outbox.posting import queue_note, with_notes


def _staff(app: Flask, **limits: str) -> Visitor:
    staff = Visitor(app)
    staff.join("boss@example.org")
    with app.app_context():
        session = current_session(app)
        grant_role(session, "boss@example.org", Role.COORDINATOR, **limits)
        session.commit()
    return staff


def _give_up(app: Flask, key: str) -> None:
    with app.app_context():
        session = current_session(app)
        session.execute(
            update(Letter).where(Letter.key == key).values(state="given-up", last_error="refused", sent_at=None)
        )
        session.commit()


def test_jobs_that_stand_still_are_told(app: Flask) -> None:
    """To staff in words, to a monitor in a line of its own; pages are answered all the same."""
    staff = _staff(app)
    told = "No message goes out at the moment"
    assert told in staff.get("/en/outbox").text
    probe = app.test_client().get("/readyz")
    assert (probe.status_code, "the jobs stand still" in probe.text) == (200, True)
    site_of(app).jobs.queue.beat()
    assert told not in staff.get("/en/outbox").text
    assert app.test_client().get("/readyz").text == "ready\n"


def test_page_shows_states_and_no_secrets(app: Flask) -> None:
    """What was written, what became of it and why, but neither text nor whole address."""
    staff = _staff(with_notes(app))
    queue_note(app, "n1", to="maria.petrosyan@example.org")
    _give_up(app, "n1")
    page = staff.get("/en/outbox").text
    assert "m…@example.org" in page
    assert "maria.petrosyan" not in page
    assert "Check the address" in page
    assert "Ana" not in page
    assert "given up" in page
    assert "m…@example.org" not in staff.get("/en/outbox?state=cancelled").text
    assert staff.get("/en/outbox?state=nonsense&page=0").status_code == 200


def test_given_up_letter_is_sent_again_from_the_page(app: Flask) -> None:
    """One press, and it is on its way as it was; a second press is told that it is."""
    staff = _staff(with_notes(app))
    public_id = queue_note(app, "n1", to="maria@example.org", commit=True)
    _give_up(app, "n1")
    before = len(mails(app))
    address = f"/en/outbox/{public_id}/again"
    fields = hidden_fields(staff.get("/en/outbox?state=given-up").text)
    assert staff.client.post(address, data=fields).status_code == 303
    assert [mail["To"] for mail in mails(app)][before:] == ["maria@example.org"]
    assert "on its way again" in staff.get("/en/outbox").text


def test_coordinator_of_one_language_sees_no_outbox(app: Flask) -> None:
    """The site's letters go to everybody; only who coordinates everything may see them."""
    assert _staff(app, locale="ar").get("/en/outbox").status_code == 404


def test_erased_account_leaves_nothing_in_the_outbox(app: Flask) -> None:
    """Not the address, not what was written to it."""
    queue_note(with_notes(app), "n1", to="boss@example.org")
    _staff(app)
    with app.app_context():
        session = current_session(app)
        erase_user(session, 1)
        session.commit()
        assert "boss@example.org" not in [one.to_address for one in session.query(Letter)]


def test_made_up_codes_do_not_fill_the_table(make_app: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends one code after the other has to wait; a mail program, which has no token, stops a reader's letters."""
    monkeypatch.setattr("coplearn.pages.views.MOST_STOPS", 2)
    app = make_app(rate_limits=True)
    client = app.test_client()
    answers = [client.post(f"/en/messages/cohort-reminder/{number:032x}").status_code for number in range(4)]
    assert answers == [303, 303, 429, 429]
    with app.app_context():
        assert current_session(app).scalar(select(func.count()).select_from(LetterStop)) == 2
