"""What the pages of accounts refuse: forms of programs, and a password that is guessed at."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from coplearn.accounts.queries import user_by_email, zone_of
from coplearn.storage.database import current_session
from tests.accounts.persona import PASSWORD, Visitor, mails
from tests.conftest import MakeSite


def test_password_before_something_grave_is_not_guessed_at(make_app: MakeSite) -> None:
    """After ten wrong ones even the right one waits, and nothing is handed out."""
    person = Visitor(make_app(rate_limits=True))
    person.join("ani@example.org")
    form = {"csrf_token": person.token("/en/me/data")}
    for number in range(10):
        answer = person.client.post("/en/me/data", data=form | {"password": f"a wrong sentence {number}"})
        assert answer.status_code == 422
    answer = person.client.post("/en/me/data", data=form | {"password": PASSWORD})
    assert answer.status_code == 429
    assert answer.mimetype == "text/html"


def test_accounts_are_not_made_by_json(make_app: MakeSite) -> None:
    """A program that sends JSON meets no second way in, past the forms."""
    app = make_app()
    person = Visitor(app)
    headers = {"X-CSRFToken": person.token("/en/sign-up")}
    sent = {"email": "ani@example.org", "password": PASSWORD} | {"csrf_token": headers["X-CSRFToken"]}
    for page in ("sign-up", "sign-in"):
        assert person.client.post(f"/en/{page}", json=sent, headers=headers).status_code == 415
        assert person.client.get(f"/en/{page}", json={}).status_code == 400
    with app.app_context():
        assert user_by_email(current_session(app), "ani@example.org") is None
    assert mails(app) == []


def test_time_zone_that_is_none_is_not_kept(app: Flask, visitor: Visitor) -> None:
    """The one before stays, in whose hours letters go on to be told."""
    visitor.join("ani@example.org")
    assert visitor.send("/en/me/time-zone", zone="Asia/Yerevan").status_code == 303
    refused = visitor.send("/en/me/time-zone", zone="Europe/Nowhere")
    assert refused.status_code == 422 and "Choose a time zone from the list." in refused.text
    with app.app_context():
        session = current_session(app)
        user = user_by_email(session, "ani@example.org")
        assert user is not None and zone_of(session, user.id) == "Asia/Yerevan"


def test_account_that_cannot_be_kept_is_no_account(app: Flask, visitor: Visitor) -> None:
    """Somebody with the same address is found instead; where there is nobody, it is no account of nobody, but told."""
    visitor.join("ani@example.org")
    people = app.extensions["security"].datastore
    with app.app_context():
        ani = people.find_user(email="ani@example.org")
        own, key = ani.id, ani.fs_uniquifier
        assert people.create_user(email="ani@example.org", password="x").id == own
        with pytest.raises(IntegrityError):
            people.create_user(email="other@example.org", password="x", fs_uniquifier=key)
        assert user_by_email(current_session(app), "other@example.org") is None
