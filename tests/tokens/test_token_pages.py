"""A person makes a key on their page, sees it once and takes it back; an administrator does so for the whole site."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from coplearn.tokens.models import ApiToken
from coplearn.tokens.rules import MOST, secret_hash
from coplearn.tokens.service import forget_ended
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_scene, signed_in_client

OWN, ALL = "/en/me/programs/", "/en/settings/programs/"


@pytest.fixture
def keys(app: Flask) -> dict[str, str]:
    """The people of a scene, by role."""
    with app.app_context():
        session = current_session(app)
        put_scene(session)
        session.commit()
        return {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}


def make(client: FlaskClient, page: str = OWN, **changes: Any) -> TestResponse:
    """Fill the form in and send it."""
    hidden = hidden_fields(client.get(f"{page}new").text)
    day = (utcnow() + timedelta(days=30)).date().isoformat()
    typed: dict[str, Any] = {"name": "My script", "scopes": ["self:read"], "last_day": day}
    return client.post(f"{page}new", data=hidden | typed | changes)


def secret_in(page: TestResponse) -> str:
    """The secret that is shown."""
    found = re.search(r"cop_[A-Za-z0-9_-]{43}", page.text)
    assert found is not None
    return found[0]


def test_key_is_shown_once_kept_hashed_and_taken_back(app: Flask, keys: dict[str, str]) -> None:
    """It opens what was chosen until it is taken back; the table holds no secret, the list shows none."""
    client = signed_in_client(app, keys["learner"])
    made = make(client)
    assert made.headers["Cache-Control"] == "no-store"
    secret = secret_in(made)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/me/progress", headers=bearer).status_code == 200
    listed = client.get(OWN).text
    assert "My script" in listed
    assert secret not in listed
    with app.app_context():
        row = current_session(app).execute(text("SELECT * FROM api_token")).one()
    assert secret not in str(row)
    assert secret_hash(secret) in row
    end = re.search(r'action="([^"]+/end)"', listed)
    assert end is not None
    hidden = hidden_fields(listed)
    other = signed_in_client(app, keys["trainee"])
    assert other.post(end[1], data=hidden_fields(other.get("/en/me/").text)).status_code == 404, "another's"
    assert client.post(end[1], data=hidden).status_code == 303
    assert client.get("/api/v1/me/progress", headers=bearer).status_code == 401


def test_press_twice_makes_one(app: Flask, keys: dict[str, str]) -> None:
    """The second press leads to the list."""
    client = signed_in_client(app, keys["learner"])
    hidden = hidden_fields(client.get(f"{OWN}new").text)
    day = (utcnow() + timedelta(days=30)).date().isoformat()
    form = hidden | {"name": "A", "scopes": ["self:read"], "last_day": day}
    assert [client.post(f"{OWN}new", data=form).status_code for _ in range(2)] == [200, 303]


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"scopes": []},
        {"scopes": ["people:read"]},
        {"last_day": "2020-01-01"},
        {"last_day": "2999-01-01"},
        {"last_day": "soon"},
    ],
)
def test_what_cannot_be_a_key(app: Flask, keys: dict[str, str], change: dict[str, Any]) -> None:
    """Without a name, with more than a learner may, ended already, or for longer than a year: what was typed stays."""
    answer = make(signed_in_client(app, keys["learner"]), **change)
    assert answer.status_code == 422
    assert "cop_" not in answer.text


def test_staff_need_their_second_step(app: Flask, keys: dict[str, str]) -> None:
    """Who works here and has proved none in this session is led to set it up; who has makes a key of what they may."""
    with app.app_context():
        session = current_session(app)
        session.execute(
            text(
                "INSERT INTO authenticator (user_id, secret, last_counter, added_at) SELECT id, 'x', 0,"
                " '2026-11-24 12:00:00' FROM \"user\" WHERE email = 'lead@example.org'"
            )
        )
        session.commit()
    client = signed_in_client(app, keys["lead"])
    assert client.get(f"{OWN}new").status_code == 200
    secret = secret_in(make(client, scopes=["people:read", "cohorts:read"]))
    assert client.get("/api/v1/cohorts", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    with client.session_transaction() as kept:
        kept.pop("second")
    assert client.get(f"{OWN}new").status_code in (302, 303)


def test_old_password_is_asked_again(app: Flask, keys: dict[str, str]) -> None:
    """Whoever finds an open browser makes no key in it."""
    client = signed_in_client(app, keys["learner"])
    with client.session_transaction() as kept:
        kept["fs_paa"] = 0
    assert client.get(f"{OWN}new").status_code == 302


def test_too_many_keys_are_refused_with_a_sentence(app: Flask, keys: dict[str, str]) -> None:
    """Nobody loses sight of what they gave away."""
    client = signed_in_client(app, keys["learner"])
    assert {make(client).status_code for _ in range(MOST)} == {200}
    refused = make(client)
    assert refused.status_code == 422
    assert "Take one back first" in refused.text


def test_clients_are_the_administrators(app: Flask, keys: dict[str, str]) -> None:
    """For everybody else there is no such page; their client's name is on the page beside its secret."""
    for role in ("coordinator", "lead", "learner"):
        assert signed_in_client(app, keys[role]).get(ALL).status_code == 404
    client = signed_in_client(app, keys["admin"])
    made = make(client, ALL, scopes=["courses:read"])
    secret = secret_in(made)
    with app.app_context():
        name = current_session(app).scalars(select(ApiToken.public_id)).one()
    assert name in made.text
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
    assert app.test_client().post("/api/v1/oauth/token", data=form).status_code == 200
    assert "admin@example.org" in client.get(ALL).text


def test_ended_keys_are_forgotten_in_time(app: Flask, keys: dict[str, str]) -> None:
    """The day's work keeps what ended lately, and nothing older."""
    make(signed_in_client(app, keys["learner"]))
    with app.app_context():
        session = current_session(app)
        forget_ended(session, utcnow() + timedelta(days=60))
        assert len(session.scalars(select(ApiToken)).all()) == 1
        forget_ended(session, utcnow() + timedelta(days=62))
        assert session.scalars(select(ApiToken)).all() == []
