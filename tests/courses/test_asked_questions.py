"""Questions that stand outside a check: before a module, recalled from an earlier one, asked again after the course."""

from __future__ import annotations

from pathlib import Path

import pytest

from coplearn.courses.catalogs import about
from tests.courses.makecourse import ACTION, CHECK, MODULE, PRE_QUESTION, SECOND, Folder, add_module, make_course


def _asking(where: Path) -> Folder:
    folder = make_course(where)
    folder.add(MODULE, PRE_QUESTION)
    add_module(folder, "recall: begin\n")
    folder.swap(ACTION, "minutes: 2\n", "minutes: 2\nfollow_up: Did you ask your question?\n")
    folder.swap("course.yaml", "retired: []", "retired: []\nrefresher: [7, 30, 91]")
    return folder


def test_all_four_are_read(tmp_path: Path) -> None:
    """A module's question and its recall, a course's days, an action's question of later."""
    folder = _asking(tmp_path)
    assert not folder.codes()
    course = folder.course()
    begin, go_on = course.modules
    assert begin.pre_question is not None
    assert (begin.pre_question.id, begin.recall, go_on.recall) == ("before-begin", None, "begin")
    assert course.refresher == (7, 30, 91)
    asked = {item.id: course.kinds[item.kind].follow_up(item) for item in course.items.values()}
    assert {item_id: context for item_id, context in asked.items() if context} == {
        "first-action": "first-action#follow_up"
    }


def test_a_course_needs_none_of_them(tmp_path: Path) -> None:
    """Courses of before go on as they are."""
    course = make_course(tmp_path).course()
    assert course.refresher == ()
    assert all(module.pre_question is None and module.recall is None for module in course.modules)
    assert not any(course.kinds[item.kind].follow_up(item) for item in course.items.values())


def test_translators_meet_each_text_once_and_a_question_as_one(tmp_path: Path) -> None:
    """A pre-question is a question like those of checks: never half translated, read twice, its right answer known."""
    course = _asking(tmp_path).course()
    messages = {message.context: message for message in course.messages}
    question = [message for message in course.messages if message.group == "module.begin.before-begin"]
    assert [message.context.removeprefix("module.begin#before-begin.") for message in question] == [
        "stem",
        *(f"opt.{option}{facet}" for option in ("look", "ask", "wait") for facet in ("", ".reason")),
    ]
    assert all(message.needs_second_reading for message in question)
    assert about(course)["module.begin#before-begin.opt.ask"].is_correct
    assert not about(course)["module.begin#before-begin.opt.look"].is_correct
    assert messages["first-action#follow_up"].text == "Did you ask your question?"
    assert "Asked a week later" in messages["first-action#follow_up"].notes[0]


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "at"),
    [
        (MODULE, "id: before-begin", "id: first-page", "id-twice", "first-page"),
        (MODULE, "id: before-begin", "id: begin", "id-twice", MODULE),
        (MODULE, "id: before-begin", "id: Before", "bad-id", MODULE),
        (MODULE, "  kind: one", "  kind: reflection", "unknown-kind", MODULE),
        (MODULE, "  kind: one", "  kind: many", "number-correct", MODULE),
        (MODULE, ", reason: Interest opens a door.", "", "missing-key", MODULE),
        (MODULE, "stem: Your child", "stem: See [x](item:nowhere). Your child", "item-unknown", MODULE),
        (MODULE, "stem: Your child", "stem: See [x](ref:nobody). Your child", "ref-unknown", MODULE),
        (MODULE, "stem: Your child", "stem: After abuse your child", "note-missing", MODULE),
        (SECOND, "recall: begin", "recall: go-on", "recall-unknown", SECOND),
        (SECOND, "recall: begin", "recall: elsewhere", "recall-unknown", SECOND),
        (SECOND, "recall: begin", "recall: 7", "not-text", SECOND),
        ("course.yaml", "[7, 30, 91]", "[7, 7]", "not-rising", "course.yaml"),
        ("course.yaml", "[7, 30, 91]", "[0, 7]", "bad-number", "course.yaml"),
        ("course.yaml", "[7, 30, 91]", "[7, 1000]", "bad-number", "course.yaml"),
        ("course.yaml", "[7, 30, 91]", "[true]", "bad-number", "course.yaml"),
        ("course.yaml", "[7, 30, 91]", "7", "not-a-list", "course.yaml"),
        (ACTION, "follow_up: Did you ask your question?", "follow_up: [x]", "not-text", ACTION),
    ],
)
def test_nonsense_is_refused_with_its_place(name: str, old: str, new: str, code: str, at: str, tmp_path: Path) -> None:
    """An author hears at once, and at the line."""
    folder = _asking(tmp_path)
    folder.swap(name, old, new)
    found = [problem for problem in folder.load().problems if problem.code == code]
    assert any(at in problem.place.path for problem in found), [str(problem) for problem in folder.load().problems]


def test_what_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    """A check with a slip, and a module.yaml with one, are not reported as a recall that leads nowhere as well."""
    folder = _asking(tmp_path)
    folder.swap(CHECK, "kind: many", "kind: mny")
    assert not folder.codes() & {"recall-empty", "recall-unknown"}
    folder.swap(MODULE, "id: begin", "id: Begin")
    assert not folder.codes() & {"recall-empty", "recall-unknown"}


def test_a_strangers_question_that_fails_is_one_fault(tmp_path: Path) -> None:
    """A plugin's kind may ask before a module too; what it raises ends as a problem of the course."""
    folder = make_course(tmp_path)
    folder.write(
        "plugin.py",
        "from dataclasses import dataclass\n"
        "from coplearn.courses.questions.choice import One\n\n"
        "class Loud(One):\n"
        "    kind = 'loud'\n"
        "    @classmethod\n"
        "    def parse(cls, fields):\n"
        "        raise SystemExit(1)\n\n"
        "question_kinds = (Loud,)\n",
    )
    folder.add(MODULE, PRE_QUESTION.replace("kind: one", "kind: loud"))
    found = folder.load(trusted=True).problems
    assert [problem.code for problem in found.errors] == ["kind-failed"]
    assert found.errors[0].place.path == MODULE
