"""Reading what tells who of a cohort may need help, for everybody in a few statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.orm import Session, load_only

from coplearn.cohorts.common.counting import on_the_way
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.rules.words import Kind, State, goes_on
from coplearn.cohorts.meetings.queries import standings_in
from coplearn.cohorts.outcomes.queries.checklist import course_standings, learners_of, way_of
from coplearn.cohorts.outcomes.rules.checklist import StudyMode
from coplearn.cohorts.whole.rules import FAILED_TIMES, Facts, reasons_of
from coplearn.courses.course import Course
from coplearn.learning.models import Attempt, Visit

_READ: Final = (
    Membership.public_id, Membership.cohort_id, Membership.name, Membership.organisation, Membership.email,
    Membership.user_id, Membership.card_code, Membership.joined_at, Membership.created_at,
)  # fmt: skip
"""What is read of each member, of a cohort of ten thousand too."""


def facts_of(
    session: Session,
    cohort: Cohort,
    courses: Mapping[str, Course],
    titles: Mapping[tuple[str, str], str],
    now: datetime,
) -> list[tuple[Membership, Facts]]:
    """:func:`facts_in` of one cohort."""
    return facts_in(session, [cohort], courses, titles, now)


def facts_in(
    session: Session,
    cohorts: Sequence[Cohort],
    courses: Mapping[str, Course],
    titles: Mapping[tuple[str, str], str],
    now: datetime,
) -> list[tuple[Membership, Facts]]:
    """The facts of each trainee who is still on the way, in order of name (six statements for up to 5,000). Of the member no
    more is read than what tells who it is.

    Nobody is, in a cohort that has not begun or is over, and nobody about whom it is decided.

    ``courses`` are all the site holds, ``titles`` names their checks by (course, item) in the reader's language.
    """
    on = {one.id: one for one in cohorts if one.kind != Kind.SERIES and goes_on(one.state, one.archived_at)}
    if not on:
        return []
    course_ids = {one for cohort in on.values() for one in cohort.course_ids}
    wanted = {key: course for key, course in courses.items() if key in course_ids}
    people = select(Membership).where(*on_the_way(on)).order_by(Membership.name, Membership.id)
    members = list(session.scalars(people.options(load_only(*_READ, raiseload=True))))
    progress = course_standings(session, [one.id for one in members], wanted)
    last, failed = _last_steps(session, on, list(wanted)), _failed_checks(session, on, list(wanted))
    held = standings_in(session, on.values(), [(one.id, one.cohort_id) for one in members], now)
    facts_by_member = []
    for member in members:
        keys = [key for key in on[member.cohort_id].course_ids if key in wanted]
        own = [progress.get((member.id, key)) for key in keys]
        finished = bool(own) and all(one is not None and one.done >= one.items for one in own)
        steps = [at for key in keys if (at := last.get((member.id, key))) is not None]
        facts = Facts(
            joined_at=member.joined_at or member.created_at,
            has_way=way_of(member) is not StudyMode.INVITED,
            wants_courses=bool(keys) and not finished,
            done=sum(one.done for one in own if one is not None),
            last_at=max(steps, default=None),
            failed=[titles.get(pair, pair[1]) for pair in failed.get(member.id, []) if pair[0] in keys],
            standing=held.get(member.id),
        )
        facts_by_member.append((member, facts))
    return facts_by_member


def needs_by_cohort(session: Session, courses: Mapping[str, Course], now: datetime) -> dict[int, Counter[str]]:
    """The numbers of people by their most urgent reason, in each running cohort in which anybody may be glad of help."""
    running = select(Cohort).where(
        Cohort.state == State.RUNNING, Cohort.archived_at.is_(None), Cohort.kind != Kind.SERIES
    )
    needs: dict[int, Counter[str]] = {}
    for cohort in session.scalars(running.order_by(Cohort.id)).all():
        urgent = [reasons_of(facts, now)[:1] for _, facts in facts_of(session, cohort, courses, {}, now)]
        counted = Counter(reason.need.value for reasons in urgent for reason in reasons)
        if counted:
            needs[cohort.id] = counted
    return needs


def _learners(cohort_ids: Iterable[int]) -> Subquery:
    return learners_of(*on_the_way(cohort_ids))


def _last_steps(session: Session, cohort_ids: Iterable[int], course_ids: list[str]) -> dict[tuple[int, str], datetime]:
    """The last time that each member did anything in each of those courses, by (membership, course)."""
    step, who = func.coalesce(Visit.state_at, Visit.done_at, Visit.first_at), _learners(cohort_ids)
    rows = session.execute(
        select(who.c.membership_id, Visit.course_id, func.max(step))
        .join(Visit, Visit.learner_id == who.c.learner_id)
        .where(Visit.course_id.in_(course_ids))
        .group_by(who.c.membership_id, Visit.course_id)
    )
    return {(membership_id, course_id): at for membership_id, course_id, at in rows}


def _failed_checks(
    session: Session, cohort_ids: Iterable[int], course_ids: list[str]
) -> dict[int, list[tuple[str, str]]]:
    """The checks each member failed too often and never passed, as (course, item), by membership."""
    who = _learners(cohort_ids)
    rows = session.execute(
        select(who.c.membership_id, Attempt.course_id, Attempt.item_id)
        .join(Attempt, Attempt.learner_id == who.c.learner_id)
        .where(Attempt.course_id.in_(course_ids), Attempt.passed.is_not(None))
        .group_by(who.c.membership_id, Attempt.course_id, Attempt.item_id)
        .having(func.count() >= FAILED_TIMES, func.sum(case((Attempt.passed.is_(True), 1), else_=0)) == 0)
        .order_by(Attempt.course_id, Attempt.item_id)
    )
    failed: dict[int, list[tuple[str, str]]] = {}
    for membership_id, course_id, item_id in rows:
        failed.setdefault(membership_id, []).append((course_id, item_id))
    return failed
