"""A browser that is killed at thirty steps of a kept course: whatever its page said was kept arrives at the site, once."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from coplearn.courses.plugin import Item
from tests.journeys.browser import ARGUMENTS, PHONE, until
from tests.journeys.learner import answer_rightly, new_address
from tests.journeys.site import Site, serving, the_course
from tests.journeys.test_kept_course import READY
from tests.journeys.walk import Quick, way_through
from tests.once import DATABASE
from tests.prepare import find_browser
from tests.sizes import whole_only

pytestmark = whole_only

KILLS: Final = 30
MODULES: Final = 2
MOMENTS: Final = ("opened", "half", "pressed", "told")
"""When it is killed: the page is there; half of the step is done; all is, and sent at this moment; the page says it is kept."""
HELD = """async () => {
  const { mine, others } = await (await import(document.getElementById('say').dataset.outbox)).waiting();
  return [mine.map((one) => [one.op, one.body.item]), others];
}"""
MOVES = """(item) => Math.max(0, ...Object.entries(localStorage).filter(([name]) => name.startsWith('kept-progress'))
  .map(([, value]) => JSON.parse(value)[item]?.moves?.length ?? 0))"""
FORMS = "() => new Set([...document.querySelectorAll('[data-form]')].map((one) => one.dataset.form)).size"
SEND = "async () => (await import(document.getElementById('say').dataset.outbox)).flush()"


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of its own: what it has at the end is counted."""
    with serving(tmp_path_factory.mktemp("killed")) as site:
        yield site


@dataclass
class Phone:
    """A browser with a folder that outlives it, and what its pages said was kept: items by code."""

    chromium: Browser
    folder: Path
    said: set[str] = field(default_factory=set)

    def start(self) -> BrowserContext:
        """Begin the browser with what it had on its disk the last time."""
        context = self.chromium.browser_type.launch_persistent_context(
            str(self.folder),
            executable_path=find_browser(),
            args=list(ARGUMENTS),
            viewport={"width": PHONE[0], "height": PHONE[1]},
            locale="en-GB",
        )
        context.set_default_timeout(90_000)
        return context

    def kill(self, context: BrowserContext) -> None:
        """End its processes at once, with no time to write anything."""
        named = f"--user-data-dir={self.folder}".encode()
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if named in (place / "cmdline").read_bytes().split(b"\0"):
                    os.kill(int(place.name), signal.SIGKILL)
        with suppress(Error):
            context.close()


def do(page: Page, item: Item[Any], moment: str) -> bool:
    """Do a step up to that moment; whether the page has said that it is kept."""
    form = page.locator("form[data-kept]")
    if moment == "opened":
        return False
    if item.kind == "scenario":
        here = '[data-scene]:not([hidden]) button[value="{}"]'
        rest = way_through(item.content)[page.evaluate(MOVES, item.id) :]
        if not rest:
            return False
        for choice in rest[:-1]:
            form.locator(here.format(choice)).click()
        button = form.locator(here.format(rest[-1]))
    elif item.kind == "quiz":
        # The other form goes when the script has begun.
        until(page, lambda: page.evaluate(FORMS) < 2, "one form is asked")
        answer_rightly(page, item)
        button = form.locator("button[type=submit].button--primary")
    else:
        button = form.locator("button[name=did][value=done]" if item.kind == "action" else ".button--primary")
    if moment == "half":
        return False
    before = page.url
    button.click(no_wait_after=True)
    if moment == "told":
        # The page may go on meanwhile: nothing is waited for that the next one has not.
        told = page.locator("#kept-say:not(:empty)")
        until(page, lambda: page.url != before or told.count() > 0, "it says so")
    return moment == "told"


def steps() -> Iterator[tuple[Item[Any], str]]:
    """Steps of the course with the moments of each, thirty in all."""
    course = the_course()
    every = [course.items[one] for module in course.modules[:MODULES] for one in module.item_ids]
    chosen = [one for one in every if one.kind != "lesson"] + [one for one in every if one.kind == "lesson"]
    pairs = [(item, moment) for item in chosen for moment in MOMENTS]
    return iter(pairs[:KILLS])


def attempts(site: Site) -> list[str]:
    """The keys of all that the site has been handed."""
    with closing(sqlite3.connect(Path(site.instance) / DATABASE)) as database:
        return [row[0] for row in database.execute("SELECT key FROM attempt")]


def test_killed_at_thirty_steps_no_answer_is_lost(site: Site, chromium: Browser, tmp_path: Path) -> None:
    """Kept with a network, then cut off; killed thirty times, opened again each time with all that was said to be kept; then it
    is sent, and the site has each once."""
    phone, home = Phone(chromium, tmp_path / "profile"), f"/en/c/{the_course().code}/"
    context = phone.start()
    Quick(site, context.request).join(new_address())
    page = context.new_page()
    page.goto(f"{site.url}{home}keep")
    page.wait_for_selector(READY)
    for tick in page.locator("#keep [name=module]").all()[MODULES:]:
        tick.uncheck()
    page.locator("#keep [data-start]").click()
    page.locator("#keep-have:not([hidden])").wait_for(timeout=600_000)
    context.close()
    held: set[tuple[str, str]] = set()
    for item, moment in steps():
        context, page, held = looked_at(phone, site, held)
        page.goto(f"{site.url}{home}{item.code}")
        page.locator("form[data-kept]").wait_for()
        if do(page, item, moment):
            phone.said.add(item.code)
        phone.kill(context)
    context, page, held = looked_at(phone, site, held)
    assert {item.code for item, moment in steps() if moment == "told"} <= {code for _, code in held}
    context.set_offline(False)
    page.goto(f"{site.url}/en/me/")
    page.evaluate(SEND)
    until(page, lambda: page.evaluate(HELD) == [[], 0], "all of it arrives")
    context.close()
    came = Counter(attempts(site))
    assert {op for op, _ in held} == set(came) and set(came.values()) == {1}


def looked_at(
    phone: Phone, site: Site, before: set[tuple[str, str]]
) -> tuple[BrowserContext, Page, set[tuple[str, str]]]:
    """The browser begun again without a network: what it had is there, and whatever a page said was kept.

    A story that was kept, and killed before that was noted, is ended once more: its answer takes the place of the one before.
    """
    context = phone.start()
    context.set_offline(True)
    page = context.new_page()
    page.goto(f"{site.url}/en/c/{the_course().code}/")
    mine, others = page.evaluate(HELD)
    held = {(op, code) for op, code in mine}
    again = {code for _, code in before - held}
    assert others == 0 and again <= {code for _, code in held - before}
    assert again <= {item.code for item in the_course().items.values() if item.kind == "scenario"}
    assert phone.said <= {code for _, code in held}
    return context, page, held
