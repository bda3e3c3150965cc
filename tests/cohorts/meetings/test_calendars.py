"""Timetables and the calendars made of them: hours that are right, addresses that are private, and nothing betrayed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent, CohortStaff
from coplearn.cohorts.common.models.meeting import Attendance, Meeting
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.meetings.calendars import CalendarEntry, attached
from coplearn.cohorts.meetings.rules.meetings import MeetingDetails
from coplearn.cohorts.meetings.service import meetings as service
from coplearn.cohorts.meetings.service.meetings import keep_wall_clock
from coplearn.kernel.errors import Conflict, Refused
from coplearn.storage.database import current_session
from tests.cohorts.worlds import NOW, put_cohort, put_meeting, put_member, put_staff, put_user

DAY = MeetingDetails(
    title="Child protection basics", day=date(2027, 3, 26), begins=time(9), ends=time(12), room="Room 4"
)


@pytest.fixture
def lead(session: Session) -> Person:
    """Who plans."""
    return Person(put_user(session, "lead@example.org", "Rita"), "Rita", "", "en", ())


def hours(cohort: Cohort, meetings: list[Meeting]) -> list[str]:
    """When meetings begin, by the clock of UTC."""
    return [f"{one.starts_at.astimezone(UTC):%d %H:%M}" for one in meetings]


def test_days_over_the_change_of_clocks_keep_their_hour(session: Session, lead: Person) -> None:
    """Nine in the morning in Berlin is eight and then seven in UTC, the weekend the clocks go forward."""
    cohort = put_cohort(session, time_zone="Europe/Berlin")
    made = service.plan_days(session, lead, cohort.id, DAY, 4, (), NOW)
    assert hours(cohort, made) == ["26 08:00", "27 08:00", "28 07:00", "29 07:00"]
    copied = service.copy_day(session, lead, cohort.id, date(2027, 3, 27), date(2027, 10, 31), NOW)
    assert hours(cohort, copied) == ["31 08:00"]
    assert len(list(session.scalars(select(CohortEvent).where(CohortEvent.kind == "meeting-planned")))) == 5


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("Europe/Berlin", date(2027, 3, 28), time(2, 30)),
        ("Africa/Casablanca", date(2027, 2, 7), time(2, 30)),
        ("America/Nassau", date(2027, 11, 7), time(1, 30)),
    ],
)
def test_days_with_an_hour_that_is_not_one_are_refused_whole(
    session: Session, lead: Person, zone: str, day: date, begins: time
) -> None:
    """A gap or a fold on one day plans none of the days, and names that day."""
    cohort = put_cohort(session, time_zone=zone)
    asked = replace(DAY, day=day - timedelta(days=1), begins=begins, ends=time(6))
    with pytest.raises(Refused) as refusal:
        service.plan_days(session, lead, cohort.id, asked, 3, (), NOW)
    assert refusal.value.phrase.params == {"day": day}


def test_days_that_end_before_they_begin_are_not_blamed_on_the_clock(session: Session, lead: Person) -> None:
    """Hours typed the wrong way round are told as what they are, on days whose clock nobody changes."""
    cohort = put_cohort(session)
    asked = replace(DAY, begins=time(16), ends=time(9))
    with pytest.raises(Refused, match="ends after it begins"):
        service.plan_days(session, lead, cohort.id, asked, 3, (), NOW)


def test_change_of_zone_moves_what_is_ahead_and_leaves_what_was(session: Session) -> None:
    """A cohort opened in the wrong zone: the hours people typed are the ones they meant."""
    cohort = put_cohort(session, time_zone="Europe/Berlin")
    past = put_meeting(session, cohort, NOW - timedelta(days=1))
    ahead = put_meeting(session, cohort, datetime(2027, 1, 10, 8, 0, tzinfo=UTC))
    assert keep_wall_clock(session, cohort.id, "Europe/Berlin", "Asia/Yerevan", NOW) == 1
    assert (past.starts_at, past.sequence) == (NOW - timedelta(days=1), 0)
    assert (ahead.starts_at, ahead.sequence) == (datetime(2027, 1, 10, 5, 0, tzinfo=UTC), 1)
    assert ahead.ends_at - ahead.starts_at == timedelta(hours=3)


def test_meeting_from_a_stale_page_is_not_overwritten(session: Session, lead: Person) -> None:
    """The second of two who save is told, and what the first saved stands."""
    cohort = put_cohort(session)
    meeting = service.plan_meeting(session, lead, cohort.id, DAY, NOW)
    service.change_meeting(session, lead, cohort.id, meeting.public_id, 1, replace(DAY, room="Hall"), NOW)
    with pytest.raises(Conflict):
        service.change_meeting(session, lead, cohort.id, meeting.public_id, 1, replace(DAY, room="Cellar"), NOW)
    assert (meeting.room, meeting.rev, meeting.sequence) == ("Hall", 2, 1)
    service.change_meeting(session, lead, cohort.id, meeting.public_id, 2, replace(DAY, room="Hall"), NOW)
    assert (meeting.rev, meeting.sequence) == (2, 1)


def test_meeting_that_was_held_is_neither_cancelled_nor_moved_ahead(session: Session, lead: Person) -> None:
    """Somebody's attendance hangs on it."""
    cohort = put_cohort(session)
    meeting = put_meeting(session, cohort, NOW - timedelta(days=1))
    member = put_member(session, cohort, None)
    session.add(Attendance(meeting_id=meeting.id, membership_id=member.id, status="present", rev=1, updated_at=NOW))
    session.flush()
    with pytest.raises(Refused):
        service.set_cancelled(session, lead, cohort.id, meeting.public_id, cancelled=True, now=NOW)
    with pytest.raises(Refused):
        service.change_meeting(session, lead, cohort.id, meeting.public_id, 1, DAY, NOW)


