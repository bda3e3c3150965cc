"""The page for administrators: keys that are shown once, and the LRS that is told."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_user, signed_in_client
from tests.xapi.lrs import Lrs, basic, statement

PAGE = "/en/records/"


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """Whoever manages the site, signed in."""
    with app.app_context():
        database = current_session(app)
        who = put_user(database, "admin@example.org")
        grant_role(database, "admin@example.org", Role.ADMIN)
        database.commit()
        key = database.get_one(User, who).fs_uniquifier
    return signed_in_client(app, key)


def test_key_is_made_shown_once_and_ended(app: Flask, admin: FlaskClient) -> None:
    """A second press shows no secret and makes no second key; what is missing is said at its field and nothing typed is lost."""
    fields = hidden_fields(admin.get(PAGE).text)
    empty = admin.post(f"{PAGE}keys", data=fields | {"name": "The ministry's record", "ends_on": "2020-01-01"})
    assert empty.status_code == 422 and "The ministry&#39;s record" in empty.text
    whole = {"name": "The ministry", "scopes": ["statements/write", "statements/read/mine"], "ends_on": "2099-01-01"}
    form = hidden_fields(admin.get(PAGE).text) | whole
    made = admin.post(f"{PAGE}keys", data=form)
    key, secret = re.findall(r'<dd><bdi dir="ltr">([^<]+)</bdi></dd>', made.text)
    assert made.status_code == 200 and made.headers["Cache-Control"] == "no-store"
    lrs = Lrs(app.test_client(), basic(key, secret))
    assert lrs.store(statement()) and lrs.send("GET", "activities/state").status_code == 403
    again = admin.post(f"{PAGE}keys", data=form)
    assert again.status_code == 303 and secret not in admin.get(PAGE).text and admin.get(PAGE).text.count(key) == 1
    with app.app_context():
        (number,) = current_session(app).scalars(text("SELECT id FROM xapi_key"))
    assert admin.post(f"{PAGE}keys/{number}/end", data=hidden_fields(admin.get(PAGE).text)).status_code == 303
    assert lrs.send("GET", "statements").status_code == 401
    assert "Ended" in admin.get(PAGE).text and admin.post(f"{PAGE}keys/999/end", data=fields).status_code == 404


def test_other_lrs_is_named_and_its_secret_is_kept_sealed(app: Flask, admin: FlaskClient) -> None:
    """An address that is none is refused with what was typed; the secret stays when it is left empty, and is in no page or row."""
    page = hidden_fields(admin.get(PAGE).text)
    wrong = admin.post(f"{PAGE}other", data=page | {"endpoint": "ftp://lrs.example.org", "key": "k"})
    assert wrong.status_code == 422 and "ftp://lrs.example.org" in wrong.text
    whole = {"endpoint": "https://lrs.example.org/xapi/", "key": "k", "secret": "open sesame", "is_on": "y"}
    assert admin.post(f"{PAGE}other", data=hidden_fields(admin.get(PAGE).text) | whole).status_code == 303
    off = {"endpoint": "https://lrs.example.org/xapi", "key": "k2"}
    assert admin.post(f"{PAGE}other", data=hidden_fields(admin.get(PAGE).text) | off).status_code == 303
    with app.app_context():
        row = current_session(app).execute(text("SELECT endpoint, key, sealed_secret, is_on FROM xapi_target")).one()
    assert (row.endpoint, row.key, bool(row.is_on)) == ("https://lrs.example.org/xapi", "k2", False)
    assert row.sealed_secret and "sesame" not in row.sealed_secret and "sesame" not in admin.get(PAGE).text
    moved = {"endpoint": "https://elsewhere.example.org/xapi", "key": "k2", "is_on": "y"}
    refused = admin.post(f"{PAGE}other", data=hidden_fields(admin.get(PAGE).text) | moved)
    assert refused.status_code == 422 and "Type the secret that the other system gave you." in refused.text
    # A form that was refused beside it says nothing else of the other LRS than is kept.
    beside = admin.post(f"{PAGE}keys", data=hidden_fields(admin.get(PAGE).text))
    assert beside.status_code == 422 and "https://lrs.example.org/xapi" in beside.text
