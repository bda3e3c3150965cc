"""Answers told at once: below each question, on a phone one question at a time, and nothing lost when the line is cut."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route

from tests.journeys.browser import PHONE
from tests.journeys.conftest import Meet
from tests.journeys.learner import PRIMARY, answer_question, answer_quiz, answer_rightly, asked_on, open_item
from tests.journeys.walk import of_kind, quiz_with_order


def test_answer_is_told_before_the_next_question(meet: Meet) -> None:
    """Each question stands alone; the mark is the server's, of what was sent."""
    learner = meet("en", PHONE)
    quiz = of_kind("quiz")
    open_item(learner, quiz)
    assert learner.page.locator("fieldset.question:visible").count() == 1
    learner.page.locator(".one-by-one button").click()
    learner.page.locator(".missing[role=alert]").wait_for()
    learner.watch.faults.clear()  # the refusal was meant
    answer_quiz(learner, quiz)
    assert learner.page.locator("#result.result--passed .ring__text").text_content() == "100"


def test_answer_is_told_on_a_wide_screen_too(meet: Meet) -> None:
    """All questions stand there, and below each a button that tells what its answer comes to; the whole is sent as ever."""
    learner = meet("en")
    quiz = of_kind("quiz")
    open_item(learner, quiz)
    questions = asked_on(learner.page, quiz)
    assert learner.page.locator("fieldset.question:visible").count() == len(questions) > 1
    first = learner.page.locator(f"#question-{questions[0].id}")
    button = learner.page.locator(f'.check-one button[value="{questions[0].id}"]')
    button.click()
    first.locator(".missing[role=alert]").wait_for()
    learner.watch.faults.clear()  # the refusal was meant
    answer_rightly(learner.page, quiz)
    button.click()
    first.locator("> div:last-child :is(.feedback, .reflection)").first.wait_for()
    assert learner.page.locator(".check-one button:visible").count() == len(questions) - 1
    learner.press(PRIMARY)
    assert learner.page.locator("#result.result--passed .ring__text").text_content() == "100"


def test_answer_is_told_without_scripts(meet: Meet) -> None:
    """The page comes again with what the answer came to, the choices stand there once, and all that was filled in is sent."""
    learner = meet("ar", java_script_enabled=False)
    quiz = of_kind("quiz")
    open_item(learner, quiz)
    questions = asked_on(learner.page, quiz)
    answer_rightly(learner.page, quiz)
    learner.press(f'.check-one button[value="{questions[0].id}"]')
    first = learner.page.locator(f"#question-{questions[0].id}")
    assert first.locator("legend").is_visible()
    assert not first.locator("input:visible, .choice:visible").count()
    assert learner.page.locator(".check-one button").count() == len(questions) - 1
    learner.press(PRIMARY)
    assert learner.page.locator("#result.result--passed .ring__text").count() == 1


@pytest.mark.whole
def test_order_that_nobody_touched_is_no_answer(meet: Meet) -> None:
    """The steps come in a chance order: it counts when somebody moves one, or says that it stands."""
    learner = meet("en", PHONE)
    quiz = quiz_with_order()
    open_item(learner, quiz)
    order = next(question for question in quiz.content.questions if question.kind == "order")
    selects = learner.page.locator(f'[name^="{order.id}."]')
    assert {select.input_value() for select in selects.all()} == {""}
    hint = learner.page.locator(f"#question-{order.id} .question__hint")
    assert hint.text_content() == hint.get_attribute("data-live")
    for question in asked_on(learner.page, quiz):
        button = learner.page.locator(".one-by-one button")
        if question is order:
            button.click()
            learner.page.locator(f"#question-{order.id} .missing").wait_for()
            return
        answer_question(learner.page, question)
        button.click()
        learner.page.locator(f"#question-{question.id} > div:last-child :is(.feedback, .reflection)").first.wait_for()
        button.click()


@pytest.mark.whole
def test_check_goes_on_when_the_line_is_cut(meet: Meet) -> None:
    """Without an answer from the site one goes on to the next question, and every answer is sent in the end."""
    learner = meet("en", PHONE)
    quiz = of_kind("quiz")
    open_item(learner, quiz)

    def cut(route: Route) -> None:
        route.abort()

    learner.page.route("**/one", cut)
    button = learner.page.locator(".one-by-one button")
    *firsts, last = asked_on(learner.page, quiz)
    for question in firsts:
        answer_question(learner.page, question)
        button.click()
        learner.page.locator(f"#question-{question.id}").wait_for(state="hidden")
    answer_question(learner.page, last)
    learner.watch.faults.clear()  # the cut line is in the browser's log, as it was meant to be
    with learner.page.expect_navigation():
        button.click()
    assert learner.page.locator("#result.result--passed .ring__text").text_content() == "100"
