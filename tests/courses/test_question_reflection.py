"""Questions for the learner alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.authoring.fields import Text
from coplearn.authoring.problems import Place
from coplearn.courses.kinds.quiz import QuizKind
from coplearn.courses.plugin import Incomplete, Item, View
from coplearn.courses.questions.reflection import MAX_LENGTH, Reflection
from coplearn.testing import item_of, page_of, sent_again, tree

KIND = QuizKind()
THOUGHT = Reflection("mine", Text("What do you think?", Place("m/it.yaml")), None)
OPTIONS = [{"id": x, "text": x, "reason": x, "correct": x == "yes"} for x in ("yes", "no", "perhaps")]
DATA: dict[str, Any] = {
    "questions": [
        {"id": "ask", "kind": "one", "stem": "Is it?", "options": OPTIONS},
        {"id": "mine", "kind": "reflection", "stem": "What do you think?", "hint": "One sentence."},
    ]
}
ITEM: Item[Any] = item_of(KIND, DATA)
PAGE = page_of(KIND, ITEM)


def test_reflection_empty_is_accepted_and_not_scored() -> None:
    """A thought is never asked for twice and never counts."""
    outcome = KIND.answer(ITEM, {"ask": ["yes"]}, {})
    assert (outcome.score, outcome.answers["mine"]) == (100, "")


@given(text=st.text(max_size=MAX_LENGTH))
def test_reflection_any_text_can_be_kept_and_shown(text: str) -> None:
    """Whatever is typed is stored as text that a database takes, and shown as text, not as markup."""
    kept = THOUGHT.read({"mine": [text]})
    kept.encode("utf-8")
    assert "\0" not in kept
    assert THOUGHT.read({"mine": [kept]}) == kept
    tree(KIND.render(ITEM, PAGE, View(answers={"ask": "yes", "mine": kept})))


def test_reflection_too_long_is_refused_not_cut() -> None:
    """Nobody loses the end of what they wrote; line ends count once, as in the browser."""
    assert THOUGHT.read({"mine": ["a\r\n" * (MAX_LENGTH // 2)]})
    with pytest.raises(Incomplete):
        THOUGHT.read({"mine": ["a" * (MAX_LENGTH + 1)]})


@pytest.mark.parametrize("text", ["\nfirst line empty", "</textarea><b>x</b>", 'a & "b"', "one\ntwo"])
def test_reflection_text_is_kept_when_the_form_comes_back(text: str) -> None:
    """An unanswered question elsewhere does not cost the text."""
    root = tree(KIND.render(ITEM, PAGE, View(values={"mine": [text]})))
    assert sent_again(root)["mine"] == [text]


def test_reflection_says_that_it_is_private() -> None:
    """Before and after writing, the page says who can read it."""
    before = tree(KIND.render(ITEM, PAGE, View()))
    area = before.all("textarea")[0]
    assert "mine-private" in area.attributes["aria-describedby"].split()
    after = tree(KIND.render(ITEM, PAGE, View(answers={"ask": "yes", "mine": "My <thought>"})))
    for root in (before, after):
        assert "Nobody else sees it" in root.text
    assert "My <thought>" in after.text
