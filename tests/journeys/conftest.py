"""One server and one browser for all journeys of a test process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, StorageState, expect, sync_playwright

from coplearn.accounts.service import grant_role
from coplearn.app import create_app
from coplearn.kernel.words import Role
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of
from tests.journeys.browser import ARGUMENTS, DESKTOP, Visitor, new_visitor
from tests.journeys.places import People, meet_people
from tests.journeys.site import Site, serving
from tests.journeys.walk import Quick
from tests.once import SECRET_KEY
from tests.prepare import find_browser

Meet = Callable[..., Visitor]
Office = tuple[Site, Flask, StorageState]
"""A site, an application over its database, and the browser of whoever coordinates there."""
# Only what fails waits so long; a busy machine is no fault.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The production server with an empty database."""
    with serving(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this machine; without one the tests are skipped, or fail when CI=true."""
    path = find_browser()
    if path is None:
        reason = "no Chromium on this machine: python tests/prepare.py says what to do"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def people(chromium: Browser, site: Site, tmp_path_factory: pytest.TempPathFactory) -> People:
    """People at every stage of the course, made once."""
    return meet_people(chromium, site, tmp_path_factory.mktemp("people"))


@pytest.fixture
def meet(chromium: Browser, site: Site) -> Iterator[Meet]:
    """Makes visitors, each with a browser of their own: ``meet(lang, size, **options of new_context)``."""
    met: list[Visitor] = []

    def make(lang: str = "en", size: tuple[int, int] = DESKTOP, **options: Any) -> Visitor:
        met.append(new_visitor(chromium, site, lang, size, **options))
        return met[-1]

    yield make
    for visitor in met:
        visitor.context.close()


@pytest.fixture(scope="module")
def office(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A running site for the tests of one file, with somebody who coordinates Armenia and is signed in."""
    with serving(tmp_path_factory.mktemp("office")) as site:
        visitor = new_visitor(chromium, site)
        quick = Quick(site, visitor.context.request)
        quick.join("ani@example.org")
        quick.greeted()
        state = visitor.context.storage_state()
        visitor.context.close()
        app = create_app(Settings(instance_path=Path(site.instance), secret_key=SECRET_KEY, log_level="CRITICAL"))
        with app.app_context():
            grant_role(current_session(app), "ani@example.org", Role.COORDINATOR, country="AM")
            current_session(app).commit()
        yield site, app, state
        with app.app_context():
            engine_of(app).dispose()
