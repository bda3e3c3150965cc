"""What waits on a device in a real browser: nothing that was said to be kept is lost, doubled, seen or sent by somebody else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from coplearn.web.static_files import static_url
from tests.journeys.browser import PHONE, new_visitor, until
from tests.journeys.learner import new_address
from tests.journeys.site import Site, the_course
from tests.journeys.walk import Quick
from tests.once import DATABASE

OUTBOX = "const o = await import(document.getElementById('say').dataset.outbox);"
ADD = (
    f"async (body) => {{ {OUTBOX} return o.add(body).catch(async (fault) => 'not kept: ' + await o.sentence(fault)); }}"
)
HELD = f"async () => {{ {OUTBOX} const {{ mine, others }} = await o.waiting(); return [mine.map((one) => one.op), others]; }}"
FLUSH = f"async () => {{ {OUTBOX} await o.flush(); }}"
WATCH = f"async () => {{ {OUTBOX} await o.watch(); }}"
BEFORE = """async ([owner, marks]) => {
  const asked = indexedDB.open("register-outbox", 1);
  const store = await new Promise((resolve) => {
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("marks", { keyPath: "seq", autoIncrement: true });
      asked.result.createObjectStore("known", { keyPath: ["marks", "member"] });
    };
    asked.onsuccess = () => resolve(asked.result);
  });
  const deed = store.transaction(["marks", "known"], "readwrite");
  for (const [member, tried] of [["m1", true], ["m2", false]]) {
    const mark = { op: "old-" + member, owner, marks, member, status: "late", rev: 3, made: 5, via: "register", after: "x", tried };
    deed.objectStore("marks").add(mark);
  }
  deed.objectStore("known").put({ marks, member: "m3", status: "present", rev: 2 });
  await new Promise((resolve) => { deed.oncomplete = resolve; });
  store.close();
}"""
"""The database of the register as earlier versions made it, and two marks as they put them there."""


def kept(site: Site) -> list[str]:
    """The keys of all attempts that the server has."""
    with closing(sqlite3.connect(Path(site.instance) / DATABASE)) as database:
        return [row[0] for row in database.execute("SELECT key FROM attempt ORDER BY id")]


def lesson(number: int, lang: str = "en") -> Mapping[str, Any]:
    """A lesson that was read, as a kept step hands it over."""
    course = the_course()
    item = [item for item in course.items.values() if item.kind == "lesson"][number]
    body = {"item": item.code, "seed": 1, "made_of": item.digest, "course_digest": course.digest, "fields": {}}
    return {"kind": "answer", "address": f"/{lang}/c/{course.code}/operations", "body": body}


def opened(context: BrowserContext, site: Site, path: str = "/en/help") -> Page:
    """A page of the site, which speaks with it once."""
    page = context.new_page()
    page.goto(f"{site.url}{path}")
    return page


def answering(status: int, kind: str, body: str) -> Callable[[Route], None]:
    """Somebody else's network, which answers everything so."""
    return lambda route: route.fulfill(status=status, content_type=kind, body=body)


def test_nothing_is_let_go_before_the_site_has_it_and_nobody_else_sends_it(chromium: Browser, site: Site) -> None:
    """A phone in a portal's network, a site with faults, two tabs, a shared phone, a cleared store, and then all is well."""
    before = len(kept(site))
    context = new_visitor(chromium, site, size=PHONE).context
    page = opened(context, site)
    page.evaluate(WATCH)
    op = page.evaluate(ADD, lesson(0))
    for status, kind, body in (
        (200, "text/html", "<form>Welcome to our network</form>"),
        (200, "application/json", '{"taken": ["somebody-else"]}'),
        (200, "application/json", "{}"),
        (200, "text/html", "<form action='/en/sign-in'>Sign in</form>"),
        (500, "text/html", "<h1>Something went wrong</h1>"),
        (502, "text/html", "Bad gateway"),
        (429, "application/json", '{"refused": "Wait."}'),
    ):
        answer = answering(status, kind, body)
        for pattern in ("**/operations", "**/operations.json"):
            page.route(pattern, answer)
            page.evaluate(FLUSH)
            assert page.evaluate(HELD) == [[op], 0], (status, kind)
            page.unroute(pattern)
    assert "1 answer waits on this phone." in page.locator(".notice").inner_text().replace("\u2068", "").replace(
        "\u2069", ""
    )
    other = opened(context, site)
    for one in (other, page):
        one.evaluate(f"() => {{ ({FLUSH})(); ({FLUSH})(); }}")
    until(page, lambda: page.evaluate(HELD) == [[], 0], "it arrives")
    assert kept(site)[before:] == [op]

    # The browser clears everything while the page is open: what the page said it kept is put back.
    context.set_offline(True)
    second = page.evaluate(ADD, lesson(1))
    context.new_cdp_session(page).send(
        "Storage.clearDataForOrigin", {"origin": site.url, "storageTypes": "indexeddb,local_storage"}
    )
    third = page.evaluate(ADD, lesson(2))
    held = page.evaluate(HELD)
    assert held == [[second, third], 0], (second, third)
    context.set_offline(False)
    page.evaluate(FLUSH)
    until(
        page, lambda: kept(site)[before:] == [op, second, third], "either tab has sent them, in the order of the device"
    )
    context.close()


