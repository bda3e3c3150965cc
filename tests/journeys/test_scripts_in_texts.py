"""Whatever stands in any text of the database, a browser runs nothing of it and the policy has nothing to stop."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page
from sqlalchemy import select

from bench.site import sign_in
from coplearn.accounts.models import User
from coplearn.storage.database import current_session
from tests.accounts.persona import post_with_token
from tests.cohorts.worlds import signed_in_client
from tests.contracts.full_site import Site as FullSite
from tests.journeys.browser import Visitor, new_visitor
from tests.journeys.site import Site, serving
from tests.payloads import PAYLOADS
from tests.planting import plant, text_columns
from tests.sizes import WHOLE

ROUNDS = len(PAYLOADS) if WHOLE else 1
"""In each, every text holds another payload."""
PAGES = 1_000 if WHOLE else 3
"""At most so many pages of each person in a round."""
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
            plant(full.app, PAYLOADS, turn if WHOLE else random.randrange(len(PAYLOADS)))
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
