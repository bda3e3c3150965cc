"""What somebody has typed or ticked and not sent yet is still there when the page's language is changed."""

from __future__ import annotations

import pytest

from coplearn.courses.kinds.quiz import FORM_A, FORM_FIELD, QuizContent
from coplearn.courses.plugin import Item
from coplearn.courses.questions.choice import Choice, Many, One
from coplearn.courses.questions.match import Match
from coplearn.courses.questions.order import Order
from coplearn.courses.questions.reflection import Reflection
from tests.journeys.browser import PHONE
from tests.journeys.conftest import Meet
from tests.journeys.learner import PRIMARY, answer_rightly, item_path, open_item
from tests.journeys.site import the_course
from tests.journeys.test_continuity import attempts_kept
from tests.journeys.walk import THOUGHT, quiz_with_order, right_answers

_CHOSEN = """form => [...new FormData(form)]
  .filter(([name]) => !['csrf_token', 'key', 'made-of', 'seed'].includes(name)).map(([name, value]) => `${name}=${value}`).sort()"""


def test_language_change_keeps_answers_that_were_not_sent(meet: Meet) -> None:
    """Ticks, the order of steps and a written thought are there in Arabic, and gone from the tab's memory."""
    learner, quiz = meet("en"), quiz_with_order()
    open_item(learner, quiz)
    answer_rightly(learner.page, quiz)
    form = learner.page.locator("article.step > form")
    before = form.evaluate(_CHOSEN)
    learner.lang = "ar"
    learner.page.locator("header details.menu:not(.menu--seek) summary").click()
    learner.press('header details.menu:not(.menu--seek) a[href^="/ar/"]')
    assert form.evaluate(_CHOSEN) == before
    assert (
        sum(isinstance(question, Choice) for question in quiz.content.asked(FORM_A)) <= form.locator(":checked").count()
    )
    assert THOUGHT in "".join(before)
    assert learner.page.evaluate("sessionStorage.length") == 0


def quiz_of_every_kind() -> Item[QuizContent]:
    """A quiz with one choice, many choices, steps to order, pairs to match and a thought."""
    wanted = {One, Many, Order, Match, Reflection}
    items = the_course().items.values()
    return next(one for one in items if one.kind == "quiz" and wanted <= set(map(type, one.content.questions)))


@pytest.mark.whole
def test_language_change_without_javascript_keeps_every_kind_of_answer(meet: Meet) -> None:
    """Answered but for one question, the quiz is the same in Arabic; there it is finished, and counts once."""
    learner, quiz = meet("en", PHONE, java_script_enabled=False), quiz_of_every_kind()
    left = next(question for question in quiz.content.questions if isinstance(question, One))
    open_item(learner, quiz)
    answer_rightly(learner.page, quiz, but=left)
    form = learner.page.locator("article.step > form")
    before = form.evaluate(_CHOSEN)
    asked = [one for one in quiz.content.asked(FORM_A) if one is not left]
    answers = {name: sent for one in asked for name, sent in right_answers(one).items()} | {FORM_FIELD: [FORM_A]}
    assert before == sorted(f"{name}={value}" for name, sent in answers.items() for value in sent)
    learner.lang = "ar"
    learner.press('button[name=keep][formaction^="/ar/"]')
    assert learner.path == item_path("ar", quiz)
    assert form.evaluate(_CHOSEN) == before
    assert learner.page.locator(".summary, .field__error, #result").count() == 0
    assert attempts_kept(learner) == []
    for option in right_answers(left)[left.id]:
        learner.page.locator(f'input[name="{left.id}"][value="{option}"]').check()
    learner.press(PRIMARY)
    assert learner.page.locator("#result").is_visible()
    (attempt,) = attempts_kept(learner)
    assert (attempt["item_id"], attempt["score"]) == (quiz.id, 100)
