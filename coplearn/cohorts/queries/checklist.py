"""Reading what each person of a cohort still needs to be certified."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from coplearn.cohorts.models.certification import Evaluation, TeachBack
from coplearn.cohorts.models.cohort import Cohort, Membership
from coplearn.cohorts.queries.attendance import standings
from coplearn.cohorts.queries.prerequisites import course_standings
from coplearn.cohorts.rules.attendance import Standing
from coplearn.cohorts.rules.checklist import (
    Checklist,
    CourseStanding,
    Requirement,
    Taught,
    Way,
    attendance_requirement,
    course_requirement,
    teach_back_requirement,
)
from coplearn.cohorts.rules.words import Result
from coplearn.courses.course import Course


def checklists(
    session: Session,
    cohort: Cohort,
    members: Sequence[Membership],
    courses: Mapping[str, Course],
    now: datetime,
    titles: Mapping[str, str] | None = None,
) -> dict[int, Checklist]:
    """Each member's checklist by membership id, in at most six statements however many members there are.

    ``courses`` are all the site holds (``shelf.current().courses``). ``titles`` names courses in the reader's language
    by id; without it a course is named in the language it was written in.
    """
    if not members:
        return {}
    wanted = {one: courses[one] for one in (*cohort.course_ids, *cohort.optional_course_ids) if one in courses}
    ids = [member.id for member in members]
    far = course_standings(session, ids, wanted)
    attended = standings(session, cohort, ids, now)
    taught = taught_by(session, cohort, ids) if cohort.teach_backs else {}
    named = {key: course.title for key, course in wanted.items()} | dict(titles or {})
    today = now.astimezone(zone_of(cohort)).date()
    return {
        member.id: Checklist(
            member.id,
            (
                *_courses(cohort, member, far, wanted, named),
                *_attendance(cohort, attended[member.id]),
                *_teach_backs(cohort, taught.get(member.id, ()), today),
                *_courses(cohort, member, far, wanted, named, optional=True),
            ),
        )
        for member in members
    }


def taught_by(session: Session, cohort: Cohort, membership_ids: Collection[int]) -> dict[int, list[Taught]]:
    """Each member's teach-backs as they stand, oldest first, in one statement.

    What counts is the latest sign-off that no later row amends; observers' notes decide nothing.
    """
    later = aliased(Evaluation)
    rows = session.execute(
        select(TeachBack.id, TeachBack.membership_id, TeachBack.planned_on, Evaluation.result)
        .outerjoin(
            Evaluation,
            and_(
                Evaluation.teach_back_id == TeachBack.id,
                Evaluation.decides,
                ~select(later.id).where(later.amends_id == Evaluation.id).exists(),
            ),
        )
        .where(TeachBack.membership_id.in_(membership_ids))
        .order_by(TeachBack.membership_id, TeachBack.turn, Evaluation.id)
    )
    zone = zone_of(cohort)
    found: dict[int, dict[int, Taught]] = {}
    for teach_back_id, membership_id, planned_on, result in rows:
        day = planned_on.astimezone(zone).date() if planned_on is not None else None
        state = Result(result) if result is not None else Result.NOT_EVALUATED
        found.setdefault(membership_id, {})[teach_back_id] = Taught(state, day)
    return {membership_id: list(by_id.values()) for membership_id, by_id in found.items()}


def zone_of(cohort: Cohort) -> ZoneInfo:
    """The cohort's time zone; UTC when the machine no longer knows its name."""
    try:
        return ZoneInfo(cohort.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _courses(
    cohort: Cohort,
    member: Membership,
    far: Mapping[tuple[int, str], CourseStanding],
    courses: Mapping[str, Course],
    titles: Mapping[str, str],
    *,
    optional: bool = False,
) -> list[Requirement]:
    made = []
    for key in cohort.optional_course_ids if optional else cohort.course_ids:
        course, standing = courses.get(key), None
        if course is not None:
            begun = far.get((member.id, key))
            standing = begun or CourseStanding(0, len(course.items), 0, len(course.checks))
        title = titles.get(key, key)
        made.append(course_requirement(key, title, standing, cohort.course_mark, way=way_of(member), optional=optional))
    return made


def way_of(member: Membership) -> Way:
    """How somebody takes the online courses."""
    if member.user_id is not None:
        return Way.ACCOUNT
    return Way.CARD if member.card_code is not None or member.email is None else Way.INVITED


def _attendance(cohort: Cohort, standing: Standing) -> list[Requirement]:
    if not cohort.threshold and standing.reached:
        return []
    return [attendance_requirement(standing, cohort.threshold)]


def _teach_backs(cohort: Cohort, taught: Sequence[Taught], today: date) -> list[Requirement]:
    return [teach_back_requirement(taught, cohort.teach_backs, today)] if cohort.teach_backs else []
