"""What is refused before any page has its say: starts of a site that must not be served, and mistakes in the code around pages."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.typing import ResponseReturnValue
from flask_security import Security

from coplearn.files.markers import MOVED, UNFINISHED, put_note
from coplearn.settings import Settings
from coplearn.starting import serve
from coplearn.storage.database import begin_writing, current_session
from coplearn.web.framework import HookMissing, lighten_security
from coplearn.web.idempotency import FIELD, commit_once, once, outside_transaction
from coplearn.web.limits import count_try, one_too_many
from tests.conftest import MakeSite

NOTES = {UNFINISHED: "run `coplearn site import` with the same archive again", MOVED: "to be served elsewhere"}


@pytest.mark.parametrize(("name", "sentence"), NOTES.items())
def test_site_half_arrived_or_moved_away_is_not_served(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    """By its own server, by another and by the process of its jobs: people would write into what is about to be replaced."""
    put_note(settings.instance_path, name, {})
    monkeypatch.setenv("COPLEARN_INSTANCE_PATH", str(settings.instance_path))
    monkeypatch.setenv("COPLEARN_DATABASE_URL", "nowhere://")  # whatever goes on all the same ends here
    monkeypatch.setenv("PORT", "0")
    served = CliRunner().invoke(serve)
    # Off the main thread no process can do jobs until a signal comes.
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(app.test_cli_runner().invoke, args=["jobs", "run"]).result()
    for found in (served, done):
        assert (found.exit_code, sentence in found.output) == (1, True), found
    assert "Doing the site's jobs" not in done.output
    with pytest.raises(SystemExit, match=sentence):
        importlib.import_module("coplearn.wsgi")


def test_pieces_of_the_design_are_shown_where_the_site_says_so(make_app: MakeSite) -> None:
    """They are for designers and tests; elsewhere there is no such page."""
    assert make_app(style_page=False).test_client().get("/en/style").status_code == 404


def test_form_that_comes_again_while_the_first_waits_is_done_once(make_app: MakeSite) -> None:
    """A file is on its way to a store, and somebody presses again: one thing is made, and both are led to it."""
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = False
    made: list[str] = []

    def press() -> str | None:
        return app.test_client().post("/en/makes", data={FIELD: "k" * 22}).headers["Location"]

    @app.post("/<lang:lang>/makes")
    @once
    def makes() -> ResponseReturnValue:
        if not began:
            began.append("first")
            with ThreadPoolExecutor(1) as pool:
                outside_transaction(pool.submit(press).result)
        made.append("one")
        return commit_once(f"/en/made-{len(made)}")

    began: list[str] = []
    assert (press(), press(), made) == ("/en/made-1", "/en/made-1", ["one"])


def test_tries_are_not_counted_while_their_own_request_writes(app: Flask) -> None:
    """Both would wait for SQLite's one lock; also where nothing is limited, so that a test sees it."""
    with app.test_request_context("/en/"):
        count_try("search", 60)
        begin_writing(current_session(app))
        current_session(app).connection()
        with pytest.raises(RuntimeError, match="holds the write lock"):
            count_try("search", 60)
        with pytest.raises(RuntimeError, match="holds the write lock"):
            one_too_many("search", 9, 60, "1")


def test_sign_in_that_keeps_its_session_elsewhere_is_told(app: Flask) -> None:
    """Where what was put out of action has another name, the hash of an address would be kept in the cookie again."""
    bare = Flask("bare")
    bare.config |= {"SECRET_KEY": "k" * 40, "SECURITY_PASSWORD_SALT": "s" * 40}
    security = Security(bare, app.extensions["security"].datastore)
    del security.login_manager.session_protection
    with pytest.raises(HookMissing, match="no session_protection"):
        lighten_security(bare, security)
