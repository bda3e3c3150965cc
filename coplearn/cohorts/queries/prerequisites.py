"""Reading how far people are in the courses that a cohort asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from coplearn.cohorts.rules.checklist import CourseStanding
from coplearn.courses.course import Course
from coplearn.learning.models import Learner, Visit


def course_standings(
    session: Session, user_ids: Collection[int], courses: Mapping[str, Course]
) -> dict[tuple[int, str], CourseStanding]:
    """By (user, course): what is done of the course as it is now, in one statement. Who has not begun has no entry.

    Items that the course no longer has count for nothing.
    """
    if not user_ids or not courses:
        return {}
    rows = session.execute(
        select(
            Learner.user_id,
            Visit.course_id,
            func.count(Visit.done_at),
            func.sum(case((_checks_of(courses), func.coalesce(Visit.score, 0)), else_=0)),
        )
        .join(Visit, Visit.learner_id == Learner.id)
        .where(Learner.user_id.in_(sorted(user_ids)), _items_of(courses))
        .group_by(Learner.user_id, Visit.course_id)
    )
    return {
        (user_id, course_id): CourseStanding(
            int(done), len(courses[course_id].items), int(points), len(courses[course_id].checks)
        )
        for user_id, course_id, done, points in rows
    }


def _items_of(courses: Mapping[str, Course]) -> ColumnElement[bool]:
    return or_(
        *(and_(Visit.course_id == key, Visit.item_id.in_(list(course.items))) for key, course in courses.items())
    )


def _checks_of(courses: Mapping[str, Course]) -> ColumnElement[bool]:
    return or_(*(and_(Visit.course_id == key, Visit.item_id.in_(course.checks)) for key, course in courses.items()))
