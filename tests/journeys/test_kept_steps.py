"""Kept steps in a browser without a network: the law of stories, closed feedback, and what is handed to the outbox."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from coplearn.courses.kinds.story import PARTS
from coplearn.courses.kinds.story_kept import law_of
from coplearn.courses.kinds.walks import explore
from coplearn.courses.plugin import Item, View
from coplearn.settings import HOME
from coplearn.testing import item_of, page_of, tree
from tests.courses import test_quiz_kind, test_scenario_kind
from tests.courses.memory_story import STORY
from tests.journeys.site import the_courses

STATIC = HOME / "coplearn" / "web" / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"
)
PAGE = """<!doctype html><html lang="{lang}" dir="{dir}" data-kept="/static/js/kept.js"><head><title>Course</title>
<link rel="stylesheet" href="/static/css/coplearn.css"><script type="module" src="/static/js/coplearn.js"></script>
<script type="module" src="/static/js/quiz.js"></script><script type="module" src="/static/js/kept-step.js"></script></head>
<body><main><h1>Step</h1><form id="answers" method="post" action="/x" class="stack" novalidate data-kept data-course="c"
 data-item="x1" data-item-id="it" data-made-of="made" data-operations="/en/c/c1/operations">{body}{button}
<p id="kept-say" role="status" data-kept="It is kept." data-failed="It is not kept." data-closed="No reasons."></p></form></main>
<div id="say" hidden data-outbox="/static/js/outbox.js" data-up="Up" data-down="Down" data-moved=""></div></body></html>"""
OUTBOX = """export const owner = () => "me";
export async function add(one) {
  if (window.isFull) throw new DOMException("full", "QuotaExceededError");
  (window.added ??= []).push(one);
  return "op";
}"""
KEPT = "export const edition = async () => ({ digest: 'of the course' });"
# All situations that the page's own law comes to, each with the texts shown and the choices offered there.
EXPLORE = """async (law) => {
  const story = await import("/static/js/kept-step.js"), found = new Map(), waiting = [story.begin(law)];
  while (waiting.length) {
    const here = waiting.pop(), key = JSON.stringify([here.scene, ...Object.values(here.states)]);
    if (found.has(key)) continue;
    const ways = story.offered(law, here);
    found.set(key, [story.shown(law, here), ways.map((choice) => choice.id)]);
    waiting.push(...ways.map((choice) => story.after(law, here, choice)));
  }
  return [...found].map(([key, told]) => [JSON.parse(key), ...told]);
}"""


# The words that stand in a question, open or folded.
TOLD = """(id) => {
  const copy = document.getElementById(id).cloneNode(true);
  copy.querySelectorAll("[hidden]").forEach((part) => part.remove());
  return copy.textContent;
}"""


@dataclass
class Phone:
    """A browser whose every page and file comes from here: there is no network, and no site."""

    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    def open(self, item: Item[Any], kind: Any, **more: str) -> Page:
        """The kept page of an item."""
        shown = page_of(kind, item)
        button = '<p class="actions"><button class="button">Go on</button></p>' if kind.finish else ""
        words = {"lang": "en", "dir": "ltr", **more}
        html = PAGE.format(body=kind.offline_body(item, shown), button=button, **words)
        self.context.route("**/kept/x1", lambda route: route.fulfill(body=html, headers=_headers("text/html")))
        self.page.goto("http://localhost/en/c/c1/kept/x1")
        return self.page

    def added(self) -> list[dict[str, Any]]:
        """The operations handed to the outbox since the page was opened."""
        found: list[dict[str, Any]] = self.page.evaluate("window.added ?? []")
        return found


def _headers(kind: str) -> dict[str, str]:
    return {"content-type": f"{kind}; charset=utf-8", "content-security-policy": POLICY}


def _file(route: Route) -> None:
    name = route.request.url.partition("/static/")[2].partition("?")[0]
    text = {"js/outbox.js": OUTBOX, "js/kept.js": KEPT}.get(name)
    body = (STATIC / name).read_text(encoding="utf-8") if text is None else text
    route.fulfill(body=body, headers=_headers("text/css" if name.endswith(".css") else "text/javascript"))


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser for all tests here."""
    made = chromium.new_context(viewport={"width": 390, "height": 844})
    made.route("**/static/**", _file)
    yield made
    made.close()


