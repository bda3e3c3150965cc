"""News of meetings for a large cohort: the machine writes it, and only while it is true."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.cohorts.meetings.rules.meetings import MeetingDetails
from coplearn.cohorts.meetings.service import notices
from coplearn.cohorts.meetings.service.meetings import plan_days, plan_meeting
from coplearn.cohorts.meetings.service.notices import tell_later, tell_new_later
from coplearn.kernel.clock import utcnow
from coplearn.outbox.models import Letter
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.finishing import as_person
from tests.cohorts.worlds import NOW, put_cohort, put_meeting, put_member, put_staff

PEOPLE = ("a@example.org", "b@example.org")


def _cohort(session: Session, state: str = "running") -> Cohort:
    cohort = put_cohort(session, state=state)
    for email in PEOPLE:
        put_member(session, cohort, email)
    return cohort


def _told(session: Session) -> list[tuple[str, str]]:
    """Whom a letter was written to, and what it says."""
    rows = session.scalars(select(Letter).where(Letter.kind.startswith("cohort-meeting")).order_by(Letter.id))
    return [(one.to_address, one.params.get("what", "several")) for one in rows]


@pytest.mark.parametrize("days", [1, 2])
def test_people_of_a_large_cohort_are_written_to_by_the_machine(
    each_app: Flask, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """The press writes no letter, the job writes everybody's: one for one meeting, and one for several."""
    monkeypatch.setattr(notices, "AT_ONCE", 1)
    now = utcnow()
    with each_app.app_context():
        session = current_session(each_app)
        cohort = _cohort(session)
        put_staff(session, cohort, "lead@example.org", "lead")
        lead = as_person(session, "lead@example.org")
        day = now.date() + timedelta(days=7)
        details = MeetingDetails(title="Day one", day=day, begins=time(9), ends=time(12))
        if days == 1:
            plan_meeting(session, lead, cohort.id, details, now)
        else:
            plan_days(session, lead, cohort.id, details, days, range(7), now)
        session.commit()
        assert _told(session) == []
        session.rollback()
        assert site_of(each_app).jobs.work_next()
        assert _told(session) == [(email, "planned" if days == 1 else "several") for email in PEOPLE]
        session.rollback()
        assert not site_of(each_app).jobs.work_next()


def test_news_that_is_no_longer_true_is_not_written(scratch: Session) -> None:
    """The job of the plan is tried again after that of the cancelling: nobody hears that the meeting is on."""
    cohort = _cohort(scratch)
    off = put_meeting(scratch, cohort, NOW + timedelta(days=2), state="cancelled")
    on, over = (
        put_meeting(scratch, cohort, NOW + timedelta(days=3)),
        put_meeting(scratch, cohort, NOW - timedelta(days=1)),
    )
    for meeting, what in ((off, "planned"), (off, "changed"), (on, "cancelled"), (over, "planned")):
        tell_later(scratch, meeting.id, what, NOW)
    tell_new_later(scratch, [off.id, over.id], NOW)
    assert _told(scratch) == []
    tell_later(scratch, off.id, "cancelled", NOW)
    assert _told(scratch) == [(email, "cancelled") for email in PEOPLE]
    tell_new_later(scratch, [off.id, on.id, over.id], NOW)
    assert _told(scratch)[2:] == [(email, "planned") for email in PEOPLE]


def test_nobody_hears_of_the_meetings_of_a_cohort_that_was_closed_meanwhile(scratch: Session) -> None:
    """A job may wait long."""
    meeting = put_meeting(scratch, _cohort(scratch, "closed"), NOW + timedelta(days=2))
    tell_later(scratch, meeting.id, "planned", NOW)
    tell_new_later(scratch, [meeting.id], NOW)
    assert _told(scratch) == []
