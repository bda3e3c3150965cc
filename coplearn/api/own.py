"""The caller's own records: who they are, how far they are, their certificates and the cohorts they are trained in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from coplearn.api.courses import course_named
from coplearn.api.operations import Call, operation
from coplearn.api.shapes import ResponseShape
from coplearn.certificates.queries import certificates_of
from coplearn.cohorts.common.guards import present_person
from coplearn.cohorts.whole.queries.cohort import own_memberships
from coplearn.courses.course import Course
from coplearn.learning.guards import courses_here, present_learner
from coplearn.learning.presenters import how_far
from coplearn.learning.queries import VisitRow, enrolments_of, visits_by_course, visits_of
from coplearn.tokens.rules import TokenScope


class MeOut(ResponseShape):
    """The person whose key it is, and the scopes it opens."""

    name: str
    email: str
    language: str
    key: str = Field(description="The number of the key, as its list and the audit log name it.")
    scopes: list[str]
    until: datetime


class CourseProgressOut(ResponseShape):
    """Progress of the caller in a course."""

    course: str
    items: int
    items_done: int
    checks: int
    checks_passed: int
    finished_at: datetime | None
    last_at: datetime | None


class ProgressOut(ResponseShape):
    """Progress of the caller, course by course; the latest first."""

    items: list[CourseProgressOut]


class StepOut(ResponseShape):
    """One step of a course that the caller has opened."""

    item: str
    done_at: datetime | None
    passed_at: datetime | None
    score: int | None = Field(description="The best, in percent; null for a step without a score.")
    tries: int


class CourseStepsOut(ResponseShape):
    """Progress of the caller in one course, step by step, in the order of the course."""

    course: str
    items: int
    items_done: int
    checks: int
    checks_passed: int
    steps: list[StepOut]


class CertificateOut(ResponseShape):
    """A certificate of the caller's."""

    number: str = Field(description="By this number anybody may check it.")
    course: str
    kind: str
    name: str
    issued_at: datetime
    language: str


class CertificatesOut(ResponseShape):
    """The caller's certificates, the oldest first."""

    items: list[CertificateOut]


class SeatOut(ResponseShape):
    """A cohort in which the caller is trained."""

    cohort: str
    title: str
    member: str = Field(description="The caller's own id in it.")
    state: str


class SeatsOut(ResponseShape):
    """The cohorts in which the caller is trained, the newest first."""

    items: list[SeatOut]


@operation("GET", "/me", "Read whose key it is", None, answer=MeOut)
def read_me(call: Call) -> MeOut:
    """The person whose key it is, and what it opens. Any key may ask."""
    person, bearer = present_person(), call.bearer
    assert bearer is not None
    return MeOut(
        name=person.name,
        email=person.email,
        language=person.locale,
        key=bearer.public_id,
        scopes=sorted(bearer.scopes),
        until=bearer.until,
    )


@operation("GET", "/me/progress", "List my progress", TokenScope.SELF_READ, answer=ProgressOut)
def list_my_progress(call: Call) -> ProgressOut:
    """List how far the caller is in every course they have begun."""
    learner = present_learner()
    if learner is None:
        return ProgressOut(items=[])
    visits, courses = visits_by_course(call.session, learner.id), courses_here()
    begun = [one for one in enrolments_of(call.session, learner.id) if one.course_id in courses]
    return ProgressOut(
        items=[
            CourseProgressOut(
                course=one.course_id,
                **_counts(courses[one.course_id], visits.get(one.course_id, {})),
                finished_at=one.finished_at,
                last_at=one.place_at,
            )
            for one in begun
        ]
    )


def _counts(course: Course, visits: Mapping[str, VisitRow]) -> dict[str, int]:
    far = how_far(course, visits)
    return {"items": far.items, "items_done": far.items_done, "checks": far.checks, "checks_passed": far.checks_passed}


@operation(
    "GET", "/me/progress/<course_id>", "Read my progress in a course", TokenScope.SELF_READ, answer=CourseStepsOut
)
def read_my_progress(call: Call, course_id: str) -> CourseStepsOut:
    """Read how far the caller is in one course, with every step they have opened."""
    course, learner = course_named(course_id), present_learner()
    visits = visits_of(call.session, learner.id, course.id) if learner is not None else {}
    opened = [visits[item_id] for item_id in course.items if item_id in visits]
    steps = [
        StepOut(item=one.item_id, done_at=one.done_at, passed_at=one.passed_at, score=one.score, tries=one.tries)
        for one in opened
    ]
    return CourseStepsOut(course=course.id, **_counts(course, visits), steps=steps)


@operation("GET", "/me/certificates", "List my certificates", TokenScope.SELF_READ, answer=CertificatesOut)
def list_my_certificates(call: Call) -> CertificatesOut:
    """The certificates of courses that the caller has finished."""
    learner = present_learner()
    found = certificates_of(call.session, learner.id) if learner is not None else []
    return CertificatesOut(
        items=[
            CertificateOut(
                number=one.number,
                course=one.course_id,
                kind=one.kind,
                name=one.name,
                issued_at=one.issued_at,
                language=one.locale,
            )
            for one in found
        ]
    )


@operation("GET", "/me/cohorts", "List my own seats", TokenScope.SELF_READ, answer=SeatsOut)
def list_my_seats(call: Call) -> SeatsOut:
    """The cohorts in which the caller is trained, asked in, or waits."""
    own = own_memberships(call.session, call.user_id)
    return SeatsOut(
        items=[
            SeatOut(cohort=cohort.public_id, title=cohort.title, member=seat.public_id, state=seat.state)
            for cohort, seat in own
        ]
    )
