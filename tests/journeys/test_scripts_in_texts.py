"""Whatever stands in any text of the database, a browser runs nothing of it and the policy has nothing to stop."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page
from sqlalchemy import JSON, Column, String, select, update

from bench.site import sign_in
from coplearn.accounts.models import User
from coplearn.storage.base import Base
from coplearn.storage.database import current_session, engine_of
from tests.contracts.full_site import Site as FullSite
from tests.journeys.browser import Visitor, new_visitor
from tests.journeys.site import Site, serving
from tests.payloads import PAYLOADS
from tests.sizes import WHOLE

ROUNDS = len(PAYLOADS) if WHOLE else 1
"""In each, every text holds another payload."""
PAGES = 1_000 if WHOLE else 3
"""At most so many pages of each person in a round."""
SHORTEST = 100
NO_TEXTS = {
    # Looked for by what stands in them, or written by the machine alone.
    "email", "to_address", "password", "made", "group", "context", "place", "method", "key", "report", "unknown_words",
    "evidence_type", "token",
}  # fmt: skip
LISTS = {"suggestion.forms", "certification.course_titles"}
"""JSON columns that hold a list of texts."""
PEOPLE = ("admin", "lead", "trainee", "learner")


def _is_text(column: Column[Any]) -> bool:
    if isinstance(column.type, JSON):
        return f"{column.table.name}.{column.name}" in LISTS
    if not isinstance(column.type, String) or column.foreign_keys or column.primary_key or column.unique:
        return False
    length = column.type.length
    return (length is None or length >= SHORTEST) and column.name not in NO_TEXTS


def text_columns() -> list[Column[Any]]:
    """The columns in which texts of people stand."""
    return [column for table in Base.metadata.sorted_tables for column in table.columns if _is_text(column)]


def _poison(app: Flask, turn: int) -> None:
    """Put a payload into every text there is: another one in each column, and in each turn."""
    with engine_of(app).begin() as connection:
        for place, column in enumerate(text_columns()):
            payload = PAYLOADS[(turn + place) % len(PAYLOADS)]
            value = [payload] if isinstance(column.type, JSON) else payload
            connection.execute(update(column.table).values({column.name: value}))


def _paths(full: FullSite) -> dict[str, list[str]]:
    """The pages that each of the people can read."""
    found: dict[str, list[str]] = {}
    rules = [rule for rule in full.app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    random.shuffle(rules)
    for who in PEOPLE:
        client = full.clients.get(who) or full.clients["visitor"]
        for rule in rules:
            path = full.address(rule, random.Random(0), 0)
            if len(found.get(who, [])) < PAGES and rule.endpoint not in {"static", "probes.alive", "probes.ready"}:
                answer = client.get(path, buffered=True)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    found.setdefault(who, []).append(path)
    return found


def _note_dialogs(page: Page, hits: list[str]) -> None:
    def note(dialog: Dialog) -> None:
        hits.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)


def _browsers(app: Flask, chromium: Browser, site: Site, hits: list[str]) -> Iterator[tuple[str, Visitor]]:
    with app.app_context():
        users = {
            user.email.partition("@")[0]: user.fs_uniquifier for user in current_session(app).scalars(select(User))
        }
    for who in PEOPLE:
        visitor = new_visitor(chromium, site)
        visitor.context.add_cookies([{"name": "session", "value": sign_in(app, users[who]).cookie, "url": site.url}])
        _note_dialogs(visitor.page, hits)
        yield who, visitor


def test_text_that_is_run_is_seen(chromium: Browser) -> None:
    """On a page that forgets to escape."""
    hits: list[str] = []
    page = chromium.new_page()
    _note_dialogs(page, hits)
    page.set_content(f"<p>{PAYLOADS[7]}</p>")
    page.close()
    assert hits == ["1"]


@pytest.mark.sampled
def test_no_text_is_ever_run(fully_opened_app: Flask, chromium: Browser, tmp_path: Path) -> None:
    """Sixty payloads by turns in every text column, every page of four people in two languages: no dialog, nothing to stop."""
    assert len(set(PAYLOADS)) == 60 and len(text_columns()) > 30
    app, full = fully_opened_app, FullSite(fully_opened_app)
    paths, hits, seen = _paths(full), list[str](), 0
    with serving(tmp_path) as site:
        people = dict(_browsers(app, chromium, site, hits))
        for turn in range(ROUNDS):
            _poison(app, turn if WHOLE else random.randrange(len(PAYLOADS)))
            for who, visitor in people.items():
                for path in paths[who]:
                    address = path.replace("/en/", "/ar/", 1) if turn % 2 else path
                    visitor.page.goto(f"{site.url}{address}")
                    assert visitor.watch.faults == [], (turn, who, address)
                    assert hits == [], (turn, who, address)
                    seen += 1
        for visitor in people.values():
            visitor.context.close()
    assert seen >= 4
