"""The gate for what a kind makes of an answer: nothing is kept that the site or its database could not live with."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from coplearn.authoring.source import Json
from coplearn.courses.contract import Outcome

MOST_ANSWERS: Final = 262_144
"""Bytes that the answers of one press may take."""
MOST_STATE: Final = 65_536
"""Bytes that the state of an item may take."""
_DEEPEST: Final = 32
_LARGEST: Final = 2**53
"""Whole numbers beyond it change on their way through JSON."""


class Unacceptable(Exception):
    """An outcome, a state or a form's errors that break the contract; the text names the rule and no answer."""


@dataclass(frozen=True, slots=True)
class OutcomeRules:
    """The facts of a kind and its item that the gate has to know."""

    scored: bool
    tally_keys: Collection[str] = ()


def accept(outcome: object, rules: OutcomeRules) -> Outcome:
    """The outcome with its texts cleaned of what no database keeps. Raises Unacceptable."""
    if not isinstance(outcome, Outcome):
        raise Unacceptable("an answer has to come to an Outcome")
    if not isinstance(outcome.done, bool):
        raise Unacceptable("done is not true or false")
    _check_score(outcome, rules.scored)
    if not isinstance(outcome.votes, tuple) or not all(isinstance(vote, str) for vote in outcome.votes):
        raise Unacceptable("votes are not a tuple of keys")
    if not set(outcome.votes) <= set(rules.tally_keys):
        raise Unacceptable("a vote is none of the item's tally_keys")
    return Outcome(
        done=outcome.done,
        answers=kept(outcome.answers, "answers", MOST_ANSWERS),
        score=outcome.score,
        passed=outcome.passed,
        state=kept(outcome.state, "state", MOST_STATE),
        votes=tuple(dict.fromkeys(outcome.votes)),
    )


def _check_score(outcome: Outcome, scored: bool) -> None:
    score, passed = outcome.score, outcome.passed
    if not scored:
        if score is not None or passed is not None:
            raise Unacceptable("a kind that is not scored gave a score")
        return
    if isinstance(score, bool) or not isinstance(score, int) or not 0 <= score <= 100:
        raise Unacceptable("a scored kind needs a whole score from 0 to 100")
    if not isinstance(passed, bool):
        raise Unacceptable("a scored kind has to say whether it is passed")
    if (score == 0 and passed) or (score == 100 and not passed):
        raise Unacceptable("nothing is passed with 0, and everything with 100")


def kept(value: object, name: str, most: int) -> dict[str, Json]:
    """A JSON object as it may be stored, of no more than ``most`` bytes. Raises Unacceptable, saying what ``name`` lacks."""
    if not isinstance(value, Mapping):
        raise Unacceptable(f"{name} is not a mapping")
    clean = _clean(value, name, 0)
    if len(json.dumps(clean, ensure_ascii=False).encode()) > most:
        raise Unacceptable(f"{name} takes more than {most} bytes")
    found: dict[str, Json] = clean
    return found


def _clean(value: object, name: str, depth: int) -> Json:
    if depth > _DEEPEST:
        raise Unacceptable(f"{name} is nested more than {_DEEPEST} deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        # A learner may have typed them, so nothing is refused for it: PostgreSQL keeps no NUL, and UTF-8 no half character.
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, int | float):
        if abs(value) > _LARGEST or not math.isfinite(value):
            raise Unacceptable(f"{name} holds a number that is too large or none")
        return value
    if isinstance(value, list | tuple):
        return [_clean(entry, name, depth + 1) for entry in value]
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise Unacceptable(f"{name} has a key that is no text")
        return {_clean(key, name, depth): _clean(entry, name, depth + 1) for key, entry in value.items()}
    raise Unacceptable(f"{name} holds a {type(value).__name__}")
