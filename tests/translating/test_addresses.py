"""Addresses of the translators' pages lead to their own text alone."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from coplearn.translating.store import rules
from coplearn.translating.store.models import StoredMessage, Suggestion
from tests.accounts.persona import Visitor
from tests.translating.test_editor_pages import COURSE, editor, first_text, send, translation, worker


@pytest.fixture
def app(opened_app: Flask) -> Flask:
    """A site whose course is open to its translators."""
    return opened_app


@pytest.fixture
def ani(app: Flask) -> Visitor:
    """A reviewer of Arabic, who may also translate."""
    return worker(app, "ani", Role.REVIEWER)


@pytest.fixture
def opened(app: Flask, ani: Visitor) -> tuple[int, str]:
    """A text of the course: its number and its words."""
    assert ani.get(f"/en/translate/ar/{COURSE}/").status_code == 200
    return first_text(app)


def test_address_of_another_message_changes_nothing(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """A suggestion for one text is not decided about on the page of another, nor with a word that is no decision."""
    number, sami = opened[0], worker(app, "sami", Role.SUGGESTER)
    before = translation(app, number).forms
    send(sami, editor(number), editor(number), **{"form-0": "اقتراح سامي", "do": "save"})
    with app.app_context():
        offer = current_session(app).scalars(select(Suggestion.id)).one()
        other = (
            current_session(app)
            .scalars(select(StoredMessage.id).where(StoredMessage.domain == COURSE, StoredMessage.id != number))
            .first()
        )
    form = {"csrf_token": ani.token(editor(number)), "rev": "0", "reason": "Mine"}
    for place, decision, status in ((other or 0, "accepted", 404), (number, "perhaps", 400), (number, "", 400)):
        answer = ani.client.post(editor(place, f"/suggestion/{offer}"), data={**form, "decision": decision})
        assert answer.status_code == status
    with app.app_context():
        kept = current_session(app).scalars(select(Suggestion)).one()
        assert (kept.decision, kept.decided_at) == (None, None)
    assert translation(app, number).forms == before


def test_page_that_no_list_leads_to_is_not_there(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """No place in a list, a message of another domain, and a text so long that no field takes it."""
    number, turn = opened[0], f"/en/translate/ar/{COURSE}/turn"
    assert ani.get(f"{turn}?after=0.0").status_code == 302
    assert [ani.get(f"{turn}{place}").status_code for place in ("", "?after=x.1", "?before=1")] == [404] * 3
    form = {"csrf_token": ani.token(editor(number)), "form-0": "نص", "rev": "0"}
    assert ani.client.post(editor(number, "/preview"), data=form).status_code == 200
    assert ani.get("/en/translate/ar/interface/").status_code == 200
    elsewhere = f"/en/translate/ar/interface/{number}/preview"
    assert ani.client.post(elsewhere, data=form).status_code == 404
    endless = {**form, "form-0": "ن" * (rules.MAX_FORM + 1)}
    assert ani.client.post(editor(number, "/preview"), data=endless).status_code == 400