@pytest.mark.whole
def test_what_waits_is_told_at_signing_out_and_never_another_s(chromium: Browser, site: Site) -> None:
    """Ani signs out with two waiting and keeps them; Sam sees a count of nobody's, sends none; Ani comes back, and they go."""
    sam, context = (new_visitor(chromium, site).context for _ in range(2))
    sams, anis = new_address(), new_address()
    Quick(site, sam.request).join(sams)
    sam.close()
    quick = Quick(site, context.request)
    quick.join(anis)
    before = len(kept(site))
    page = opened(context, site, "/en/me/")
    page.evaluate(WATCH)
    page.route("**/c/*/operations", lambda route: route.abort())
    ops = [page.evaluate(ADD, lesson(number)) for number in (0, 1)]
    page.get_by_role("button", name="Sign out").click()
    box = page.get_by_role("dialog")
    assert "2 answers wait on this phone." in box.inner_text().replace("\u2068", "").replace("\u2069", "")
    box.get_by_role("button", name="Send them now").click()
    until(page, lambda: "could not be sent" in box.inner_text(), "it is said that they still wait")
    box.get_by_role("button", name="Stay here").click()
    page.get_by_role("button", name="Sign out").click()
    with page.expect_navigation():
        box.get_by_role("button", name="Leave, and let them wait").click()
    page.unroute("**/c/*/operations")

    quick.token = ""
    quick.sign_in(sams)
    page.goto(f"{site.url}/en/me/")
    until(page, lambda: "somebody else wait" in page.locator(".notice").inner_text(), "Sam is told that there are some")
    page.evaluate(FLUSH)
    assert page.evaluate(HELD) == [[], 2]
    assert len(kept(site)) == before
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/en/")
    quick.token = ""
    quick.sign_in(anis)
    page.goto(f"{site.url}/en/help")
    until(page, lambda: len(kept(site)) == before + 2, "they go when Ani is back")
    assert kept(site)[before:] == ops
    context.close()


@pytest.mark.whole
def test_marks_of_the_earlier_register_are_moved(chromium: Browser, site: Site) -> None:
    """What the old code left in its own database is there, in order, once, also where two tabs move it and it comes again."""
    context = new_visitor(chromium, site).context
    pages = [opened(context, site), opened(context, site)]
    move = f"async () => {{ {OUTBOX} await (await import('{static_url('js/moved.js')}')).moveOld(o); }}"
    for _ in range(2):
        pages[0].evaluate(BEFORE, ["ani", "/en/marks"])
        for page in pages:
            page.evaluate(f"() => {{ ({move})(); }}")
        pages[1].evaluate(move)
        assert pages[1].evaluate(HELD) == [[], 2]
        pages[0].reload()
    mine = pages[1].evaluate(f"async () => {{ {OUTBOX} return (await o.waiting('ani')).mine; }}")
    assert [(one["op"], one["tried"], one["address"]) for one in mine] == [
        ("old-m1", 1, "/en/marks"),
        ("old-m2", 0, "/en/marks"),
    ]
    assert mine[0]["body"] == {"member": "m1", "status": "late", "rev": 3, "via": "register", "after": "x"}
    known = pages[1].evaluate(f"async () => {{ {OUTBOX} return o.standings('/en/marks'); }}")
    assert known == [{"marks": "/en/marks", "member": "m3", "status": "present", "rev": 2}]
    context.close()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("QuotaExceededError", "This phone has no room left, so the answer was not kept."),
        ("InvalidStateError", "This browser keeps nothing, so the answer was not kept."),
    ],
)
def test_a_device_that_keeps_nothing_says_so(chromium: Browser, site: Site, fault: str, words: str) -> None:
    """Storage that is full or refused: the sentence, and no id that a page could take for kept."""
    context = new_visitor(chromium, site).context
    page = opened(context, site)
    page.evaluate(WATCH)
    page.evaluate(f"() => {{ IDBObjectStore.prototype.add = () => {{ throw new DOMException('', '{fault}'); }}; }}")
    assert page.evaluate(ADD, lesson(0)).startswith(f"not kept: {words}")
    assert page.evaluate(HELD) == [[], 0]
    context.close()


def test_a_full_device_still_sends_what_waits(chromium: Browser, site: Site) -> None:
    """Kept before the device was full, when nothing more can be noted: it is sent all the same, once, and room is made."""
    before = len(kept(site))
    context = new_visitor(chromium, site, size=PHONE).context
    page = opened(context, site)
    page.evaluate(WATCH)
    context.set_offline(True)
    op = page.evaluate(ADD, lesson(1))
    page.evaluate(
        "() => { for (const name of ['put', 'add']) IDBObjectStore.prototype[name]"
        " = () => { throw new DOMException('', 'QuotaExceededError'); }; }"
    )
    assert page.evaluate(ADD, lesson(2)).startswith("not kept: This phone has no room left")
    context.set_offline(False)
    page.evaluate(FLUSH)
    until(page, lambda: page.evaluate(HELD) == [[], 0], "it arrives")
    assert kept(site)[before:] == [op]
    context.close()
