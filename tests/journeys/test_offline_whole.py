"""A module done in Arabic without a network, by a phone whose browser is closed in the middle: as if it had been online."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from coplearn.courses.plugin import Item
from tests.journeys.browser import ARGUMENTS, PHONE, until
from tests.journeys.learner import answer_rightly, new_address
from tests.journeys.site import Site, the_course
from tests.journeys.walk import Quick, way_through
from tests.prepare import find_browser
from tests.sizes import whole_only

pytestmark = whole_only


def home() -> str:
    """The address of the course for parents in Arabic."""
    return f"/ar/c/{the_course().code}/"


WAITING = "async () => (await (await import(document.getElementById('say').dataset.outbox)).waiting()).mine.length"


@contextmanager
def phone(chromium: Browser, folder: Path) -> Iterator[BrowserContext]:
    """A browser that has what it had the last time, also after it was closed."""
    context = chromium.browser_type.launch_persistent_context(
        str(folder),
        executable_path=find_browser(),
        args=list(ARGUMENTS),
        viewport={"width": PHONE[0], "height": PHONE[1]},
        locale="en-GB",
    )
    context.set_default_timeout(90_000)
    try:
        yield context
    finally:
        context.close()


def do_kept(page: Page, item: Item[Any], waiting: int) -> None:
    """Do the open step without a network, and see that it waits on the phone."""
    form = page.locator("form[data-kept]")
    if item.kind == "scenario":
        for choice in way_through(item.content):
            form.locator(f'[data-scene]:not([hidden]) button[value="{choice}"]').click()
    elif item.kind == "quiz":
        # The other form goes when the script has begun.
        page.wait_for_function("() => !document.querySelector('[data-form=b]')")
        answer_rightly(page, item)
        form.locator("button[type=submit].button--primary").click()
        page.locator("#result").wait_for()
    else:
        button = form.locator("button[name=did][value=done]" if item.kind == "action" else ".button--primary")
        if form.get_attribute("data-onward"):
            with page.expect_navigation():
                button.click()
        else:  # the last step of the course
            button.click()
            page.locator("#kept-say:not(:empty)").wait_for()
    until(page, lambda: page.evaluate(WAITING) >= waiting, "it waits")


def standing(site: Site, context: BrowserContext) -> list[str]:
    """How far the site says that somebody is: steps done, and checks passed."""
    page = context.request.get(f"{site.url}/en/c/{the_course().code}/certificate").text()
    found = re.findall(r"\d+ of \d+ (?:steps done|checks passed)", page)
    assert len(found) == 2, page
    return found + re.findall("Every step is done, and every check is passed.|Make my certificate", page)


def test_module_done_without_network_counts_as_if_online(site: Site, chromium: Browser, tmp_path: Path) -> None:
    """Kept, cut off, a module with its story and check, the browser closed and opened again, the last step, and the network back:
    the certificate comes as to somebody who did the same online, and the numbers are equal."""
    course = the_course()
    module = [course.items[one] for one in course.modules[0].item_ids]
    rest = [one for one in course.items.values() if one not in module]
    with phone(chromium, tmp_path) as context:
        Quick(site, context.request).join(new_address())
        page = context.new_page()
        page.goto(f"{site.url}{home()}keep")
        page.locator("#keep [data-start]").click()
        page.locator("#keep-have").wait_for()
        context.set_offline(True)
        for number, item in enumerate(module[:-1], 1):
            page.goto(f"{site.url}{home()}{item.code}")
            do_kept(page, item, number)
    with phone(chromium, tmp_path) as context:
        context.set_offline(True)
        page = context.new_page()
        page.goto(f"{site.url}/ar/")
        page.locator("#kept-courses a").click()
        page.wait_for_url(f"**{home()}")
        page.wait_for_function(f"() => document.querySelectorAll('.item--done').length === {len(module) - 1}")
        expect(page.locator("#waits")).not_to_be_empty()
        page.goto(f"{site.url}{home()}{module[-1].code}")
        do_kept(page, module[-1], len(module))
        context.set_offline(False)
        page.goto(f"{site.url}/ar/me/")
        until(page, lambda: page.evaluate(WAITING) == 0, "all of it arrives")
        online = chromium.new_context()
        people = [Quick(site, context.request), Quick(site, online.request)]
        people[1].join(new_address())
        for item in module:
            people[1].do(item)
        assert standing(site, context) == standing(site, online)
        for item in rest:
            for person in people:
                person.do(item)
        assert standing(site, context) == standing(site, online)
        assert "Make my certificate" in standing(site, context)
        online.close()


def test_thirty_days_without_network_and_a_clock_that_is_wrong(site: Site, chromium: Browser, tmp_path: Path) -> None:
    """The phone's clock is years behind, goes on for thirty days, and is set right before the network is back: all that was done
    counts."""
    course = the_course()
    module = [course.items[one] for one in course.modules[0].item_ids]
    with phone(chromium, tmp_path) as context:
        Quick(site, context.request).join(new_address())
        page = context.new_page()
        page.clock.set_fixed_time(datetime(2021, 1, 1, tzinfo=UTC))
        page.goto(f"{site.url}{home()}keep")
        page.locator("#keep [data-start]").click()
        page.locator("#keep-have").wait_for()
        context.set_offline(True)
        for number, item in enumerate(module, 1):
            page.clock.set_fixed_time(datetime(2021, 1, 1, tzinfo=UTC) + timedelta(days=30 * number // len(module)))
            page.goto(f"{site.url}{home()}{item.code}")
            do_kept(page, item, number)
        page.clock.set_fixed_time(datetime.now(UTC))
        context.set_offline(False)
        page.goto(f"{site.url}/ar/me/")
        until(page, lambda: page.evaluate(WAITING) == 0, "all of it arrives")
        assert standing(site, context)[0].startswith(f"{len(module)} of ")
