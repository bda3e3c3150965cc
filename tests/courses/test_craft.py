"""The craft of questions, measured by ``coplearn course check``: each warning by a course that earns it, with its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from coplearn.authoring.problems import Problems
from coplearn.courses.assessment import FORMS, first_form, other_form, pairs_of
from coplearn.courses.craft import Options, check_craft
from tests.courses.makecourse import CHECK, MODULE, Folder, make_course


def _options(*texts: str, right: int = 1) -> list[dict[str, Any]]:
    return [
        {"id": f"option-{chr(97 + at)}", "text": text, "reason": "Because."} | ({"correct": True} if at < right else {})
        for at, text in enumerate(texts)
    ]


def question(name: str, *texts: str, right: int = 1, **more: Any) -> dict[str, Any]:
    """A question with options of those texts, the first ones right."""
    kind = "one" if right == 1 else "many"
    return {"id": name, "kind": kind, "stem": "Which?", "options": _options(*texts, right=right)} | more


def told(folder: Folder, *questions: dict[str, Any]) -> dict[str, str]:
    """What the craft of a check of those questions is told, by the rule's name."""
    data = yaml.safe_load(folder.read(CHECK)) | {"questions": list(questions)}
    folder.write(CHECK, yaml.safe_dump(data, allow_unicode=True))
    problems = Problems()
    check_craft(folder.course(), problems)
    assert all(problem.severity == "warning" for problem in problems)
    return {problem.code: problem.what for problem in problems}


EVEN = ("a" * 40, "b" * 40, "c" * 40)


def test_even_options_are_not_told(tmp_path: Path) -> None:
    """Good craft, in two forms, is silent."""
    first, second = question("calm", *EVEN), question("calm-b", *EVEN, form_b_of="calm")
    assert not told(make_course(tmp_path), first, second)


@pytest.mark.parametrize(
    ("questions", "code", "figures"),
    [
        ([question("calm", "a" * 60, *EVEN[1:])], "craft-length", "60 characters, +29% against the mean of 47"),
        ([question("calm", "a" * 20, *EVEN[1:])], "craft-length", "20 characters, -40% against the mean of 33"),
        ([question("calm", "a" * 42, *EVEN[1:])], "craft-longest", "longest in 1 of 1 questions; by chance in 0.3"),
        ([question("calm", "a" * 38, *EVEN[1:])], "craft-shortest", "shortest in 1 of 1 questions; by chance in 0.3"),
        ([question("calm", *("a" * 40 + x for x in "abcdef"), right=5)], "craft-right", "5 of 6 options"),
        ([question("calm", *EVEN)], "craft-form", "1 of 1 questions have no second form"),
        (
            [
                {"id": "row", "kind": "order", "stem": "?", "reason": "r"}
                | {
                    "steps": [{"id": x, "text": x, "reason": "r"} for x in ("stay", "note")]
                    + [{"id": "tell", "text": "t"}]
                }
            ],
            "craft-reason",
            "1 places give no reason",
        ),
        (
            [
                {"id": "pairs", "kind": "match", "stem": "?", "reason": "r"}
                | {"pairs": [{"id": x, "left": x, "right": f"{x}!"} for x in ("aa", "bb", "cc")]}
            ],
            "craft-reason",
            "3 places give no reason",
        ),
    ],
)
def test_poor_craft_is_told_with_figures(
    questions: list[dict[str, Any]], code: str, figures: str, tmp_path: Path
) -> None:
    """Each rule by the check that breaks it, with what was measured."""
    assert figures in told(make_course(tmp_path), *questions)[code]


def test_few_characters_are_no_difference(tmp_path: Path) -> None:
    """Of words so short, 15 % would be a single letter."""
    assert "craft-length" not in told(make_course(tmp_path), question("calm", "Perhaps", "Never", "Today"))


lengths = st.lists(st.integers(1, 200), min_size=3, max_size=4)


@given(lengths=lengths, data=st.data())
def test_one_option_stands_out_at_most(lengths: list[int], data: st.DataObject) -> None:
    """Whichever is right: of all the options at most one is the longest, and one the shortest, by itself."""
    made = [Options(tuple(lengths), (length,)) for length in lengths]
    assert sum(one.is_longest for one in made) <= 1 and sum(one.is_shortest for one in made) <= 1
    even = Options((50,) * len(lengths), (50,))
    assert not even.off() and not even.is_longest and not even.is_shortest


ASSESSMENT = """assessment:
  id: before-and-after
  intro: Nobody is marked.
  questions: [first-check/calm]
"""
SKILL = "critical_skills:\n  begin-well: Begin a talk with a question.\n"
SKILLED = (question("calm", *EVEN, skill="begin-well"), question("calm-b", *EVEN, form_b_of="calm"))


def test_skill_is_tested_in_its_module_and_again(tmp_path: Path) -> None:
    """Not at all, once, and twice: with the assessment it comes again."""
    folder = make_course(tmp_path)
    folder.add(MODULE, SKILL)
    plain = [{key: said for key, said in one.items() if key != "skill"} for one in SKILLED]
    assert "begin-well" in told(folder, *plain)["skill-untested"]
    assert "begin-well" in told(folder, *SKILLED)["skill-once"]
    folder.add("course.yaml", ASSESSMENT)
    found = told(folder, *SKILLED)
    assert "skill-once" not in found and "skill-untested" not in found
    assert "1 questions before and after" in found["assessment-size"]


def test_assessment_asks_in_two_forms(tmp_path: Path) -> None:
    """Half of all people get each form first, the same person always the same, and after the course the other one."""
    folder = make_course(tmp_path)
    folder.add(MODULE, SKILL)
    folder.add("course.yaml", ASSESSMENT)
    told(folder, *SKILLED)
    held = folder.course()
    (pair,) = pairs_of(held)
    assert [pair.form(form).id for form in FORMS] == ["calm", "calm-b"]
    forms = [first_form(held, learner) for learner in range(2000)]
    assert forms == [first_form(held, learner) for learner in range(2000)]
    assert 900 < forms.count("a") < 1100
    assert [other_form(form) for form in FORMS] == ["b", "a"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("first-check/nowhere", "assessment-question"),
        ("nowhere/calm", "assessment-question"),
        ("first-check/calm-b", "assessment-question"),
        ("first-check/calm, first-check/calm", "duplicate-id"),
        ("first-check", "bad-value"),
    ],
)
def test_assessment_of_questions_that_are_not_there_is_refused(asked: str, code: str, tmp_path: Path) -> None:
    """An unknown question or check, one of form B, one twice, and one that names no question."""
    folder = make_course(tmp_path)
    folder.add(MODULE, SKILL)
    told(folder, *SKILLED)
    folder.add("course.yaml", ASSESSMENT.replace("first-check/calm", asked))
    assert code in {problem.code for problem in folder.load().problems.errors}


def test_assessment_needs_an_id_of_its_own(tmp_path: Path) -> None:
    """Records are kept under it."""
    folder = make_course(tmp_path)
    folder.add(MODULE, SKILL)
    told(folder, *SKILLED)
    folder.add("course.yaml", ASSESSMENT.replace("before-and-after", "first-check"))
    assert "assessment-id" in {problem.code for problem in folder.load().problems.errors}
