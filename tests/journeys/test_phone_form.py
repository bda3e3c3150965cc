"""The one-minute form on a telephone whose network goes and comes back: each record arrives once, and nothing typed is lost."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, StorageState
from sqlalchemy import select

from coplearn.accounts.service import grant_role
from coplearn.app import create_app
from coplearn.kernel.words import Role
from coplearn.programme.models.records import ActivityVersion
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of
from tests.journeys.barriers import barriers, bring_axe
from tests.journeys.browser import PHONE, new_visitor
from tests.journeys.site import Site, serving
from tests.journeys.walk import Quick
from tests.journeys.wire import wired
from tests.sizes import whole_only

HELD = """async () => {
  const outbox = await import(document.getElementById("say").dataset.outbox);
  return (await outbox.waiting()).mine.map(({ body, refused }) => body.fields.title + (refused ? " (refused)" : ""));
}"""
"""What waits on the device, by title."""


@pytest.fixture(scope="module")
def field(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Flask, StorageState]]:
    """A running site with somebody who coordinates Armenia and is signed in."""
    with serving(tmp_path_factory.mktemp("field")) as site:
        visitor = new_visitor(chromium, site)
        Quick(site, visitor.context.request).join("ani@example.org")
        state = visitor.context.storage_state()
        visitor.context.close()
        app = create_app(Settings(instance_path=Path(site.instance), secret_key="k" * 40, log_level="CRITICAL"))
        with app.app_context():
            grant_role(current_session(app), "ani@example.org", Role.COORDINATOR, country="AM")
            current_session(app).commit()
        yield site, app, state
        with app.app_context():
            engine_of(app).dispose()


def until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Ask again and again until it holds."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, what
        page.wait_for_timeout(100)


def titles(app: Flask) -> Counter[str]:
    """How often the site has each record."""
    with app.app_context():
        return Counter(current_session(app).scalars(select(ActivityVersion.title)))


@whole_only
def test_record_arrives_once_when_the_network_is_back(
    field: tuple[Site, Flask, StorageState], chromium: Browser
) -> None:
    """A doubled press, a tab that was closed, a record that is refused while the next is being typed: all of it is there."""
    site, app, state = field
    context = new_visitor(chromium, site, size=PHONE, storage_state=state, has_touch=True).context
    with wired(site.url) as wire:
        page = context.new_page()
        page.goto(f"{wire.url}/en/programme/quick")
        page.wait_for_selector("html[data-kept='yes']")
        wire.cut()
        page.fill("#title", "Two schools")
        page.get_by_role("button", name="Keep").dblclick()
        until(page, lambda: page.evaluate(HELD) == ["Two schools"], "it is kept once")
        page.fill("#title", "One library")
        page.select_option("#group", "educators")
        page.fill("#number", "31 teachers")
        page.get_by_role("button", name="Keep").click()
        until(page, lambda: len(page.evaluate(HELD)) == 2, "the next one is kept as well")
        page.close()

        page = context.new_page()
        page.goto(f"{wire.url}/en/programme/quick")
        page.wait_for_selector("html[data-quick='ready']")
        page.fill("#title", "Being typed")
        assert titles(app) == {}
        wire.mend()
        page.evaluate("dispatchEvent(new Event('online'))")
        until(page, lambda: page.evaluate(HELD) == ["One library (refused)"], "what is good arrives")
        assert page.input_value("#title") == "Being typed"
        page.get_by_role("button", name="Keep").click()
        until(page, lambda: page.input_value("#number") == "31 teachers", "what was refused is in the form again")
        assert page.input_value("#title") == "One library"
        assert "There are words beside the number." in page.locator("#quick-says").inner_text()
        page.reload()
        until(page, lambda: page.input_value("#number") == "31 teachers", "and again after a reload")
        page.fill("#number", "31")
        page.get_by_role("button", name="Keep").click()
        until(page, lambda: page.evaluate(HELD) == [], "nothing waits any more")
    assert titles(app) == {"Two schools": 1, "Being typed": 1, "One library": 1}
    context.close()


@whole_only
def test_form_has_no_barriers(field: tuple[Site, Flask, StorageState], chromium: Browser) -> None:
    """In English, Arabic and Chinese, at night as well."""
    site, _, state = field
    visitor = new_visitor(chromium, site, size=PHONE, storage_state=state)
    bring_axe(visitor)
    for lang in ("en", "ar", "zh"):
        visitor.page.goto(f"{site.url}/{lang}/programme/quick")
        visitor.page.wait_for_selector("html[data-quick='ready']")
        assert barriers(visitor, dark=True) == [], lang
    visitor.context.close()
