"""The trainees' own pages: how their teach-backs stand, and, with a card, the courses alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app
from itsdangerous import Signer

from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.cohorts.common.presenters import courses_held
from coplearn.cohorts.outcomes.presenters.certification import titles_for
from coplearn.cohorts.outcomes.presenters.teaching import BADGES, part_name, result_name
from coplearn.cohorts.outcomes.queries.checklist import checklists
from coplearn.cohorts.outcomes.queries.teaching import TeachBackLine
from coplearn.cohorts.outcomes.rules.checklist import Checklist, RequirementKind
from coplearn.cohorts.outcomes.rules.teaching import rubric_of
from coplearn.cohorts.people.queries import Offer, place_of_learner
from coplearn.learning.guards import present_learner
from coplearn.web.guest_session import guest_token
from coplearn.web.render import say

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.certification import Evaluation
    from coplearn.cohorts.common.models.cohort import Cohort, Membership


@dataclass(frozen=True, slots=True)
class Note:
    """An observer's words to the trainee. What was written among staff is not in it."""

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


def card_token(member: Membership) -> str:
    """By which a browser learns as that member: made of the card's code, so that a new code ends it."""
    signer = Signer(str(current_app.config["SECRET_KEY"]), salt="card-learner")
    return signer.get_signature(f"{member.public_id}:{member.card_code}").decode()


def place_here() -> Offer:
    """The member with whose card this browser learns now. Raises NotFound for every other browser."""
    learner = present_learner() if guest_token() is not None else None
    place = place_of_learner(the_session(), learner.id) if learner is not None else None
    if place is None:
        raise nobody_here()
    return place


def own_courses(cohort: Cohort, member: Membership, now: datetime) -> Checklist:
    """The progress in the courses. What else is known of them is for those who know them: a card can be lost."""
    checklist = checklists(the_session(), cohort, [member], courses_held(), now, titles_for(cohort))[member.id]
    kinds = (RequirementKind.COURSE, RequirementKind.OPTIONAL)
    return replace(checklist, requirements=tuple(one for one in checklist.requirements if one.kind in kinds))
