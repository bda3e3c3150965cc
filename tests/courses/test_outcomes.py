"""The gate for what a kind makes of an answer."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.courses.outcomes import MOST_ANSWERS, MOST_STATE, OutcomeRules, Unacceptable, accept, kept
from coplearn.courses.plugin import Outcome

GOOD = Outcome(done=True, answers={"q": "a"}, state={"at": 1})
SCORED = replace(GOOD, score=80, passed=True)
PLAIN, CHECK = OutcomeRules(scored=False, tally_keys=("yes", "no")), OutcomeRules(scored=True)
BAD: dict[str, tuple[object, OutcomeRules]] = {
    "nothing": (None, PLAIN),
    "a mapping": ({"done": True, "answers": {}}, PLAIN),
    "done as a number": (replace(GOOD, done=1), PLAIN),  # type: ignore[arg-type]
    "a score too high": (replace(SCORED, score=150), CHECK),
    "a score too low": (replace(SCORED, score=-1, passed=False), CHECK),
    "a score as text": (replace(SCORED, score="80"), CHECK),  # type: ignore[arg-type]
    "a score as a fraction": (replace(SCORED, score=80.5), CHECK),  # type: ignore[arg-type]
    "a score as true": (replace(SCORED, score=True), CHECK),
    "no score where one is needed": (GOOD, CHECK),
    "no word on passing": (replace(SCORED, passed=None), CHECK),
    "passed with nothing": (replace(SCORED, score=0), CHECK),
    "failed with everything": (replace(SCORED, score=100, passed=False), CHECK),
    "a score where none belongs": (SCORED, PLAIN),
    "passed where nothing is": (replace(GOOD, passed=False), PLAIN),
    "NaN": (replace(GOOD, answers={"depth": math.nan}), PLAIN),
    "Infinity": (replace(GOOD, state={"arm": [math.inf]}), PLAIN),
    "a number beyond JSON": (replace(GOOD, answers={"n": 10**400}), PLAIN),
    "a set": (replace(GOOD, answers={"q": {"a"}}), PLAIN),
    "a list for answers": (replace(GOOD, answers=["a"]), PLAIN),  # type: ignore[arg-type]
    "a key that is no text": (replace(GOOD, answers={"q": {1: "a"}}), PLAIN),
    "large answers": (replace(GOOD, answers={"q": "x" * MOST_ANSWERS}), PLAIN),
    "a large state": (replace(GOOD, state={"q": "ا" * (MOST_STATE // 2)}), PLAIN),
    "a vote for nothing known": (replace(GOOD, votes=("maybe",)), PLAIN),
    "votes as a list": (replace(GOOD, votes=["yes"]), PLAIN),  # type: ignore[arg-type]
    "votes that are no text": (replace(GOOD, votes=(1,)), PLAIN),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", BAD)
def test_gate_refuses(name: str) -> None:
    """Each by itself; nothing of it would be kept."""
    with pytest.raises(Unacceptable):
        accept(*BAD[name])


def test_gate_refuses_what_holds_itself() -> None:
    """It ends there, and not at the recursion limit."""
    ring: dict[str, Any] = {}
    ring["ring"] = ring
    with pytest.raises(Unacceptable, match="nested"):
        accept(replace(GOOD, answers=ring), PLAIN)


def test_gate_lets_good_outcomes_through() -> None:
    """As they are; of a vote given twice one counts."""
    assert accept(GOOD, PLAIN) == GOOD
    assert accept(SCORED, CHECK) == SCORED
    assert accept(replace(GOOD, votes=("no", "no")), PLAIN).votes == ("no",)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(blacklist_categories=()), max_size=20)
    | st.binary(max_size=3),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.tuples(inside)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inside, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(blacklist_categories=()), max_size=8), VALUES, max_size=5))
def test_gate_gives_what_any_database_keeps_or_refuses(value: dict[str, Any]) -> None:
    """Whatever passes is strict JSON, valid UTF-8 without NUL, comes back from storage as it went in, and passes again."""
    try:
        clean = kept(value, "answers", MOST_ANSWERS)
    except Unacceptable:
        return
    text = json.dumps(clean, allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in text
    assert json.loads(text.encode()) == clean
    assert kept(clean, "answers", MOST_ANSWERS) == clean


@given(
    st.one_of(st.none(), st.integers(-300, 300), st.floats(), st.text(max_size=2), st.booleans()),
    st.sampled_from([None, True, False, 1]),
)
def test_gate_keeps_no_score_that_says_another_thing_than_passed(score: Any, passed: Any) -> None:
    """A kept score is a whole percent, and agrees with passed at both ends."""
    try:
        found = accept(replace(GOOD, score=score, passed=passed), CHECK)
    except Unacceptable:
        return
    assert type(found.score) is int
    assert type(found.passed) is bool
    assert 0 <= found.score <= 100
    assert found.passed or found.score < 100
    assert not found.passed or found.score > 0
