"""A declaration on a telephone: the third recommendation is told as done, and everybody reads it; pages without barriers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, StorageState

from coplearn.accounts.service import grant_role
from coplearn.app import create_app
from coplearn.kernel.words import Role
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of
from tests.declarations.worlds import put_declared
from tests.journeys.barriers import barriers, bring_axe
from tests.journeys.browser import PHONE, new_visitor
from tests.journeys.site import Site, serving
from tests.journeys.walk import Quick
from tests.sizes import whole_only


@pytest.fixture(scope="module")
def office(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Flask, StorageState]]:
    """A running site with somebody who coordinates Armenia and is signed in."""
    with serving(tmp_path_factory.mktemp("office")) as site:
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


@whole_only
def test_done_recommendation_is_read_by_everybody(office: tuple[Site, Flask, StorageState], chromium: Browser) -> None:
    """Told on a telephone; in English, Arabic and Russian nothing stands in anybody's way."""
    site, app, state = office
    names = put_declared(app, "ani@example.org")
    staff = new_visitor(chromium, site, size=PHONE, storage_state=state)
    bring_axe(staff)
    page, told = staff.page, f"recommendations/{names['recommendation']}"
    page.goto(f"{site.url}/en/{told}")
    page.locator('label:has(input[value="done"])').click()
    page.locator("textarea").fill("Two seats in the council.")
    page.get_by_role("button", name="Send").click()
    page.locator(".reports").wait_for()
    public = f"declarations/{names['declaration']}"
    mine = (f"programme/{public}", f"programme/{public}/text/es", f"programme/{public}/adopt", told)
    for lang in ("en", "ar", "ru"):
        for address in (public, "declarations/", *mine, f"programme/campaigns/{names['campaign']}"):
            page.goto(f"{site.url}/{lang}/{address}")
            assert barriers(staff, dark=lang == "en") == [], (lang, address)
    reader = new_visitor(chromium, site, "ar", PHONE)
    reader.page.goto(f"{site.url}/ar/{public}")
    assert "Two seats in the council." in reader.page.locator("#r3").inner_text()
    assert reader.page.locator("h1").get_attribute("dir") == "ltr"
    for visitor in (staff, reader):
        visitor.context.close()
