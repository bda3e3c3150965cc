"""What a trainee has to have done, put straight into the tables, and people as the services know them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_hex

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Attendance, Mark, Meeting
from coplearn.cohorts.common.queries import Person, person_of
from coplearn.cohorts.outcomes.rules.certification import CourseTitles
from coplearn.courses.course import Course
from coplearn.learning.models import Learner, Visit
from tests.cohorts.worlds import NOW, put_evaluation, put_meeting, put_teach_back


def as_person(session: Session, email: str) -> Person:
    """Somebody with an account, as a page knows them."""
    key = session.scalars(select(User.fs_uniquifier).where(User.email == email)).one()
    found = person_of(session, key)
    assert found is not None
    return found


def finish_course(session: Session, user_id: int, course: Course, score: int = 90, leave_out: int = 0) -> None:
    """Every item done but the last so many, every check at that score."""
    learner = session.scalar(select(Learner).where(Learner.user_id == user_id))
    if learner is None:
        learner = Learner(user_id=user_id, visitor_hash=None, seed=1, created_at=NOW, seen_at=NOW)
        session.add(learner)
        session.flush()
    items = course.required
    for item_id in items[: len(items) - leave_out]:
        scored = item_id in course.checks
        session.add(
            Visit(
                learner_id=learner.id,
                course_id=course.id,
                item_id=item_id,
                first_at=NOW,
                done_at=NOW,
                score=score if scored else None,
                passed_at=NOW if scored else None,
                tries=1,
                state={},
                state_at=None,
            )
        )
    session.flush()


def attend(session: Session, meeting: Meeting, member: Membership, status: str = "present") -> None:
    """Mark them at that meeting."""
    session.add(
        Attendance(meeting_id=meeting.id, membership_id=member.id, status=status, rev=1, updated_at=meeting.ends_at)
    )
    session.flush()


def put_mark(session: Session, meeting: Meeting, member: Membership, by_id: int | None = None) -> None:
    """A mark that somebody made for them."""
    session.add(
        Mark(
            op_id=token_hex(8),
            meeting_id=meeting.id,
            membership_id=member.id,
            status="present",
            base_rev=0,
            stands=True,
            by_id=by_id,
            by_name="",
            via="register",
            at=NOW,
            made_at=NOW,
            reason="",
        )
    )
    session.flush()


def titles_of(course_id: str) -> CourseTitles | None:
    """What a course is called here: its id in capitals, and something else in Arabic."""
    return CourseTitles(language="en", titles={"en": course_id.upper(), "ar": "طفلك"})


def put_meetings(session: Session, cohort: Cohort, count: int = 5, last: datetime = NOW) -> list[Meeting]:
    """So many meetings, the last of which is over."""
    return [put_meeting(session, cohort, last - timedelta(days=count - one, hours=8)) for one in range(count)]


def make_ready(session: Session, cohort: Cohort, members: list[Membership], courses: Mapping[str, Course]) -> None:
    """All that the cohort asks for: courses finished, meetings attended, teach-backs passed."""
    meetings = put_meetings(session, cohort)
    for member in members:
        for course_id in cohort.course_ids if member.user_id is not None else ():
            assert member.user_id is not None
            finish_course(session, member.user_id, courses[course_id])
        for meeting in meetings:
            attend(session, meeting, member)
        for turn in range(cohort.teach_backs):
            put_evaluation(session, put_teach_back(session, member, turn=turn + 1))
