"""The contents of the pages of teach-backs: parts of courses to choose from, the rubric, and what was seen in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from flask import request

from coplearn.cohorts.common.guards import StaffContext
from coplearn.cohorts.common.presenters import courses_held
from coplearn.cohorts.common.rules.words import CohortPermission, Result
from coplearn.cohorts.outcomes.queries.checklist import zone_of
from coplearn.cohorts.outcomes.queries.teaching import independence, standing_of
from coplearn.cohorts.outcomes.rules.teaching import Rubric, not_independent, rubric_of, too_early
from coplearn.cohorts.outcomes.service.teaching import TeachBackPlan
from coplearn.kernel.text import N_, Phrase
from coplearn.site import site
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coplearn.cohorts.common.models.certification import Evaluation, TeachBack
    from coplearn.cohorts.common.models.cohort import Cohort, Membership


BADGES: Mapping[Result, str] = {
    Result.NOT_EVALUATED: "note",
    Result.PASSED: "done",
    Result.REPEAT: "again",
    Result.FAILED: "wrong",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """The values of the form of an evaluation."""

    op_id: str
    scores: Mapping[str, str] = field(default_factory=dict)
    note_to_trainee: str = ""
    note_internal: str = ""
    amends_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShownEvaluation:
    """One evaluation as the page shows it."""

    row: Evaluation
    amended: bool
    may_amend: bool
    scores: Sequence[tuple[str, int, str]]
    """Title of the row, the score, and what it means."""


@dataclass(frozen=True, slots=True)
class TeachBackScreen:
    """A teach-back with all that was written about it, and the form to write more."""

    teach_back: TeachBack
    member: Membership
    part: str
    result: str
    badge: str
    history: Sequence[ShownEvaluation]
    rubric: Rubric
    typed: Typed
    may_sign_off: bool
    refusal: str
    """Why this examiner cannot sign off, and who can; empty when they can, or are no examiner."""
    is_open: bool
    """Whether a sign-off is still to come."""
    early: str
    """Why nothing can be written yet; empty from the planned day on."""


def result_name(result: str) -> str:
    """The state of a teach-back, in the page's language."""
    return say(Result(result).label)


def result_badge(result: str) -> str:
    """The kind of badge for it."""
    return BADGES[Result(result)]


def modules_of(cohort: Cohort) -> list[tuple[str, str]]:
    """Pairs of course and module of the cohort's courses."""
    courses = courses_held()
    return [(one, module.id) for one in cohort.course_ids if one in courses for module in courses[one].modules]


def part_name(course_id: str, module_id: str) -> str:
    """The title of a module in the page's language; "Not stated" for none, and its id when it is gone."""
    course = courses_held().get(course_id)
    if not module_id:
        return say(N_("Not stated"))
    if course is None or not any(module.id == module_id for module in course.modules):
        return module_id
    texts = site().library.texts(course, page_locale())
    text: str = texts.get(f"module.{module_id}#title").text
    return text


def plan_of(cohort: Cohort) -> TeachBackPlan:
    """The values of the form of a plan. A day that cannot be read is no day; a day stands for its noon."""
    course_id, _, module_id = request.form.get("part", "").partition("/")
    return TeachBackPlan(
        course_id=course_id,
        module_id=module_id,
        meeting_id=request.form.get("meeting", ""),
        planned_on=_noon(cohort, request.form.get("day", "")),
    )


def _noon(cohort: Cohort, day: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time(12), zone_of(cohort))
    except ValueError:
        return None


def typed_now(amends: Evaluation | None = None) -> Typed:
    """The values of an empty form, or of an amendment: the old scores and notes, to be changed."""
    if amends is None:
        return Typed(uuid4().hex)
    scores = {key: str(value) for key, value in amends.scores.items()}
    return Typed(uuid4().hex, scores, amends.note_to_trainee, amends.note_internal, amends.id)


def typed_before() -> Typed:
    """The values that were sent, so that nothing typed is lost."""
    form = request.form
    return Typed(
        form.get("op_id", "")[:64],
        {name.removeprefix("score-"): value for name, value in form.items() if name.startswith("score-")},
        form.get("note_to_trainee", ""),
        form.get("note_internal", ""),
        form.get("amends", type=int),
        form.get("reason", ""),
    )


def teach_back_screen(
    session: Session,
    context: StaffContext,
    found: tuple[TeachBack, Membership],
    evaluations: Sequence[Evaluation],
    typed: Typed,
    now: datetime,
) -> TeachBackScreen:
    """Everything the page of a teach-back shows."""
    teach_back, member = found
    ties, others = independence(session, context.person.id, member)
    examines = CohortPermission.SIGN_OFF in context.permissions
    refusal: Phrase | None = not_independent(ties, member.name, others) if examines else None
    result, decided_by = standing_of(evaluations)
    amending = next((one for one in evaluations if one.id == typed.amends_id), None)
    amended = {one.amends_id for one in evaluations}
    free = examines and refusal is None
    early = too_early(teach_back.planned_on, now, zone_of(context.cohort))
    return TeachBackScreen(
        teach_back=teach_back,
        member=member,
        part=part_name(teach_back.course_id, teach_back.module_id),
        result=result_name(result),
        badge=BADGES[result],
        history=[_seen(one, one.id in amended, context, free=free) for one in reversed(evaluations)],
        rubric=rubric_of(amending.rubric_version if amending is not None else context.cohort.rubric_version),
        typed=typed,
        may_sign_off=free,
        refusal=say_phrase(refusal) if refusal is not None else "",
        is_open=decided_by is None,
        early=say_phrase(early) if early is not None else "",
    )


def _seen(row: Evaluation, amended: bool, context: StaffContext, *, free: bool) -> ShownEvaluation:
    rubric = rubric_of(row.rubric_version)
    scores: list[tuple[str, int, str]] = []
    for one in rubric.rows:
        score: Any = row.scores.get(one.id)
        if isinstance(score, int) and 1 <= score <= len(one.levels):
            scores.append((say(one.title), score, say(one.levels[score - 1])))
    may_amend = not amended and (free if row.decides else row.observer_id == context.person.id)
    return ShownEvaluation(row, amended, may_amend, scores)
