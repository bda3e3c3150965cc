"""Asking somebody to work in a cohort: they say yes themselves, and whoever asks learns nothing of an address before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import user_by_email
from coplearn.cohorts.common.models.cohort import Cohort, StaffRequest
from coplearn.cohorts.common.queries import Person, staff_of
from coplearn.cohorts.common.rules.words import StaffRole
from coplearn.cohorts.people.queries import open_request, requests_in, staff_offers_for
from coplearn.cohorts.people.service import staffing
from coplearn.i18n import formats
from coplearn.kernel.clock import end_of, utcnow
from coplearn.kernel.errors import NotFound, Refused
from coplearn.outbox.models import Letter
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.finishing import as_person
from tests.cohorts.worlds import NOW, put_cohort, put_member, put_staff, put_user, signed_in_client

KNOWN, UNKNOWN = "known@example.org", "wholly.unknown@example.org"
NAME = "Fernando Mena"


@dataclass(frozen=True)
class Place:
    """A running cohort, its lead's browser, and that of somebody with an account."""

    app: Flask
    lead: FlaskClient
    known: FlaskClient
    cohort: str

    def ask(self, email: str, role: str = "examiner", last_day: str = "") -> str:
        """Ask as the lead; what the page says then, without what is made anew for each page."""
        page = f"/en/cohorts/{self.cohort}/staff"
        form = hidden_fields(self.lead.get(page).text) | {"email": email, "role": role, "last_day": last_day}
        answer = self.lead.post(page, data=form)
        assert answer.status_code == 303
        said = self.lead.get(answer.location).text
        return re.sub(r'value="[^"]{20,}"|asked/\w+', "", said).replace(email, "ADDRESS")

    def asked_id(self, email: str) -> str:
        """What names the question in the letter."""
        with self.app.app_context():
            found = select(StaffRequest.public_id).where(StaffRequest.email == email)
            return current_session(self.app).scalars(found).one()


