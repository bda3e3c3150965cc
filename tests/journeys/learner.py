"""A learner in a browser: does each kind of item by what is on the page."""

from __future__ import annotations

import secrets
from typing import Any

from playwright.sync_api import Page

from coplearn.courses.course import Course
from coplearn.courses.kinds.quiz import QuizContent
from coplearn.courses.kinds.story import Story
from coplearn.courses.kinds.story_parts import BACK
from coplearn.courses.plugin import Item
from coplearn.courses.question import QuestionKind
from coplearn.courses.questions.choice import Choice
from coplearn.courses.questions.match import Match
from coplearn.courses.questions.order import Order
from tests.accounts.persona import PASSWORD
from tests.journeys.browser import Visitor
from tests.journeys.site import the_course
from tests.journeys.walk import THOUGHT, right_answers, way_through

PRIMARY = "main form .button--primary"


def new_address() -> str:
    """A mail address that nobody else in the tests has."""
    return f"learner-{secrets.token_hex(4)}@example.org"


def item_path(lang: str, item: Item[Any], course: Course | None = None) -> str:
    """The path of an item's page, in the course for parents where no other is given."""
    return f"/{lang}/c/{(course or the_course()).code}/{item.code}"


def open_item(visitor: Visitor, item: Item[Any]) -> None:
    """Open an item's page by its address."""
    assert visitor.open(f"{visitor.site.url}{item_path(visitor.lang, item)}") == 200


def do_item(visitor: Visitor, item: Item[Any], course: Course | None = None) -> None:
    """Finish the open item and go on to what follows."""
    assert visitor.path == item_path(visitor.lang, item, course)
    if item.kind in ("lesson", "drill"):
        visitor.press(PRIMARY)
    elif item.kind == "action":
        visitor.press("button[name=did][value=done]")
    elif item.kind == "quiz":
        answer_quiz(visitor, item)
        assert visitor.page.locator("#result").is_visible()
        visitor.press("article > .actions .button--primary")
    else:
        live_story(visitor, item.content)
        visitor.press("a[rel=next]")
    if "/done/" in visitor.path:
        visitor.press("main > .actions .button--primary")
    pass_over(visitor)


def pass_over(visitor: Visitor) -> None:
    """Go on to the first step, where the module asks something before it."""
    if "/before/" in visitor.path:
        visitor.press("button[name=skip]")


def answer_quiz(visitor: Visitor, quiz: Item[QuizContent]) -> None:
    """Answer every question rightly and send the check: at once, or on a small screen question by question."""
    page = visitor.page
    button = page.locator(".one-by-one button")
    if not button.count():
        answer_rightly(page, quiz)
        visitor.press(PRIMARY)
        return
    asked = asked_on(page, quiz)
    for number, question in enumerate(asked, 1):
        shown = page.locator("fieldset.question:visible")
        assert shown.get_attribute("id") == f"question-{question.id}"
        answer_question(page, question)
        button.click()
        # What the answer came to stands in its place.
        shown.locator("> div:last-child :is(.feedback, .reflection)").first.wait_for()
        if number < len(asked):
            button.click()
    visitor.press(".one-by-one button")


def asked_on(page: Page, quiz: Item[QuizContent]) -> list[QuestionKind]:
    """The questions of the form that the open page shows."""
    return [one for one in quiz.content.questions if page.locator(f"#question-{one.id}").count()]


def answer_rightly(page: Page, quiz: Item[QuizContent], but: QuestionKind | None = None) -> None:
    """Fill in every question of the open quiz, ``but`` one."""
    for question in asked_on(page, quiz):
        if question is not but:
            answer_question(page, question)


def answer_question(page: Page, question: QuestionKind) -> None:
    """Fill in one question."""
    sent = right_answers(question)
    if isinstance(question, Choice):
        for option in sent[question.id]:
            page.locator(f'input[name="{question.id}"][value="{option}"]').check()
    elif isinstance(question, Order) and page.locator("ol.order--live").count():
        put_in_order(page, question)
    elif isinstance(question, Order | Match):
        for name, values in sent.items():
            page.locator(f'select[name="{name}"]').select_option(values[0])
    else:
        page.locator(f'textarea[name="{question.id}"]').fill(THOUGHT)


def put_in_order(page: Page, question: Order) -> None:
    """Move the steps up with their buttons until they stand in the right order."""
    for place, step in enumerate(question.steps):
        rows = page.locator(f'ol.order:has([name^="{question.id}."]) > li')
        names = [row.locator("select").get_attribute("name") for row in rows.all()]
        for at in range(names.index(f"{question.id}.{step.id}"), place, -1):
            rows.nth(at).locator('[data-move="up"]').click()
    keep = page.locator(f'ol.order:has([name^="{question.id}."]) + .order__keep')
    if keep.is_visible():
        keep.click()


def live_story(visitor: Visitor, story: Story) -> None:
    """Choose, go back once, choose again, and on to an end."""
    way, page = way_through(story), visitor.page
    for at, choice in enumerate(way):
        visitor.press(f'button[name=choice][value="{choice}"]')
        assert page.locator(".trail__step").count() == at + 1
        if at == 0:
            visitor.press(f'button[name=choice][value="{BACK}"]')
            assert page.locator(".trail__step").count() == 0
            visitor.press(f'button[name=choice][value="{choice}"]')
    assert page.locator(".scene__support").is_visible()


def sign_up(visitor: Visitor, address: str) -> None:
    """On the page that asks for an account: make one, and open the link in the mail, which signs in."""
    fill_account(visitor, address)
    visitor.open(visitor.site.link_to(address))
    assert visitor.page.locator(".toast--done").is_visible()


def fill_account(visitor: Visitor, address: str) -> None:
    """Fill in and send the open form of an address and a password."""
    visitor.page.locator("input[name=email]").fill(address)
    visitor.page.locator("input[name=password]").fill(PASSWORD)
    visitor.press(PRIMARY)