@pytest.fixture
def phone(context: BrowserContext) -> Iterator[Phone]:
    """A new page in it, with nothing kept."""
    page = context.new_page()
    found = Phone(context, page)
    page.on("console", lambda said: found.faults.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: found.faults.append(str(error)))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    yield found
    page.evaluate("localStorage.clear()")
    page.close()
    assert found.faults == []


def test_stories_are_walked_as_the_site_walks_them(phone: Phone) -> None:
    """Every situation of every story of the courses, with what is shown and offered there: neither more nor less."""
    stories = {"memory": item_of(test_scenario_kind.KIND, STORY).content}
    for course in the_courses().values():
        stories |= {one.id: one.content for one in course.items.values() if one.kind == "scenario"}
    phone.open(item_of(test_scenario_kind.KIND, STORY), test_scenario_kind.KIND)
    assert len(stories) > 20
    for name, story in stories.items():
        found = {tuple(key): (texts, ways) for key, texts, ways in phone.page.evaluate(EXPLORE, law_of(story))}
        wanted = {}
        for here in explore(story).situations.values():
            shown = [one.facet for part in PARTS if (one := here.shown(part)) is not None]
            wanted[here.scene.id, *here.states.values()] = (shown, [choice.id for choice in here.offered])
        assert found == wanted, name


def test_story_is_walked_to_its_end_and_handed_over_once(phone: Phone) -> None:
    kind, item = test_scenario_kind.KIND, item_of(test_scenario_kind.KIND, STORY)
    page = phone.open(item, kind)
    expect(page.get_by_role("heading", name="How the story begins")).to_be_visible()
    for choice in ("ask", "wipe"):
        page.locator(f'[data-scene]:not([hidden]) button[value="{choice}"]').click()
    expect(page.locator("[data-scene]:not([hidden])")).to_have_attribute("data-scene", "wiped")
    page.locator('button[value=":back"]').click()
    assert page.locator("button:visible").all_inner_texts() == [
        "Choose note",
        "Choose call",
        "Choose wipe",
        "Go one step back",
    ]
    page.reload()  # the place is kept
    for choice in ("note", "wait"):
        page.locator(f'[data-scene]:not([hidden]) button[value="{choice}"]').click()
    expect(page.locator("#kept-say")).to_have_text("It is kept.")
    assert page.locator("[data-scene]:not([hidden])").evaluate("one => one === document.activeElement")
    assert "Together." in page.locator("[data-scene]:not([hidden])").inner_text()
    assert page.locator(".trail__step").all_inner_texts() == ["Choose ask", "Choose note", "Choose wait"]
    (sent,) = phone.added()
    assert (sent["address"], sent["slot"], sent["body"]["made_of"]) == ("/en/c/c1/operations", "x1", "made")
    state: Any = {}
    for step in sent["body"]["steps"]:
        outcome = kind.answer(item, step, state)
        state = outcome.state
    assert (outcome.done, state["path"]) == (True, ["ask", "note", "wait"])


def test_story_that_could_not_be_kept_is_not_noted_as_done(phone: Phone) -> None:
    """Its answer is handed over before it is noted as done: whatever stops the page there, the last choice is made again."""
    kind, item = test_scenario_kind.KIND, item_of(test_scenario_kind.KIND, STORY)
    page = phone.open(item, kind)
    page.evaluate("window.isFull = true")
    for choice in ("ask", "note", "wait"):
        page.locator(f'[data-scene]:not([hidden]) button[value="{choice}"]').click()
    expect(page.locator("#kept-say")).to_have_text("It is not kept.")
    page.reload()
    assert "done" not in page.evaluate("JSON.parse(Object.values(localStorage)[0]).it")
    page.locator('[data-scene]:not([hidden]) button[value="wait"]').click()
    expect(page.locator("#kept-say")).to_have_text("It is kept.")
    assert len(phone.added()) == 1


