"""A course is kept whole or said not to be: stopped anywhere, starved, deceived, cleared, overtaken by a new edition."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from coplearn.courses.library import Course
from tests.journeys.browser import PHONE, Visitor, until
from tests.journeys.conftest import Meet
from tests.journeys.site import the_courses
from tests.sizes import whole_only

pytestmark = whole_only


def course() -> Course:
    """A short course; read when a test begins, and not by every process that looks for tests."""
    return the_courses()["cop-workshop-pack"]


def home() -> str:
    """The address of its page."""
    return f"/en/c/{course().code}/"


READY = "html[data-keeping='ready']"
PIECE = re.compile(r"/kept/[^?]+\?.*v=")
LISTING = """async (home) => {
  const cache = await caches.open('course:' + home);
  return await (await cache.match(home + 'kept.json'))?.json() ?? null;
}"""
HELD = "async (home) => (await (await caches.open('course:' + home)).keys()).map((one) => one.url)"


def at_keeping(meet: Meet) -> Visitor:
    """Somebody with a phone on the page where the course is kept."""
    visitor = meet("en", size=PHONE)
    visitor.page.goto(f"{visitor.site.url}{home()}keep")
    visitor.page.wait_for_selector(READY)
    return visitor


def keep(page: Page, until: str) -> None:
    """Press the button, and wait until the page says that."""
    page.locator("#keep [data-start]").click()
    page.locator("#keep-said", has_text=until).wait_for()


def listing(page: Page) -> dict[str, Any] | None:
    """The listing of what is kept in full."""
    found: dict[str, Any] | None = page.evaluate(LISTING, home())
    return found


def test_keeping_stopped_between_any_two_pieces_goes_on(meet: Meet) -> None:
    """The network goes after each number of pieces; what came stays and is not fetched again, and nothing is claimed before all
    is there."""
    visitor = at_keeping(meet)
    page, fetched, allowed = visitor.page, list[str](), [0]

    def pass_some(route: Route) -> None:
        if allowed[0] <= 0:
            route.abort()
            return
        allowed[0] -= 1
        fetched.append(route.request.url)
        route.continue_()

    page.route(PIECE, pass_some)
    for _ in range(40):
        allowed[0] = 1
        page.locator("#keep [data-start]").click()
        page.locator("#keep-said", has_text=re.compile("no network now|All of it is on this phone")).wait_for()
        if listing(page) is not None:
            break
        page.reload()
        page.wait_for_selector(READY)
        assert page.locator("#keep [data-start]").inner_text() == "Go on keeping it"
    kept = listing(page)
    assert kept is not None and len(fetched) == len(set(fetched)) > 25
    assert {one.partition(visitor.site.url)[2] for one in fetched} <= set(kept["named"])


def test_sign_in_page_of_a_wifi_is_not_taken_for_the_course(meet: Meet) -> None:
    """Everything answers 200 with HTML: nothing of it is kept, and the page says what it was."""
    visitor = at_keeping(meet)
    page = visitor.page
    page.route(
        PIECE, lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Welcome, sign in</h1>")
    )
    keep(page, "Something else came than the course")
    assert listing(page) is None
    assert not [one for one in page.evaluate(HELD, home()) if PIECE.search(one)]
    page.unroute(PIECE)
    keep(page, "All of it is on this phone")


def test_second_window_waits_for_the_first(meet: Meet) -> None:
    """Two windows keep the same course: the second one says so and fetches nothing, and the first goes on."""
    visitor = at_keeping(meet)
    page, held, holds = visitor.page, list[Route](), [True]

    def hold(route: Route) -> None:
        if holds[0]:
            held.append(route)
        else:
            route.continue_()

    page.route(PIECE, hold)
    page.locator("#keep [data-start]").click()
    until(page, lambda: bool(held), "the first asks for a piece")
    other, fetched = visitor.context.new_page(), list[str]()
    other.goto(page.url)
    other.wait_for_selector(READY)
    other.on("request", lambda request: fetched.append(request.url) if PIECE.search(request.url) else None)
    keep(other, "Another window is keeping this course just now.")
    assert fetched == []
    holds[0] = False
    for route in held:
        route.continue_()
    page.locator("#keep-said", has_text="All of it is on this phone").wait_for()
    assert listing(page) is not None


def test_full_phone_is_told_and_what_was_kept_works(meet: Meet) -> None:
    """The browser allows no more room: said before anything is lost."""
    visitor = at_keeping(meet)
    page = visitor.page
    for tick in page.locator("#keep [name=module]").all()[1:]:
        tick.uncheck()
    keep(page, "All of it is on this phone")
    session = visitor.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": visitor.site.url, "quotaSize": 60_000})
    for tick in page.locator("#keep [name=module]").all():
        tick.check()
    keep(page, "There is not enough room on this phone")
    kept = listing(page)
    assert kept is not None and kept["numbers"] == [1]
    visitor.context.set_offline(True)
    page.goto(f"{visitor.site.url}{home()}{next(iter(course().items.values())).code}")
    assert page.locator("#edition").count() == 1


def test_piece_that_the_browser_cleared_is_told_and_fetched_alone(meet: Meet) -> None:
    """One piece is gone: the page that needs it says so, the page that keeps the course too, and one piece is fetched."""
    visitor = at_keeping(meet)
    page = visitor.page
    keep(page, "All of it is on this phone")
    kept, first = listing(page), next(iter(course().items.values()))
    assert kept is not None
    gone = kept["pages"][f"{home()}{first.code}"]
    page.evaluate("async ([home, gone]) => (await caches.open('course:' + home)).delete(gone)", [home(), gone])
    visitor.context.set_offline(True)
    page.goto(f"{visitor.site.url}{home()}{first.code}")
    assert page.locator("#kept-courses").count() == 1
    visitor.context.set_offline(False)
    page.goto(f"{visitor.site.url}{home()}keep")
    page.locator("#keep-have", has_text="has cleared part").wait_for()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if PIECE.search(request.url) else None)
    keep(page, "All of it is on this phone")
    assert [one.partition(visitor.site.url)[2] for one in fetched] == [gone]


def test_removed_course_is_not_told_any_more(meet: Meet) -> None:
    """After it is removed, nothing of it is on the phone, and "My learning" says that no course is."""
    visitor = at_keeping(meet)
    page = visitor.page
    keep(page, "All of it is on this phone")
    page.locator("#keep-remove").click()
    page.locator("#keep-said", has_text="It is not on this phone any more").wait_for()
    page.goto(f"{visitor.site.url}/en/me/")
    page.locator("#kept-here", has_text="No course is kept on this phone").wait_for()
    assert page.evaluate("caches.keys()") == []


def test_browser_that_lets_nothing_be_kept_is_told(meet: Meet) -> None:
    """Even to look for what is kept is refused, as in some private windows: the page says so, and not that a browser is old."""
    visitor = meet("en", size=PHONE)
    refuse = "async () => { throw new DOMException('', 'SecurityError'); }"
    names = "['open', 'keys', 'match', 'has', 'delete']"
    visitor.context.add_init_script(f"for (const one of {names}) window.CacheStorage.prototype[one] = {refuse};")
    visitor.page.goto(f"{visitor.site.url}{home()}keep")
    visitor.page.locator("#keep-said", has_text="does not let the site keep anything").wait_for()
    keep(visitor.page, "does not let the site keep anything")
    visitor.page.wait_for_selector(READY)
    # What it said before the button was pressed stands there a moment longer.
    expect(visitor.page.locator("#keep-said")).to_have_text(
        re.compile("^This browser does not let the site keep anything")
    )
    assert visitor.page.locator("#keep-have").is_hidden()


def test_new_edition_takes_over_in_one_go(meet: Meet) -> None:
    """The site has another edition: while one of its pieces is missing the old one opens, afterwards the new one, and the old
    piece goes."""
    visitor = at_keeping(meet)
    page, first = visitor.page, next(iter(course().items.values()))
    keep(page, "All of it is on this phone")
    old = listing(page)
    assert old is not None
    step = f"{home()}{first.code}"
    body = page.request.get(f"{visitor.site.url}{old['pages'][step]}").text().replace("<h1>", "<h1>New: ")
    digest = hashlib.sha256(body.encode()).hexdigest()
    address = f"{home()}kept/{first.code}?v={digest[:12]}"
    said = json.dumps(page.request.get(f"{visitor.site.url}{home()}kept.json").json(), ensure_ascii=False)
    said = said.replace(json.dumps(old["pages"][step]), json.dumps(address))
    fresh = json.loads(said) | {"edition": "another"}
    for module in fresh["modules"]:
        module["pieces"] = [[address, digest, 900] if one[0] == address else one for one in module["pieces"]]
    page.route(f"**{home()}kept.json", lambda route: route.fulfill(json=fresh))
    page.route(f"**{address}", lambda route: route.abort())
    page.reload()
    page.locator("#keep-have", has_text="The site has a newer one").wait_for()
    keep(page, "There is no network now")
    again = listing(page)
    assert again is not None and again["edition"] == old["edition"]
    page.unroute(f"**{address}")
    page.route(f"**{address}", lambda route: route.fulfill(status=200, content_type="text/html", body=body))
    keep(page, "All of it is on this phone")
    visitor.context.set_offline(True)
    page.goto(f"{visitor.site.url}{step}")
    assert visitor.heading.startswith("New: ")
    assert not [one for one in page.evaluate(HELD, home()) if one.endswith(old["pages"][step])]


def test_leaving_quickly_and_leaving_no_trace(meet: Meet) -> None:
    """Without a network too "Leave quickly" takes the page away at once; and who wishes to leave no trace leaves none."""
    visitor = at_keeping(meet)
    page = visitor.page
    keep(page, "All of it is on this phone")
    page.goto(f"{visitor.site.url}/en/no-trace")
    with page.expect_navigation():
        page.get_by_role("button", name="Leave no trace from now on").click()
    left = "async () => [await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length, localStorage.length]"
    assert page.evaluate(left) == [[], 0, 0]
    page.goto(f"{visitor.site.url}{home()}keep")
    page.wait_for_selector(READY)
    assert not page.locator("#keep").is_visible()
    with page.expect_navigation():
        page.locator("aside.lent a").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Let the site keep things again").click()
    page.goto(f"{visitor.site.url}{home()}keep")
    page.wait_for_selector(READY)
    keep(page, "All of it is on this phone")
    visitor.context.set_offline(True)
    page.goto(f"{visitor.site.url}/en/help")
    page.locator("[data-quick-exit]").click()
    page.wait_for_url(lambda url: not url.startswith(visitor.site.url))