@pytest.fixture
def place(each_app: Flask) -> Place:
    """The lead and the other, who is confirmed."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort = put_cohort(session)
        put_staff(session, cohort, "lead@example.org", "lead")
        put_user(session, KNOWN, NAME)
        for email in (KNOWN, "lead@example.org"):
            user = user_by_email(session, email)
            assert user is not None
            user.confirmed_at = NOW
        session.commit()
        keys = {user.email: user.fs_uniquifier for user in session.scalars(select(User))}
        lead, known = (signed_in_client(each_app, keys[email]) for email in ("lead@example.org", KNOWN))
        return Place(each_app, lead, known, cohort.public_id)


def test_page_says_the_same_of_a_known_and_an_unknown_address(place: Place) -> None:
    """The typed address stands as asked; no name, no account, and each of them gets a letter."""
    known = place.ask(KNOWN)
    place.lead.post(
        f"/en/cohorts/{place.cohort}/staff/asked/{place.asked_id(KNOWN)}/end",
        data=hidden_fields(place.lead.get(f"/en/cohorts/{place.cohort}/staff").text),
    )
    place.lead.get("/en/cohorts/")
    unknown = place.ask(UNKNOWN)
    assert known == unknown
    assert "ADDRESS" in known
    assert "Fernando" not in known + place.lead.get(f"/en/cohorts/{place.cohort}/").text
    with place.app.app_context():
        letters = current_session(place.app).scalars(select(Letter.to_address).where(Letter.kind == "cohort-staff"))
        assert sorted(letters) == [KNOWN, UNKNOWN]


def test_who_is_asked_says_yes_and_only_then_works_there(place: Place) -> None:
    """Their name shows from then on; before, the cohort is closed to them."""
    place.ask(KNOWN)
    asked = f"/en/cohorts/asked/{place.asked_id(KNOWN)}"
    assert place.known.get(f"/en/cohorts/{place.cohort}/").status_code == 404
    assert asked in place.known.get("/en/cohorts/").text
    form = hidden_fields(place.known.get(asked).text)
    assert place.known.post(asked, data=form | {"answer": "yes"}).location == f"/en/cohorts/{place.cohort}/"
    assert place.known.get(f"/en/cohorts/{place.cohort}/").status_code == 200
    page = place.lead.get(f"/en/cohorts/{place.cohort}/staff").text
    assert NAME in page
    assert "asked on" not in page
    assert place.known.get(asked).status_code == 404


def test_work_ends_by_itself_after_its_last_day(place: Place) -> None:
    """They are told the day before they say yes, work up to its end, and stand among those who worked there from then on."""
    now = utcnow()
    until = f"until {formats.day(now, site_of(place.app).locales.source)}"
    with time_machine.travel(now, tick=False):
        place.ask(KNOWN, last_day=f"{now:%Y-%m-%d}")
        asked = f"/en/cohorts/asked/{place.asked_id(KNOWN)}"
        page = place.known.get(asked).text
        assert until in page
        place.known.post(asked, data=hidden_fields(page) | {"answer": "yes"})
        assert until in place.lead.get(f"/en/cohorts/{place.cohort}/staff").text
    midnight = end_of(now.date())
    with time_machine.travel(midnight - timedelta(seconds=1), tick=False):
        assert place.known.get(f"/en/cohorts/{place.cohort}/").status_code == 200
    with time_machine.travel(midnight, tick=False):
        assert place.known.get(f"/en/cohorts/{place.cohort}/").status_code == 404
        page = place.lead.get(f"/en/cohorts/{place.cohort}/staff").text
        assert NAME in page.partition("Who worked in it before")[2]
        assert "until" not in page.partition("Who worked in it before")[0]
        with place.app.app_context():
            cohort = current_session(place.app).scalars(select(Cohort)).one()
            assert [line.role for line in staff_of(current_session(place.app), cohort.id)] == [StaffRole.LEAD]


def test_question_about_work_whose_last_day_is_over_is_closed(session: Session) -> None:
    """Nobody is asked any more, and nobody sees it as open."""
    cohort, lead = put_cohort(session), _lead(session)
    now = utcnow()
    staffing.ask_staff(session, lead, cohort.id, UNKNOWN, StaffRole.TRAINER, now, now + timedelta(hours=1))
    (asked,) = requests_in(session, cohort.id, now)
    assert open_request(session, asked.public_id, now) is not None
    later = now + timedelta(hours=1)
    assert requests_in(session, cohort.id, later) == []
    assert open_request(session, asked.public_id, later) is None


def _lead(session: Session) -> Person:
    put_user(session, "lead@example.org")
    return as_person(session, "lead@example.org")


def test_last_day_can_be_given_later_and_taken_away(session: Session) -> None:
    """Naming somebody again who works there already changes the day, and nothing else."""
    cohort, lead = put_cohort(session), _lead(session)
    put_staff(session, cohort, KNOWN, "trainer")
    now = utcnow()
    for until in (end_of(now.date()), None):
        assert staffing.ask_staff(session, lead, cohort.id, KNOWN, StaffRole.TRAINER, now, until)
        (line,) = staff_of(session, cohort.id)
        assert (line.until, line.ended_at) == (until, None)


def test_who_leads_has_no_last_day_and_no_day_is_over_already(session: Session) -> None:
    """A cohort is never without a lead by the passing of a night."""
    cohort, lead = put_cohort(session), _lead(session)
    now = utcnow()
    for role, until in ((StaffRole.LEAD, end_of(now.date())), (StaffRole.TRAINER, now)):
        with pytest.raises(Refused):
            staffing.ask_staff(session, lead, cohort.id, KNOWN, role, now, until)
    assert not session.scalars(select(StaffRequest)).all()


def test_who_says_no_stays_a_stranger(place: Place) -> None:
    """The lead sees that the address said no, and no name."""
    place.ask(KNOWN)
    asked = f"/en/cohorts/asked/{place.asked_id(KNOWN)}"
    form = hidden_fields(place.known.get(asked).text)
    assert place.known.post(asked, data=form | {"answer": "no"}).status_code == 303
    page = place.lead.get(f"/en/cohorts/{place.cohort}/staff").text
    assert "said no on" in page
    assert "Fernando" not in page
    assert place.known.get(asked).status_code == 404
    assert place.known.get(f"/en/cohorts/{place.cohort}/").status_code == 404


def test_letter_that_was_handed_on_lets_nobody_else_in(place: Place) -> None:
    """Only the account of the address that was asked may answer; a visitor is asked to sign in."""
    place.ask(UNKNOWN)
    asked = f"/en/cohorts/asked/{place.asked_id(UNKNOWN)}"
    page = place.known.get(asked)
    assert page.status_code == 200
    assert UNKNOWN not in page.text
    assert 'name="answer"' not in page.text
    form = hidden_fields(place.known.get("/en/help").text)
    place.known.post(asked, data=form | {"answer": "yes"})
    assert place.known.get(f"/en/cohorts/{place.cohort}/").status_code == 404
    visitor = place.app.test_client()
    assert "/en/sign-up?next=" in visitor.get(asked).text


def _asked(session: Session) -> tuple[Person, StaffRequest, int]:
    cohort = put_cohort(session)
    put_user(session, KNOWN, NAME)
    put_staff(session, cohort, "lead@example.org", "lead")
    lead = as_person(session, "lead@example.org")
    assert staffing.ask_staff(session, lead, cohort.id, KNOWN, StaffRole.EXAMINER, NOW) is False
    (asked,) = requests_in(session, cohort.id, NOW)
    return as_person(session, KNOWN), asked, cohort.id


def test_address_that_is_not_confirmed_answers_nothing(session: Session) -> None:
    """Whoever makes an account for somebody else's address gets no role by it."""
    person, asked, cohort_id = _asked(session)
    session.get_one(User, person.id).confirmed_at = None
    session.flush()
    assert staff_offers_for(session, person, NOW) == []
    with pytest.raises(NotFound):
        staffing.accept_request(session, person, asked.public_id, NOW)
    assert [line.role for line in staff_of(session, cohort_id)] == ["lead"]