def _bare(text: str) -> str:
    return "".join(text.split())


def _answer(page: Page, chance: random.Random) -> None:
    for question in page.locator("fieldset.question").all():
        for group in question.locator(".choices").all():
            controls = group.locator("input").all()
            for control in chance.sample(controls, chance.randint(1, len(controls) - 1)):
                control.check()
        moves = question.locator(".order__move[data-move=down]")
        if moves.count():
            moves.nth(chance.randrange(moves.count() - 1)).click()
        for select in question.locator(".match select").all():
            select.select_option(index=chance.randint(1, 3))


def test_check_is_scored_as_the_site_scores_it(phone: Phone) -> None:
    """Whatever is answered: the points told are those the site will come to with what was handed over."""
    kind, item, chance = test_quiz_kind.KIND, test_quiz_kind.ITEM, random.Random(12)
    page = phone.open(item, kind)
    page.get_by_role("button", name="Check my answers").click()
    assert page.locator(".field__error").all_inner_texts() == [
        "Choose an answer.",
        "Choose at least one answer.",
        "Choose a place for this step.",
        "Choose what fits here.",
    ]
    assert phone.added() == []
    for _ in range(3):
        _answer(page, chance)
        page.get_by_role("button", name="Check my answers").click()
        expect(page.locator("#result")).to_be_focused()
        (sent,) = phone.added()
        came = kind.answer(item, sent["body"]["fields"], {})
        told = page.locator("#result-line").inner_text()
        assert told.startswith(f"You have {came.score} of 100 points."), told
        assert came.passed is ("You have passed" in told)
        view = View(seed=sent["body"]["seed"], answers=came.answers)
        online = tree(kind.render(item, page_of(kind, item), view))
        for question in ("first-thing", "helpers", "sequence", "kinds"):
            wanted = online.all("fieldset", id=f"question-{question}")[0].text
            assert _bare(page.evaluate(TOLD, f"question-{question}")) == _bare(wanted)
        marks = ".choice--right, .choice--wrong, .choice--missed"
        looks = sorted(one.attributes["class"] for one in online.of_class("choice") if "--" in one.attributes["class"])
        assert sorted(page.locator(marks).evaluate_all("all => all.map((one) => one.className)")) == looks
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("#result")).to_be_hidden()


@pytest.mark.whole
def test_what_the_phone_cannot_keep_is_said_and_still_there(phone: Phone) -> None:
    page = phone.open(test_quiz_kind.ITEM, test_quiz_kind.KIND)
    page.evaluate("localStorage['kept-progress::c1'] = JSON.stringify({other: {done: 1}})")
    page.evaluate("window.isFull = true")
    _answer(page, random.Random(5))
    chosen = page.locator("input:checked").count()
    page.get_by_role("button", name="Check my answers").click()
    expect(page.locator("#kept-say")).to_have_text("It is not kept.")
    assert page.locator("#result").is_hidden()
    assert page.locator("input:checked").count() == chosen
    assert page.evaluate("Object.keys(localStorage)") == ["kept-progress::c1"]
    page.evaluate("window.isFull = false")
    page.get_by_role("button", name="Check my answers").click()
    expect(page.locator("#result")).to_be_focused()
    # What was done before anybody was known here goes with whoever goes on.
    assert page.evaluate("Object.keys(localStorage)") == ["kept-progress:me:c1"]
    done = json.loads(page.evaluate("localStorage['kept-progress:me:c1']"))
    assert (done["it"]["tries"], done["other"]["done"]) == (1, 1)
