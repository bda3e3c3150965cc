"""The search of a kept course: what the page's script finds and takes for risk, in a browser without a network or a site."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from coplearn.search.kept import kept_words, risk_words
from coplearn.settings import HOME
from coplearn.site import site_of
from tests.helplines.test_risk import CALM, NOT_CALM, OF_ONESELF
from tests.search.test_wanted import WANTED, searches

SCRIPT = HOME / "coplearn" / "web" / "static" / "js" / "kept-search.js"
FIND = """async ([index, typed]) => {
  const { find, searched } = await import("/kept-search.js");
  const { pages, meant } = find(index, searched(typed).slice(0, 12));
  return [pages.map(({ page, points }) => [points, page[0]]), Object.fromEntries(meant)];
}"""
RISKS = """async ([risk, all]) => {
  const { suggestsRisk } = await import("/kept-search.js");
  return all.filter((typed) => suggestsRisk(risk, typed));
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page beside the script."""
    context = chromium.new_context()
    script = SCRIPT.read_text(encoding="utf-8")
    context.route("**/*", lambda route: route.fulfill(body="<!doctype html><html lang=en>", content_type="text/html"))
    context.route("**/kept-search.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page = context.new_page()
    page.goto("http://localhost/")
    yield page
    context.close()


@pytest.mark.parametrize("code", OF_ONESELF)
def test_risk_is_seen_without_a_network_as_with_one(code: str, page: Page) -> None:
    """Whoever tells of harm is shown help there too, and who only wants to be rung up is not."""
    told, calm = (of.get(code, "").strip().splitlines() for of in (OF_ONESELF, CALM))
    told += NOT_CALM.get(code, "").strip().splitlines()
    assert page.evaluate(RISKS, [risk_words(code), [*told, *calm]]) == told


def indexes(app: Flask, lang: str, courses: Sequence[str]) -> list[dict[str, Any]]:
    """What a phone has of those courses to search in."""
    library = site_of(app).library.current()
    found = []
    for course in (library.courses[one] for one in courses):
        with app.test_request_context(f"/{lang}/c/{course.code}/"):
            app.preprocess_request()
            found.append(json.loads(kept_words(course)))
    return found


def places(app: Flask, page: Page, held: Sequence[dict[str, Any]], typed: str) -> list[str]:
    """The first three that are found there: steps by id, or a word of the glossary."""
    codes = {
        item.code: item.id for one in site_of(app).library.current().courses.values() for item in one.items.values()
    }
    best: dict[str, float] = {}
    for index in held:
        for points, href in page.evaluate(FIND, [index, typed])[0]:
            best[href] = max(points, best.get(href, 0))
    ranked = sorted(best, key=lambda href: -best[href])[:3]
    return [href.partition("#")[2] or codes.get(href.rpartition("/")[2], "") for href in ranked]


@pytest.mark.whole
def test_what_people_need_is_found_without_a_network_too(shared_app: Flask, page: Page) -> None:
    """The same sixty searches as on the site, over the courses for parents and educators."""
    missed = []
    held = {
        lang: indexes(shared_app, lang, ("cop-parents", "cop-educators")) for lang in {one[0] for one in searches()}
    }
    for lang, typed, wanted in searches():
        found = places(shared_app, page, held[lang], typed)
        if not {*found} & wanted:
            missed.append((lang, typed, found))
    assert len(missed) <= 60 - WANTED, missed


INDEX = {
    "pages": [["/en/c/c/", "Course", ""], ["/en/c/c/a", "A", ""], ["/en/c/c/b", "B", ""], ["/en/c/c/d", "D", ""]],
    "words": ["sextortion|-2 1", "grooming groomed|3 1", "child|2 3 4 1", "the|1 2 3 4", "helpline|-4"],
    "same": ["blackmail|sextortion|take a picture", "helpline|phone number"],
    "common": "the a is of",
}


@pytest.mark.parametrize(
    ("typed", "first", "meant"),
    [
        ("blackmail", "a", {}),
        ("the phone number", "d", {}),
        ("gromoing of a child", "b", {"gromoing": "grooming"}),
        ("the", "a b d", {}),
        ("of taxes", "", {}),
    ],
)
def test_another_word_and_a_slip_find_what_was_meant(typed: str, first: str, meant: dict[str, str], page: Page) -> None:
    """What else is said for it, two letters the wrong way round, and common words that say nothing beside others."""
    pages, slipped = page.evaluate(FIND, [INDEX, typed])
    best = max((points for points, _ in pages), default=0)
    assert sorted(href[-1] for points, href in pages if points == best) == first.split()
    assert slipped == meant