def test_meetings_cannot_make_up_for_each_other_in_a_ring(session: Session, lead: Person) -> None:
    """The first would make up for itself."""
    cohort = put_cohort(session)
    first = service.plan_meeting(session, lead, cohort.id, DAY, NOW)
    second = service.plan_meeting(session, lead, cohort.id, replace(DAY, makes_up=first.public_id), NOW)
    assert second.makes_up_id == first.id
    with pytest.raises(Refused):
        service.change_meeting(
            session, lead, cohort.id, first.public_id, 1, replace(DAY, makes_up=second.public_id), NOW
        )


def feed(client: FlaskClient, token: str, **headers: str) -> tuple[int, str]:
    """What a calendar program gets."""
    answer = client.get(f"/calendar/{token}.ics", headers=headers)
    return answer.status_code, answer.text


def test_calendar_is_read_back_as_it_was_planned(app: Flask) -> None:
    """Instants in UTC, one lasting name a meeting, cancelled ones said so, the cohort's name, and no meeting's own title."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session, title="Spring in Rabat", languages=["fr"])
        kept = put_meeting(session, cohort, NOW, title="Grooming", mandatory=True, link="https://meet.example.org/j/1")
        off = put_meeting(session, cohort, NOW + timedelta(days=1), title="Images", state="cancelled", sequence=3)
        session.commit()
        token, names, moment = cohort.calendar_token, [kept.public_id, off.public_id], kept.starts_at
    client = app.test_client()
    answer = client.get(f"/calendar/{token}.ics")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/calendar", "private, max-age=300")
    for word in ("Grooming", "Images", "coplearn.org", "COP "):
        assert word not in answer.text
    calendar = Calendar.from_ical(answer.data)
    first, second = calendar.walk("VEVENT")
    # Somebody in three cohorts tells them apart.
    assert all("Spring in Rabat" in str(one["summary"]) for one in (first, second))
    assert first.decoded("dtstart") == moment
    assert f"DTSTART:{moment:%Y%m%dT%H%M%S}Z" in answer.text
    assert [str(one["uid"]) for one in (first, second)] == [f"meeting-{name}" for name in names]
    assert (str(first["status"]), str(second["status"]), second.decoded("sequence")) == ("CONFIRMED", "CANCELLED", 3)
    assert (str(first["location"]), str(first["url"])) == ("Room 4", "https://meet.example.org/j/1")
    assert max(len(line) for line in answer.data.split(b"\r\n")) <= 75
    again = client.get(f"/calendar/{token}.ics", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_calendar_addresses_open_what_they_should_and_renewing_closes_the_old(app: Flask) -> None:
    """A trainee's, a trainer's with all their cohorts, a cohort's; and nothing for who has left."""
    with app.app_context():
        session = current_session(app)
        cohort, other = put_cohort(session), put_cohort(session)
        put_meeting(session, cohort, NOW)
        put_meeting(session, other, NOW)
        user_id = put_staff(session, cohort, "trainer@example.org", "trainer")
        put_staff(session, other, "trainer@example.org", "trainer")
        member = put_member(session, cohort, "trainee@example.org", locale="ar")
        own = service.renew_staff_calendar(session, cohort.id, user_id) or ""
        session.commit()
        old, ids = member.calendar_token or "", (cohort.id, member.id)
    client = app.test_client()
    assert feed(client, own)[1].count("BEGIN:VEVENT") == 2
    assert feed(client, old)[1].count("BEGIN:VEVENT") == 1
    with app.app_context():
        session = current_session(app)
        new = service.renew_member_calendar(session, ids[1])
        session.commit()
    assert feed(client, old)[0] == 404
    assert feed(client, new)[0] == 200
    with app.app_context():
        session = current_session(app)
        for row in session.scalars(select(CohortStaff)):
            row.ended_at = NOW
        session.commit()
    assert feed(client, own)[0] == 404
    assert feed(client, "None")[0] == 404


def test_file_for_a_message_takes_a_cancelled_meeting_out() -> None:
    """The same name and a higher number: the program finds its own entry again. Hostile text stays text."""
    entry = CalendarEntry(
        "meeting-1", "Meeting", NOW, NOW + timedelta(hours=1), NOW, 1, False, "Room;4,\nEND:VCALENDAR", "", "a\\b"
    )
    planned = Calendar.from_ical(attached([entry]))
    gone = Calendar.from_ical(attached([replace(entry, cancelled=True, sequence=2)]))
    assert [str(one["method"]) for one in (planned, gone)] == ["PUBLISH", "CANCEL"]
    (event,), (cancelled,) = planned.walk("VEVENT"), gone.walk("VEVENT")
    assert str(event["uid"]) == str(cancelled["uid"])
    assert cancelled.decoded("sequence") > event.decoded("sequence")
    assert str(event["location"]) == "Room;4,\nEND:VCALENDAR"
