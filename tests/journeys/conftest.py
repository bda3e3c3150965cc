"""One server and one browser for all journeys of a test process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.journeys.browser import ARGUMENTS, DESK, Visitor, new_visitor
from tests.journeys.places import People, meet_people
from tests.journeys.site import Site, serving
from tests.prepare import find_browser

Meet = Callable[..., Visitor]
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

    def make(lang: str = "en", size: tuple[int, int] = DESK, **options: Any) -> Visitor:
        met.append(new_visitor(chromium, site, lang, size, **options))
        return met[-1]

    yield make
    for visitor in met:
        visitor.context.close()
