"""An exported module in a browser: it says by SCORM 1.2 where somebody stands, and asks nothing of any other server.

The platform is a page of ours with the eight functions of the standard, on plain http, and its policy lets no inline script run.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Route, expect

from coplearn.course_exports.making import make_package
from coplearn.course_exports.rules import PackageFormat, PackageOrder
from coplearn.courses.course import Course
from coplearn.courses.questions.choice import One
from coplearn.site import site_of
from tests.journeys.barriers import ALL, look
from tests.journeys.learner import answer_question, asked_on
from tests.journeys.walk import way_through

HOST = "http://lms.example"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
PLATFORM = """<!doctype html><html lang="en"><head><title>Platform</title><link rel="icon" href="data:,"></head><body>
<script>
const kept = () => JSON.parse(localStorage.kept ?? "{}"), known = kept();
let open = false, refuses = false;
const API = window.API = {
  LMSInitialize: () => { if (open) return "false"; open = true; return "true"; },
  LMSFinish: () => {
    open = false;
    localStorage.finished = Number(localStorage.finished ?? 0) + 1;
    return "true";
  },
  LMSGetValue: (name) => known[name] ?? "",
  LMSSetValue: (name, value) => {
    if (!open || typeof value !== "string" || (name === "cmi.suspend_data" && value.length > 4096)) return "false";
    known[name] = value;
    return "true";
  },
  LMSCommit: () => { if (refuses) return "false"; localStorage.kept = JSON.stringify(known); return "true"; },
  LMSGetLastError: () => (open ? "101" : "301"), LMSGetErrorString: () => "", LMSGetDiagnostic: () => "",
};
</script><iframe title="Course" src="/package/index.html" width="390" height="800"></iframe></body></html>"""


@dataclass
class Platform:
    """A learning platform that has a package; every request and every complaint of the browser is noted."""

    context: BrowserContext
    page: Page
    files: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def launch(self) -> Frame:
        """Open the package where somebody stands."""
        self.page.goto(f"{HOST}/launch")
        frame = self.page.frame(url=f"{HOST}/package/index.html")
        assert frame is not None
        expect(frame.locator("#main h1")).to_be_visible()
        return frame

    def kept(self) -> dict[str, str]:
        """Everything that was committed."""
        found: dict[str, str] = self.page.evaluate("kept()")
        return found


@pytest.fixture
def platform(chromium: Browser, packaged: dict[str, bytes]) -> Iterator[Platform]:
    """The platform with the package of a module in Arabic."""
    context = chromium.new_context(viewport={"width": 420, "height": 900})
    made = Platform(context, context.new_page(), dict(packaged))

    def answer(route: Route) -> None:
        made.asked.append(route.request.url)
        name = route.request.url.partition("?")[0].removeprefix(f"{HOST}/package/")
        if route.request.url == f"{HOST}/launch":
            route.fulfill(body=PLATFORM, content_type="text/html")
        elif name in made.files:
            headers = {"content-type": TYPES[name.rpartition(".")[2]], "content-security-policy": POLICY}
            route.fulfill(body=made.files[name], headers=headers)
        else:
            route.abort()

    context.route("**/*", answer)
    context.add_init_script(AXE_SCRIPT)
    made.page.on("console", lambda said: made.faults.append(said.text) if said.type in {"error", "warning"} else None)
    made.page.on("pageerror", lambda error: made.faults.append(str(error)))
    yield made
    context.close()
    assert made.faults == []
    assert [one for one in made.asked if not one.startswith(f"{HOST}/")] == []


@pytest.fixture(scope="module")
def course(shared_app: Flask) -> Course:
    """The course for parents."""
    return site_of(shared_app).library.current().courses["cop-parents"]


@pytest.fixture(scope="module")
def packaged(shared_app: Flask, course: Course) -> dict[str, bytes]:
    """The files of its first module as SCORM 1.2 in Arabic."""
    language = site_of(shared_app).locales.get("ar")
    made = make_package(shared_app, PackageOrder(PackageFormat.SCORM12, course, course.modules[:1], (language,)))
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def do_step(frame: Any, course: Course, item_id: str) -> None:
    """Do the step that is shown, rightly, and go on."""
    item = course.items[item_id]
    expect(frame.locator(f'form[data-item="{item.code}"]')).to_be_visible()
    if item.kind == "lesson":
        frame.locator("form .button--primary").click()
    elif item.kind == "action":
        frame.locator("button[name=did][value=planned]").click()
    elif item.kind == "quiz":
        answer(frame, item)
        expect(frame.locator("#result")).to_have_class("result result--passed")
        frame.locator("#result [data-next]").click()
    else:
        for choice in way_through(item.content):
            frame.locator(f'[data-scene]:not([hidden]) button[value="{choice}"]').click()
        expect(frame.locator("[data-scene]:not([hidden]) .scene__end")).to_be_visible()
        frame.locator(".pager__link--on").click()


def answer(frame: Any, item: Any, wrong: bool = False) -> None:
    """Answer every question of the form that is shown, wrongly where one of several options is chosen and it is to be wrong."""
    for question in asked_on(frame, item):
        answer_question(frame, question)
        if wrong and isinstance(question, One):
            other = next(one.id for one in question.options if not one.correct)
            frame.locator(f'input[name="{question.id}"][value="{other}"]').check()
    frame.locator("form .button--primary").click()


def test_module_is_learned_to_its_end_and_resumes_where_it_was_left(platform: Platform, course: Course) -> None:
    """Completion, score and place arrive; after a reload the step is there again, in the right form, and nothing is lowered."""
    frame, module = platform.launch(), course.modules[0]
    assert (frame.locator("html").get_attribute("lang"), frame.locator("html").get_attribute("dir")) == ("ar", "rtl")
    assert platform.kept() == {} or platform.kept()["cmi.core.lesson_status"] == "incomplete"
    frame.locator("#main li[data-item] a").first.click()
    for item_id in module.item_ids[:2]:
        do_step(frame, course, item_id)
    third = course.items[module.item_ids[2]]
    expect(frame.locator(f'form[data-item="{third.code}"]')).to_be_visible()
    assert platform.kept()["cmi.core.lesson_location"] == third.code
    platform.page.reload()
    assert platform.page.evaluate("localStorage.finished") == "1"
    frame = platform.launch()
    expect(frame.locator(f'form[data-item="{third.code}"]')).to_be_visible()
    for item_id in module.item_ids[2:]:
        do_step(frame, course, item_id)
    expect(frame.locator("[data-complete]")).to_be_visible()
    expect(frame.locator("li.item--done")).to_have_count(len(module.item_ids))
    kept = platform.kept()
    wanted = {"lesson_status": "passed", "score.raw": "100", "score.min": "0", "score.max": "100", "exit": "suspend"}
    assert {name: kept[f"cmi.core.{name}"] for name in wanted} == wanted
    assert len(kept["cmi.suspend_data"]) < 1000
    platform.launch()
    assert platform.kept()["cmi.core.lesson_status"] == "passed"


@pytest.mark.whole
def test_check_that_is_failed_can_be_tried_again_and_its_best_result_stays(platform: Platform, course: Course) -> None:
    """The second try asks the other form; the keys stand nowhere in clear; reasons are shown after the answer alone."""
    quiz = next(course.items[one] for one in course.modules[0].item_ids if course.items[one].kind == "quiz")
    frame = platform.launch()
    frame.locator(f'a[href="#{quiz.code}"]').first.click()
    assert asked_on_shown(frame, quiz) == list(quiz.content.asked("a"))
    expect(frame.locator(".feedback")).to_have_count(0)
    answer(frame, quiz, wrong=True)
    expect(frame.locator("#result")).to_have_class("result result--again")
    failed = int(platform.kept()["cmi.core.score.raw"])
    assert 0 < failed < course.pass_mark and platform.kept()["cmi.core.lesson_status"] == "incomplete"
    frame.locator("#result [data-again]").click()
    expect(frame.locator("#result")).to_be_hidden()
    assert {one.id for one in asked_on_shown(frame, quiz)} == {one.id for one in quiz.content.asked("b")}
    answer(frame, quiz)
    expect(frame.locator("#result")).to_have_class("result result--passed")
    assert platform.kept()["cmi.core.score.raw"] == "100"


def asked_on_shown(frame: Any, quiz: Any) -> list[Any]:
    """The questions of the form that is shown, once it is."""
    expect(frame.locator("fieldset.question").first).to_be_visible()
    return asked_on(frame, quiz)


@pytest.mark.whole
def test_page_has_no_barrier_and_says_when_nothing_is_kept(platform: Platform, course: Course) -> None:
    """Each kind of step, help and the list; and a platform that refuses, or that is none, is told in a sentence."""
    page = platform.page
    page.goto(f"{HOST}/package/index.html")
    expect(page.locator("#record")).to_be_visible()
    kinds = {course.items[one].kind: course.items[one].code for one in course.modules[0].item_ids}
    found: list[str] = []
    for place in ("contents", "help", *kinds.values()):
        page.goto(f"{HOST}/package/index.html#{place}")
        expect(page.locator("#main h1")).to_be_focused()
        found += [f"{place}: {one}" for one in look(page, ALL)]
    assert found == []
    frame = platform.launch()
    page.evaluate("refuses = true")
    frame.locator("#main li[data-item] a").first.click()
    expect(frame.locator("#record")).to_have_attribute("data-now", "unsaved")
    page.evaluate("refuses = false")
    frame.locator("form .button--primary").first.click()
    expect(frame.locator("#record")).to_be_hidden()