def test_question_ends_after_a_month_and_is_forgotten(session: Session) -> None:
    """Nobody comes in by an old letter, and nobody's address stays."""
    person, asked, cohort_id = _asked(session)
    session.get_one(User, person.id).confirmed_at = NOW
    late = NOW + timedelta(days=30)
    with pytest.raises(NotFound):
        staffing.accept_request(session, person, asked.public_id, late)
    assert requests_in(session, cohort_id, late) == []
    staffing.forget_requests(session, late)
    assert session.scalars(select(StaffRequest)).all() == []


def test_who_came_to_be_trained_meanwhile_cannot_accept(session: Session) -> None:
    """By an address that the list does not have: the answer finds out what the question may not tell."""
    person, asked, cohort_id = _asked(session)
    session.get_one(User, person.id).confirmed_at = NOW
    cohort = put_cohort(session)
    member = put_member(session, cohort, None)
    member.cohort_id, member.user_id = cohort_id, person.id
    session.flush()
    with pytest.raises(Refused):
        staffing.accept_request(session, person, asked.public_id, NOW)


def test_asking_again_writes_one_letter_a_day(session: Session) -> None:
    """Whoever presses often writes no more letters than that."""
    person, _, cohort_id = _asked(session)
    lead = as_person(session, "lead@example.org")
    for hours in (1, 2, 26):
        staffing.ask_staff(session, lead, cohort_id, person.email, StaffRole.EXAMINER, NOW + timedelta(hours=hours))
    assert len(session.scalars(select(Letter).where(Letter.kind == "cohort-staff")).all()) == 2
    assert len(requests_in(session, cohort_id, utcnow())) <= 1
