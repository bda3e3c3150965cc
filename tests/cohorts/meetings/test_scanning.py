"""A scanned card leads to the right meeting."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_staff, signed_in_client


def test_card_leads_to_the_meeting_that_is_on_or_has_just_ended(app: Flask) -> None:
    """The next one when its door is open; else the one whose door is not closed yet; else none."""
    now = utcnow()
    with app.app_context():
        session, cohort = current_session(app), put_cohort(current_session(app))
        put_staff(session, cohort, "trainer@example.org", "trainer")
        card = put_member(session, cohort, "ani@example.org").public_id
        put_meeting(session, cohort, now - timedelta(hours=5), hours=2, title="Morning")
        ended = put_meeting(session, cohort, now - timedelta(hours=2), hours=1.8, title="Before").public_id
        opens = put_meeting(session, cohort, now + timedelta(minutes=20), title="Next").public_id
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "trainer@example.org")).one()
        path = f"/en/cohorts/{cohort.public_id}/card/{card}"
        session.commit()
    trainer = signed_in_client(app, key)
    for meeting in (opens, ended):
        assert f"/meetings/{meeting}/card/{card}" in trainer.get(path).location
        with app.app_context():
            current_session(app).execute(update(Meeting).where(Meeting.public_id == meeting).values(state="cancelled"))
            current_session(app).commit()
    assert trainer.get(path).location.endswith("/meetings")
