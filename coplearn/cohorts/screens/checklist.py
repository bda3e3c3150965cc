"""What a trainee sees of their own teach-backs: how each stands, and what those who watched wrote to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from coplearn.cohorts.queries.teaching import TeachBackLine
from coplearn.cohorts.rules.rubric import rubric_of
from coplearn.cohorts.screens.teaching import BADGES, part_name, result_name
from coplearn.web.render import say

if TYPE_CHECKING:
    from coplearn.cohorts.models.certification import Evaluation


@dataclass(frozen=True, slots=True)
class Note:
    """What one observer wrote to the trainee. What was written among staff is not in it."""

    by: str
    at: datetime
    decides: bool
    text: str
    scores: Sequence[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class OwnTeachBack:
    """One teach-back of the trainee's."""

    number: int
    part: str
    planned_on: datetime | None
    meeting: str
    result: str
    badge: str
    notes: Sequence[Note]


def taught_lines(lines: Sequence[TeachBackLine], written: Mapping[int, Sequence[Evaluation]]) -> list[OwnTeachBack]:
    """The trainee's teach-backs, oldest first, with the notes that stand."""
    return [
        OwnTeachBack(
            line.teach_back.turn,
            part_name(line.teach_back.course_id, line.teach_back.module_id),
            line.teach_back.planned_on,
            line.meeting,
            result_name(line.result),
            BADGES[line.result],
            _notes(written.get(line.teach_back.id, ())),
        )
        for line in lines
    ]


def _notes(rows: Sequence[Evaluation]) -> list[Note]:
    amended = {row.amends_id for row in rows}
    return [_note(row) for row in rows if row.id not in amended]


def _note(row: Evaluation) -> Note:
    rubric = rubric_of(row.rubric_version)
    scores = [
        (say(one.title), row.scores[one.id], say(one.levels[row.scores[one.id] - 1]))
        for one in rubric.rows
        if row.scores.get(one.id) in (1, 2, 3, 4)
    ]
    return Note(row.observer_name, row.at, row.decides, row.note_to_trainee, scores)
