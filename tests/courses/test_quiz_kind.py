"""The quiz kind as the site uses it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.authoring.problems import Problems
from coplearn.courses.kinds.quiz import QuizKind
from coplearn.courses.plugin import Incomplete, Item, View
from coplearn.courses.source import read_source
from coplearn.testing import PageNode, filled, item_of, messages_of, page_of, parsed, sent_again, tree

KIND = QuizKind()
COURSE = Path(__file__).parents[2] / "courses" / "cop-parents"

DATA: dict[str, Any] = {
    "intro": "Three questions and a thought.",
    "questions": [
        {
            "id": "first-thing",
            "kind": "one",
            "stem": "What do you do *first*?",
            "options": [
                {"id": "listen", "text": "Listen", "correct": True, "reason": "SECRET listening helps"},
                {"id": "shout", "text": "Shout", "reason": "SECRET shouting hurts"},
                {"id": "leave", "text": "Leave", "reason": "SECRET leaving is lonely"},
            ],
        },
        {
            "id": "helpers",
            "kind": "many",
            "stem": "Who can help? Choose all that apply.",
            "options": [
                {"id": "helpline", "text": "A helpline", "correct": True, "reason": "SECRET they listen"},
                {"id": "teacher", "text": "A teacher", "correct": True, "reason": "SECRET they know the class"},
                {"id": "stranger", "text": "The stranger", "reason": "SECRET he will not"},
            ],
        },
        {
            "id": "sequence",
            "kind": "order",
            "stem": "Put these in order.",
            "steps": [{"id": "stay", "text": "Stay"}, {"id": "note", "text": "Note"}, {"id": "tell", "text": "Tell"}],
            "reason": "SECRET calm before paper",
        },
        {
            "id": "kinds",
            "kind": "match",
            "stem": "Match.",
            "pairs": [
                {"id": "seen", "left": "Content", "right": "A clip"},
                {"id": "met", "left": "Contact", "right": "A person"},
                {"id": "paid", "left": "Contract", "right": "A price"},
            ],
            "reason": "SECRET the Cs",
        },
        {"id": "thought", "kind": "reflection", "stem": "And you?", "hint": "One line."},
    ],
}
ITEM: Item[Any] = item_of(KIND, DATA)
PAGE = page_of(KIND, ITEM)
RIGHT: dict[str, Any] = {
    "first-thing": "listen",
    "helpers": ["helpline", "teacher"],
    "sequence": ["stay", "note", "tell"],
    "kinds": {"seen": "seen", "met": "met", "paid": "paid"},
    "thought": "",
}


def right_form(root: PageNode) -> dict[str, list[str]]:
    """The submission with every answer right, read from the page by its words."""
    values = {
        option.text: option.attributes["value"] for option in root.all("select", name="kinds.seen")[0].all("option")
    }
    return filled(
        root,
        {
            "first-thing": ["listen"],
            "helpers": ["teacher", "helpline"],
            "sequence.stay": ["1"],
            "sequence.note": ["2"],
            "sequence.tell": ["3"],
            "kinds.seen": [values["A clip"]],
            "kinds.met": [values["A person"]],
            "kinds.paid": [values["A price"]],
        },
    )


@given(seed=st.integers())
def test_quiz_all_right_is_100_for_any_seed(seed: int) -> None:
    """A learner who is right is right in every order."""
    outcome = KIND.answer(ITEM, right_form(tree(KIND.render(ITEM, PAGE, View(seed=seed)))), {})
    assert (outcome.score, outcome.passed, outcome.done) == (100, True, True)
    assert outcome.answers == RIGHT


@pytest.mark.parametrize(
    ("change", "score", "passed"),
    [
        ({"first-thing": ["shout"]}, 75, True),
        ({"helpers": ["teacher"]}, 87, True),
        ({"sequence.stay": ["2"], "sequence.note": ["1"]}, 83, True),
        ({"first-thing": ["shout"], "helpers": ["teacher"]}, 62, False),
    ],
)
def test_quiz_score_is_mean_rounded_down(change: dict[str, list[str]], score: int, passed: bool) -> None:
    """Each scored question weighs the same; the default mark is 70."""
    form = right_form(tree(KIND.render(ITEM, PAGE, View()))) | change
    outcome = KIND.answer(ITEM, form, {})
    assert (outcome.score, outcome.passed) == (score, passed)


def test_quiz_pass_mark_of_quiz_before_course_before_default() -> None:
    """The nearest word counts."""

    @dataclass
    class Course:
        pass_mark: int = 80
        item_ids: frozenset[str] = frozenset()
        media: frozenset[str] = frozenset()

        has_critical_skills: bool = False

        def source_ids(self, module: str) -> frozenset[str]:
            return frozenset()

        def critical_skills(self, module: str) -> frozenset[str]:
            return frozenset()

    own = item_of(KIND, {**DATA, "pass_mark": 55}).content
    assert ITEM.content.mark == 70
    assert KIND.settle(ITEM.content, Course()).mark == 80
    assert KIND.settle(own, Course()).mark == 55


def test_quiz_missing_answers_are_all_named_and_the_rest_is_kept() -> None:
    """One round is enough to finish: nothing typed is lost, every gap is shown, the thought is never asked for."""
    form = {"helpers": ["teacher"], "sequence.note": ["2"], "thought": ["Mine"], "next": ["/evil"]}
    with pytest.raises(Incomplete) as caught:
        KIND.answer(ITEM, form, {})
    kinds = {"kinds.seen", "kinds.met", "kinds.paid"}
    assert set(caught.value.errors) == {"first-thing", "sequence.stay", "sequence.tell"} | kinds
    root = tree(KIND.render(ITEM, PAGE, View(values=form, errors=caught.value.errors)))
    sent = {name: values for name, values in sent_again(root).items() if values != [""]}
    assert sent == {"helpers": ["teacher"], "sequence.note": ["2"], "thought": ["Mine"]}
    assert len(root.of_class("field__error")) == len(caught.value.errors)


FIELDS = st.sampled_from(["first-thing", "helpers", "sequence.stay", "sequence", "kinds.seen", "kinds", "thought", "x"])
HOSTILE = st.lists(
    st.one_of(st.text(max_size=30), st.sampled_from(["listen", "1", "teacher", "<b>", "\0"])), max_size=3
)


@given(form=st.dictionaries(FIELDS, HOSTILE))
def test_quiz_hostile_form_is_incomplete_and_shown_again_safely(form: dict[str, list[str]]) -> None:
    """Whatever is sent, the page comes back whole and no exception escapes."""
    with pytest.raises(Incomplete) as caught:
        KIND.answer(ITEM, form, {})
    tree(KIND.render(ITEM, PAGE, View(values=form, errors=caught.value.errors)))


ANSWER = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["seen", "met", "a"]), x),
)


@given(answers=st.dictionaries(st.sampled_from([*RIGHT, "gone"]), ANSWER))
def test_quiz_any_stored_answers_can_be_shown(answers: dict[str, Any]) -> None:
    """A record from another version of the course still opens."""
    root = tree(KIND.render(ITEM, PAGE, View(answers=answers)))
    assert root.of_class("result")


def test_quiz_before_answering_betrays_nothing() -> None:
    """No reason and no word of right or wrong is in the page before it is answered."""
    html = KIND.render(ITEM, PAGE, View(seed=5))
    for word in ("SECRET", "correct", "right", "wrong", "missed"):
        # "They are in the right order as they stand" is what a learner may say, whatever is right.
        assert word not in html.replace("rights", "").replace("in the right order as they stand", "")


@given(seed=st.integers(0, 99), right=st.sampled_from([0, 1, 2]), wrong=st.sampled_from([0, 1, 2]))
def test_quiz_moving_correct_changes_no_byte_before_answering(seed: int, right: int, wrong: int) -> None:
    """The page to answer is the same whichever options are right."""
    data = copy.deepcopy(DATA)
    for position, option in enumerate(data["questions"][0]["options"]):
        option["correct"] = position == right
    for position, option in enumerate(data["questions"][1]["options"]):
        option["correct"] = position != wrong
    other = item_of(KIND, data)
    view = View(seed=seed)
    assert KIND.render(other, page_of(KIND, other), view) == KIND.render(ITEM, PAGE, view)
    assert KIND.paper(other, page_of(KIND, other)) == KIND.paper(ITEM, PAGE)


def test_quiz_result_says_score_and_what_is_needed() -> None:
    """The score line gives points, the verdict, and how many are needed when it was not enough."""
    passed = tree(KIND.render(ITEM, PAGE, View(answers=RIGHT))).of_class("result")[0]
    assert "You have 100 of 100 points. You have passed." in passed.text
    failed = tree(KIND.render(ITEM, PAGE, View(answers={}))).of_class("result")[0]
    assert "You have 0 of 100 points. To pass you need 70." in failed.text


def test_quiz_result_uses_the_readers_numbers() -> None:
    """Every number on the page goes through the page."""
    page = page_of(KIND, ITEM)
    page.number = lambda value: f"\u2039{value}\u203a"  # type: ignore[method-assign]
    assert "\u2039100\u203a of 100" in tree(KIND.render(ITEM, page, View(answers=RIGHT))).text
    assert "Question \u20391\u203a of \u20395\u203a" in tree(KIND.render(ITEM, page, View())).text


def test_quiz_paper_has_boxes_and_no_controls_and_no_reasons() -> None:
    """A printed quiz can be filled in by hand and tells nothing."""
    root = tree(KIND.paper(ITEM, PAGE))
    assert not [node for node in root.all() if node.tag in ("input", "select", "textarea", "button")]
    assert len(root.of_class("box")) == 3 + 3 + 3 + 3
    assert "SECRET" not in root.text


def test_quiz_messages_are_complete_and_grouped_by_question() -> None:
    """Every text a page needs is a message; a question's texts are shown in one language."""
    messages = messages_of(KIND, ITEM)
    assert {m.context for m in messages if m.group is None} == {"it#intro"}
    assert {m.group for m in messages} - {None} == {f"it.{question['id']}" for question in DATA["questions"]}
    for view in (View(), View(answers=RIGHT)):
        KIND.render(ITEM, PAGE, view)


