"""Opening, changing, moving on, copying, and who may work in a cohort."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.rules import Granted
from coplearn.cohorts.common.models.certification import Certification, FollowUp
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.common.queries import Person, staff_of
from coplearn.cohorts.common.rules.words import Kind, StaffRole, State
from coplearn.cohorts.people.service import staffing
from coplearn.cohorts.whole import service
from coplearn.cohorts.whole.rules import Details, problems_of
from coplearn.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from coplearn.kernel.words import Role
from tests.cohorts.traces import refuses
from tests.cohorts.worlds import NOW, put_cohort, put_meeting, put_member, put_staff, put_user

MOROCCAN = Details(
    title="Rabat, spring",
    country="MA",
    languages=("ar",),
    time_zone="Africa/Casablanca",
    course_ids=("cop-parents",),
)


def _person(session: Session, email: str, *grants: Granted) -> Person:
    return Person(put_user(session, email), email.partition("@")[0], email, "en", grants)


@pytest.fixture
def coordinator(session: Session) -> Person:
    """The coordinator of Morocco."""
    return _person(session, "coordinator@example.org", Granted(Role.COORDINATOR, country="MA"))


def _put_right(session: Session, user_id: int, generation: int = 1, **changes: object) -> Certification:
    member = put_member(session, put_cohort(session), f"{token_hex(4)}@example.org", user_id=user_id)
    values: dict[str, object] = {
        "membership_id": member.id, "turn": 1, "user_id": user_id, "outcome": "certified", "number": token_hex(8),
        "name": "T", "course_ids": ["cop-parents"], "country": "MA", "generation": generation, "parent_id": None,
        "may_pass_on": False, "locale": "ar", "issued_at": NOW, "issued_by_id": None, "issued_by_name": "", "note": "",
        "valid_until": NOW + timedelta(days=100), "renewed_from_id": None, "revoked_at": None, "revoked_by_id": None,
        "revoked_reason": "",
    }  # fmt: skip
    right = Certification(**(values | changes))
    session.add(right)
    session.flush()
    return right


def test_coordinator_opens_in_their_country_alone(session: Session, coordinator: Person) -> None:
    """A draft of the first generation in Morocco; Armenia is somebody else's."""
    made = service.open_cohort(session, coordinator, MOROCCAN, NOW)
    assert (made.state, made.generation, made.right_id, staff_of(session, made.id)) == ("draft", 1, None, [])
    with pytest.raises(NotAllowed):
        service.open_cohort(session, coordinator, replace(MOROCCAN, country="AM"), NOW)


def test_trainer_opens_within_their_right(session: Session) -> None:
    """Own courses, own country, until the day; they lead it, one step further from the authors."""
    trainer = _person(session, "trainer@example.org")
    with pytest.raises(NotAllowed):
        service.open_cohort(session, trainer, MOROCCAN, NOW)
    right = _put_right(session, trainer.id)
    made = service.open_cohort(session, trainer, MOROCCAN, NOW)
    assert (made.generation, made.right_id) == (2, right.id)
    assert [(line.user_id, line.role) for line in staff_of(session, made.id)] == [(trainer.id, "lead")]
    for other in (
        replace(MOROCCAN, country="AM"),
        replace(MOROCCAN, course_ids=()),
        replace(MOROCCAN, course_ids=("another",)),
    ):
        with pytest.raises(NotAllowed):
            service.open_cohort(session, trainer, other, NOW)
    with pytest.raises(NotAllowed):
        service.open_cohort(session, trainer, MOROCCAN, NOW + timedelta(days=100))


def test_second_generation_trains_trainers_only_when_allowed(session: Session) -> None:
    """Two steps from the authors is the end, for learners it is not, and a coordinator may allow one more."""
    trainer = _person(session, "trainer@example.org")
    right = _put_right(session, trainer.id, generation=2)
    with pytest.raises(NotAllowed):
        service.open_cohort(session, trainer, MOROCCAN, NOW)
    assert service.open_cohort(session, trainer, replace(MOROCCAN, kind=Kind.AUDIENCE), NOW).generation == 3
    right.may_pass_on = True
    session.flush()
    assert service.open_cohort(session, trainer, MOROCCAN, NOW).generation == 3


def test_second_save_of_one_page_is_a_conflict(session: Session, coordinator: Person) -> None:
    """The later of two saves is told, and what the first one saved stands."""
    made = service.open_cohort(session, coordinator, MOROCCAN, NOW)
    assert service.change_cohort(session, coordinator, made.id, 1, replace(MOROCCAN, region="Rabat"), NOW)
    with pytest.raises(Conflict):
        service.change_cohort(session, coordinator, made.id, 1, replace(MOROCCAN, region="Fes"), NOW)
    assert made.region == "Rabat"
    assert not service.change_cohort(session, coordinator, made.id, 2, replace(MOROCCAN, region="Rabat"), NOW)


