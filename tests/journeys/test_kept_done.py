"""Marks of what was done elsewhere: of whoever is here alone, and gone when they leave; in a browser whose site is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from coplearn.settings import HOME

SCRIPT = (HOME / "coplearn" / "web" / "static" / "js" / "kept-done.js").read_text(encoding="utf-8")
PAGE = '<!doctype html><html lang="en"{}><a class="brand" href="/en/">Course</a>'
LEARN = """async (me) => {
  sessionStorage.clear();
  await (await import("/kept-done.js")).learn({ owner: async () => me });
}"""
FORGET = "async () => (await import('/kept-done.js')).forget()"
MARKS = "() => Object.fromEntries(Object.entries(localStorage).map(([name, value]) => [name, JSON.parse(value)]))"
HERE = {"kept-progress:me:c1": {"here": {"done": 1, "said": ["a"]}, "begun": {"moves": [1]}}}


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a phone that keeps one course, in which something was done and something begun."""
    context = chromium.new_context()
    context.route("**/*", lambda route: route.fulfill(body=PAGE.format(""), content_type="text/html"))
    context.route("**/kept-done.js", lambda route: route.fulfill(body=SCRIPT, content_type="text/javascript"))
    page = context.new_page()
    page.goto("http://localhost/")
    page.evaluate("caches.open('course:/en/c/c1/')")
    page.evaluate("(all) => { for (const name in all) localStorage[name] = JSON.stringify(all[name]); }", HERE)
    yield page
    context.close()


def answer(page: Page, told: Any) -> list[str]:
    """Have the site say that; the addresses that are asked for."""
    asked: list[str] = []

    def say(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(body=json.dumps(told), content_type="application/json")

    page.context.route("**/done.json*", say)
    return asked


def test_what_was_done_elsewhere_is_marked_and_goes_with_its_person(page: Page) -> None:
    """Beside this phone's own marks, asked for once; what the site says next takes its place; at leaving the own ones stay."""
    asked = answer(page, {"owner": "me", "done": {"c1": ["here", "begun", "there"]}})
    page.evaluate(LEARN, "me")
    marks = page.evaluate(MARKS)["kept-progress:me:c1"]
    assert {item for item, mark in marks.items() if mark.get("done")} == {"here", "begun", "there"}
    assert asked == ["http://localhost/en/done.json?courses=c1"]
    page.evaluate("async () => (await import('/kept-done.js')).learn({ owner: async () => 'me' })")
    assert len(asked) == 1
    page.context.unroute("**/done.json*")
    answer(page, {"owner": "sam", "done": {"c1": ["other"]}})
    page.evaluate(LEARN, "sam")
    marks = page.evaluate(MARKS)
    assert marks["kept-progress:me:c1"] == HERE["kept-progress:me:c1"]
    assert list(marks["kept-progress:sam:c1"]) == ["other"]
    page.evaluate(FORGET)
    assert page.evaluate(MARKS) == HERE


@pytest.mark.parametrize(
    "told", [{"owner": "sam", "done": {"c1": ["other"]}}, {"owner": None, "done": {"c1": []}}, ["x"], None]
)
def test_nothing_of_another_person_is_marked(told: Any, page: Page) -> None:
    """Somebody else has signed in in another window, nobody is here any more, or it is no answer of the site's."""
    if told is not None:
        answer(page, told)
    page.evaluate(LEARN, "me")
    assert page.evaluate(MARKS) == HERE


def test_whoever_leaves_no_trace_is_not_asked_about(page: Page) -> None:
    """Nor a phone that keeps no course."""
    asked = answer(page, {"owner": "me", "done": {"c1": ["there"]}})
    page.evaluate("document.documentElement.dataset.trace = 'none'")
    page.evaluate(LEARN, "me")
    page.evaluate(
        "async () => { delete document.documentElement.dataset.trace; await caches.delete('course:/en/c/c1/'); }"
    )
    page.evaluate(LEARN, "me")
    assert (asked, page.evaluate(MARKS)) == ([], HERE)
