"""Whatever stands in any text of the database, a browser runs nothing of it and the policy has nothing to stop."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page
from sqlalchemy import JSON, Column, String, UniqueConstraint, bindparam, select, update

from bench.site import sign_in
from coplearn.accounts.models import User
from coplearn.storage.base import Base
from coplearn.storage.database import current_session, engine_of
from tests.accounts.persona import post_with_token
from tests.cohorts.worlds import signed_in_client
from tests.contracts.full_site import Site as FullSite
from tests.journeys.browser import Visitor, new_visitor
from tests.journeys.no_texts import NO_TEXTS
from tests.journeys.site import Site, serving
from tests.payloads import PAYLOADS
from tests.sizes import WHOLE

ROUNDS = len(PAYLOADS) if WHOLE else 1
"""In each, every text holds another payload."""
PAGES = 1_000 if WHOLE else 3
"""At most so many pages of each person in a round."""
JSON_TEXTS = {"roster_import.report", "roster_import.unknown_words", "period_edition_row.content"}
"""Columns of letters that hold JSON."""
WORDS_OF_OURS = {"id", "href", "keys", "kind", "launch_method", "move_on", "standard", "state"}
"""Names in JSON objects under which no text stands, but a word that the site knows."""
GONE = {
    # An invitation is good for the mail address that it went to.
    "cohorts.accept",
    # A paragraph is known by its words.
    "statements.remark", "statements.own_remark",
}  # fmt: skip
"""Pages that are not there any more when the texts are others."""
NO_PAGES = {"static", "probes.alive", "probes.ready", "played.file", *GONE}
"""No pages of ours: a file of a package has an origin of its own, and its program fails outside the frame of our page."""
ROOMS = {"learner": "visitor", "trainee": "trainee"}
"""Who of them comes into the room of whom (``FullSite.rooms``)."""
PEOPLE = ("admin", "lead", "trainee", "learner")


def text_columns() -> list[Column[Any]]:
    """The columns in which texts of people can stand."""
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]
    return [column for column in columns if isinstance(column.type, JSON | String) and name_of(column) not in NO_TEXTS]


def name_of(column: Column[Any]) -> str:
    """The column with its table."""
    return f"{column.table.name}.{column.name}"


def _poisoned(value: Any, payload: str) -> Any:
    """The value with the payload in place of each text in it."""
    if isinstance(value, str):
        return value if value.isdecimal() else payload
    if isinstance(value, list):
        return [_poisoned(one, payload) for one in value]
    if isinstance(value, dict):
        return {name: one if name in WORDS_OF_OURS else _poisoned(one, payload) for name, one in value.items()}
    return value


def _is_unique(column: Column[Any]) -> bool:
    """Whether two rows may not hold the same."""
    rules = [one.columns for one in column.table.constraints if isinstance(one, UniqueConstraint)]
    return any(column.name in one for one in (*rules, *(one.columns for one in column.table.indexes if one.unique)))


def _poison(app: Flask, turn: int) -> None:
    """Put a payload into every text there is: another one in each column, and in each turn."""
    with engine_of(app).begin() as connection:
        for place, column in enumerate(text_columns()):
            table, payload = column.table, PAYLOADS[(turn + place) % len(PAYLOADS)]
            if isinstance(column.type, String) and name_of(column) not in JSON_TEXTS and not _is_unique(column):
                connection.execute(update(table).values({column.name: payload[: column.type.length]}))
                continue
            key = next(iter(table.primary_key))
            rows = connection.execute(select(key, column)).all()
            changed = [{"of": number, "to": _changed(column, value, payload, str(number))} for number, value in rows]
            if changed:
                connection.execute(
                    update(table).where(key == bindparam("of")).values({column.name: bindparam("to")}), changed
                )


def _changed(column: Column[Any], value: Any, payload: str, number: str) -> Any:
    if isinstance(column.type, JSON):
        return _poisoned(value, payload)
    if name_of(column) in JSON_TEXTS:
        return json.dumps(_poisoned(json.loads(value or "null"), payload))
    return payload[: (column.type.length or 1_000) - len(number)] + number  # type: ignore[attr-defined] # a String


def _keys(app: Flask) -> dict[str, str]:
    """The key of a session of each of the people."""
    with app.app_context():
        users = current_session(app).scalars(select(User))
        return {user.email.partition("@")[0]: user.fs_uniquifier for user in users}


def _paths(full: FullSite) -> dict[str, list[str]]:
    """The pages that each of the people can read."""
    found: dict[str, list[str]] = {}
    rules = [rule for rule in full.app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    random.shuffle(rules)
    keys = _keys(full.app)
    for who in PEOPLE:
        client = signed_in_client(full.app, keys[who])
        if who in ROOMS:
            assert post_with_token(client, "/en/room/", {"code": full.rooms[ROOMS[who]]}).status_code == 303
        for rule in rules:
            path = full.page(rule)
            if len(found.get(who, [])) < PAGES and rule.endpoint not in NO_PAGES:
                answer = client.get(path, buffered=True)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    found.setdefault(who, []).append(path)
    return found


def _note_dialogs(page: Page, hits: list[str]) -> None:
    def note(dialog: Dialog) -> None:
        hits.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)


def _browsers(full: FullSite, chromium: Browser, site: Site, hits: list[str]) -> Iterator[tuple[str, Visitor]]:
    keys = _keys(full.app)
    for who in PEOPLE:
        visitor = new_visitor(chromium, site)
        cookie = sign_in(full.app, keys[who]).cookie
        visitor.context.add_cookies([{"name": "session", "value": cookie, "url": site.url}])
        if who in ROOMS:
            visitor.page.goto(f"{site.url}/en/room/")
            visitor.page.fill("[name=code]", full.rooms[ROOMS[who]])
            visitor.page.press("[name=code]", "Enter")
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
    assert len(set(PAYLOADS)) == 60 and len(text_columns()) > 200
    full = FullSite(fully_opened_app)
    paths, hits, seen, errors = _paths(full), list[str](), 0, list[tuple[int, str, str, int]]()
    with serving(tmp_path) as site:
        people = dict(_browsers(full, chromium, site, hits))
        for turn in range(ROUNDS):
            _poison(full.app, turn if WHOLE else random.randrange(len(PAYLOADS)))
            for who, visitor in people.items():
                for path in paths[who]:
                    address = path.replace("/en/", "/ar/", 1) if turn % 2 else path
                    answer = visitor.page.goto(f"{site.url}{address}")
                    if answer is None or answer.status != 200:
                        errors.append((turn, who, address, answer.status if answer is not None else 0))
                    assert visitor.watch.faults == [], (turn, who, address)
                    assert hits == [], (turn, who, address)
                    seen += 1
        for visitor in people.values():
            visitor.context.close()
    # A page that is an error shows no text.
    assert errors == []
    assert seen == ROUNDS * sum(map(len, paths.values())) and (seen > 300 * ROUNDS or not WHOLE)
