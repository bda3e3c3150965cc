"""Rules of running an exercise: what a facilitator may enter, when it happened, and when fixes are asked after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from coplearn.courses.course import Course
from coplearn.courses.exercise import Exercise
from coplearn.courses.plugin import Item
from coplearn.kernel.text import N_, LabelledEnum

CLOCK: Final = "clock"
RUNNING: Final = "running"
OVER: Final = "over"
REVEALED: Final = "revealed"
YES: Final = "yes"
LONGEST_KEY: Final = 160
LONGEST_TEXT: Final = 300
ASK_AFTER: Final = timedelta(days=91)
"""So long after an exercise its facilitator is asked how the fixes stand."""


@dataclass(frozen=True, slots=True)
class Playable:
    """An exercise with the item and the course that hold it."""

    course: Course
    item: Item[Any]
    exercise: Exercise


class FixState(LabelledEnum):
    """The ways a fix can stand three months later."""

    DONE = "done", N_("Done")
    GOING_ON = "going-on", N_("Going on")
    LET_GO = "let-go", N_("Let go of")


def slots(exercise: Exercise) -> dict[str, frozenset[str] | int]:
    """Everything that can be entered of an exercise: by key its words, or the most characters of a text."""
    found: dict[str, frozenset[str] | int] = {CLOCK: frozenset({"waiting", RUNNING, OVER})}
    for inject in exercise.injects:
        found[f"inject.{inject.id}"] = frozenset({"waiting", REVEALED})
        found |= {f"turn.{inject.id}.{turn}": frozenset({"no", YES}) for turn in inject.turns}
    found |= {f"score.{anchor}": frozenset("0123") for anchor in exercise.anchors}
    found |= {f"fail.{fail}": frozenset({"no", YES}) for fail in exercise.fails}
    for number in range(1, exercise.fixes + 1):
        found |= {f"fix.{number}.what": LONGEST_TEXT, f"fix.{number}.office": 120, f"fix.{number}.due": 10}
    return found


def fits(known: Mapping[str, frozenset[str] | int], key: str, value: str) -> bool:
    """Whether that may be entered there."""
    allowed = known.get(key)
    if allowed is None:
        return False
    if isinstance(allowed, frozenset):
        return value in allowed
    return len(value) <= allowed and (not key.endswith(".due") or not value or day_of(value) is not None)


def day_of(text: str) -> date | None:
    """The day that a date field sends; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def happened_at(made_at: datetime, opened_at: datetime, now: datetime) -> datetime:
    """The time when something was entered, by the device's clock as far as that can be: it may have waited there."""
    return min(max(made_at, opened_at), now)


def minute_of(at: datetime, began_at: datetime | None) -> int | None:
    """The minute of the exercise, from 0; None before it began."""
    return None if began_at is None else int((at - began_at).total_seconds() // 60)