def test_quiz_fallback_question_is_marked_in_its_language() -> None:
    """A screen reader changes its voice for a text that is not translated."""
    page = page_of(KIND, ITEM, foreign=["it#first-thing.stem"])
    legend = tree(KIND.render(ITEM, page, View())).all("legend")[0]
    assert legend.all("span", lang="en", dir="ltr")[0].text == "What do you do first?"


def test_quiz_markup_in_a_text_stays_text() -> None:
    """A hostile translation adds nothing to the page."""
    hostile = "<img src=x onerror=alert(1)>\"'><script>"
    page = page_of(KIND, ITEM)
    page.texts = dict.fromkeys(page.texts, hostile)
    for view in (View(), View(answers=RIGHT)):
        assert not tree(KIND.render(ITEM, page, view)).all("img")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"pass_mark": 0}, "bad-number pass_mark"),
        ({"pass_mark": True}, "bad-number pass_mark"),
        ({"attempts": -1}, "bad-number attempts"),
        ({"intro": " "}, "empty-text intro"),
        ({"questions": []}, "number-of-questions questions"),
        ({"questions": "none"}, "not-a-list questions"),
        ({"questions": [{"id": "q1", "kind": "essay", "stem": "x"}]}, "unknown-kind questions.0.kind"),
        ({"questions": [DATA["questions"][4]]}, "nothing-scored questions"),
        ({"questions": [DATA["questions"][0]] * 2}, "duplicate-id questions.1.id"),
    ],
)
def test_quiz_fault_is_named_at_its_line(change: dict[str, Any], problem: str) -> None:
    """An author is led to the very key."""
    assert parsed(KIND, {**DATA, **change})[1] == [problem]


def test_quiz_attempts_default_to_no_limit() -> None:
    """Learning is not counted unless the author says so."""
    assert KIND.attempts_allowed(ITEM) == 0
    assert KIND.attempts_allowed(item_of(KIND, {**DATA, "attempts": 3})) == 3


@pytest.mark.parametrize("path", sorted(str(file.relative_to(COURSE)) for file in COURSE.glob("*/*check.yaml")))
def test_quiz_of_the_parents_course_works(path: str) -> None:
    """Our own course has no faults, renders, and prints."""
    problems = Problems()
    source = read_source(COURSE, path, problems)
    assert source is not None
    content = KIND.parse(source, problems)
    assert not list(problems)
    assert content is not None
    item = Item(id="it", kind="quiz", title="T", minutes=2, module="m", path=path, code="x", content=content)
    page = page_of(KIND, item)
    for html in (
        KIND.render(item, page, View(seed=1)),
        KIND.render(item, page, View(answers={})),
        KIND.paper(item, page),
    ):
        tree(html)
