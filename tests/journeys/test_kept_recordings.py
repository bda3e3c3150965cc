"""Recordings that are kept with a course: told before, fetched in parts, and played without a network with their captions."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.browser import PHONE, Visitor, until
from tests.journeys.conftest import Meet
from tests.journeys.site import the_course
from tests.journeys.test_kept_course import READY, open_page
from tests.sizes import whole_only

# What the player can tell after it went to three quarters of the recording, and played on from there.
PLAYED = """async (player) => {
  const once = (name) => new Promise((done, fail) => {
    player.addEventListener(name, done, { once: true });
    player.addEventListener("error", () => fail(player.error), { once: true });
  });
  player.muted = true;
  await player.play();
  const begun = once("seeked");
  player.currentTime = player.duration * 0.75;
  await begun;
  const from = player.currentTime;
  while (player.currentTime <= from) await once("timeupdate");
  const track = player.textTracks[0];
  const [shown, lang] = [track.mode, track.language];
  if (track.mode === "disabled") track.mode = "hidden";
  while (!track.cues?.length) await new Promise((done) => setTimeout(done, 50));
  return { share: from / player.duration, shown, lang, cues: track.cues.length, source: player.currentSrc };
}"""
# What a worker answers to whoever asks for parts of a recording, as Safari does before it plays anything.
PARTS = """async ([address, ranges]) => Promise.all(ranges.map(async (range) => {
  const answer = await fetch(address, { headers: { Range: range } });
  const [length, named] = [(await answer.arrayBuffer()).byteLength, answer.headers.get("content-range")];
  return [answer.status, length, named?.replace(/[^/]+$/, "*"), answer.headers.get("content-type")];
}))"""
LISTING = "async (home) => (await caches.match(home + 'kept.json', {cacheName: 'course:' + home})).json()"
HELD = "async (home) => (await (await caches.open('course:' + home)).keys()).map((one) => one.url)"


def at_keeping(meet: Meet, lang: str = "en") -> tuple[Visitor, str]:
    """Somebody on the page where the course is kept, with its first module alone chosen; and the address of the course."""
    visitor = meet(lang, size=PHONE)
    home = f"/{lang}/c/{the_course().code}/"
    open_page(visitor, f"c/{the_course().code}/keep")
    visitor.page.wait_for_selector(READY)
    for tick in visitor.page.locator("#keep [name=module]").all()[1:]:
        tick.uncheck()
    return visitor, home


def keep(page: Page, until: str = "") -> None:
    """Press the button, and wait until it is kept, or the page says so."""
    page.locator("#keep [data-start]").click()
    said = page.locator("#keep-said", has_text=until) if until else page.locator("#keep-have:not([hidden])")
    said.wait_for()
    expect(page.locator("#keep [data-start]")).to_be_enabled()


def kept(page: Page, home: str) -> dict[str, Any]:
    """The listing of what is kept."""
    found: dict[str, Any] = page.evaluate(LISTING, home)
    return found


@whole_only
@pytest.mark.parametrize("lang", ["ar", "en"])
def test_recording_kept_plays_without_network(lang: str, meet: Meet) -> None:
    """Off at first; without it the kept page says what is missing; with it, it plays from any place, captions too."""
    visitor, home = at_keeping(meet, lang)
    page, tick = visitor.page, visitor.page.locator("#keep [name=heard]")
    expect(tick).to_have_count(1)
    assert not tick.is_checked()
    keep(page)
    visitor.context.set_offline(True)
    open_page(visitor, f"c/{the_course().code}/recordings")
    expect(page.locator("[data-not-kept]")).to_be_visible()
    expect(page.locator(".recording__player")).to_be_hidden()
    visitor.context.set_offline(False)
    open_page(visitor, f"c/{the_course().code}/keep")
    page.wait_for_selector(READY)
    tick.check()
    page.locator("#keep [data-start]").click()
    page.locator("#keep [data-start]").wait_for(state="hidden")
    assert kept(page, home)["heard"] == [1]
    visitor.context.set_offline(True)
    open_page(visitor, f"c/{the_course().code}/recordings")
    expect(page.locator("[data-not-kept]")).to_be_hidden()
    told = page.locator(".recording__player").evaluate(PLAYED)
    assert told["share"] == pytest.approx(0.75, abs=0.01) and told["cues"] == 10, told
    assert (told["shown"], told["lang"]) == ("showing" if lang == "ar" else "disabled", lang)
    first, middle, past, turned = page.evaluate(
        PARTS, [told["source"], ["bytes=0-1", "bytes=10-13", "bytes=999999999-", "bytes=5-1"]]
    )
    assert first[:3] == [206, 2, "bytes 0-1/*"] and middle[:3] == [206, 4, "bytes 10-13/*"]
    assert first[3].startswith(("audio/", "video/"))
    # What cannot be given in part is given whole.
    assert past[0] == turned[0] == 200 and past[1] == turned[1] > 10_000
    assert visitor.watch.faults == []


@whole_only
def test_recording_stopped_between_parts_goes_on_and_nothing_else_is_taken_for_it(meet: Meet) -> None:
    """The network goes after the first part: the course is kept, what came stays, and only the rest is fetched. A sign-in page in
    its place is not kept."""
    visitor, home = at_keeping(meet)
    page, asked, allowed = visitor.page, list[str](), [1]
    page.locator("#keep [name=heard]").check()

    def pass_some(route: Route) -> None:
        asked.append(route.request.headers.get("range", ""))
        if allowed[0] > 0:
            allowed[0] -= 1
            route.continue_()
        else:
            route.abort()

    visitor.context.route("**/recordings/*.*", pass_some)
    keep(page, "There is no network now")
    assert kept(page, home)["heard"] == [] and len([one for one in page.evaluate(HELD, home) if "?from=" in one]) == 1
    assert page.locator("#keep [data-start]").inner_text() == "Go on keeping it"
    visitor.context.unroute("**/recordings/*.*")
    page.reload()
    page.wait_for_selector(READY)
    assert page.locator("#keep [name=heard]").is_checked()
    visitor.context.route(
        "**/recordings/*.*", lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Sign in</h1>")
    )
    keep(page, "Something else came than the course")
    visitor.context.unroute("**/recordings/*.*")
    allowed[0], asked[:] = 99, []
    visitor.context.route("**/recordings/*.*", pass_some)
    keep(page, "All of it is on this phone")
    assert kept(page, home)["heard"] == [1] and asked and not [one for one in asked if one.startswith("bytes=0-")]
    assert not [one for one in page.evaluate(HELD, home) if "?from=" in one]
    page.locator("#keep [name=heard]").uncheck()
    keep(page, "All of it is on this phone")
    until(page, lambda: not [one for one in page.evaluate(HELD, home) if "/recordings/" in one], "it was not swept")
    page.locator("#keep-remove").click()
    page.locator("#keep-said", has_text="not on this phone any more").wait_for()


@whole_only
def test_recording_without_room_leaves_the_course_kept(meet: Meet) -> None:
    """The browser allows the course and no more: a sentence says so, and the course opens without a network."""
    visitor, home = at_keeping(meet)
    page = visitor.page
    keep(page, "All of it is on this phone")
    used = page.evaluate("async () => (await navigator.storage.estimate()).usage")
    session = visitor.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": visitor.site.url, "quotaSize": used + 120_000})
    page.locator("#keep [name=heard]").check()
    keep(page, "Its recordings are not")
    found = kept(page, home)
    assert (found["numbers"], found["heard"]) == ([1], [])
    visitor.context.set_offline(True)
    open_page(visitor, f"c/{the_course().code}/recordings")
    expect(page.locator("[data-not-kept]")).to_be_visible()