def test_cohort_goes_step_by_step(session: Session, coordinator: Person) -> None:
    """A lead first, one step at a time, back to draft only while empty; closing plans the three questions."""
    made = service.open_cohort(session, coordinator, MOROCCAN, NOW)
    with pytest.raises(Refused):
        service.move_cohort(session, coordinator, made.id, State.OPEN, NOW)
    put_user(session, "lead@example.org")
    staffing.add_agreed_staff(session, coordinator, made.id, "lead@example.org", StaffRole.LEAD, NOW)
    with pytest.raises(Refused):
        service.move_cohort(session, coordinator, made.id, State.CLOSED, NOW)
    service.move_cohort(session, coordinator, made.id, State.OPEN, NOW)
    put_member(session, made, "a@example.org")
    with pytest.raises(Refused):
        service.move_cohort(session, coordinator, made.id, State.DRAFT, NOW)
    service.move_cohort(session, coordinator, made.id, State.RUNNING, NOW)
    with pytest.raises(Refused):
        service.archive_cohort(session, coordinator, made.id, away=True, now=NOW)
    service.move_cohort(session, coordinator, made.id, State.CLOSED, NOW)
    service.move_cohort(session, coordinator, made.id, State.CLOSED, NOW)
    assert [row.due_on for row in session.scalars(select(FollowUp))] == [date(2027, 2, 24)]
    service.archive_cohort(session, coordinator, made.id, away=True, now=NOW)
    assert made.archived_at == NOW
    kinds = session.scalars(select(CohortEvent.kind).where(CohortEvent.cohort_id == made.id).order_by(CohortEvent.id))
    assert list(kinds) == ["opened", "staff-added", "moved", "moved", "moved", "archived"]


def test_copy_takes_a_doubled_meeting_once(session: Session, coordinator: Person) -> None:
    """Two groups in two rooms are two meetings; the same one planned twice by mistake is one in the copy."""
    old = service.open_cohort(session, coordinator, MOROCCAN, NOW)
    for room in ("Room 4", "Room 4", "Room 5"):
        put_meeting(session, old, NOW + timedelta(days=3), room=room)
    new = service.copy_cohort(session, coordinator, old.id, "Summer", date(2027, 6, 1), NOW)
    rooms = session.scalars(select(Meeting.room).where(Meeting.cohort_id == new.id).order_by(Meeting.room))
    assert list(rooms) == ["Room 4", "Room 5"]


def test_copy_keeps_hours_of_the_clock_across_daylight_saving(session: Session, coordinator: Person) -> None:
    """Nine o'clock in Berlin's summer is nine o'clock in its winter; people and marks stay behind."""
    old = put_cohort(session, time_zone="Europe/Berlin", country="MA")
    put_staff(session, old, "lead@example.org", "lead")
    put_member(session, old, "a@example.org")
    for day in (1, 2):
        put_meeting(session, old, datetime(2026, 7, day, 7, 0, tzinfo=UTC), hours=2)
    put_meeting(session, old, datetime(2026, 7, 3, 7, 0, tzinfo=UTC), state="cancelled")
    new = service.copy_cohort(session, coordinator, old.id, "Winter", date(2026, 12, 1), NOW)
    hours = [one.starts_at.astimezone(ZoneInfo("Europe/Berlin")) for one in _meetings(session, new)]
    assert [(hour.date(), hour.hour) for hour in hours] == [(date(2026, 12, 1), 9), (date(2026, 12, 2), 9)]
    assert [line.role for line in staff_of(session, new.id)] == ["lead"]
    assert service.active_people(session, new.id) == 0


def _meetings(session: Session, cohort: Cohort) -> list[Meeting]:
    found = select(Meeting).where(Meeting.cohort_id == cohort.id).order_by(Meeting.starts_at)
    return list(session.scalars(found))


