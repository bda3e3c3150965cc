"""The state of the site: each line is judged by its facts, the page and the command say the same, and nobody else sees it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask

from coplearn.accounts.service import grant_role
from coplearn.administration.overview.presenters import facts_now
from coplearn.administration.overview.rules import SiteFacts, Verdict, judged
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.settings import HOME
from coplearn.site import site_of
from coplearn.storage import probe
from coplearn.storage.database import current_session, engine_of
from coplearn.storage.probe import KEPT_SECONDS, saves
from tests.accounts.persona import Visitor
from tests.conftest import MakeSite

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
FINE = SiteFacts(
    now=NOW,
    is_public=True,
    https=True,
    proxies=1,
    hosts=("learn.example.org",),
    mail="smtp",
    last_sent=NOW,
    waiting=1,
    failed=0,
    oldest_waiting=NOW - timedelta(minutes=2),
    stands_still=False,
    last_days_work=NOW.date(),
    backups=True,
    last_verified=NOW - timedelta(hours=20),
    staff_without_factor=0,
    factor_is_asked=True,
    for_builders=(),
    unsaid=(),
    open_files=(),
    engine="SQLite 3.51.3",
    engine_fault="",
    helplines_old=0,
    helplines_soon=0,
    room=10**11,
    courses=3,
    broken_courses=0,
)
A, L = Verdict.ACT, Verdict.LOOK


def test_site_in_order_is_told_so() -> None:
    """Every line is good; where each sends its reader, there is a heading."""
    lines = judged(FINE)
    assert {line.verdict for line in lines} == {Verdict.GOOD}
    assert len({line.name for line in lines}) == len(lines)
    for line in lines:
        name, _, anchor = line.docs.partition("#")
        headings = re.findall(r"^#+ (.*)$", (HOME / "docs" / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert not anchor or anchor in {re.sub(r"[^\w-]", "", one.lower().replace(" ", "-")) for one in headings}


@pytest.mark.parametrize(
    ("name", "verdict", "changes"),
    [
        ("https", A, {"https": False}),
        ("https", L, {"https": False, "is_public": False}),
        ("https", L, {"proxies": 0}),
        ("hosts", L, {"is_public": False}),
        ("mail", A, {"mail": "file"}),
        ("mail", A, {"oldest_waiting": NOW - timedelta(hours=2)}),
        ("mail", L, {"failed": 2}),
        ("mail", L, {"last_sent": None}),
        ("jobs", A, {"stands_still": True}),
        ("jobs", A, {"last_days_work": NOW.date() - timedelta(days=2)}),
        ("backup", A, {"backups": False}),
        ("backup", A, {"last_verified": None}),
        ("backup", A, {"last_verified": NOW - timedelta(days=8)}),
        ("backup", L, {"last_verified": NOW - timedelta(days=3)}),
        ("factors", A, {"staff_without_factor": 1, "factor_is_asked": False}),
        ("factors", L, {"staff_without_factor": 1}),
        ("factors", L, {"factor_is_asked": False}),
        ("settings", A, {"for_builders": ("COPLEARN_STYLE_PAGE",)}),
        ("contact", L, {"unsaid": ("COPLEARN_CONTACT",)}),
        ("files", A, {"open_files": ("secret_key",)}),
        ("database", A, {"engine_fault": "sync"}),
        ("database", L, {"engine_fault": "wal"}),
        ("database", L, {"engine_fault": "replica"}),
        ("helplines", A, {"helplines_old": 1}),
        ("helplines", L, {"helplines_soon": 3}),
        ("room", A, {"room": 10**8}),
        ("room", L, {"room": 10**9}),
        ("courses", A, {"courses": 0}),
        ("courses", L, {"broken_courses": 1}),
    ],
)
def test_what_is_wrong_is_told_first(name: str, verdict: Verdict, changes: dict[str, Any]) -> None:
    """That line alone, and before all that is in order."""
    first, *others = judged(replace(FINE, **changes))
    bad = {line.name: line.verdict for line in (first, *others) if line.verdict is not Verdict.GOOD}
    assert bad[name] is verdict
    assert len(bad) <= 1 + (name == "https" and not changes.get("is_public", True))
    assert first.verdict is not Verdict.GOOD


def test_facts_are_those_of_the_database(each_app: Flask) -> None:
    """Asked of either engine; a new site has sent nothing, and nobody does its jobs."""
    with each_app.app_context():
        facts = facts_now(current_session(each_app), utcnow())
        assert facts.engine.split()[0] in {"SQLite", "PostgreSQL"}
        assert (facts.last_sent, facts.oldest_waiting, facts.last_verified, facts.stands_still) == (
            None,
            None,
            None,
            True,
        )
        assert "COPLEARN_RATE_LIMITS" in facts.for_builders
        assert facts.courses > 0


def test_open_files_are_named(app: Flask) -> None:
    """A key that others can read is told, unless its folder is closed to them."""
    folder = site_of(app).settings.instance_path
    (folder / "secret_key").write_text("k" * 40, encoding="ascii")
    (folder / "secret_key").chmod(0o644)

    def named() -> tuple[str, ...]:
        with app.app_context():
            return facts_now(current_session(app), utcnow()).open_files

    folder.chmod(0o700)
    assert named() == ()
    folder.chmod(0o755)
    assert "secret_key" in named()


def test_page_and_command_say_the_same(make_app: MakeSite) -> None:
    """To an administrator in their language, to a script by its end."""
    app = make_app(public_url="http://localhost")
    admin = Visitor(app)
    admin.join("admin@example.org")
    with app.app_context():
        session = current_session(app)
        grant_role(session, "admin@example.org", Role.ADMIN)
        session.commit()
        assert facts_now(session, utcnow()).staff_without_factor == 1
    page = admin.get("/en/overview/")
    assert page.status_code == 200
    assert "No backups are set up" in page.text
    assert 'dir="rtl"' in admin.get("/ar/overview/").text
    done = app.test_cli_runner().invoke(args=["doctor"])
    assert done.exit_code == 1
    lines = [line.split("\t") for line in done.output.splitlines()]
    assert [line[0] for line in lines] == sorted((line[0] for line in lines), key=["act", "look", "good"].index)
    shown = re.sub("[\u2066-\u2069]", "", unescape(page.text))
    assert [line[2] for line in lines if line[0] == "act" and line[2] not in shown] == []


def test_readiness_means_that_something_can_be_saved(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that can be read and not written is not ready; who asks often keeps it no busier."""
    assert app.test_client().get("/readyz").status_code == 200
    engine = engine_of(app)
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE rate_limit")
        connection.commit()
    assert saves(engine)
    monkeypatch.setattr(probe, "KEPT_SECONDS", 0.0)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, "saves nothing" in answer.text) == (503, True)
    assert KEPT_SECONDS > 1
