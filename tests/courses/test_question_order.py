"""Questions answered by putting steps in order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.courses.kinds.quiz import QuizKind
from coplearn.courses.plugin import Incomplete, View
from coplearn.testing import filled, item_of, page_of, parsed, sent_again, tree

KIND = QuizKind()
STEPS = ["stay", "listen", "note", "report"]


def quiz(steps: list[str]) -> dict[str, Any]:
    """A quiz with one order question."""
    listed = [{"id": step, "text": f"Step {step}"} for step in steps]
    return {"questions": [{"id": "ask", "kind": "order", "stem": "In order.", "steps": listed, "reason": "Because."}]}


def placed(steps: list[str]) -> dict[str, list[str]]:
    """The form that gives the steps these places."""
    return {f"ask.{step}": [str(place)] for place, step in enumerate(steps, start=1)}


ITEM = item_of(KIND, quiz(STEPS))
PAGE = page_of(KIND, ITEM)


@given(seed=st.integers(), order=st.permutations(STEPS))
def test_order_score_is_share_in_place_for_any_seed(seed: int, order: list[str]) -> None:
    """What a learner sends from any shuffled page is scored by the steps' ids alone."""
    form = filled(tree(KIND.render(ITEM, PAGE, View(seed=seed))), placed(order))
    outcome = KIND.answer(ITEM, form, {})
    assert outcome.answers == {"ask": order}
    share = Fraction(sum(a == b for a, b in zip(order, STEPS, strict=True)), len(STEPS))
    assert outcome.score == int(share * 100)


@given(seed=st.integers(0, 50), order=st.permutations(STEPS))
def test_order_page_is_the_same_whatever_is_right(seed: int, order: list[str]) -> None:
    """Nothing on the page before the answer depends on the right order."""
    other = item_of(KIND, quiz(list(order)))
    assert KIND.render(other, page_of(KIND, other), View(seed=seed)) == KIND.render(ITEM, PAGE, View(seed=seed))


def test_order_same_place_twice_is_refused_at_both() -> None:
    """Two steps cannot share a place, and both say so."""
    form = placed(STEPS) | {"ask.note": ["1"]}
    with pytest.raises(Incomplete) as caught:
        KIND.answer(ITEM, form, {})
    assert set(caught.value.errors) == {"ask.stay", "ask.note"}
    root = tree(KIND.render(ITEM, PAGE, View(values=form, errors=caught.value.errors)))
    assert len(root.of_class("field__error")) == 2
    assert sent_again(root) == form


@pytest.mark.parametrize("bad", ["", "0", "5", "-1", "1.0", " 1", "\u00b2", "\u0661", "01", "x" * 9999])
def test_order_hostile_place_counts_as_missing(bad: str) -> None:
    """Digits of other scripts and numbers outside are no place."""
    with pytest.raises(Incomplete) as caught:
        KIND.answer(ITEM, placed(STEPS) | {"ask.stay": [bad]}, {})
    assert list(caught.value.errors) == ["ask.stay"]


def test_order_review_shows_both_orders_when_wrong() -> None:
    """The learner sees their order, the right one and the reason."""
    root = tree(KIND.render(ITEM, PAGE, View(answers={"ask": ["listen", "stay", "note", "report"]})))
    lists = [[row.text for row in ordered.all("li")] for ordered in root.all("ol")]
    assert lists == [["Step listen", "Step stay", "Step note", "Step report"], [f"Step {step}" for step in STEPS]]
    assert root.of_class("feedback--part") and "Because." in root.text


def test_order_review_right_order_once_when_right() -> None:
    """No second list when nothing is to be corrected."""
    root = tree(KIND.render(ITEM, PAGE, View(answers={"ask": STEPS})))
    assert len(root.all("ol")) == 1
    assert root.of_class("feedback--right")


@pytest.mark.parametrize("answer", [None, "stay", ["stay"], [*STEPS, "stay"], [1, 2, 3, 4], {"stay": 1}])
def test_order_answer_of_another_shape_scores_nothing(answer: Any) -> None:
    """An answer to another version of the question neither scores nor breaks the page."""
    assert ITEM.content.questions[0].score(answer) == 0
    assert "The right order" in tree(KIND.render(ITEM, PAGE, View(answers={"ask": answer}))).text


@pytest.mark.parametrize("identity", ["step-1", "step2", "first", "last", "step-a"])
def test_order_id_that_tells_the_place_is_refused(identity: str) -> None:
    """A field's name would betray the answer."""
    _, problems = parsed(KIND, quiz(["stay", identity, "note"]))
    assert problems == ["betraying-id questions.0.steps.1.id"]


def test_order_faults_are_named_at_their_lines() -> None:
    """Too few steps, a double id and a missing reason."""
    data = quiz(["stay", "stay"])
    del data["questions"][0]["reason"]
    _, problems = parsed(KIND, data)
    assert sorted(problems) == [
        "duplicate-id questions.0.steps.1.id",
        "missing-key questions.0",
        "number-of-steps questions.0.steps",
    ]
