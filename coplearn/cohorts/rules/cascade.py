"""How far the line from master to trainer to learner may go, and what a trainer's right covers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from coplearn.cohorts.rules.words import Kind

MOST_STEPS: Final = 2
"""A trainer is at most so many steps from the courses' authors, unless a coordinator allows one more."""
DEEPEST: Final = 12
"""No line is followed further than this, so that a ring in the data ends."""


@dataclass(frozen=True, slots=True)
class Right:
    """What a certification allows."""

    course_ids: frozenset[str]
    country: str
    generation: int
    may_pass_on: bool
    valid_until: datetime | None
    revoked_at: datetime | None


def holds(right: Right, now: datetime) -> bool:
    """Whether the right stands now: it covers a course, has not run out and was not revoked."""
    return (
        bool(right.course_ids)
        and right.revoked_at is None
        and right.valid_until is not None
        and right.valid_until > now
    )


def covers(right: Right, kind: str, course_ids: Collection[str], country: str, now: datetime) -> bool:
    """Whether a cohort of that kind may be opened under the right now.

    All its courses must be named in the right, at least one of them, in the right's own country. A training of trainers
    must not lead further from the authors than :data:`MOST_STEPS`, or one step more where a coordinator allowed it.
    """
    if not holds(right, now) or right.country != country:
        return False
    if not course_ids or not frozenset(course_ids) <= right.course_ids:
        return False
    return kind != Kind.TRAINERS or generation_under(right.generation) <= MOST_STEPS + right.may_pass_on


def generation_under(generation: int | None) -> int:
    """The generation of a cohort run under a right of that generation; None is a coordinator's own cohort: 1."""
    return 1 if generation is None else generation + 1
