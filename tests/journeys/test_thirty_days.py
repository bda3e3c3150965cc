"""A whole course without any network for thirty days, and what a browser clears meanwhile: nothing differs or is silent."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from coplearn.courses.kinds.quiz import FORM_A, FORM_B, FORM_FIELD
from coplearn.courses.plugin import Item
from coplearn.courses.questions.choice import Choice
from coplearn.settings import HOME
from tests.journeys.browser import PHONE, until
from tests.journeys.conftest import Meet
from tests.journeys.learner import answer_question, asked_on, new_address
from tests.journeys.site import Site, await_ready, free_port, said, serving, start_server, the_course
from tests.journeys.test_kept_course import READY
from tests.journeys.test_offline_whole import do_kept, standing
from tests.journeys.walk import Quick, right_form, wrong_form
from tests.once import DATABASE
from tests.sizes import some_of, whole_only

LANG: Final = "ar"
SIZE: Final = ViewportSize(width=PHONE[0], height=PHONE[1])
DAYS: Final = 30
LATER: Final = f"""
import time
from datetime import timedelta
import coplearn.kernel.clock as clock
_now, _time = clock.utcnow, time.time
def utcnow():
    return _now() + timedelta(days={DAYS})
def seconds():
    return _time() + {DAYS * 86_400}
