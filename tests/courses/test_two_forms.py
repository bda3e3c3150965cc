"""A check in two forms: a second try brings other questions of the same skill, and is judged by what was on its page."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.courses.kinds.quiz import QuizKind
from coplearn.courses.plugin import Incomplete, Item, View
from coplearn.testing import PageNode, filled, item_of, messages_of, page_of, parsed, tree
from tests.courses.makecourse import CHECK, MODULE, Folder, make_course

KIND = QuizKind()


def _one(name: str, **more: Any) -> dict[str, Any]:
    options = [{"id": at, "text": f"{name} {at}", "reason": "Because."} for at in ("good", "bad", "so")]
    return {
        "id": name,
        "kind": "one",
        "stem": f"{name}?",
        "options": [{**options[0], "correct": True}, *options[1:]],
    } | more


DATA: dict[str, Any] = {
    "questions": [
        _one("calm"),
        _one("calm-again", form_b_of="calm"),
        _one("alone"),
        {"id": "thought", "kind": "reflection", "stem": "And you?", "hint": "One line."},
    ]
}
ITEM: Item[Any] = item_of(KIND, DATA)
PAGE = page_of(KIND, ITEM)


def shown(tries: int) -> PageNode:
    """The page at a learner's next try."""
    return tree(KIND.render(ITEM, PAGE, View(tries=tries)))


def _asked(root: PageNode) -> list[str]:
    return [node.attributes["id"].removeprefix("question-") for node in root.all("fieldset")]


@given(tries=st.integers(0, 50))
def test_tries_bring_the_forms_by_turns(tries: int) -> None:
    """The first try is form A, the second form B, and what has no second form stands in both, in its place."""
    calm = "calm-again" if tries % 2 else "calm"
    root = shown(tries)
    assert _asked(root) == [f"{calm}", "alone", "thought"]
    assert "Question 1 of 3" in root.text and "of 4" not in root.text


@pytest.mark.parametrize("tries", [0, 1, 2, 3])
def test_answers_are_judged_by_the_form_on_their_page(tries: int) -> None:
    """All right is 100 in either form, and only what was asked is kept."""
    root = shown(tries)
    calm = "calm-again" if tries % 2 else "calm"
    outcome = KIND.answer(ITEM, filled(root, {calm: ["good"], "alone": ["good"]}), {})
    assert (outcome.score, outcome.passed) == (100, True)
    assert set(outcome.answers) == {calm, "alone", "thought"}
    result = tree(KIND.render(ITEM, PAGE, View(answers=outcome.answers, tries=tries + 1)))
    assert _asked(result) == [calm, "alone", "thought"]


def test_page_that_was_open_meanwhile_comes_back_in_its_own_form() -> None:
    """Somebody tried on another device: what is on this page is judged, and a gap is shown on the same questions."""
    old = filled(shown(0), {"calm": ["good"]})
    with pytest.raises(Incomplete) as caught:
        KIND.answer(ITEM, old, {})
    assert set(caught.value.errors) == {"alone"}
    again = tree(KIND.render(ITEM, PAGE, View(values=old, errors=caught.value.errors, tries=1)))
    assert _asked(again) == ["calm", "alone", "thought"]
    assert KIND.answer(ITEM, {"calm": ["good"], "alone": ["good"], "asked_form": ["x"]}, {}).score == 100


@pytest.mark.parametrize(("form", "question"), [("a", "calm"), ("b", "calm-again")])
def test_feedback_at_once_is_of_the_form_on_the_page(form: str, question: str) -> None:
    """A check that tells each answer at once tells it in both forms, and names the question by the same number."""
    sent = {"asked_form": [form], question: ["good"]}
    found = KIND.feedback(ITEM, PAGE, sent, question, 1)
    assert found is not None and "That is right." in found
    where = KIND.where(ITEM, question)
    assert where is not None and where.params == {"number": 1, "total": 3}


def test_paper_shows_the_first_form() -> None:
    """A printed module asks everybody the same."""
    paper = KIND.paper(ITEM, PAGE)
    assert "calm?" in paper and "calm-again?" not in paper
    assert {message.group for message in messages_of(KIND, ITEM)} >= {"it.calm", "it.calm-again"}


def test_check_with_one_form_is_as_before() -> None:
    """An old course has no field more, and every try asks the same."""
    alone = item_of(KIND, {"questions": [_one("calm")]})
    pages = {KIND.render(alone, page_of(KIND, alone), View(tries=tries)) for tries in range(3)}
    assert len(pages) == 1 and "asked_form" not in pages.pop()


def test_naming_a_skill_changes_no_question() -> None:
    """What was answered stays comparable: only what is asked is in a question's digest."""
    before = ITEM.content.digests["calm"]
    told = item_of(KIND, {"questions": [_one("calm", skill="stay-calm"), _one("calm-again", form_b_of="calm")]})
    assert told.content.digests["calm"] == before
    assert [one.skill for one in told.content.questions] == ["stay-calm", None]


def _unlike(**change: Any) -> dict[str, Any]:
    data = copy.deepcopy(DATA)
    data["questions"][1] |= change
    return data


@pytest.mark.parametrize(
    "data",
    [
        _unlike(form_b_of="nowhere"),
        _unlike(form_b_of="calm-again"),
        _unlike(options=[*_one("x")["options"], {"id": "more", "text": "m", "reason": "r"}]),
        _unlike(skill="other"),
        _unlike(kind="many", options=[one | {"correct": one["id"] != "so"} for one in _one("x")["options"]]),
        {"questions": [*DATA["questions"], _one("third", form_b_of="calm")]},
    ],
)
def test_second_form_that_does_not_fit_is_refused(data: dict[str, Any]) -> None:
    """Of no question, of a question of form B, of another size, skill or kind, and a second second one."""
    content, problems = parsed(KIND, data)
    assert content is None
    assert [problem.partition(" ")[0] for problem in problems] == ["form-b-unlike"]


SKILL = "critical_skills:\n  begin-well: Begin a talk with a question.\n"


def _with_skill(folder: Folder) -> None:
    folder.add(MODULE, SKILL)


def test_course_with_critical_skills_needs_a_second_form(tmp_path: Path) -> None:
    """It is refused without; a course that names none goes live as it always did."""
    folder = make_course(tmp_path)
    assert "form-b-missing" not in folder.codes()
    _with_skill(folder)
    told = [problem for problem in folder.load().problems if problem.code == "form-b-missing"]
    assert len(told) == 2 and all(problem.severity == "error" for problem in told)


def test_skill_that_the_module_does_not_name_is_refused(tmp_path: Path) -> None:
    """A slip in the name of a skill would leave it untested."""
    folder = make_course(tmp_path)
    folder.swap(CHECK, "- id: first-word\n", "- id: first-word\n    skill: begin-wel\n")
    assert "skill-unknown" in folder.codes()
