"""The action kind as the site uses it."""

from __future__ import annotations

from typing import Any

import pytest

from coplearn.courses.kinds.action import ActionKind
from coplearn.courses.plugin import Incomplete, Item, View
from coplearn.testing import item_of, page_of, parsed, tree

KIND = ActionKind()
BODY = """A short *sentence* can open a door. {#baaaaaa}

- Say it. {#bbbbbbb}
- Let your child choose. {#bcccccc}

:::try
Thank you. {#bdddddd}
:::
"""
ITEM: Item[Any] = item_of(KIND, {}, BODY)
PAGE = page_of(KIND, ITEM)


@pytest.mark.parametrize("said", ["done", "planned"])
def test_action_both_answers_finish_and_are_remembered(said: str) -> None:
    """Planning is enough to go on; the page says which it was when one comes back."""
    outcome = KIND.answer(ITEM, {"did": [said]}, {})
    assert (outcome.done, outcome.score, outcome.state) == (True, None, {"did": said})
    before = tree(KIND.render(ITEM, PAGE, View()))
    after = tree(KIND.render(ITEM, PAGE, View(state=outcome.state)))
    assert not before.of_class("feedback")
    assert ("plan" in after.of_class("feedback")[0].text) == (said == "planned")


def test_action_planned_can_become_done() -> None:
    """One comes back to say that it happened; then the list is ticked."""
    root = tree(KIND.render(ITEM, PAGE, View(state={"did": "planned"})))
    assert [button.attributes["value"] for button in root.all("button", name="did")] == ["done", "planned"]
    done = tree(KIND.render(ITEM, PAGE, View(state=KIND.answer(ITEM, {"did": ["done"]}, {"did": "planned"}).state)))
    assert [row.text for row in done.of_class("steps-done")[0].all("li")] == ["Say it.", "Let your child choose."]
    assert "Thank you." in done.text


@pytest.mark.parametrize("form", [{}, {"did": []}, {"did": ["yes"]}, {"did": ["done", "planned"]}, {"did": [""]}])
def test_action_anything_else_is_incomplete(form: dict[str, list[str]]) -> None:
    """Only the two buttons finish it; the error stands at them."""
    with pytest.raises(Incomplete) as caught:
        KIND.answer(ITEM, form, {})
    root = tree(KIND.render(ITEM, PAGE, View(errors=caught.value.errors)))
    assert all(button.attributes["aria-describedby"] == "did-error" for button in root.all("button"))


@pytest.mark.parametrize("state", [{"did": "other"}, {"did": ["done"]}, {"did": None}])
def test_action_unknown_state_reads_as_new(state: dict[str, Any]) -> None:
    """A broken record shows the page as if nothing had been said."""
    assert not tree(KIND.render(ITEM, PAGE, View(state=state))).of_class("feedback")


def test_action_paper_has_a_box_a_thing_to_do() -> None:
    """Printed and put on the fridge."""
    root = tree(KIND.paper(ITEM, PAGE))
    assert len(root.of_class("box")) == 2
    assert root.of_class("boxes")[0].text == "\u25a1 Say it. \u25a1 Let your child choose."
    assert "Thank you." in root.text
    assert not root.all("button")


def test_action_without_text_or_list_is_named() -> None:
    """An author hears of an empty action, and of one with nothing to do."""
    assert parsed(KIND, {}, "")[1] == ["action-empty "]
    assert parsed(KIND, {}, "Only words. {#baaaaaa}\n")[1] == ["action-without-list "]
