"""Whatever stands in any text of the database, a browser runs nothing of it and the policy has nothing to stop."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page

from tests.contracts.full_site import Site as FullSite
from tests.journeys.every_page import enter, in_language, is_open, keys_of, pages_of, sign_in
from tests.journeys.site import serving
from tests.payloads import PAYLOADS
from tests.planting import plant, text_columns
from tests.sizes import WHOLE

ROUNDS = len(PAYLOADS) if WHOLE else 1
"""In each, every text holds another payload."""
PAGES = 3
"""So many pages of each person in the suite."""
STAFF = ("admin", "lead")
"""Whose lists of people are shown only for a while after a password."""
GONE = {
    # An invitation is good for the mail address that it went to.
    "cohorts.accept",
    # A paragraph is known by its words.
    "statements.remark", "statements.own_remark",
}  # fmt: skip
"""Pages that are not there any more when the texts are others."""


def _note_dialogs(page: Page, hits: list[str]) -> None:
    def note(dialog: Dialog) -> None:
        hits.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)


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
    # Afterwards the addresses that people are known by are payloads too.
    keys = keys_of(full.app)
    paths, hits, seen, errors = pages_of(full, PAGES, without=GONE), list[str](), 0, list[tuple[int, str, str, str]]()
    with serving(tmp_path) as site:
        people = {who: enter(full, chromium, site, who) for who in paths}
        for visitor in people.values():
            _note_dialogs(visitor.page, hits)
        for turn in range(ROUNDS):
            plant(full.app, PAYLOADS, turn if WHOLE else random.randrange(len(PAYLOADS)))
            for who, visitor in people.items():
                if who in STAFF:
                    sign_in(visitor, full.app, keys[who])
                for path in paths[who]:
                    address = in_language(path, ("en", "ar")[turn % 2])
                    if not is_open(visitor, address):
                        errors.append((turn, who, address, visitor.page.url))
                    assert visitor.watch.faults == [], (turn, who, address)
                    assert hits == [], (turn, who, address)
                    seen += 1
        for visitor in people.values():
            visitor.context.close()
    # A page that is an error, or another, does not show that text.
    assert errors == []
    assert seen == ROUNDS * sum(map(len, paths.values())) and (seen > 300 * ROUNDS or not WHOLE)
