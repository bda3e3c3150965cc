"""Nothing is lost or counted twice: on changing language, going back, another device, or a second press."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from coplearn.courses.kinds.quiz import FORM_A, FORM_FIELD
from coplearn.courses.kinds.story_parts import BACK
from tests.accounts.persona import PASSWORD, hidden_fields
from tests.journeys.browser import Visitor
from tests.journeys.conftest import Meet
from tests.journeys.learner import PRIMARY, answer_rightly, fill_account, item_path, new_address, open_item
from tests.journeys.site import the_course
from tests.journeys.walk import Quick, of_kind, right_form, way_through, wrong_form


def switch(visitor: Visitor, lang: str) -> None:
    """Change the language with the menu in the page's head."""
    visitor.lang = lang
    visitor.page.locator("header details.menu:not(.menu--seek) summary").click()
    visitor.press(f'header details.menu:not(.menu--seek) a[href^="/{lang}/"]')


def attempts_kept(visitor: Visitor) -> list[dict[str, object]]:
    """Every attempt that the site keeps of this visitor."""
    answer = visitor.context.request.get(f"{visitor.site.url}/en/me/data")
    if "application/json" not in answer.headers["content-type"]:
        # What an account has is given out for its password alone.
        answer = Quick(visitor.site, visitor.context.request).send("me/data", {"password": [PASSWORD]})
    return list(answer.json().get("attempts", []))


def test_language_change_in_a_quiz_keeps_answers_and_attempt(meet: Meet) -> None:
    """The feedback of the same attempt is still there in Arabic, and it counts once."""
    learner, quiz = meet("en"), of_kind("quiz")
    open_item(learner, quiz)
    answer_rightly(learner.page, quiz)
    learner.press(PRIMARY)
    shown = learner.page.locator(".choice--right").count()
    attempt = parse_qs(urlsplit(learner.page.url).query)["result"]
    switch(learner, "ar")
    assert learner.path == item_path("ar", quiz)
    assert parse_qs(urlsplit(learner.page.url).query)["result"] == attempt
    assert learner.page.locator(".choice--right").count() == shown > 0
    assert learner.page.locator("#result").is_visible()
    assert len(attempts_kept(learner)) == 1


@pytest.mark.whole
def test_language_change_in_a_story_keeps_the_trail(meet: Meet) -> None:
    """In Chinese the same choices stand in the trail, and the story goes on from there."""
    learner, item = meet("en"), of_kind("scenario")
    way = way_through(item.content)
    open_item(learner, item)
    learner.press(f'button[name=choice][value="{way[0]}"]')
    switch(learner, "zh")
    assert learner.path == item_path("zh", item)
    assert learner.page.locator(".trail__step").count() == 1
    learner.press(f'button[name=choice][value="{way[1]}"]')
    assert learner.page.locator(".trail__step").count() == 2


@pytest.mark.whole
def test_story_going_back_keeps_the_rest_of_the_trail(meet: Meet) -> None:
    """One step back leaves the steps before it; a reload shows the same place."""
    learner, item = meet("en"), of_kind("scenario")
    way = way_through(item.content)
    open_item(learner, item)
    for choice in way[:2]:
        learner.press(f'button[name=choice][value="{choice}"]')
    kept = learner.page.locator(".trail__step").all_inner_texts()
    learner.press(f'button[name=choice][value="{BACK}"]')
    assert learner.page.locator(".trail__step").all_inner_texts() == kept[:1]
    learner.page.reload()
    assert learner.page.locator(".trail__step").all_inner_texts() == kept[:1]
    learner.press(f'button[name=choice][value="{way[1]}"]')
    assert learner.page.locator(".trail__step").all_inner_texts() == kept


@pytest.mark.whole
def test_second_device_goes_on_at_the_exact_item(meet: Meet) -> None:
    """Signed in on a telephone in another language, "go on" opens the item that was left on the computer."""
    first, second, address = meet("en"), meet("ar"), new_address()
    quick = Quick(first.site, first.context.request)
    quick.join(address)
    done, here = list(the_course().items.values())[:4], of_kind("scenario")
    for item in done:
        quick.do(item)
    quick.send(f"c/{the_course().code}/{here.code}", {"choice": way_through(here.content)[:1]})
    second.open("sign-in")
    fill_account(second, address)
    second.press("main .card .button--primary")
    assert second.path == item_path("ar", here)
    assert second.page.locator(".trail__step").count() == 1
    second.open(f"c/{the_course().code}/go")
    assert second.path == item_path("ar", here)


def test_two_devices_progress_is_joined_on_sign_in(meet: Meet) -> None:
    """What was done as a visitor on a second device joins what the account has; nothing of either is lost."""
    first, second, address = meet("en"), meet("en"), new_address()
    items = list(the_course().items.values())
    one, other = Quick(first.site, first.context.request), Quick(second.site, second.context.request)
    one.join(address)
    one.do(items[0])
    other.do(items[1])
    other.do(of_kind("quiz"))
    second.open("sign-in")
    fill_account(second, address)
    kept = {str(attempt["item_id"]) for attempt in attempts_kept(first)}
    assert kept == {items[0].id, items[1].id, of_kind("quiz").id}


@pytest.mark.whole
def test_double_click_is_one_attempt(meet: Meet) -> None:
    """Two fast presses of "check my answers" send the quiz once."""
    learner, quiz = meet("en"), of_kind("quiz")
    open_item(learner, quiz)
    answer_rightly(learner.page, quiz)
    with learner.page.expect_navigation():
        learner.page.locator(PRIMARY).dblclick()
    learner.page.locator("#result").wait_for()
    learner.look()
    assert len(attempts_kept(learner)) == 1


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Show the redirect itself."""


@pytest.mark.parametrize("known", [True, False], ids=["second-step", "first-step-ever"])
def test_same_form_at_the_same_moment_is_one_attempt(meet: Meet, known: bool) -> None:
    """A form that reaches two server processes at once is kept once, and both presses lead to the same place."""
    learner, quiz = meet("en"), of_kind("quiz")
    quick = Quick(learner.site, learner.context.request)
    quick.do(of_kind("lesson"))
    if known:
        quick.do(quiz, wrong_form(quiz))
    before = len(attempts_kept(learner))
    address = f"{learner.site.url}{item_path('en', quiz)}"
    page = learner.context.request.get(address).text()
    hidden = hidden_fields(page)
    data = urlencode(hidden | right_form(quiz, hidden.get(FORM_FIELD, FORM_A)), doseq=True).encode()
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in learner.context.cookies())
    headers = {"Cookie": cookies, "Referer": address}

    def send(_: int) -> str:
        try:
            build_opener(_Stay).open(Request(address, data, headers), timeout=20)
        except OSError as answer:
            return str(answer.headers["Location"])  # type: ignore[attr-defined] # urllib raises what it does not follow
        raise AssertionError("the form was not answered with a redirect")

    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(send, range(4)))
    assert len(places) == 1 and "result=" in places.pop()
    assert len(attempts_kept(learner)) == before + 1