clock.utcnow, time.time = utcnow, seconds
"""
"""Read by Python before anything of the site: that server lives thirty days later."""
TRIES: Final = ((True,), (False,), (False, True), (True,), (False, False), (True,))
"""How each check is answered, try by try: rightly or not. Two are never passed, and one is at the second try."""
LEFT: Final = """async () => {
  const { mine, others } = await (await import(document.getElementById('say').dataset.outbox)).waiting();
  return mine.length + others;
}"""
FORMS: Final = "() => new Set([...document.querySelectorAll('[data-form]')].map((one) => one.dataset.form)).size < 2"
CLEARED: Final = (
    "This browser has cleared something that was kept on this phone to learn without a network. What had arrived at the"
    " site is safe. Keep the course once more, and it opens again."
)
NONE: Final = (
    "Nothing is complete on this phone. Perhaps the browser cleared it to make room. When there is a network, keep the"
    " course once more."
)
OTHERS: Final = "Answers of somebody else wait on this phone too. They are sent when that person signs in here."
LOST: Final = "This browser has deleted answers that waited here. What had arrived at the site is safe."


@contextmanager
def thirty_days_later(folder: Path, port: int) -> Iterator[Site]:
    """The site of that folder on the same port, whose clock is thirty days ahead."""
    place = folder / "later"
    place.mkdir()
    (place / "sitecustomize.py").write_text(LATER, encoding="utf-8")
    process, log = start_server(folder, port, {"PYTHONPATH": f"{place}:{HOME}"})
    try:
        await_ready(process, f"http://127.0.0.1:{port}", log)
        yield Site(f"http://127.0.0.1:{port}", folder / "instance", process.pid)
    finally:
        process.terminate()
        process.wait(30)


def keep_course(page: Page, address: str, modules: int | None = None) -> None:
    """Keep all of the course whose page is there, or its first modules."""
    page.goto(f"{address}keep")
    page.wait_for_selector(READY)
    for tick in page.locator("#keep [name=module]").all()[modules:] if modules else ():
        tick.uncheck()
    page.locator("#keep [data-start]").click()
    expect(page.locator("#keep [data-start]")).to_be_hidden()
    page.locator("#keep-have").wait_for()


def answer_kept(page: Page, quiz: Item[Any], rightly: bool) -> None:
    """Answer the open check on the phone; wrongly, each choice is wrong."""
    page.wait_for_function(FORMS)
    for question in asked_on(page, quiz):
        if isinstance(question, Choice) and not rightly:
            wrong = next(option.id for option in question.options if not option.correct)
            page.locator(f'input[name="{question.id}"][value="{wrong}"]').check()
        else:
            answer_question(page, question)
    page.locator("form[data-kept] button[type=submit].button--primary").click()
    page.locator("#result").wait_for()


def form_of(quiz: Item[Any], number: int, rightly: bool) -> Mapping[str, list[str]]:
    """The same as it is sent with a network, at that try."""
    asked = FORM_B if number % 2 else FORM_A
    form = right_form(quiz, asked) if rightly else wrong_form(quiz, asked)
    return {FORM_FIELD: [asked], **form}


def booked(site: Site) -> list[dict[str, Any]]:
    """What the site holds of each learner: every step with its marks, every try with its answers, and the day of it.

    Online a story is sent choice by choice, and each is a try that ends nothing.
    """
    tries = (
        "SELECT item_id, date(at), answers, done, score, passed, course_digest FROM attempt"
        " WHERE learner_id = ? AND (done OR score IS NOT NULL) ORDER BY item_id, id"
    )
    visits = (
        "SELECT item_id, date(done_at), score, date(passed_at), CASE WHEN score IS NULL THEN 1 ELSE tries END, state"
        " FROM visit WHERE learner_id = ? ORDER BY item_id"
    )
    course = "SELECT course_id, date(started_at), date(finished_at), place_item_id FROM enrolment WHERE learner_id = ?"
    with closing(sqlite3.connect(site.instance / DATABASE)) as database:
        people = [row[0] for row in database.execute("SELECT id FROM learner ORDER BY id")]
        return [
            {
                name: database.execute(query, (who,)).fetchall()
                for name, query in (("visits", visits), ("tries", tries), ("course", course))
            }
            for who in people
        ]


def told(site: Site, context: BrowserContext, items: Sequence[Item[Any]]) -> list[list[str]]:
    """What the site tells them: the certificate or what is missing, the list of steps, and each check, whose lines are shuffled."""
    home, page, pages = f"{site.url}/{LANG}/c/{the_course().code}/", context.new_page(), list[list[str]]()
    for path in ("certificate", "", *(item.code for item in items if item.kind == "quiz")):
        page.goto(f"{home}{path}")
        pages.append(sorted(page.locator("main").inner_text().splitlines()))
    page.close()
    return pages


def do_all(page: Page, home: str, items: Sequence[Item[Any]], start: datetime) -> int:
    """Do the steps one after the other, without a network, in thirty days; how many answers wait then.

    Only the page's clock goes on: the service worker looks at none for a course.
    """
    waiting = 0
    for number, item in enumerate(items, 1):
        page.clock.set_fixed_time(start + timedelta(days=DAYS) * number / len(items))
        page.goto(f"{home}{item.code}")
        for once, rightly in enumerate(tries_of(item, items)):
            if once:
                page.locator("[data-again]").click()
                page.locator("#result").wait_for(state="hidden")
            if item.kind == "quiz":
                answer_kept(page, item, rightly)
            else:
                do_kept(page, item, waiting + 1)
            waiting += 1
    page.goto(home)
    expect(page.locator(".item--done")).to_have_count(len(items))
    return waiting


def tries_of(item: Item[Any], items: Sequence[Item[Any]]) -> tuple[bool, ...]:
    """The tries at a step, each rightly or not."""
    quizzes = [one for one in items if one.kind == "quiz"]
    return TRIES[quizzes.index(item)] if item in quizzes else (True,)


def let_cookies_go(context: BrowserContext, start: datetime) -> None:
    """As the browser does with those whose days are over."""
    for cookie in context.cookies():
        if 0 < cookie["expires"] < (start + timedelta(days=DAYS, minutes=30)).timestamp():
            context.clear_cookies(name=cookie["name"])


def come_back(page: Page, site: Site, address: str, waiting: int) -> Quick:
    """With a network again: it is said that the sign-in has run out, nothing is sent before it, and all is after it."""
    page.goto(f"{site.url}/{LANG}/help")
    notice = page.locator("p.notice[role=status]")
    expect(notice).to_contain_text(said(LANG, "Sign in again, and they are sent."))
    expect(notice).not_to_contain_text(said(LANG, OTHERS))
    assert page.evaluate(LEFT) == waiting
    # Somebody else who signs in on this phone is not told to sign in once more.
    Quick(site, page.context.request, LANG).join(new_address())
    page.goto(f"{site.url}/{LANG}/help")
    expect(notice).to_contain_text(said(LANG, OTHERS))
    expect(notice).not_to_contain_text(said(LANG, "Sign in again, and they are sent."))
    for cookie in page.context.cookies():
        if cookie["httpOnly"]:
            page.context.clear_cookies(name=cookie["name"])
    page.goto(f"{site.url}/{LANG}/sign-in")
    expect(notice).to_contain_text(said(LANG, OTHERS))
    before = tries_at(site)
    quick = Quick(site, page.context.request, LANG)
    quick.sign_in(address)
    page.goto(f"{site.url}/{LANG}/me/")
    until(page, lambda: tries_at(site) == before + waiting, "all of it arrives")
    until(page, lambda: page.evaluate(LEFT) == 0, "nothing waits")
    return quick


def tries_at(site: Site) -> int:
    """How many tries the site has been handed."""
    with closing(sqlite3.connect(site.instance / DATABASE)) as database:
        return int(database.execute("SELECT count(*) FROM attempt").fetchone()[0])


def do_online(quick: Quick, items: Sequence[Item[Any]]) -> None:
    """The same with a network."""
    for item in items:
        for number, rightly in enumerate(tries_of(item, items)):
            quick.do(item, form_of(item, number, rightly) if item.kind == "quiz" else None)


@whole_only
def test_course_done_in_thirty_days_without_network_is_as_if_online(chromium: Browser, tmp_path: Path) -> None:
    """Kept whole; then the site is gone, and every step is done while the clock goes on for thirty days. The site comes back
    thirty days later: what it tells and holds is what it does of somebody who did the same with a network."""
    port, start, address = free_port(), datetime.now(UTC), new_address()
    items = [the_course().items[one] for module in the_course().modules for one in module.item_ids]
    context, online = (chromium.new_context(viewport=SIZE, locale="en-GB") for _ in range(2))
    context.set_default_timeout(90_000)
    page = context.new_page()
    page.clock.set_fixed_time(start)
    with serving(tmp_path, port=port) as site:
        home = f"{site.url}/{LANG}/c/{the_course().code}/"
        Quick(site, context.request).join(address)
        keep_course(page, home)
    context.set_offline(True)
    waiting = do_all(page, home, items, start)
    let_cookies_go(context, start)
    with thirty_days_later(tmp_path, port) as site:
        context.set_offline(False)
        assert not any(one["tries"] for one in booked(site))
        people = [come_back(page, site, address, waiting), Quick(site, online.request, LANG)]
        people[1].join(new_address())
        do_online(people[1], items)
        assert told(site, context, items) == told(site, online, items)
        mine, theirs = [one for one in booked(site) if one["tries"]]
        assert mine == theirs and len(mine["tries"]) == waiting and {one[1] for one in mine["tries"]} != {f"{start:%F}"}
        failed = [item for item in items if not tries_of(item, items)[-1]]
        assert len(failed) == 2 and "4 of 6 checks passed" in standing(site, context)
        for person in people:
            for item in failed:
                person.do(item)
        assert told(site, context, items) == told(site, online, items)
        assert "6 of 6 checks passed" in standing(site, context)
    online.close()
    context.close()


def test_steps_done_in_thirty_days_without_network_are_as_if_online(site: Site, chromium: Browser) -> None:
    """A sample of it: a lesson and a check of one module, which is not passed; then the sign-in has run out."""
    start, address = datetime.now(UTC), new_address()
    module = [the_course().items[one] for one in the_course().modules[0].item_ids]
    items = [module[0], next(item for item in module if item.kind == "quiz")]
    context, online = (chromium.new_context(viewport=SIZE, locale="en-GB") for _ in range(2))
    page, home = context.new_page(), f"{site.url}/{LANG}/c/{the_course().code}/"
    people = [Quick(site, one.request, LANG) for one in (context, online)]
    people[0].join(address)
    people[1].join(new_address())
    keep_course(page, home, modules=1)
    context.set_offline(True)
    waiting = do_all(page, home, items, start)
    # Before there is a network: with it the open page begins to send at once.
    let_cookies_go(context, start)
    context.set_offline(False)
    come_back(page, site, address, waiting)
    do_online(people[1], items)
    assert told(site, context, items) == told(site, online, items)
    online.close()
    context.close()


def done_there(context: BrowserContext, home: str) -> int:
    """How many steps the site says they have done."""
    return len(re.findall('class="item item--done', context.request.get(home).text()))


@pytest.mark.parametrize("cleared", some_of(["everything", "cache_storage", "indexeddb", "service_workers"], 1))
def test_what_the_browser_clears_is_said(cleared: str, meet: Meet) -> None:
    """One step has arrived and one waits when the browser clears each of its stores alone, or everything but cookies. It is said
    without a network where something of ours opens, with one on any page, and where it can be mended; after that it works again.
    What had arrived is there, and what waited is sent unless it is what was cleared."""
    visitor, course = meet("en", size=PHONE), the_course()
    page, context, site = visitor.page, visitor.context, visitor.site
    home, lessons = f"{site.url}/en/c/{course.code}/", [item for item in course.items.values() if item.kind == "lesson"]
    keep_course(page, home, modules=1)
    for number, item in enumerate(lessons[:2]):
        context.set_offline(True)
        page.goto(f"{home}{item.code}")
        do_kept(page, item, 1)
        if not number:
            context.set_offline(False)
            page.goto(f"{site.url}/en/help")
            until(page, lambda: done_there(context, home) == 1, "the first has arrived")
            until(page, lambda: page.evaluate(LEFT) == 0, "nothing waits")
    page.goto("about:blank")
    stores = "cache_storage,indexeddb,service_workers,local_storage" if cleared == "everything" else cleared
    context.new_cdp_session(page).send("Storage.clearDataForOrigin", {"origin": site.url, "storageTypes": stores})
    if cleared == "cache_storage":
        page.goto(home)
        expect(page.locator("body")).to_contain_text(NONE)
    if cleared == "indexeddb":
        page.goto(home)
        expect(page.locator("#waits")).to_contain_text(LOST)
    context.set_offline(False)
    page.goto(f"{site.url}/en/help")
    notices = page.locator("main > p.notice[role=status]")
    if cleared != "indexeddb":
        expect(notices.filter(has_text=CLEARED)).to_have_count(1)
        # Seen without scrolling: it stood below everything once.
        expect(notices.filter(has_text=CLEARED)).to_be_in_viewport()
    if cleared == "everything":
        expect(notices.filter(has_text=LOST)).to_have_count(1)
    page.goto(f"{site.url}/en/me/")
    shown = page.locator("#kept-here")
    shown.wait_for()
    assert (CLEARED in shown.inner_text()) is (cleared != "indexeddb")
    if cleared != "indexeddb":
        keep_course(page, home, modules=1)
    until(page, lambda: page.evaluate(LEFT) == 0, "nothing waits")
    done = 1 if cleared in {"everything", "indexeddb"} else 2
    until(page, lambda: done_there(context, home) == done, "the site has what it had, and what waited")
    page.goto(f"{site.url}/en/help")
    until(page, lambda: page.evaluate(LEFT) == 0, "nothing waits")
    expect(notices.filter(has_text=CLEARED)).to_have_count(0)
    context.set_offline(True)
    page.goto(home)
    expect(page.locator("#edition")).to_be_visible()
    expect(page.locator(".item--done")).to_have_count(done)
