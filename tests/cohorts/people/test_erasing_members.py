"""Somebody without an account asks their trainer to be erased: all that tells who they are goes, what was counted stays."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import CardLearner, Cohort, Membership
from coplearn.cohorts.common.service import log_event
from coplearn.cohorts.people.service.joining import learn_with_card
from coplearn.kernel.clock import utcnow
from coplearn.learning.models import Learner
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.finishing import put_mark
from tests.cohorts.traces import everything, put_learning, put_letter
from tests.cohorts.worlds import (
    NOW,
    put_certification,
    put_cohort,
    put_evaluation,
    put_meeting,
    put_member,
    put_roster,
    put_staff,
    put_teach_back,
    signed_in_client,
)

CODE = "K7MP3WXA2B"
ADDRESS = "zqxwvj9@example.org"


def put_card_holder(session: Session, cohort: Cohort) -> Membership:
    """Somebody with a marker in every text that is kept of them, who learned with a card and was certified."""
    member = put_member(
        session, cohort, None, name="zqxwvj1", card_code=CODE, organisation="zqxwvj2", region="zqxwvj3", phone="zqxwvj4"
    )
    # Written to before the address was taken off again would leave it in letters: it stands there now.
    member.email = ADDRESS
    put_evaluation(session, put_teach_back(session, member))
    put_mark(session, put_meeting(session, cohort), member)
    put_certification(session, cohort, member)
    report = [[3, "email", "zqxwvj1", "No.", {"who": ADDRESS}, "fault"], [4, "email", "Another", "No.", {}, "fault"]]
    put_roster(session, cohort, report=json.dumps(report))
    session.execute(
        text("UPDATE evaluation SET note_to_trainee = 'zqxwvj5', note_internal = 'zqxwvj6', evidence_name = 'zqxwvj7'")
    )
    session.execute(text("UPDATE certification SET name = 'zqxwvj1', note = 'zqxwvj8'"))
    session.execute(text("UPDATE mark SET reason = 'zqxwvj10'"))
    put_letter(session, ADDRESS, "zqxwvj11")
    log_event(session, cohort.id, None, "person-added", NOW, member=member.public_id)
    learn_with_card(session, cohort.id, member.public_id, lambda _: "t" * 32, utcnow())
    put_learning(session, session.scalars(select(CardLearner.learner_id)).one(), "zqxwvj12", "zqxwvj13", "zqxwvj1")
    return member


class Site:
    """A cohort with a lead and a card's holder."""

    def __init__(self, app: Flask) -> None:
        """Fill the site."""
        self.app = app
        with app.app_context():
            session = current_session(app)
            cohort = put_cohort(session)
            put_staff(session, cohort, "lead@example.org", "lead")
            put_staff(session, cohort, "trainer@example.org", "trainer")
            self.path = f"/en/cohorts/{cohort.public_id}/people"
            self.member = put_card_holder(session, cohort).public_id
            session.commit()
            self.keys = {user.email: user.fs_uniquifier for user in session.scalars(select(User))}

    def client(self, email: str = "lead@example.org") -> FlaskClient:
        """Somebody who is signed in."""
        return signed_in_client(self.app, self.keys[email])

    @property
    def page(self) -> str:
        """The address of the person's page."""
        return f"{self.path}/{self.member}"

    def erase(self, client: FlaskClient, **sent: str) -> tuple[int, str]:
        """Press the button: the status, and the page that is then there."""
        token = hidden_fields(client.get("/en/help").text)["csrf_token"]
        answer = client.post(f"{self.page}/erase", data={"csrf_token": token, **sent})
        return answer.status_code, client.get(self.path).text if answer.status_code == 303 else answer.text


@pytest.fixture
def site(each_app: Flask) -> Site:
    """The same on both engines."""
    return Site(each_app)


def test_card_holder_is_erased_and_stays_counted(site: Site) -> None:
    """No word of theirs is in any row or file; the member, the mark and the outcome are, and another's line too."""
    client = site.client()
    assert "Erase this person" in client.get(site.page).text
    status, told = site.erase(client, sure="yes")
    assert status == 303
    assert "has been erased here" in told
    with site.app.app_context():
        session = current_session(site.app)
        left = everything(session)
        assert "zqxwvj" not in left.casefold()
        assert CODE not in left
        assert "Another" in left
        assert session.scalars(select(Learner)).all() == []
        member = session.scalars(select(Membership)).one()
        assert (member.name, member.state) == ("", "active")
        assert session.scalars(select(Certification.membership_id)).all() == [member.id]
    for file in site_of(site.app).settings.instance_path.glob("coplearn.sqlite3*"):
        assert b"zqxwvj" not in file.read_bytes().lower(), file


def test_page_of_an_erased_person_offers_nothing_that_would_bring_them_back(site: Site) -> None:
    """No form to name them again, no card, no device."""
    client = site.client()
    site.erase(client, sure="yes")
    page = client.get(site.page).text
    assert "What told who this person was has been erased." in page
    assert [word for word in ("Hand this device over", "make a new code", 'name="organisation"') if word in page] == []
    assert "erased what told who a person was" in client.get(site.path.removesuffix("people")).text


def test_erasing_is_asked_about_first(site: Site) -> None:
    """Without the tick nothing goes, and the page says what is missing."""
    status, told = site.erase(site.client())
    assert status == 422
    assert told.count("Tick the box to say that you are sure.") == 2
    with site.app.app_context():
        assert current_session(site.app).scalars(select(Membership.name)).all() == ["zqxwvj1"]


def test_trainer_who_does_not_lead_is_not_offered_it(site: Site) -> None:
    """Neither the button nor the address."""
    client = site.client("trainer@example.org")
    assert "Erase this person" not in client.get(site.page).text
    assert site.erase(client, sure="yes")[0] == 404


def test_somebody_with_an_account_erases_themselves(site: Site) -> None:
    """Their page has no button, and the press of an old page is refused in words and changes nothing."""
    with site.app.app_context():
        session = current_session(site.app)
        owner = session.scalars(select(User.id).where(User.email == "trainer@example.org")).one()
        session.execute(update(Membership).values(user_id=owner))
        session.commit()
    client = site.client()
    assert "Erase this person" not in client.get(site.page).text
    assert "They erase it themselves" in site.erase(client, sure="yes")[1]
    with site.app.app_context():
        assert current_session(site.app).scalars(select(Membership.name)).all() == ["zqxwvj1"]


def test_seat_that_was_only_kept_goes_to_who_waits(site: Site) -> None:
    """Nobody comes any more for an invitation that was erased."""
    with site.app.app_context():
        session = current_session(site.app)
        cohort = session.scalars(select(Cohort)).one()
        cohort.capacity, cohort.waiting_list = 1, True
        session.execute(update(Membership).values(state="invited", card_code=None))
        waits = put_member(session, cohort, "next@example.org", state="queued", queue_number=1).id
        session.commit()
    site.erase(site.client(), sure="yes")
    with site.app.app_context():
        session = current_session(site.app)
        assert session.get_one(Membership, waits).state == "active"


def test_page_says_whether_a_card_was_used(site: Site) -> None:
    """Whoever learned with it used it, also without an account."""
    page = site.client().get(site.page).text
    assert "Not used yet" not in page
    assert "<dd>Used</dd>" in page