def test_who_trains_does_not_judge_and_who_is_trained_does_not_work(session: Session, coordinator: Person) -> None:
    """A lead cannot be examiner of the same cohort, nor a trainee its trainer; the last lead of a live cohort stays."""
    cohort = put_cohort(session)
    put_staff(session, cohort, "lead@example.org", "lead")
    put_member(session, cohort, "trainee@example.org")
    for email, role in (("lead@example.org", StaffRole.EXAMINER), ("trainee@example.org", StaffRole.OBSERVER)):
        with pytest.raises(Refused):
            staffing.ask_staff(session, coordinator, cohort.id, email, role, NOW)
        with pytest.raises(Refused):
            staffing.add_agreed_staff(session, coordinator, cohort.id, email, role, NOW)
    with pytest.raises(NotFound):
        staffing.add_agreed_staff(session, coordinator, cohort.id, "nobody@example.org", StaffRole.TRAINER, NOW)
    (lead,) = staff_of(session, cohort.id)
    with pytest.raises(Refused):
        staffing.end_staff(session, coordinator, cohort.id, lead.id, NOW)
    put_user(session, "second@example.org")
    staffing.add_agreed_staff(session, coordinator, cohort.id, "second@example.org", StaffRole.LEAD, NOW)
    staffing.end_staff(session, coordinator, cohort.id, lead.id, NOW)
    assert [line.email for line in staff_of(session, cohort.id)] == ["second@example.org"]
    assert [line.email for line in staff_of(session, cohort.id, past=True)] == [
        "second@example.org",
        "lead@example.org",
    ]


@pytest.mark.parametrize(
    "changes",
    [{"threshold": 79}, {"course_mark": 10}, {"teach_backs": 0}, {"validity_months": 60}],
    ids=lambda changes: next(iter(changes)),
)
def test_only_a_coordinator_asks_less_of_future_trainers(
    session: Session, coordinator: Person, changes: dict[str, int]
) -> None:
    """A lead cannot lower the bar before certifying, nor a trainer open below it; a coordinator may, and it then stands."""
    made = service.open_cohort(session, coordinator, MOROCCAN, NOW)
    lead = _person(session, "lead@example.org")
    less = replace(MOROCCAN, **changes)  # type: ignore[arg-type] # each row names real fields
    with pytest.raises(NotAllowed):
        service.change_cohort(session, lead, made.id, 1, less, NOW)
    _put_right(session, lead.id)
    with pytest.raises(NotAllowed):
        service.open_cohort(session, lead, less, NOW)
    assert service.open_cohort(session, lead, replace(less, kind=Kind.AUDIENCE), NOW).generation == 2
    assert service.change_cohort(session, coordinator, made.id, 1, less, NOW)
    assert service.change_cohort(session, lead, made.id, 2, replace(less, region="Rabat"), NOW)


def test_courses_are_changed_under_the_cohorts_own_right_alone(session: Session) -> None:
    """A co-trainer with another right does not decide about the courses of somebody else's cohort."""
    trainer, other = _person(session, "trainer@example.org"), _person(session, "other@example.org")
    _put_right(session, trainer.id)
    made = service.open_cohort(session, trainer, MOROCCAN, NOW)
    _put_right(session, other.id, course_ids=["cop-parents", "second"])
    with pytest.raises(NotAllowed):
        service.change_cohort(session, other, made.id, 1, replace(MOROCCAN, course_ids=("second",)), NOW)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, set()),
        ({"title": "  "}, {"title"}),
        ({"title": "x" * 201}, {"title"}),
        ({"country": "XX"}, {"country"}),
        ({"time_zone": "Mars/Base"}, {"time_zone"}),
        ({"languages": ()}, {"languages"}),
        ({"languages": ("tlh",)}, {"languages"}),
        ({"course_ids": ("gone",)}, {"course_ids"}),
        ({"capacity": 4}, {"capacity"}),
        ({"capacity": None}, set()),
        ({"threshold": 0}, {"threshold"}),
        ({"threshold": 101, "course_mark": -1}, {"threshold", "course_mark"}),
        ({"teach_backs": 11, "validity_months": 0}, {"teach_backs", "validity_months"}),
        ({"kind": "party", "audience": "everybody"}, {"kind", "audience"}),
    ],
)  # fmt: skip
def test_wrong_details_are_told_at_their_fields(changes: dict[str, object], fields: set[str]) -> None:
    """All that is wrong at once, each at its own field; five people take part already."""
    details = replace(MOROCCAN, **changes)  # type: ignore[arg-type] # each row names real fields
    assert set(problems_of(details, ["cop-parents"], ["ar", "en"], active=5)) == fields


def test_training_never_becomes_a_series_and_a_series_opens_with_an_organiser(
    session: Session, coordinator: Person
) -> None:
    """Both are refused with their sentence, and nothing is changed."""
    training, series = put_cohort(session), put_cohort(session, kind=Kind.SERIES, state="draft")
    for one, kind in ((training, Kind.SERIES), (series, Kind.TRAINERS)):
        with refuses(session, "A training does not become a series, nor a series a training."):
            service.change_cohort(
                session, coordinator, one.id, one.rev, replace(service.details_of(one), kind=kind), NOW
            )
    with refuses(session, "Name an organiser in charge first"):
        service.move_cohort(session, coordinator, series.id, State.OPEN, NOW)
