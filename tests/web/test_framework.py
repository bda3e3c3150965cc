"""Our hooks into frameworks: each holds on to something, and says so at the start when there is nothing any more."""

from __future__ import annotations

import gc
import inspect
from importlib.metadata import version

import pytest
from flask import Flask, g
from flask.sessions import SecureCookieSessionInterface
from flask_limiter import Limiter
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf.csrf import generate_csrf
from granian import Granian
from granian.constants import Interfaces
from werkzeug.routing import Map, Rule

from coplearn.serving import collector
from coplearn.storage.database import Database, database_of, engine_options
from coplearn.web import framework
from coplearn.web.framework import (
    CHECKED,
    CachedSessions,
    HookMissing,
    LateRule,
    around_blueprint,
    ask_second_step,
    form_token,
    lighten_security,
    limit_only,
)


def test_versions_that_were_looked_at_are_those_that_run() -> None:
    """Another version: look at its insides again, run the tests below, then write it down."""
    assert {name: version(name) for name in CHECKED} == CHECKED
    assert version("Flask-SQLAlchemy-Lite") == "0.2.1"


def test_a_page_runs_nothing_that_reads_the_person(app: Flask) -> None:
    """What was taken out of Flask-Security and Flask-Login is out, and a second time there is nothing to take out."""
    security = app.extensions["security"]
    modules = [hook.__module__ for hook in app.template_context_processors[None]]
    assert not [name for name in modules if name.startswith(("flask_security", "flask_login"))]
    assert security.login_manager.session_protection is None
    with pytest.raises(HookMissing, match="identity"):
        lighten_security(app, security)


def test_addresses_are_written_by_code_that_is_compiled_when_one_is_asked_for(app: Flask) -> None:
    """No route's is compiled by a start, and what a late one writes is what werkzeug's own does."""
    late = next(app.url_map.iter_rules("static"))
    assert isinstance(late, LateRule)
    assert inspect.getmodule(late._build) is framework  # werkzeug's own is code without a module
    own = Rule(late.rule, endpoint=late.endpoint, methods=late.methods)
    Map([own])
    typed: list[tuple[dict[str, object], bool]] = [
        ({"filename": "a b/ü.css"}, True),
        ({"filename": "a", "v": "1&2"}, True),
        ({"filename": "a", "v": 1}, False),
    ]
    for values, append in typed:
        assert late.build(values, append) is not None
        assert late.build(values, append) == own.build(values, append)
    assert {type(rule) for rule in app.url_map.iter_rules()} == {LateRule}


def test_other_pages_than_the_accounts_are_not_counted(app: Flask) -> None:
    """The limiter's hooks stand at one blueprint; a limiter that registers none is told."""
    limiter = Limiter(lambda: "", app=app, storage_uri="memory://")
    before = len(app.before_request_funcs[None])
    limit_only(app, limiter, "security")
    assert len(app.before_request_funcs[None]) == before - 1
    with pytest.raises(HookMissing, match="Limiter"):
        limit_only(app, limiter, "security")


def test_functions_around_a_blueprint_that_is_gone_are_told(app: Flask) -> None:
    """Flask would keep them without a word and never run them."""
    with pytest.raises(HookMissing, match="blueprint"):
        around_blueprint(app, "safety", before=(list,))


def test_form_token_is_the_one_that_flask_wtf_knows(app: Flask) -> None:
    """A token that we sign is taken by Flask-WTF, whose own it would be."""
    client = app.test_client()
    client.get("/en/sign-in")
    with client.session_transaction() as held:
        held["csrf_token"] = "a" * 40
    with client, app.test_request_context(headers={"Cookie": f"session={_cookie(client)}"}):
        ours = form_token()
        g.pop("csrf_token")
        theirs = generate_csrf()
    assert ours.split(".")[0] == theirs.split(".")[0]


def _cookie(client: object) -> str:
    found = client.get_cookie("session")  # type: ignore[attr-defined] # a test client
    assert found is not None
    return str(found.value)


def test_sessions_stand_on_what_flask_has() -> None:
    """Flask calls these three, with these arguments."""
    for name in ("get_signing_serializer", "open_session", "save_session"):
        ours, theirs = getattr(CachedSessions, name), getattr(SecureCookieSessionInterface, name)
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)


def test_database_without_its_second_teardown_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The asynchronous one is out; a version that registers none is told."""
    names = [hook.__name__ for hook in app.teardown_appcontext_funcs]
    assert "_close_sessions" in names
    assert "_close_async_sessions" not in names
    assert isinstance(database_of(app), SQLAlchemy)
    bare = Flask("bare")
    bare.config["SQLALCHEMY_ENGINES"] = {"default": engine_options("sqlite://")}
    monkeypatch.setattr(SQLAlchemy, "init_app", lambda *_: None)
    with pytest.raises(LookupError, match="teardown"):
        Database().init_app(bare)


def test_server_has_what_ours_stands_on() -> None:
    """Granian tells a server of ours that it stops, and speaks the interface that our adapter is written for."""
    assert "exit_code" in inspect.signature(Granian.shutdown).parameters
    assert Interfaces.ASGINL.value == "asginl"


def test_collector_is_left_on_after_a_start() -> None:
    """It rests while the site is loaded, and looks for garbage again in whoever serves."""
    try:
        collector.rest()
        assert not gc.isenabled()
        collector.share_what_is_loaded()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()


def test_a_second_step_that_nothing_would_ask_for_is_told(app: Flask) -> None:
    """Without Flask-Security's door between password and signing in, nobody would ever be asked for a code."""
    security = app.extensions["security"]
    assert type(security.two_factor_plugins).__name__ == "_SecondStep"
    ask_second_step(security, lambda _user, _next: None)
    del security.two_factor_plugins
    with pytest.raises(HookMissing, match="tf_enter"):
        ask_second_step(security, lambda _user, _next: None)
