"""Reading how far people are in the courses that a cohort asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import CardLearner, Membership
from coplearn.cohorts.rules.checklist import CourseStanding
from coplearn.courses.course import Course
from coplearn.learning.models import Learner, Visit


def learners_of(*which: ColumnElement[bool]) -> Subquery:
    """Who learns for each of those members, as (``membership_id``, ``learner_id``): by account, or with a card without one."""
    by_account = select(Membership.id.label("membership_id"), Learner.id.label("learner_id")).join(
        Learner, Learner.user_id == Membership.user_id
    )
    by_card = select(CardLearner.membership_id, CardLearner.learner_id).join(
        Membership, Membership.id == CardLearner.membership_id
    )
    return union_all(by_account.where(*which), by_card.where(*which)).subquery()


def course_standings(
    session: Session, membership_ids: Collection[int], courses: Mapping[str, Course]
) -> dict[tuple[int, str], CourseStanding]:
    """By (membership, course): what is done of the course as it is now, in one statement. Who has not begun has no entry.

    Items that the course no longer has count for nothing.
    """
    if not membership_ids or not courses:
        return {}
    who = learners_of(Membership.id.in_(sorted(membership_ids)))
    rows = session.execute(
        select(
            who.c.membership_id,
            Visit.course_id,
            func.count(Visit.done_at),
            func.sum(case((_checks_of(courses), func.coalesce(Visit.score, 0)), else_=0)),
        )
        .join(Visit, Visit.learner_id == who.c.learner_id)
        .where(_items_of(courses))
        .group_by(who.c.membership_id, Visit.course_id)
    )
    return {
        (membership_id, course_id): CourseStanding(
            int(done), len(courses[course_id].items), int(points), len(courses[course_id].checks)
        )
        for membership_id, course_id, done, points in rows
    }


def _items_of(courses: Mapping[str, Course]) -> ColumnElement[bool]:
    return or_(
        *(and_(Visit.course_id == key, Visit.item_id.in_(list(course.items))) for key, course in courses.items())
    )


def _checks_of(courses: Mapping[str, Course]) -> ColumnElement[bool]:
    return or_(*(and_(Visit.course_id == key, Visit.item_id.in_(course.checks)) for key, course in courses.items()))
