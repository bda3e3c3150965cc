"""Questions answered by matching two sides."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.courses.kinds.quiz import QuizKind
from coplearn.courses.plugin import Incomplete, Item, View
from coplearn.testing import PageNode, filled, item_of, page_of, parsed, sent_again, tree

KIND = QuizKind()
PAIRS = ["content", "contact", "conduct"]


def quiz(rights: list[str]) -> dict[str, Any]:
    """A quiz with one match question, whose right sides are of these names in turn."""
    pairs = [{"id": p, "left": f"Left {p}", "right": f"Right {r}"} for p, r in zip(PAIRS, rights, strict=True)]
    return {"questions": [{"id": "ask", "kind": "match", "stem": "Match.", "pairs": pairs, "reason": "Because."}]}


ITEM: Item[Any] = item_of(KIND, quiz(PAIRS))
PAGE = page_of(KIND, ITEM)


def values_of(root: PageNode) -> dict[str, str]:
    """The value behind each right side, as the page offers it."""
    return {option.text: option.attributes["value"] for option in root.all("select")[0].all("option")}


@given(seed=st.integers(), chosen=st.lists(st.sampled_from(PAIRS), min_size=3, max_size=3))
def test_match_score_is_share_of_pairs_for_any_seed(seed: int, chosen: list[str]) -> None:
    """What is chosen by its words is scored by the pairs' ids, in whatever order it stood."""
    root = tree(KIND.render(ITEM, PAGE, View(seed=seed)))
    offered = values_of(root)
    wanted = {f"ask.{p}": [offered[f"Right {c}"]] for p, c in zip(PAIRS, chosen, strict=True)}
    outcome = KIND.answer(ITEM, filled(root, wanted), {})
    assert outcome.answers == {"ask": dict(zip(PAIRS, chosen, strict=True))}
    assert outcome.score == 100 * sum(p == c for p, c in zip(PAIRS, chosen, strict=True)) // 3


@given(seed=st.integers(0, 50), rights=st.permutations(PAIRS))
def test_match_page_is_the_same_whatever_is_right(seed: int, rights: list[str]) -> None:
    """Neither values nor order change when other sides belong together."""
    other = item_of(KIND, quiz(list(rights)))
    assert KIND.render(other, page_of(KIND, other), View(seed=seed)) == KIND.render(ITEM, PAGE, View(seed=seed))


def test_match_values_do_not_name_pairs() -> None:
    """The value of a right side says nothing about the left side it belongs to."""
    root = tree(KIND.render(ITEM, PAGE, View()))
    assert not [value for value in values_of(root).values() if any(pair in value for pair in PAIRS)]


def test_match_partial_submission_is_kept() -> None:
    """What was chosen stays chosen; only the open field complains; a pair's id is no value."""
    root = tree(KIND.render(ITEM, PAGE, View()))
    form = {"ask.content": [values_of(root)["Right conduct"]], "ask.contact": ["contact"]}
    with pytest.raises(Incomplete) as caught:
        KIND.answer(ITEM, form, {})
    assert set(caught.value.errors) == {"ask.contact", "ask.conduct"}
    again = tree(KIND.render(ITEM, PAGE, View(values=form, errors=caught.value.errors)))
    assert sent_again(again) == {"ask.content": form["ask.content"], "ask.contact": [""], "ask.conduct": [""]}


def test_match_review_shows_chosen_and_fitting_side() -> None:
    """Each left side says whether its match is right, and what fits."""
    answers = {"ask": {"content": "content", "contact": "conduct", "conduct": "conduct"}}
    rows = [row.text for row in tree(KIND.render(ITEM, PAGE, View(answers=answers))).of_class("match__row")]
    assert rows == [
        "Left content You matched it with this, and it is right: Right content",
        "Left contact You matched it with this, and it does not fit: Right conduct This fits: Right contact",
        "Left conduct You matched it with this, and it is right: Right conduct",
    ]


@pytest.mark.parametrize("answer", [None, [], "content", {"content": 3}, {"gone": "content"}, {"content": ["content"]}])
def test_match_answer_of_another_shape_scores_nothing(answer: Any) -> None:
    """An answer to another version of the question neither scores nor breaks the page."""
    assert ITEM.content.questions[0].score(answer) == 0
    assert "This fits:" in tree(KIND.render(ITEM, PAGE, View(answers={"ask": answer}))).text


def test_match_fallback_option_carries_its_language() -> None:
    """A right side not yet translated is read in its own language."""
    page = page_of(KIND, ITEM, foreign=["it#ask.pair.contact.right"])
    options = tree(KIND.render(ITEM, page, View())).all("option", lang="en", dir="ltr")
    assert {option.text for option in options} == {"Right contact"}


def test_match_same_right_side_twice_is_refused() -> None:
    """Two answers that read the same cannot be told apart."""
    _, problems = parsed(KIND, quiz(["content", "contact", "content"]))
    assert problems == ["same-right-side questions.0.pairs"]
