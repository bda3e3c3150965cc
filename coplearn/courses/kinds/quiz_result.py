"""The result of a check: the part of its page above the questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from coplearn.courses.plugin import N_, Earned, Page, classes, element

_RAYS: Final = Markup(
    '<path class="result__rays" d="M22-2v-5M39 5l4-4M46 22h5M39 39l4 4M22 46v5M5 39l-4 4M-2 22h-5M5 5L1 1"/>'
)
_RING: Final = Markup(
    '<svg class="ring" viewBox="-8 -8 60 60" width="96" height="96" aria-hidden="true">%s'
    '<g class="ring__turn"><circle class="ring__rest" cx="22" cy="22" r="18"/>'
    '<path class="ring__done" d="M40 22a18 18 0 1 1-36 0 18 18 0 1 1 36 0" pathLength="100" stroke-dasharray="%s 100"/></g>'
    '<text class="ring__text" x="22" y="26" text-anchor="middle">%s</text></svg>'
)
"""The mark as a ring, with rays around it when it is a reason to be glad; the sentence beside it says the same."""


_SINCE: Final[Mapping[bool | None, str]] = {
    False: N_("This check has changed since you answered it. Your result is the one you earned then, and it stays."),
    None: N_(
        "The course has changed since you answered this check, and perhaps the check with it. Your result is the one you"
        " earned then, and it stays."
    ),
}
_AROUND: Final[Mapping[str, str]] = {
    "id": "result",
    "tabindex": "-1",
    "role": "group",
    "aria-labelledby": "result-title",
}
_AGAIN: Final = N_("Try again")
_PASSED: Final = N_("You have %(score)s of 100 points. You have passed.")
_NOT_PASSED: Final = N_(
    "You have %(score)s of 100 points. To pass you need %(mark)s. You can learn from the answers below."
)
_FIRST_COUNT: Final = N_(
    "This is a first count, made on your phone. The site counts again when there is a network, and its count stands."
)
_USED_UP: Final = N_("You have used all your tries for this check. Your best result stands.")


def told_result(page: Page, earned: Earned, mark: int, onward: Markup | None) -> Markup:
    """The points of a day, whether they were enough, and the ways on."""
    score = earned.score or 0
    ring = _RING % (_RAYS if earned.passed else "", score, page.number(score))
    since = None if earned.unchanged else element("p", {"class": "result__since"}, page.say(_SINCE[earned.unchanged]))
    line = element("p", None, _line(page, earned, mark))
    look = classes("result", "result--passed" if earned.passed else "result--again")
    return element("div", {"class": look, **_AROUND}, ring, _title(page), line, since, onward)


def kept_result(page: Page, mark: int) -> Markup:
    """The same on a page without a network, hidden till there is one: the page's program fills in the points."""
    digits = "".join(page.number(digit) for digit in range(10))
    lines = [
        element("p", {"data-if": word}, page.say(said, score="{score}", mark=page.number(mark)))
        for word, said in ((":passed", _PASSED), (":again", _NOT_PASSED))
    ]
    again = element("button", {"type": "button", "class": "button button--quiet", "data-again": True}, page.say(_AGAIN))
    onward = element("a", {"class": "button", "data-next": True, "hidden": True}, page.say(N_("Next")))
    actions = element("p", {"class": "actions"}, onward, again)
    first_count = None if page.scored_here else element("p", {"class": "small"}, page.say(_FIRST_COUNT))
    parts = (_RING % (_RAYS, 0, ""), _title(page), *lines, first_count)
    used_up = element("p", {"class": "notice", "data-used-up": True, "hidden": True}, page.say(_USED_UP))
    result = element("div", {"class": "result", **_AROUND, "data-digits": digits, "hidden": True}, *parts, actions)
    return result + used_up


def _title(page: Page) -> Markup:
    return element("h2", {"class": "result__title", "id": "result-title"}, page.say(N_("Your result")))


def _line(page: Page, earned: Earned, mark: int) -> str:
    score = page.number(earned.score or 0)
    if earned.passed:
        return page.say(_PASSED, score=score)
    if not earned.unchanged:  # nor is the mark of that day known
        return page.say(N_("You have %(score)s of 100 points. It was not enough to pass."), score=score)
    return page.say(_NOT_PASSED, score=score, mark=page.number(mark))
