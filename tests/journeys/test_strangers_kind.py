"""A question that a stranger brings in a wheel, answered in Arabic without JavaScript and in English with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from coplearn.courses.course import opaque_code
from tests.courses.makecourse import Folder
from tests.courses.strangers import FILES, STEM, course_with_estimate, install_package
from tests.journeys.browser import DESKTOP, PHONE, Visitor, new_visitor
from tests.journeys.site import Site, serving

pytestmark = pytest.mark.whole

ARABIC = {
    "stem": (STEM, "من بين عشرة أطفال، كم طفلًا يخبر أحد والديه أولًا؟"),
    "reason": ("About seven of ten.", "نحو سبعة من عشرة."),
}
"""The question's own texts, which belong to the course."""
SHOTS = os.environ.get("COPLEARN_SHOTS", "")
"""A folder for pictures of the pages, for whoever wants to look at them."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The template's course with the stranger's question, which is translated as any question is."""
    made = course_with_estimate(tmp_path_factory.mktemp("courses"))
    head = FILES["estimate_questions/translations/ar.po"].partition("\n\n")[0]
    entries = [
        f'msgctxt "first-check#how-many.{facet}"\nmsgid "{text}"\nmsgstr "{said}"'
        for facet, (text, said) in ARABIC.items()
    ]
    made.write("translations/ar.po", "\n\n".join([head, *entries, ""]))
    return made


@pytest.fixture(scope="module")
def own_site(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A production server in whose environment the wheel is installed."""
    place = tmp_path_factory.mktemp("wheel")
    more = {"PYTHONPATH": str(install_package(place)), "COPLEARN_COURSE_PATH": str(folder.path.parent)}
    with serving(place, more) as running:
        yield running


CHECK = f"c/{opaque_code('my-course')}/{opaque_code('my-course/first-check')}"
"""Where the check is."""


def _look(visitor: Visitor, name: str) -> None:
    if SHOTS:
        visitor.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def _answer_the_rest(visitor: Visitor) -> None:
    for name, value in (("first-word", "question"), ("what-helps", "wait"), ("what-helps", "beside")):
        visitor.page.locator(f'[name="{name}"][value="{value}"]').check()


def test_strangers_question_is_taken_with_and_without_script(chromium: Browser, own_site: Site) -> None:
    """It refuses kindly and keeps what was typed, scores, and shows its result; with JavaScript a slider moves the number."""
    arabic = new_visitor(chromium, own_site, "ar", PHONE, java_script_enabled=False)
    _open(arabic)
    field = arabic.page.locator('[name="how-many"]')
    assert STEM not in arabic.page.content()
    assert "اختر عددًا من 0 إلى 10." in _plain(arabic)
    assert arabic.page.locator('[type="range"]').count() == 0
    field.fill("30")
    _look(arabic, "strange-ar-asked")
    _send(arabic)
    assert "اكتب عددًا صحيحًا ليس كبيرًا جدًا." in _plain(arabic)
    assert "Write a whole number" not in arabic.page.locator("main").inner_text()  # nor in the list above the form
    assert field.input_value() == "30"
    _look(arabic, "strange-ar-refused")
    field.fill("6")
    _answer_the_rest(arabic)
    _send(arabic)
    assert arabic.page.locator("#result.result--passed").is_visible()
    assert "قلت 6. العدد هو 7." in _plain(arabic)
    _look(arabic, "strange-ar-result")
    arabic.context.close()

    english = new_visitor(chromium, own_site, "en", DESKTOP)
    _open(english)
    slider = english.page.locator('.estimate [type="range"]')
    slider.fill("7")
    assert english.page.locator('[name="how-many"]').input_value() == "7"
    _look(english, "strange-en-asked")
    _answer_the_rest(english)
    _send(english)
    assert "You said 7. The number is 7." in _plain(english)
    assert english.page.locator("#result.result--passed").is_visible()
    _look(english, "strange-en-result")
    english.context.close()


def _open(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.site.url}/{visitor.lang}/{CHECK}")
    assert visitor.page.locator("html").get_attribute("dir") == ("rtl" if visitor.lang == "ar" else "ltr")
    assert visitor.watch.faults == []


def _send(visitor: Visitor) -> None:
    with visitor.page.expect_navigation():
        visitor.page.locator("#answers button.button--primary").click()
    assert visitor.watch.faults == []


def _plain(visitor: Visitor) -> str:
    """What is read on the page, without the signs that isolate names and numbers."""
    return visitor.page.locator("main").inner_text().replace("\u2068", "").replace("\u2069", "")
