"""A session's cookie that was checked before is still checked for its age, its key and its owner."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, session
from flask.testing import FlaskClient

from coplearn.web.framework import CachedSessions


def _site(key: str = "a" * 40) -> Flask:
    app = Flask("cookies")
    app.secret_key = key
    app.session_interface = CachedSessions()
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False

    @app.post("/enter/<name>")
    def enter(name: str) -> str:
        session.permanent = True
        session["name"] = name
        return ""

    @app.get("/")
    def who() -> str:
        return str(session.get("name"))

    return app


def _as(app: Flask, cookie: str) -> str:
    client: FlaskClient = app.test_client()
    client.set_cookie("session", cookie)
    return client.get("/").text


def _cookie(app: Flask, name: str) -> str:
    client = app.test_client()
    client.post(f"/enter/{name}")
    found = client.get_cookie("session")
    assert found is not None
    assert client.get("/").text == name
    return found.value


def test_cookie_that_was_good_is_refused_once_it_is_old() -> None:
    """The age counts at every request, not only at the first."""
    app = _site()
    cookie = _cookie(app, "Ani")
    assert _as(app, cookie) == "Ani"
    app.permanent_session_lifetime = timedelta(seconds=-1)
    assert _as(app, cookie) == "None"


def test_cookie_of_another_key_or_changed_by_a_letter_is_nobody() -> None:
    """A kept cookie does not outlive its key, and one that is nearly the same is another."""
    app = _site()
    cookie = _cookie(app, "Ani")
    assert _as(app, ("f" if cookie[0] != "f" else "e") + cookie[1:]) == "None"
    assert _as(_site("b" * 40), cookie) == "None"
    app.secret_key = "c" * 40
    assert _as(app, cookie) == "None"


def test_what_one_request_writes_reaches_no_other() -> None:
    """A cookie sent again after the session went on is the session as it was."""
    app = _site()
    cookie = _cookie(app, "Ani")
    client = app.test_client()
    client.set_cookie("session", cookie)
    client.post("/enter/Bea")
    assert (client.get("/").text, _as(app, cookie)) == ("Bea", "Ani")
