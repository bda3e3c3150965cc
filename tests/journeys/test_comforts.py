"""The keyboard alone, leaving quickly, paper, a form sent too early, and help by country."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route

from coplearn.courses.questions.choice import Choice
from tests.journeys.browser import PHONE, Visitor
from tests.journeys.conftest import Meet
from tests.journeys.keys import answer_by_keys, press_key
from tests.journeys.learner import asked_on, item_path, open_item
from tests.journeys.site import EXIT, said, the_course
from tests.journeys.walk import of_kind, quiz_with_order, way_through
from tests.sizes import whole_only


@pytest.mark.whole
def test_keyboard_alone_goes_through_a_module(meet: Meet) -> None:
    """Without a mouse a learner reads, lives a story, answers a check with an order question, and goes on."""
    learner, quiz, course = meet("en"), quiz_with_order(), the_course()
    module = course.module(quiz.module)
    open_item(learner, course.items[module.item_ids[0]])
    learner.page.keyboard.press("Tab")
    assert learner.page.evaluate("document.activeElement.className") == "skip"
    learner.page.keyboard.press("Enter")
    for item in (course.items[item_id] for item_id in module.item_ids):
        assert learner.path == item_path("en", item)
        if item.kind == "lesson":
            press_key(learner, "main form .button--primary")
        elif item.kind == "action":
            press_key(learner, "button[name=did][value=planned]", "Space")
        elif item.kind == "scenario":
            for choice in way_through(item.content):
                press_key(learner, f'button[name=choice][value="{choice}"]')
            press_key(learner, "a[rel=next]")
        else:
            for question in asked_on(learner.page, item):
                answer_by_keys(learner.page, question)
            press_key(learner, "main form .button--primary")
            assert "100" in learner.page.locator("#result").inner_text()
            press_key(learner, "article > .actions .button--primary")


def test_early_quiz_says_what_is_missing_and_loses_nothing(meet: Meet) -> None:
    """A half-filled check comes back with the answer kept, the problems listed first, and each link leading there."""
    learner, quiz = meet("en"), of_kind("quiz")
    first = next(question for question in quiz.content.questions if isinstance(question, Choice))
    open_item(learner, quiz)
    chosen = f'input[name="{first.id}"][value="{first.options[0].id}"]'
    learner.page.locator(chosen).check()
    learner.press("main form .button--primary")
    assert learner.page.evaluate("document.activeElement.matches('.summary')")
    assert learner.page.locator(chosen).is_checked()
    for link in learner.page.locator(".summary a").all():
        target = learner.page.locator(f'[id="{(link.get_attribute("href") or "")[1:]}"]')
        assert target.count() == 1
        assert target.get_attribute("aria-describedby") or target.locator("[aria-describedby]").count()


def leave_to_stub(visitor: Visitor) -> None:
    """Answer for the other site, so that nothing goes out."""

    def answer(route: Route) -> None:
        route.fulfill(body="<title>elsewhere</title>", content_type="text/html")

    visitor.context.route(f"{EXIT}**", answer)


@pytest.mark.parametrize(
    "how", ["button", pytest.param("keys", marks=whole_only), pytest.param("without-javascript", marks=whole_only)]
)
def test_leaving_quickly_opens_the_other_site(meet: Meet, how: str) -> None:
    """The button leaves with and without JavaScript, and three times Escape does; Back does not show the page again."""
    learner = meet("en", PHONE, java_script_enabled=how != "without-javascript")
    leave_to_stub(learner)
    learner.open("about")
    open_item(learner, of_kind("lesson"))
    if how == "keys":
        for _ in range(3):
            learner.page.keyboard.press("Escape")
    else:
        learner.page.locator("[data-quick-exit]").click()
    learner.page.wait_for_url(EXIT)
    if how != "without-javascript":
        learner.page.go_back()
        assert learner.path == "/en/about"


@pytest.mark.whole
def test_escape_twice_or_slowly_stays(meet: Meet) -> None:
    """Closing the language menu with Escape does not throw anybody out, and another key begins the count anew."""
    learner = meet("en")
    leave_to_stub(learner)
    learner.open("about")
    learner.page.locator("header details.menu:not(.menu--seek) summary").click()
    for key in ("Escape", "Escape", "a", "Escape", "Escape"):
        learner.page.keyboard.press(key)
    assert learner.path == "/en/about"
    assert not learner.page.locator("header details.menu:not(.menu--seek) ul").is_visible()


@pytest.mark.parametrize("lang", [pytest.param("en", marks=whole_only), "ar", pytest.param("zh", marks=whole_only)])
def test_module_prints_without_the_site_around_it(meet: Meet, lang: str) -> None:
    """On paper a module has its text and questions, no navigation, and A4 holds it from edge to edge."""
    reader = meet(lang)
    reader.open(f"c/{the_course().code}/paper/1")
    reader.page.emulate_media(media="print")
    for gone in ("header.top", "footer.foot", "[data-quick-exit]", "main .no-print"):
        assert not reader.page.locator(gone).first.is_visible(), gone
    first = the_course().modules[0]
    parts = len(first.item_ids) + (first.pre_question is not None)
    assert reader.page.locator("main .paper-part").count() == parts
    assert reader.page.locator("main input, main button, main select").count() == 0
    assert reader.page.pdf(format="A4").startswith(b"%PDF")
    reader.page.set_viewport_size({"width": 700, "height": 1000})
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 700


@pytest.mark.whole
def test_help_by_country_is_remembered_on_the_device(meet: Meet) -> None:
    """After a country is picked its numbers can be called, and the next visit shows them at once."""
    worried = meet("en", PHONE)
    worried.open("help")
    codes = [option.get_attribute("value") for option in worried.page.locator("#country option").all()]
    country = next(code for code in codes if code)
    worried.page.locator("#country").select_option(country)
    worried.press("main form .button--primary")
    calls = [link.get_attribute("href") or "" for link in worried.page.locator('a[href^="tel:"]').all()]
    assert calls and all(re.fullmatch(r"tel:\+?[0-9]+", call) for call in calls), calls
    worried.open("about")
    worried.press(".top__help")
    assert worried.page.locator("#country").input_value() == country


def test_erasing_leaves_nothing(meet: Meet) -> None:
    """A visitor who erases everything is told so, and begins anew; their marks on the device go, and nobody else's."""
    learner = meet("en")
    open_item(learner, of_kind("lesson"))
    learner.press("main form .button--primary")
    learner.open("me/erase")
    learner.page.evaluate(
        "async () => { const { owner } = await import(document.getElementById('say').dataset.outbox);"
        " for (const one of [await owner(), 'another']) localStorage.setItem(`kept-progress:${one}:course`, '{}'); }"
    )
    learner.page.locator("#sure").check()
    learner.press("main .button--danger")
    marks = "Object.keys(localStorage).filter((name) => name.startsWith('kept-progress'))"
    assert learner.page.evaluate(marks) == ["kept-progress:another:course"]
    assert said("en", "Everything about you is gone from this site.") in learner.page.locator("main").inner_text()
    learner.open("me/")
    assert learner.page.locator("main .progress").count() == 0
