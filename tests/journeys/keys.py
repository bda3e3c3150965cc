"""The keyboard alone: Tab until something has the focus, and Enter, Space or the arrows there."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from coplearn.courses.questions.choice import Choice, One
from coplearn.courses.questions.match import Match
from coplearn.courses.questions.order import Order
from tests.journeys.browser import Visitor
from tests.journeys.walk import THOUGHT, right_answers

_FOCUS_IS_SEEN = """() => {
  const one = document.activeElement, label = one.closest("label"), card = one.closest(".card");
  const lined = (e) => getComputedStyle(e).outlineStyle !== "none" && parseFloat(getComputedStyle(e).outlineWidth) >= 2;
  const seen = (e) => lined(e) || getComputedStyle(e).boxShadow !== "none";
  return seen(one) || (label !== null && seen(label)) || (card !== null && lined(card));
}"""
WHOLLY_HIDDEN = """() => {
  if (document.activeElement === document.body) return "";
  const at = document.activeElement.closest("label") ?? document.activeElement, box = at.getBoundingClientRect();
  const seen = [.1, .5, .9].some((x) => [.1, .5, .9].some((y) => {
    const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return top && (at.contains(top) || top.contains(at) && top.matches("a, button, label"));
  }));
  return seen ? "" : document.activeElement.outerHTML.slice(0, 120);
}"""
_STOP = f"""selector => {{
  const one = document.activeElement, body = one === document.body;
  return {{
    place: [...document.querySelectorAll("*")].indexOf(one),
    there: one.matches(selector),
    seen: body || ({_FOCUS_IS_SEEN})(),
    parts: one.matches("[type=date], [type=time]"),
    hidden: ({WHOLLY_HIDDEN})(),
    what: one.outerHTML.slice(0, 160),
  }};
}}"""


_PARTS = 5
"""A field of a day has stops for day, month and year, and one for its calendar."""


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab (or Shift+Tab) until ``selector`` has the focus, which must be seen at every stop."""
    met: list[int] = []
    while not (stop := page.evaluate(_STOP, selector))["there"]:
        assert stop["place"] not in met, (
            f"no key reaches {selector}: {len(met)} stops, then {stop['what']} at {page.url}"
        )
        if met:
            _see(stop)
        met.append(stop["place"])
        _go_on(page, stop, key)
    _see(stop)


def go_round(page: Page) -> None:
    """Press Tab through the whole page: the focus is seen at every stop, and none holds it before it is back at the beginning."""
    met: list[int] = []
    while (stop := page.evaluate(_STOP, "*"))["place"] not in met:
        if met:
            _see(stop)
        met.append(stop["place"])
        _go_on(page, stop, "Tab")
    assert stop["place"] in met[:2], f"the focus is held at {stop['what']} after {len(met)} stops at {page.url}"


def _go_on(page: Page, stop: dict[str, Any], key: str) -> None:
    """Press the key once, or as often as a field of a day or an hour has parts."""
    for _ in range(_PARTS if stop["parts"] else 1):
        page.keyboard.press(key)
        if page.evaluate(_STOP, "*")["place"] != stop["place"]:
            return


def _see(stop: dict[str, Any]) -> None:
    assert stop["seen"], f"the focus cannot be seen on {stop['what']}"
    assert not stop["hidden"], f"something lies over {stop['what']}"


def press_key(visitor: Visitor, selector: str, key: str = "Enter") -> None:
    """Reach ``selector`` by Tab, press ``key`` and wait for the page that follows."""
    tab_to(visitor.page, selector)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press(key)
    visitor.look()


def choose_by_keys(page: Page, question: Choice) -> None:
    """Arrows move through the radio buttons; Space ticks a box."""
    right = [option.id for option in question.options if option.correct]
    if not isinstance(question, One):
        for box in page.locator(f'input[name="{question.id}"]').all():
            value = box.get_attribute("value")
            if value in right:
                tab_to(page, f'input[name="{question.id}"][value="{value}"]')
                page.keyboard.press("Space")
        return
    tab_to(page, f'input[name="{question.id}"]')
    page.keyboard.press("Space")
    for _ in question.options:
        if page.evaluate("value => document.activeElement.value === value", right[0]):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError("the arrows do not reach every radio button")


def answer_by_keys(page: Page, question: object) -> None:
    """One question of the open quiz, without a mouse."""
    if isinstance(question, Choice):
        choose_by_keys(page, question)
    elif isinstance(question, Order):
        for place, step in enumerate(question.steps):
            rows = page.locator(f'ol.order:has([name^="{question.id}."]) > li select')
            names = [row.get_attribute("name") for row in rows.all()]
            for _ in range(names.index(f"{question.id}.{step.id}") - place):
                # After a move the button keeps the focus, so the next press is at hand.
                up = f'li:has([name="{question.id}.{step.id}"]) [data-move="up"]'
                tab_to(page, up, "Shift+Tab" if place else "Tab")
                page.keyboard.press("Enter")
        keep = f'ol.order:has([name^="{question.id}."]) + .order__keep'
        if page.locator(keep).is_visible():  # the steps stood in the right order from the beginning
            tab_to(page, keep)
            page.keyboard.press("Enter")
    elif isinstance(question, Match):
        for name, values in right_answers(question).items():
            tab_to(page, f'select[name="{name}"]')
            options = page.locator(f'select[name="{name}"] option')
            wanted = [option.get_attribute("value") for option in options.all()].index(values[0])
            for _ in range(wanted):
                page.keyboard.press("ArrowDown")
    else:
        tab_to(page, "textarea")
        page.keyboard.type(THOUGHT)
