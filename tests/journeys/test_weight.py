"""What a page costs on a slow network, counted as the server sends it."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Browser, Request

from tests.journeys.browser import PHONE, Visitor
from tests.journeys.places import STRANGER, People, enter_as, places
from tests.journeys.site import Site, locales, the_course
from tests.sizes import WHOLE, whole_only

KB = 1024
FIRST_VIEW, LESSON, SCRIPT = 60 * KB, 40 * KB, 15 * KB
# A module to print is all its pages in one; nobody opens it in passing.
PAPER = 90 * KB
STEP = 1 if WHOLE else 6


def weigh(visitor: Visitor, address: str) -> Counter[str]:
    """Open an address; the bytes that came over the wire, headers included, by kind ("document", "stylesheet", "script")."""
    asked: list[Request] = []

    def keep(request: Request) -> None:
        if not request.url.startswith("data:"):
            asked.append(request)

    visitor.context.on("request", keep)
    visitor.open(address)
    # A script that asks for more does so when the page stands; whoever waits for idle time has let it.
    visitor.page.evaluate("new Promise(done => requestIdleCallback(() => setTimeout(done), {timeout: 1000}))")
    visitor.context.remove_listener("request", keep)
    weight: Counter[str] = Counter()
    for request in asked:
        sizes = request.sizes()  # waits for the whole answer
        if sizes["responseBodySize"]:
            weight[request.resource_type] += sizes["responseBodySize"] + sizes["responseHeadersSize"]
    return weight


def without_cache(visitor: Visitor) -> Visitor:
    """The visitor, every page to whom is a first view."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    return visitor


@pytest.mark.sampled
def test_first_view_of_any_page_is_light(chromium: Browser, site: Site, people: People) -> None:
    """With an empty cache no page takes more than 60 KB in all, nor more than 15 KB of script, where letters take most bytes.

    The suite opens every sixth in the browser, and asks of the others that the page alone takes no more than half of it.
    """
    heavy = []
    lang = "ru"
    here = {
        who: without_cache(enter_as(chromium, site, people, who, lang, size=PHONE))
        for who in (STRANGER, *people.states)
    }
    for number, place in enumerate(one for one in places() if one.then is None and one.name != "style"):
        if number % STEP:
            asked = here[place.who].context.request.get(f"{site.url}/{lang}/{place.address(people)}")
            alone = int(asked.headers["content-length"])
            if alone > (PAPER if place.name == "paper" else FIRST_VIEW / 2):
                heavy.append(f"{place.name}: {alone} bytes alone")
            continue
        weight = weigh(here[place.who], place.address(people))
        assert weight["document"] and weight["stylesheet"] and weight["script"], (place.name, weight)
        most = PAPER if place.name == "paper" else FIRST_VIEW
        if weight.total() > most or weight["script"] > SCRIPT:
            heavy.append(f"{place.name}: {weight.total()} bytes: {dict(weight)}")
    for visitor in here.values():
        visitor.context.close()
    assert not heavy, "\n".join(heavy)


@pytest.mark.parametrize(
    "lang",
    [
        locale.url if locale.url in {"en", "ar"} else pytest.param(locale.url, marks=whole_only)
        for locale in locales().live
    ],
)
def test_lesson_pages_are_light(lang: str, chromium: Browser, site: Site, people: People) -> None:
    """No item's own page takes more than 40 KB, its drawings included."""
    visitor = enter_as(chromium, site, people, STRANGER, lang)
    heavy = []
    for item in the_course().items.values():
        answer = visitor.context.request.get(f"{site.url}/{lang}/c/{the_course().code}/{item.code}")
        if len(answer.body()) > LESSON:
            heavy.append(f"{item.id}: {len(answer.body())} bytes")
    visitor.context.close()
    assert not heavy, "\n".join(heavy)


def test_second_view_loads_the_page_alone(chromium: Browser, site: Site, people: People) -> None:
    """Style sheet and script stay in the browser's cache, so that each further page is one small answer."""
    visitor = enter_as(chromium, site, people, STRANGER, "en")
    visitor.open("")
    visitor.open("about")
    sent = visitor.page.evaluate("performance.getEntriesByType('resource').map(one => [one.name, one.transferSize])")
    visitor.context.close()
    assert any("/coplearn." in name for name, _ in sent)
    assert [name for name, size in sent if size] == []
