"""On a full disk pages are still read, and whoever saves something is told kindly that it was not saved."""

from __future__ import annotations

import errno
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from coplearn.pages import views
from coplearn.site import site_of
from coplearn.storage.database import engine_of
from coplearn.web.render import keep_compiled
from tests.accounts.persona import PASSWORD, Visitor, hidden_fields
from tests.conftest import MakeSite


def fill_up(app: Flask) -> None:
    """Let the database's file grow no further, as on a full disk, and leave no room for a counter in what it has."""
    with app.app_context():
        engine = engine_of(app)
        engine.dispose()

        @event.listens_for(engine, "connect")
        def full(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")

        refused = 0
        while refused < 300:
            try:
                with engine.begin() as connection:
                    connection.exec_driver_sql(
                        "INSERT INTO rate_limit (key, count, expires_at)"
                        " VALUES (lower(hex(randomblob(32))), 1, '2999-01-01 00:00:00.000000')"
                    )
            except OperationalError:
                refused += 1


def test_pages_are_read_with_cold_templates_and_no_room_to_keep_them(make_app: MakeSite, tmp_path: Path) -> None:
    """A start with an empty cache on a disk that takes nothing."""
    app, folder = make_app(), tmp_path / "cache"
    keep_compiled(app, folder)
    # Where the cache was is something that no file can be put into, whoever runs the tests.
    folder.rmdir()
    folder.write_text("")
    if app.jinja_env.cache is not None:
        app.jinja_env.cache.clear()
    client = app.test_client()
    assert [client.get(path).status_code for path in ("/en/", "/ar/help", "/en/me/", "/en/nowhere")] == [
        200,
        200,
        200,
        404,
    ]


def test_what_cannot_be_saved_is_said(make_app: MakeSite) -> None:
    """Answers, and signing in right or wrong: 503 with the sentence and a time to wait, never a bare page."""
    app = make_app(rate_limits=True)
    Visitor(app).join("ana@example.org")
    course = site_of(app).library.current().courses["cop-parents"]
    lesson = f"/en/c/{course.code}/{next(iter(course.items.values())).code}"
    visitor = Visitor(app)
    fields, token = hidden_fields(visitor.get(lesson).text), visitor.token()
    fill_up(app)
    assert visitor.get(lesson).status_code == 200
    answers = [visitor.client.post(lesson, data=fields)] + [
        visitor.client.post("/en/sign-in", data={"csrf_token": token, "email": email, "password": PASSWORD})
        for email in ("ana@example.org", "nobody@example.org")
    ]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused, [answer.status_code for answer in answers]
    for answer in answers:
        assert answer.status_code != 500
    for answer in refused:
        assert "was not saved" in answer.text
        assert answer.headers["Retry-After"]


def test_disk_without_room_is_not_a_fault_of_the_site(app: Flask) -> None:
    """Wherever a file could not be written, a page says so in the reader's language."""

    @app.get("/<lang:lang>/writes")
    def writes() -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    answer = app.test_client().get("/ar/writes")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert 'dir="rtl"' in answer.text


def test_readiness_tells_of_a_full_disk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever watches over the site learns it before its people do."""
    assert app.test_client().get("/readyz").status_code == 200
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(views, "disk_usage", lambda _path: usage(10, 10, 0))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "disk" in answer.text
