"""The kind of item that is a tabletop exercise: what its checker refuses, and what its page keeps to itself."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coplearn.courses.course import Course
from coplearn.courses.exercise import Exercise
from coplearn.courses.kinds.drill import DrillKind
from coplearn.courses.library import load_library
from coplearn.i18n.locales import read_locales
from coplearn.testing import Trial, item_of, messages_of, parsed

HOME = Path(__file__).parents[2]
SCORES = {"title": "Title", "zero": "None", "one": "Some", "two": "Most", "three": "All"}
DATA: dict[str, Any] = {
    "minutes": 60,
    "people": {"least": 2, "most": 3},
    "aim": "The aim.",
    "intro": "The beginning.",
    "rules": {"step-out": "You may leave."},
    "systems": {"norvia": {"name": "Norvia", "text": "Its law."}},
    "roles": {
        "helpline": {"name": "Helpline", "system": "norvia", "must": True, "brief": "Listens.", "secret": "Knows one."},
        "police": {"name": "Police", "seats": 2, "brief": "Leads.", "secret": "Knows two."},
    },
    "injects": {
        "first": {"at": 5, "to": ["helpline"], "title": "First", "text": "It rings.", "key": {"who": "Wanted one."}},
        "second": {
            "at": 20,
            "title": "Second",
            "text": "It rings again.",
            "key": {"how": "Wanted two."},
            "prompt": "Who decides?",
            "turns": {"wait": {"when": "They wait.", "then": "It gets late."}},
        },
    },
    "anchors": {"safe": SCORES, "lawful": SCORES, "fast": SCORES},
    "fails": {"copied": {"text": "A file was copied.", "kindly": "Ask why."}},
    "distress": {"out": "Go along."},
    "wash": {"late": "What was late?"},
}


@pytest.fixture(scope="module")
def course() -> Course:
    """The course that holds our own drill."""
    locales = read_locales(HOME / "translations" / "locales.toml")
    return load_library([HOME / "courses"], frozenset(), locales, installed=False).courses["cop-cyberdrill-grooming"]


def exercise_of(course: Course) -> tuple[str, Exercise]:
    """The drill's item and exercise."""
    found = [(item.id, course.kinds[item.kind].exercise(item)) for item in course.items.values()]
    return next((name, exercise) for name, exercise in found if exercise is not None)


SPOILED: dict[str, Callable[[dict[str, Any]], object]] = {
    "drill-time": lambda data: data["injects"]["second"].pop("at"),
    "drill-order": lambda data: data["injects"]["second"].update(at=5),
    "drill-secret": lambda data: data["roles"]["police"].pop("secret"),
    "drill-key": lambda data: data["injects"]["first"].pop("key"),
    "drill-anchors": lambda data: data["anchors"].pop("safe"),
    "drill-fails": lambda data: data.pop("fails"),
    "drill-distress": lambda data: data.pop("distress"),
    "drill-seats": lambda data: data["people"].update(most=4),
    "drill-unknown": lambda data: data["injects"]["first"].update(to=["nobody"]),
}


@pytest.mark.parametrize("code", SPOILED)
def test_drill_that_would_fail_in_the_room_is_refused(code: str) -> None:
    """Each fault alone makes the drill unusable, and is told by its own code."""
    data = copy.deepcopy(DATA)
    SPOILED[code](data)
    content, problems = parsed(DrillKind(), data)
    assert content is None
    assert [problem.split()[0] for problem in problems] == [code]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data["injects"]["second"].update(at=60), "drill-order"),
        (lambda data: data["roles"]["helpline"].update(system="talania"), "drill-unknown"),
        (lambda data: data["people"].update(least=1), "bad-number"),
        (lambda data: data["roles"]["police"].update(must=True, seats=1), "drill-seats"),
        (lambda data: data["injects"]["first"].update(key={}), "drill-key"),
        (lambda data: data["roles"]["police"].update(secrets="x"), "unknown-key"),
        (lambda data: data["injects"]["second"]["turns"]["wait"].pop("then"), "missing-key"),
        (lambda data: data["injects"]["second"].update(at="20"), "bad-number"),
        (lambda data: data.update(anchors=[1, 2, 3]), "drill-anchors"),
        (lambda data: data.update(people=None), "missing-key"),
    ],
)
def test_drill_faults_of_other_kinds_are_refused(change: Callable[[dict[str, Any]], object], code: str) -> None:
    """Nonsense in any place ends as a problem with a line and a way to mend it, never as a crash."""
    data = copy.deepcopy(DATA)
    change(data)
    content, problems = parsed(DrillKind(), data)
    assert content is None
    assert code in {problem.split()[0] for problem in problems}


def test_drill_page_betrays_nothing_that_players_must_not_know() -> None:
    """On screen and on paper: aim, rules and roles, and no secret, inject, key, consequence, anchor or law."""
    trial = Trial(DrillKind, DATA)
    for said in (trial.page().text, trial.paper().text):
        assert "The aim." in said and "You may leave." in said and "Helpline" in said and "Listens." in said
        for hidden in ("Knows", "It rings", "Wanted", "They wait", "gets late", "Who decides", "A file was", "Its law"):
            assert hidden not in said


def test_drill_texts_that_keep_people_safe_are_never_shown_stale() -> None:
    """Rules, fails and the plan for distress fall back to the source; keys are read twice; secrets say whose they are."""
    messages = {one.context.partition("#")[2]: one for one in messages_of(DrillKind(), item_of(DrillKind(), DATA))}
    assert all(messages[name].critical for name in ("rule.step-out", "fail.copied.text", "distress.out"))
    assert messages["inject.first.key.who"].needs_second_reading
    assert "Only the person" in messages["role.police.secret"].notes[0]


def test_taking_part_finishes_the_item() -> None:
    """There is nothing to answer; the press below says that somebody was there."""
    trial = Trial(DrillKind, DATA)
    trial.send({})
    assert trial.outcome is not None and trial.outcome.done


def test_our_drill_asks_of_its_table_what_the_exercise_is_for(course: Course) -> None:
    """Two legal systems, a service that does not answer, an unsafe home, a child who speaks of dying, consequences, a plan."""
    item, exercise = exercise_of(course)
    said = {one.context.partition("#")[2]: one.text for one in course.messages if one.context.startswith(f"{item}#")}
    assert (exercise.minutes, exercise.least, exercise.most, exercise.fixes) == (120, 8, 24, 3)
    assert {role.system for role in exercise.roles} == set(exercise.systems) and len(exercise.systems) == 2
    assert {"nobody-answers", "not-at-home", "money-and-dying", "open-folder"} <= {one.id for one in exercise.injects}
    assert all(one.turns and one.key for one in exercise.injects)
    assert [one.at for one in exercise.injects] == sorted({one.at for one in exercise.injects})
    assert exercise.injects[-1].at <= 100, "twenty minutes are left for the hot wash"
    assert "ending your life" in said["inject.money-and-dying.key.ask"]
    assert "do not let them go home alone" in said["distress.dying"]
    assert all(len(said[f"role.{role.id}.secret"].split()) > 25 for role in exercise.roles)


def test_our_drill_reaches_a_role_that_is_there_in_the_smallest_group(course: Course) -> None:
    """An inject that only optional roles see would be seen by nobody in a group of eight."""
    _, exercise = exercise_of(course)
    filled = {role.id for role in exercise.roles if role.must}
    assert len(filled) == exercise.least
    assert all(not one.to or set(one.to) & filled for one in exercise.injects)
