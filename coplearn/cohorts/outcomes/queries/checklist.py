"""Reading what each person of a cohort still needs to be certified."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from coplearn.cohorts.common.counting import evaluation_stands
from coplearn.cohorts.common.models.certification import BroughtBadge, Evaluation, TeachBack
from coplearn.cohorts.common.models.cohort import CardLearner, Cohort, Membership
from coplearn.cohorts.common.rules.words import Result
from coplearn.cohorts.meetings.queries import standings
from coplearn.cohorts.meetings.rules.attendance import AttendanceStanding
from coplearn.cohorts.outcomes.rules.badges import asked_in
from coplearn.cohorts.outcomes.rules.checklist import (
    Checklist,
    CourseStanding,
    Requirement,
    StudyMode,
    Taught,
    attendance_requirement,
    course_requirement,
    teach_back_requirement,
)
from coplearn.courses.course import Course
from coplearn.learning.models import Learner, Visit


def checklists(
    session: Session,
    cohort: Cohort,
    members: Sequence[Membership],
    courses: Mapping[str, Course],
    now: datetime,
    titles: Mapping[str, str] | None = None,
) -> dict[int, Checklist]:
    """Each member's checklist by membership id, in at most six statements however many members there are, and one more where
    badges are asked for.

    ``courses`` are all the site holds (``live_library.current().courses``). ``titles`` names courses in the reader's language
    by id; without it a course is named in the language it was written in.
    """
    if not members:
        return {}
    wanted = {one: courses[one] for one in (*cohort.course_ids, *cohort.optional_course_ids) if one in courses}
    ids = [member.id for member in members]
    course_progress = course_standings(session, ids, wanted)
    attended = standings(session, cohort, ids, now)
    taught = taught_by(session, cohort, ids) if cohort.teach_backs else {}
    brought = badges_by(session, ids) if cohort.asked_badges else {}
    named = {key: course.title for key, course in wanted.items()} | dict(titles or {})
    not_begun = {key: CourseStanding(0, len(course.required), 0, len(course.checks)) for key, course in wanted.items()}
    today = now.astimezone(zone_of(cohort)).date()
    return {
        member.id: Checklist(
            member.id,
            (
                *_courses(cohort, member, course_progress, not_begun, named),
                *_attendance(cohort, attended[member.id]),
                *_teach_backs(cohort, taught.get(member.id, ()), today),
                *(one.requirement(brought.get(member.id, {}), now) for one in asked_in(cohort.asked_badges)),
                *_courses(cohort, member, course_progress, not_begun, named, optional=True),
            ),
        )
        for member in members
    }


def taught_by(session: Session, cohort: Cohort, membership_ids: Collection[int]) -> dict[int, list[Taught]]:
    """Each member's teach-backs as they stand, oldest first, in one statement.

    What counts is the latest sign-off that no later row amends; observers' notes decide nothing.
    """
    rows = session.execute(
        select(TeachBack.id, TeachBack.membership_id, TeachBack.planned_on, Evaluation.result)
        .outerjoin(
            Evaluation,
            and_(
                Evaluation.teach_back_id == TeachBack.id,
                Evaluation.decides,
                evaluation_stands(),
            ),
        )
        .where(TeachBack.membership_id.in_(membership_ids))
        .order_by(TeachBack.membership_id, TeachBack.turn, Evaluation.id)
    )
    zone = zone_of(cohort)
    taught: dict[int, dict[int, Taught]] = {}
    for teach_back_id, membership_id, planned_on, result in rows:
        day = planned_on.astimezone(zone).date() if planned_on is not None else None
        state = Result(result) if result is not None else Result.NOT_EVALUATED
        taught.setdefault(membership_id, {})[teach_back_id] = Taught(state, day)
    return {membership_id: list(by_id.values()) for membership_id, by_id in taught.items()}


def badges_by(session: Session, membership_ids: Collection[int]) -> dict[int, dict[str, datetime | None]]:
    """The ends of badges that each member brought, by what was asked for, in one statement."""
    rows = session.execute(
        select(BroughtBadge.membership_id, BroughtBadge.asked, BroughtBadge.valid_until).where(
            BroughtBadge.membership_id.in_(membership_ids)
        )
    )
    found: dict[int, dict[str, datetime | None]] = {}
    for membership_id, asked, valid_until in rows:
        found.setdefault(membership_id, {})[asked] = valid_until
    return found


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
    not_begun: Mapping[str, CourseStanding],
    titles: Mapping[str, str],
    *,
    optional: bool = False,
) -> list[Requirement]:
    requirements = []
    for key in cohort.optional_course_ids if optional else cohort.course_ids:
        # Of a course that is gone nothing is known.
        standing = (far.get((member.id, key)) or not_begun[key]) if key in not_begun else None
        title = titles.get(key, key)
        requirements.append(
            course_requirement(key, title, standing, cohort.course_mark, way=way_of(member), optional=optional)
        )
    return requirements


def way_of(member: Membership) -> StudyMode:
    """The ways to take the online courses."""
    if member.user_id is not None:
        return StudyMode.ACCOUNT
    return StudyMode.CARD if member.card_code is not None or member.email is None else StudyMode.INVITED


def _attendance(cohort: Cohort, standing: AttendanceStanding) -> list[Requirement]:
    if not cohort.threshold and standing.reached:
        return []
    return [attendance_requirement(standing, cohort.threshold)]


def _teach_backs(cohort: Cohort, taught: Sequence[Taught], today: date) -> list[Requirement]:
    return [teach_back_requirement(taught, cohort.teach_backs, today)] if cohort.teach_backs else []


def learners_of(*which: ColumnElement[bool]) -> Subquery:
    """The learner of each of those members, as (``membership_id``, ``learner_id``): by account, or with a card without one."""
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

    Items that the course no longer has, and those that are optional, count for nothing.
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
            int(done), len(courses[course_id].required), int(points), len(courses[course_id].checks)
        )
        for membership_id, course_id, done, points in rows
    }


def _items_of(courses: Mapping[str, Course]) -> ColumnElement[bool]:
    return or_(*(and_(Visit.course_id == key, Visit.item_id.in_(course.required)) for key, course in courses.items()))


def _checks_of(courses: Mapping[str, Course]) -> ColumnElement[bool]:
    return or_(*(and_(Visit.course_id == key, Visit.item_id.in_(course.checks)) for key, course in courses.items()))
