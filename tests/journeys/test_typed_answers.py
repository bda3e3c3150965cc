"""What somebody has typed or ticked and not sent yet is still there when the page's language is changed."""

from __future__ import annotations

from coplearn.courses.questions.choice import Choice
from tests.journeys.conftest import Meet
from tests.journeys.learner import answer_rightly, open_item
from tests.journeys.walk import THOUGHT, quiz_with_order


def test_language_change_keeps_answers_that_were_not_sent(meet: Meet) -> None:
    """Ticks, the order of steps and a written thought are there in Arabic, and gone from the tab's memory."""
    learner, quiz = meet("en"), quiz_with_order()
    open_item(learner, quiz)
    answer_rightly(learner.page, quiz)
    sent = "form => [...new FormData(form)].filter(([name]) => !['csrf_token', 'key', 'seed'].includes(name)).map(String).sort()"
    form = learner.page.locator("article.step > form")
    before = form.evaluate(sent)
    learner.lang = "ar"
    learner.page.locator("details[data-menu] summary").click()
    learner.press('details[data-menu] a[href^="/ar/"]')
    assert form.evaluate(sent) == before
    assert sum(isinstance(question, Choice) for question in quiz.content.questions) <= form.locator(":checked").count()
    assert THOUGHT in "".join(before)
    assert learner.page.evaluate("sessionStorage.length") == 0
