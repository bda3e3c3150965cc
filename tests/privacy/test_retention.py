"""Three years of the day's work: whatever the registry gives an end to is gone by then, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import EndedSession, Invitation, User
from coplearn.accounts.rules import Granted
from coplearn.accounts.service import add_user, end_session
from coplearn.administration.people.rules import Invited
from coplearn.administration.people.service.invitations import invite
from coplearn.cohorts.common.models.cohort import Membership, RosterImport, StaffRequest
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.learning.models import Learner
from coplearn.learning.service import start_visitor
from coplearn.outbox.models import Letter
from coplearn.privacy.rules import TERMS
from coplearn.rooms.models import Room
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.storage.form_keys import TakenForm, take_form
from coplearn.tokens.models import ApiToken
from coplearn.tokens.rules import TokenKind
from coplearn.tokens.service import make_token
from tests.cohorts.traces import put_letter
from tests.cohorts.worlds import put_certification, put_cohort, put_member, put_roster

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
YEARS = 3
OF_FILES = {"roster_file", "roster_lines", "asked_contact"}
"""What ends files beside the database has tests of its own (tests/cohorts/people), and what hangs on a consultation's last day
(tests/consultations/test_consulting.py)."""


def put_everything(session: Session) -> None:
    """One of each thing that has an end, as old as now."""
    start_visitor(session, NOW, NOW)
    user = add_user(session, "unconfirmed@example.org", "en", NOW)
    user.confirmed_at = None
    keeper = add_user(session, "keeper@example.org", "en", NOW)
    end_session(session, "k" * 32 + ".1", keeper.id, NOW + TERMS["session"].span)
    # Good to the end of yesterday.
    make_token(
        session, keeper.id, TokenKind.PERSONAL, "A", ["self:read"], (NOW - timedelta(days=1)).date(), NOW
    ).token.until = NOW
    put_letter(session, "reader@example.org", "hello")
    take_form(session, "f" * 64, NOW)
    session.add(Room(public_id="r" * 16, code="ABCDEF", page="drills.room", opened_at=NOW, expires_at=NOW))
    cohort = put_cohort(session)
    cohort.archived_at = NOW
    put_member(session, cohort, None, name="Amina", phone="+212612345678").email = "amina@example.org"
    holder = put_member(session, cohort, None, name="Karim")
    holder.email = "karim@example.org"
    put_certification(session, cohort, holder).valid_until = NOW + timedelta(days=365 * 4)
    invited, role = Invited("new@example.org", "New"), Granted(Role.TRANSLATOR)
    somebody = Person(keeper.id, "Keeper", keeper.email, "en", (Granted(Role.ADMIN),))
    invite(session, somebody, [invited], role, "en", NOW)
    session.add(StaffRequest(public_id="s" * 16, cohort_id=cohort.id, email="a@example.org", role="lead", asked_at=NOW))
    put_roster(session, cohort, file_name="people.csv")
    session.execute(update(RosterImport).values(created_at=NOW))
    session.execute(update(Letter).values(state="sent", created_at=NOW))
    session.commit()


def what_is_left(session: Session) -> set[str]:
    """Names of the terms whose thing is still there."""
    found = {
        "visitor": select(Learner.id).where(Learner.user_id.is_(None)),
        "unconfirmed": select(User.id).where(User.confirmed_at.is_(None)),
        "session": select(EndedSession.key),
        "api_token": select(ApiToken.id),
        "letter": select(Letter.id).where(Letter.to_address != ""),
        "form": select(TakenForm.key),
        "room": select(Room.id),
        "contact": select(Membership.id).where(Membership.email == "amina@example.org"),
        "invitation": select(Invitation.id),
        "request": select(StaffRequest.id),
        "roster_report": select(RosterImport.id).where(RosterImport.file_name != ""),
    }
    return {name for name, query in found.items() if session.scalars(query).first() is not None}


@pytest.fixture
def app_of_then(each_app: Flask) -> Flask:
    """A site with one of each, in the spring of 2026."""
    with each_app.app_context():
        put_everything(current_session(each_app))
    return each_app


def test_each_thing_goes_on_its_day_and_not_before(app_of_then: Flask) -> None:
    """The day before it is there, the day after it is not; three years later only what has no end is left."""
    settings, jobs = site_of(app_of_then).settings, site_of(app_of_then).jobs
    days = {name: term.days_here(settings) for name, term in TERMS.items() if term.counts and name not in OF_FILES}
    looked = sorted({day + around for day in days.values() for around in (-1, 1)})
    for day in looked:
        with time_machine.travel(NOW + timedelta(days=day), tick=False), app_of_then.app_context():
            jobs.run_daily(utcnow())
            left = what_is_left(current_session(app_of_then))
        assert left == {name for name, end in days.items() if end > day}, day
    assert looked[-1] >= YEARS * 365
    with app_of_then.app_context():
        session = current_session(app_of_then)
        assert session.scalars(select(User.email)).all() == ["keeper@example.org"]
        assert set(session.scalars(select(Membership.name))) == {"Amina", "Karim"}
        assert set(session.scalars(select(Membership.email))) == {None, "karim@example.org"}
        assert set(session.scalars(select(Membership.phone))) == {""}
