"""A period report against numbers counted by hand: borders, people in several cohorts, decisions that changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.insights.queries import children, finishers, trainings, zones_and_tiers
from coplearn.insights.rules import Measure, Period, ReportScope
from coplearn.learning.tasks import note_finished
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_user
from tests.insights.figures import put_children, put_learner, put_outcome, put_presence

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), "Asia/Yerevan")
WHOLE = ReportScope(None)
IN_MARCH = datetime(2026, 3, 10, 8, tzinfo=UTC)


def counted(
    session: Session, scope: ReportScope = WHOLE, period: Period = MARCH
) -> dict[Measure, dict[tuple[str, str], int]]:
    """The numbers of that period without zeros."""
    found = trainings(session, scope, period.start, period.end, NOW)
    return {one: {key: count for key, count in tally.items() if count} for one, tally in found.items()}


def totals(session: Session, scope: ReportScope = WHOLE, period: Period = MARCH) -> dict[str, int]:
    """All together, of each figure."""
    return {one.value: tally.get(("", ""), 0) for one, tally in counted(session, scope, period).items()}


@pytest.fixture
def cohort(session: Session) -> Cohort:
    """An Armenian cohort."""
    return put_cohort(session, "AM", time_zone="Asia/Yerevan", languages=["hy", "ru"], audience="educators")


def test_meeting_counts_on_the_day_it_begins_at_the_place(session: Session, cohort: Cohort) -> None:
    """Of four meetings at the borders of March in Yerevan two are in it, and in UTC two others."""
    borders = ("2026-02-28T19:59:59", "2026-02-28T20:00", "2026-03-31T19:59:59", "2026-03-31T20:00")
    for number, at in enumerate(borders):
        meeting = put_meeting(session, cohort, datetime.fromisoformat(at).replace(tzinfo=UTC))
        put_presence(session, meeting, put_member(session, cohort, f"p{number}@example.org"))
    assert totals(session) == {
        "trained": 2, "completed": 0, "certified": 0, "revoked": 0, "cohorts": 1, "meetings": 2,
    }  # fmt: skip
    utc = Period(MARCH.first, MARCH.last, "UTC")
    assert totals(session, period=utc)["meetings"] == 2
    leap = Period(date(2026, 2, 28), date(2026, 2, 28), "UTC")
    assert totals(session, period=leap)["trained"] == 2


def test_person_in_two_cohorts_is_one_person(session: Session, cohort: Cohort) -> None:
    """Counted once in all and once in each row; people without accounts by what makes them one in rosters."""
    other = put_cohort(session, "MA", audience="", languages=["ar"], generation=2)
    for place, language in ((cohort, "hy"), (other, "ar")):
        meeting = put_meeting(session, place, IN_MARCH)
        again = put_meeting(session, place, IN_MARCH + timedelta(days=1))
        member = put_member(session, place, "both@example.org", locale=language)
        put_presence(session, meeting, member)
        put_presence(session, again, member, "left-early")
        put_presence(session, meeting, put_member(session, place, None, locale=language), "late")
        same = put_member(session, place, None, locale=language, key="k" * 64)
        put_presence(session, meeting, same)
    assert counted(session)[Measure.TRAINED] == {
        ("", ""): 4,
        ("country", "AM"): 3, ("country", "MA"): 3,
        ("audience", "educators"): 3, ("audience", ""): 3,
        ("language", "hy"): 3, ("language", "ar"): 3,
        ("tier", "1"): 3, ("tier", "2"): 3,
        ("kind", "training-of-trainers"): 4,
    }  # fmt: skip
    assert totals(session, ReportScope(frozenset({"MA"})))["trained"] == 3
    assert totals(session, ReportScope(frozenset({"MA"}), 1))["trained"] == 0
    assert totals(session, ReportScope(frozenset()))["trained"] == 0
    meetings = counted(session)[Measure.MEETINGS]
    assert {key: meetings[key] for key in (("language", "hy"), ("language", "ar"))} == {
        ("language", "hy"): 2, ("language", "ar"): 2,
    }  # fmt: skip


def test_only_being_there_is_being_trained(session: Session, cohort: Cohort) -> None:
    """Absent and excused people, cancelled meetings and meetings that are not over train nobody; withdrawn people were there."""
    held = put_meeting(session, cohort, IN_MARCH)
    off = put_meeting(session, cohort, IN_MARCH, state="cancelled")
    running = put_meeting(session, cohort, NOW - timedelta(hours=1))
    for number, (meeting, status) in enumerate(
        ((held, "absent"), (held, "excused"), (off, "present"), (running, "present"), (held, "present"))
    ):
        member = put_member(session, cohort, f"p{number}@example.org", state="withdrawn" if number == 4 else "active")
        put_presence(session, meeting, member, status)
    assert totals(session)["trained"] == totals(session)["meetings"] == 1
    today = Period(NOW.date(), NOW.date(), "UTC")
    assert (totals(session, period=today)["trained"], totals(session, period=today)["meetings"]) == (0, 0)


def test_last_decision_counts_in_its_own_period(session: Session, cohort: Cohort) -> None:
    """Asked to repeat in March and certified in April is certified in April; who was taken back is told apart."""
    april = IN_MARCH + timedelta(days=30)
    certified, completed, later, revoked, gone = (
        put_member(session, cohort, f"{name}@example.org") for name in ("one", "two", "three", "four", "five")
    )
    put_outcome(session, cohort, certified, "certified", IN_MARCH)
    put_outcome(session, cohort, completed, "completed", IN_MARCH)
    put_outcome(session, cohort, later, "completed", IN_MARCH)
    put_outcome(session, cohort, later, "certified", april, turn=2)
    put_outcome(session, cohort, revoked, "certified", IN_MARCH, revoked_at=april)
    put_outcome(session, cohort, gone, "withdrawn", IN_MARCH)
    found = totals(session)
    assert (found["completed"], found["certified"], found["revoked"]) == (2, 1, 1)
    in_april = totals(session, period=Period(date(2026, 4, 1), date(2026, 4, 30), "UTC"))
    assert (in_april["completed"], in_april["certified"], in_april["revoked"]) == (1, 1, 0)


def test_renewal_is_no_new_certification_and_takes_none_away(session: Session, cohort: Cohort) -> None:
    """Who was certified in March and renewed in October was certified in March, and nobody was in October."""
    member = put_member(session, cohort, "one@example.org")
    first = put_outcome(session, cohort, member, "certified", IN_MARCH)
    october = datetime(2026, 10, 1, tzinfo=UTC)
    put_outcome(session, cohort, member, "certified", october, turn=2, renewed_from_id=first.id)
    assert totals(session)["certified"] == 1
    assert totals(session, period=Period(date(2026, 10, 1), date(2026, 10, 31), "UTC"))["certified"] == 0


def test_person_certified_in_two_cohorts_is_certified_once(session: Session, cohort: Cohort) -> None:
    """In all; and once in each country."""
    other = put_cohort(session, "MA")
    for place in (cohort, other):
        put_outcome(session, place, put_member(session, place, "both@example.org"), "certified", IN_MARCH)
    certified = counted(session)[Measure.CERTIFIED]
    assert (certified["", ""], certified["country", "AM"], certified["country", "MA"]) == (1, 1, 1)


def test_children_are_counted_by_age(session: Session, cohort: Cohort) -> None:
    """Of meetings that were held in the period alone."""
    held = put_meeting(session, cohort, IN_MARCH, with_children=True)
    put_children(session, held, "9-12", 12)
    put_children(session, held, "under-9", 0)
    put_children(session, put_meeting(session, cohort, IN_MARCH, state="cancelled"), "9-12", 7)
    put_children(session, put_meeting(session, cohort, IN_MARCH + timedelta(days=1)), "16-17", 5)
    found = children(session, WHOLE, MARCH.start, MARCH.end, NOW)
    assert found == {("", ""): 17, ("age", "9-12"): 12, ("age", "16-17"): 5}
    assert children(session, ReportScope(frozenset({"MA"})), MARCH.start, MARCH.end, NOW) == {}


def test_learner_counts_in_the_period_in_which_they_finished(session: Session) -> None:
    """From its first moment until before its end, also of a course that is gone; an open course counts nobody."""
    audiences = {"one": ("parents", "educators"), "two": ()}
    finishes = (
        ("one", MARCH.start, "ar"), ("one", MARCH.end - timedelta(microseconds=1), "fr"), ("two", IN_MARCH, "ar"),
        ("gone", IN_MARCH, "ru"), ("one", MARCH.start - timedelta(microseconds=1), "en"), ("one", MARCH.end, "en"),
    )  # fmt: skip
    for course, at, locale in finishes:
        put_learner(session, course, {"a": IN_MARCH}, locale=locale, finished=at)
    put_learner(session, "one", {"a": IN_MARCH, "b": None})
    assert finishers(session, audiences, MARCH.start, MARCH.end) == {
        ("", ""): 4,
        ("language", "ar"): 2, ("language", "fr"): 1, ("language", "ru"): 1,
        ("course", "one"): 2, ("course", "two"): 1, ("course", "gone"): 1,
        ("audience", "parents"): 2, ("audience", "educators"): 2, ("audience", ""): 2,
    }  # fmt: skip
    assert finishers(session, {}, MARCH.start, MARCH.end)["audience", ""] == 4


def test_report_is_the_same_after_the_course_changed(session: Session) -> None:
    """Who finished in March stays in March when the course asks for more; who only lacked what was taken out comes to it."""
    course = {"one": ("parents",)}
    before = finishers(session, course, MARCH.start, MARCH.end)
    put_learner(session, "one", {"a": IN_MARCH, "b": IN_MARCH}, finished=IN_MARCH)
    put_learner(session, "one", {"a": IN_MARCH, "c": IN_MARCH})
    session.commit()
    found = []
    for items in ("ab", "abc", "ac"):
        note_finished(session, "one", tuple(items))
        found.append(finishers(session, course, MARCH.start, MARCH.end)["", ""])
    assert (before.get(("", ""), 0), found) == (0, [1, 1, 2])


def test_learner_of_two_courses_is_one_learner(session: Session) -> None:
    """Once in all and once in each course."""
    user = put_user(session, "one@example.org")
    for course in ("one", "two"):
        put_learner(session, course, {"a": IN_MARCH}, user_id=user, finished=IN_MARCH)
    found = finishers(session, dict.fromkeys(("one", "two"), ("parents",)), MARCH.start, MARCH.end)
    assert (found["", ""], found["audience", "parents"], found["course", "one"], found["course", "two"]) == (1, 1, 1, 1)


def test_usual_zone_is_that_of_most_cohorts(session: Session, cohort: Cohort) -> None:
    """Of the countries somebody sees; with the tiers there are."""
    for _ in range(2):
        put_cohort(session, "MA", generation=2)
    assert zones_and_tiers(session, None) == (["Africa/Casablanca", "Asia/Yerevan"], [1, 2])
    assert zones_and_tiers(session, frozenset({"AM"})) == (["Asia/Yerevan"], [1])
    assert zones_and_tiers(session, frozenset()) == ([], [])
