"""The one-minute form on a telephone whose network goes and comes back: each record arrives once, and nothing typed is lost."""

from __future__ import annotations

from collections import Counter

from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select

from coplearn.programme.models.records import ActivityVersion
from coplearn.storage.database import current_session
from tests.journeys.barriers import barriers, bring_axe
from tests.journeys.browser import PHONE, new_visitor, until
from tests.journeys.conftest import Office
from tests.journeys.wire import wired
from tests.sizes import whole_only

HELD = """async () => {
  const outbox = await import(document.getElementById("say").dataset.outbox);
  return (await outbox.waiting()).mine.map(({ body, refused }) => body.fields.title + (refused ? " (refused)" : ""));
}"""
"""What waits on the device, by title."""


def titles(app: Flask) -> Counter[str]:
    """How often the site has each record."""
    with app.app_context():
        return Counter(current_session(app).scalars(select(ActivityVersion.title)))


@whole_only
def test_record_arrives_once_when_the_network_is_back(office: Office, chromium: Browser) -> None:
    """A doubled press, a tab that was closed, a record that is refused while the next is being typed: all of it is there."""
    site, app, state = office
    context = new_visitor(chromium, site, size=PHONE, storage_state=state, has_touch=True).context
    with wired(site.url) as wire:
        page = context.new_page()
        page.goto(f"{wire.url}/en/programme/quick")
        page.wait_for_selector("html[data-kept='yes']")
        wire.cut()
        page.fill("#title", "Two schools")
        page.get_by_role("button", name="Keep").click()
        assert page.evaluate(HELD) == [], "nobody's ground of a number is chosen for them, with or without a network"
        page.select_option("#basis", "not-stated")
        page.get_by_role("button", name="Keep").dblclick()
        until(page, lambda: page.evaluate(HELD) == ["Two schools"], "it is kept once")
        page.fill("#title", "One library")
        page.select_option("#group", "educators")
        page.fill("#number", "31 teachers")
        page.select_option("#basis", "signature-list")
        page.get_by_role("button", name="Keep").click()
        until(page, lambda: len(page.evaluate(HELD)) == 2, "the next one is kept as well")
        page.close()

        page = context.new_page()
        page.goto(f"{wire.url}/en/programme/quick")
        page.wait_for_selector("html[data-quick='ready']")
        page.fill("#title", "Being typed")
        page.select_option("#basis", "not-stated")
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
def test_form_has_no_barriers(office: Office, chromium: Browser) -> None:
    """In English, Arabic and Chinese, at night as well."""
    site, _, state = office
    visitor = new_visitor(chromium, site, size=PHONE, storage_state=state)
    bring_axe(visitor)
    for lang in ("en", "ar", "zh"):
        visitor.page.goto(f"{site.url}/{lang}/programme/quick")
        visitor.page.wait_for_selector("html[data-quick='ready']")
        assert barriers(visitor, dark=True) == [], lang
    visitor.context.close()
