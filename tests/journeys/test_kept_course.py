"""A course on a phone without a network: kept piece by piece, opened from the start page, with help and with nothing of the topic
where somebody may glance at it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.browser import PHONE, Visitor
from tests.journeys.conftest import Meet
from tests.journeys.site import the_course

READY = "html[data-keeping='ready']"
ON_THIS_PHONE = """async (home) => {
  const cache = await caches.open('course:' + home), list = await (await cache.match(home + 'kept.json'))?.json();
  return list ? {numbers: list.numbers, pieces: list.named.length, there: (await cache.keys()).length - 1} : null;
}"""


def open_page(visitor: Visitor, path: str) -> None:
    """Open a page, with or without a network."""
    visitor.page.goto(f"{visitor.site.url}/{visitor.lang}/{path}")


def test_course_kept_in_arabic_opens_without_network(meet: Meet) -> None:
    """One module is kept; the browser is cut off; the start page leads to the course, a lesson opens, and help does. A lesson that
    was read on the site before is marked as done."""
    visitor = meet("ar", size=PHONE)
    page, course = visitor.page, the_course()
    home = f"/ar/c/{course.code}/"
    done = next(one for one in course.items.values() if one.kind == "lesson")
    open_page(visitor, f"c/{course.code}/{done.code}")
    visitor.press("main form .button--primary")
    open_page(visitor, f"c/{course.code}/")
    page.locator("[data-can-keep] a").click()
    page.wait_for_selector(READY)
    assert page.evaluate("caches.keys()") == []
    for tick in page.locator("#keep [name=module]").all()[1:]:
        tick.uncheck()
    page.locator("#keep [data-start]").click()
    page.locator("#keep-have").wait_for()
    kept = page.evaluate(ON_THIS_PHONE, home)
    assert kept["numbers"] == [1] and kept["pieces"] == kept["there"]
    assert visitor.watch.faults == []

    visitor.context.set_offline(True)
    # The browser ends a worker whenever it likes: each page is opened by one that has just begun.
    browser = visitor.context.new_cdp_session(page)

    def end_worker(_: Page) -> None:
        browser.send("ServiceWorker.stopAllWorkers")

    browser.send("ServiceWorker.enable")
    page.on("load", end_worker)
    end_worker(page)
    open_page(visitor, "")
    page.locator("#kept-courses a").click()
    page.wait_for_url(f"**{home}")
    expect(page.locator("[data-absent]:not([hidden])")).to_have_count(len(course.modules) - 1)
    expect(page.locator(".item--done")).to_have_count(1)
    assert page.locator(".item--done").get_attribute("data-item") == done.id
    first = course.items[course.modules[0].item_ids[0]]
    page.locator(f"[data-item='{first.id}'] a").click()
    page.wait_for_url(f"**/{first.code}")
    assert visitor.heading
    expect(page.locator("#edition")).to_contain_text(course.version)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    assert course.title not in page.title() and "coplearn" not in page.title().lower()
    open_page(visitor, "help")
    assert page.locator("main a[href^='https://']").count() > 2
    # Words of danger put help before what is found, without a network as with one.
    for words, is_danger in (("الابتزاز الجنسي", True), ("الشاشة", False)):
        open_page(visitor, "search")
        page.locator("#words").fill(words)
        page.locator("main button").click()
        page.locator("#found li").first.wait_for()
        assert page.locator("#found-help").is_visible() is is_danger
    # What is not kept says so, instead of the browser's own page.
    open_page(visitor, "about")
    expect(page.locator("#kept-courses a")).to_have_count(1)
