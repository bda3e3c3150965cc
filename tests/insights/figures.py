"""Marks, decisions and learners' records made straight in the tables, and a programme large enough to look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.certification import Certification, FollowUp
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Attendance, ChildrenCount, Meeting
from coplearn.learning.models import Enrolment, Learner, Visit
from tests.cohorts.worlds import NOW, Scene, put_certification, put_cohort, put_meeting, put_member


def put_presence(session: Session, meeting: Meeting, member: Membership, status: str = "present") -> None:
    """How somebody is marked at a meeting now."""
    session.add(Attendance(meeting_id=meeting.id, membership_id=member.id, status=status, rev=1, updated_at=NOW))
    session.flush()


def put_outcome(
    session: Session, cohort: Cohort, member: Membership, outcome: str, at: datetime, **changes: Any
) -> Certification:
    """A decision about somebody's training."""
    number = {} if outcome == "certified" else {"number": None, "valid_until": None}
    return put_certification(session, cohort, member, **{"outcome": outcome, "issued_at": at} | number | changes)


def put_children(session: Session, meeting: Meeting, band: str, count: int) -> None:
    """Children of that age at a meeting."""
    session.add(ChildrenCount(meeting_id=meeting.id, age_band=band, count=count, by_id=None, at=NOW))
    session.flush()


def put_question(session: Session, member: Membership, *, sent: bool, answered: bool) -> None:
    """The questions three months later."""
    session.add(
        FollowUp(
            membership_id=member.id,
            token_hash=f"{member.id:064d}",
            due_on=NOW.date(),
            sent_at=NOW if sent else None,
            answered_at=NOW if answered else None,
            answers={},
        )
    )
    session.flush()


def put_learner(
    session: Session,
    course_id: str,
    done: dict[str, datetime | None],
    *,
    locale: str = "en",
    user_id: int | None = None,
    score: int | None = None,
    finished: datetime | None = None,
) -> int:
    """A learner in a course with the items they did and when; the learner's id. An account has one learner.

    When they ``finished`` it is what is noted; it is not worked out here.
    """
    learner = session.query(Learner).filter_by(user_id=user_id).first() if user_id is not None else None
    if learner is None:
        learner = Learner(user_id=user_id, visitor_hash=None, seed=1, created_at=NOW, seen_at=NOW)
        session.add(learner)
        session.flush()
    session.add(
        Enrolment(
            learner_id=learner.id,
            course_id=course_id,
            started_at=NOW,
            place_item_id=None,
            place_at=NOW,
            locale=locale,
            finished_at=finished,
        )
    )
    for item_id, at in done.items():
        session.add(
            Visit(
                learner_id=learner.id,
                course_id=course_id,
                item_id=item_id,
                first_at=at or NOW,
                done_at=at,
                score=score,
                passed_at=None,
                tries=1,
                state={},
                state_at=None,
            )
        )
    session.flush()
    return learner.id


PEOPLE = (
    "Amina Benali", "Youssef El Idrissi", "سلمى العلوي", "Hassan Tazi", "خديجة بنجلون", "Marie-Claire Dubois",
    "Karim Ouazzani", "Leila Cherkaoui", "Mehdi Fassi", "نور الدين", "Samira Rami", "Omar Bennis",
)  # fmt: skip


def fill_scene(session: Session, scene: Scene) -> None:
    """A programme with people, meetings, outcomes and answers, to be looked at."""
    cohort = scene.cohort
    days = [
        put_meeting(session, cohort, NOW - timedelta(days=20 - day), title=f"Day {day + 1}", mandatory=day == 0)
        for day in range(3)
    ]
    put_meeting(session, cohort, NOW + timedelta(days=5), title="Refresher")
    for number, name in enumerate(PEOPLE):
        member = put_member(
            session, cohort, f"person{number}@example.org", name=name, region=("Rabat", "Salé", "")[number % 3]
        )
        for day, meeting in enumerate(days):
            status = "absent" if number % 5 == day else "late" if number % 4 == 1 else "present"
            if number < 11:
                put_presence(session, meeting, member, status)
        if number < 6:
            put_outcome(
                session,
                cohort,
                member,
                "certified",
                NOW - timedelta(days=10),
                valid_until=NOW + timedelta(days=60 + number),
            )
            put_question(session, member, sent=number < 5, answered=number < 3)
        elif number < 8:
            put_outcome(session, cohort, member, "completed", NOW - timedelta(days=9))
    for number, (audience, country, language) in enumerate(
        (("educators", "MA", "fr"), ("", "MA", "ar"), ("parents", "ES", "es"), ("parents", "MA", "ar"))
    ):
        more = put_cohort(
            session, country, title=f"Workshop {number + 1}", audience=audience, languages=[language], generation=2,
            kind="workshop" if number == 3 else "audience-training", region=("Fès", "", "Sevilla", "Salé")[number],
        )  # fmt: skip
        for month in range(6):
            meeting = put_meeting(session, more, NOW - timedelta(days=30 * month + 3), with_children=number == 3)
            if number == 3:
                put_children(session, meeting, "9-12", 11)
                put_children(session, meeting, "13-15", 1 if month == 2 else 0)
            for person in range(3 + 4 * number):
                member = put_member(session, more, None, name=f"Person {number}-{month}-{person}", locale=language)
                put_presence(session, meeting, member)
                if person % 2:
                    put_outcome(session, more, member, "completed", NOW - timedelta(days=30 * month))
