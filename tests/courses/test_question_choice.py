"""Questions answered by choosing."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.courses.kinds.quiz import QuizKind
from coplearn.courses.plugin import Incomplete, View
from coplearn.courses.question import QuestionKind
from coplearn.testing import filled, item_of, messages_of, page_of, parsed, tree

KIND = QuizKind()


def option(identity: str, correct: bool = False) -> dict[str, Any]:
    """An option as an author writes it."""
    data = {"id": identity, "text": f"Text of {identity}", "reason": f"Reason of {identity}"}
    return {**data, "correct": True} if correct else data


def quiz(kind: str, *options: dict[str, Any]) -> dict[str, Any]:
    """A quiz of one question."""
    return {"questions": [{"id": "ask", "kind": kind, "stem": "What now?", "options": list(options)}]}


ONE = quiz("one", option("talk", True), option("shout"), option("wait"))
MANY = quiz("many", option("talk", True), option("shout"), option("note", True), option("wait"))


def question(data: dict[str, Any]) -> QuestionKind:
    """The only question of a quiz."""
    asked: QuestionKind = item_of(KIND, data).content.questions[0]
    return asked


@pytest.mark.parametrize(
    ("chosen", "score"), [("talk", 1), ("shout", 0), ("gone", 0), (None, 0), (["talk"], 0), ({}, 0)]
)
def test_one_scores_all_or_nothing(chosen: Any, score: int) -> None:
    """The right option is all, anything else nothing, even an answer of another shape."""
    assert question(ONE).score(chosen) == score


@pytest.mark.parametrize(
    ("chosen", "score"),
    [
        (["talk", "note"], Fraction(1)),
        (["talk"], Fraction(1, 2)),
        (["talk", "note", "shout"], Fraction(1, 2)),
        (["talk", "note", "shout", "wait"], Fraction(0)),
        (["shout"], Fraction(0)),
        (["talk", "talk"], Fraction(1, 2)),
        (["talk", 7, None, []], Fraction(1, 2)),
        ("talk", Fraction(0)),
        (None, Fraction(0)),
    ],
)
def test_many_scores_hits_less_wrong_ones(chosen: Any, score: Fraction) -> None:
    """Half the right ones is half; choosing everything gains nothing."""
    assert question(MANY).score(chosen) == score


@pytest.mark.parametrize("data", [ONE, MANY])
@pytest.mark.parametrize("sent", [[], [""], ["gone"], ["<script>"], ["TALK"]])
def test_choice_unknown_value_counts_as_missing(data: dict[str, Any], sent: list[str]) -> None:
    """What the page never offered is no answer."""
    with pytest.raises(Incomplete) as caught:
        question(data).read({"ask": sent})
    assert list(caught.value.errors) == ["ask"]


def test_one_two_values_count_as_missing() -> None:
    """A forged form with two radio buttons is not resolved by guessing."""
    with pytest.raises(Incomplete):
        question(ONE).read({"ask": ["talk", "shout"]})


def test_many_reads_in_authors_order_without_doubles() -> None:
    """The stored answer does not depend on the order on the page."""
    assert question(MANY).read({"ask": ["note", "talk", "note", "gone"]}) == ["talk", "note"]


@given(seed=st.integers(), chosen=st.sets(st.sampled_from(["talk", "shout", "note", "wait"]), min_size=1))
def test_choice_score_same_for_any_seed(seed: int, chosen: set[str]) -> None:
    """The order on the page changes nothing in the score."""
    item = item_of(KIND, MANY)
    root = tree(KIND.render(item, page_of(KIND, item), View(seed=seed)))
    shown = KIND.answer(item, filled(root, {"ask": sorted(chosen)}), {})
    assert shown == KIND.answer(item, {"ask": sorted(chosen, reverse=True)}, {})


def test_choice_seed_shuffles_options() -> None:
    """Different learners see different orders, the same learner the same one."""
    item = item_of(KIND, MANY)
    page = page_of(KIND, item)
    orders = {
        tuple(i.attributes["value"] for i in tree(KIND.render(item, page, View(seed=s))).all("input"))
        for s in range(20)
    }
    assert len(orders) > 5
    assert KIND.render(item, page, View(seed=3)) == KIND.render(item, page, View(seed=3))


def test_choice_review_says_right_wrong_and_missed_in_words() -> None:
    """Each chosen and each right option has its reason, the rest folded away below; colour is not needed."""
    item = item_of(KIND, MANY)
    root = tree(KIND.render(item, page_of(KIND, item), View(answers={"ask": ["talk", "shout"]})))
    assert "Text of talk" in root.of_class("choice--right")[0].text
    assert "Text of shout" in root.of_class("choice--wrong")[0].text
    assert "Text of note" in root.of_class("choice--missed")[0].text
    reasons = " ".join(reason.text for reason in root.of_class("choice__reason"))
    assert "You chose this, and it is right. Reason of talk" in reasons
    assert "It is not the answer here. Reason of shout" in reasons
    assert "You did not choose it. Reason of note" in reasons
    assert "Reason of wait" not in reasons
    folded = root.all("details")[0]
    assert "open" not in folded.attributes
    assert "Why not the other one" in folded.text
    assert "Text of wait Reason of wait" in folded.text
    assert "Reason of shout" not in folded.text
    assert all("disabled" in box.attributes and "name" not in box.attributes for box in root.all("input"))


def test_one_review_shows_the_right_answer_when_wrong() -> None:
    """The learner leaves knowing what is right."""
    item = item_of(KIND, ONE)
    root = tree(KIND.render(item, page_of(KIND, item), View(answers={"ask": "wait"})))
    assert "This is the right answer. Reason of talk" in root.text
    assert [node.text for node in root.of_class("feedback--wrong")] == ["Not quite. You can see the right answer here."]


def test_choice_review_of_an_older_answer_still_renders() -> None:
    """An answer from another version of the course, or none, breaks nothing."""
    item = item_of(KIND, ONE)
    for answers in ({}, {"ask": "gone"}, {"ask": 5}, {"ask": [["talk"]]}):
        assert tree(KIND.render(item, page_of(KIND, item), View(answers=answers))).of_class("choice--missed")


def test_choice_error_is_tied_to_its_controls() -> None:
    """A screen reader says the error at the field; the choice made elsewhere is kept."""
    item = item_of(KIND, MANY)
    with pytest.raises(Incomplete) as caught:
        KIND.answer(item, {}, {})
    view = View(errors=caught.value.errors, values={"ask": ["note"]})
    root = tree(KIND.render(item, page_of(KIND, item), view))
    boxes = root.all("input", name="ask")
    assert all(box.attributes["aria-describedby"] == "ask-error" and box.attributes["aria-invalid"] for box in boxes)
    assert [box.attributes["value"] for box in boxes if "checked" in box.attributes] == ["note"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (quiz("one", option("talk"), option("shout"), option("wait")), "number-correct questions.0.options"),
        (
            quiz("one", option("talk", True), option("shout", True), option("wait")),
            "number-correct questions.0.options",
        ),
        (quiz("many", option("talk", True), option("shout"), option("wait")), "number-correct questions.0.options"),
        (quiz("many", *(option(x, True) for x in ("aa", "bb", "cc"))), "number-correct questions.0.options"),
        (quiz("one", option("talk", True), option("talk"), option("wait")), "duplicate-id questions.0.options.1.id"),
        (quiz("one", option("talk", True), option("wait")), "number-of-options questions.0.options"),
        (
            quiz("one", option("correct", True), option("shout"), option("wait")),
            "betraying-id questions.0.options.0.id",
        ),
        (quiz("one", option("Talk!", True), option("shout"), option("wait")), "bad-id questions.0.options.0.id"),
        (
            quiz("one", option("talk", True), {"id": "shout", "text": "x"}, option("wait")),
            "missing-key questions.0.options.1",
        ),
        (
            quiz("one", option("talk", True), {**option("shout"), "colour": 1}, option("wait")),
            "unknown-key questions.0.options.1.colour",
        ),
        (
            quiz("one", option("talk", True), {**option("shout"), "correct": "yes"}, option("wait")),
            "not-true-or-false questions.0.options.1.correct",
        ),
        (
            quiz("one", option("talk", True), {**option("shout"), "text": 12}, option("wait")),
            "not-text questions.0.options.1.text",
        ),
        (quiz("one", option("talk", True), "shout", option("wait")), "not-a-mapping questions.0.options.1"),  # type: ignore[arg-type]
    ],
)
def test_choice_fault_is_named_at_its_line(data: dict[str, Any], problem: str) -> None:
    """An author is led to the very key."""
    _, problems = parsed(KIND, data)
    assert problems == [problem]


def test_choice_messages_form_one_group() -> None:
    """A question is never half translated."""
    messages = messages_of(KIND, item_of(KIND, ONE))
    assert {message.group for message in messages} == {"it.ask"}
    assert [message.context for message in messages][:3] == ["it#ask.stem", "it#ask.opt.talk", "it#ask.opt.talk.reason"]
