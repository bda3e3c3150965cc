"""People without mail and without an account take a required course with their card, and are certified."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import CardLearner, Cohort, Membership
from coplearn.cohorts.outcomes.queries.checklist import checklists
from coplearn.cohorts.outcomes.rules.checklist import RequirementKind
from coplearn.courses.course import Course
from coplearn.kernel.clock import utcnow
from coplearn.learning.models import Learner, Visit
from coplearn.learning.service import forget_visitors
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.web import guest_session
from tests.accounts.persona import PASSWORD, Visitor, hidden_fields
from tests.cohorts.worlds import put_certification, put_cohort, put_member, put_staff, signed_in_client
from tests.conftest import MakeSite

CODE, OTHER_CODE = "K7MP3WXA2B", "ZZMP3WXA2C"
LEAD = "lead@example.org"


@dataclass
class Room:
    """A cohort with one course, a lead, and two people with nothing but a card."""

    app: Flask
    cohort_id: str
    member: str
    lead: FlaskClient

    def page(self, client: FlaskClient, path: str) -> str:
        """What stands at that address."""
        return client.get(path, follow_redirects=True).text

    def press(self, client: FlaskClient, path: str, **fields: str) -> str:
        """Send a form and give back the page it leads to."""
        token = hidden_fields(client.get("/en/help").text)["csrf_token"]
        return client.post(path, data={"csrf_token": token, **fields}, follow_redirects=True).text

    def with_card(self, code: str = CODE, lang: str = "en") -> FlaskClient:
        """A browser in which somebody typed the code of a card and pressed the button."""
        client = self.app.test_client()
        shown = client.post(
            f"/{lang}/cohorts/join", data={"code": code, **hidden_fields(client.get(f"/{lang}/cohorts/join").text)}
        )
        assert shown.status_code == 200, shown.text
        answer = client.post(f"/{lang}/cohorts/card/learn", data=hidden_fields(shown.text))
        assert answer.location == f"/{lang}/cohorts/card/here"
        return client

    def read(self, client: FlaskClient, count: int = 1) -> None:
        """Do so many of the course's lessons in that browser."""
        course = course_of(self.app)
        for item in [one for one in course.items.values() if one.kind == "lesson"][:count]:
            path = f"/en/c/{course.code}/{item.code}"
            assert client.post(path, data=hidden_fields(client.get(path).text)).status_code == 303

    def done(self, member: str = "") -> int:
        """How many steps the checklist counts for a member."""
        with self.app.app_context():
            session = current_session(self.app)
            found = session.scalars(select(Membership).where(Membership.public_id == (member or self.member))).one()
            cohort = session.get_one(Cohort, found.cohort_id)
            courses = {"cop-parents": course_of(self.app)}
            line = checklists(session, cohort, [found], courses, utcnow())[found.id].requirements[0]
            assert line.kind is RequirementKind.COURSE
            return line.done


def course_of(app: Flask) -> Course:
    """The parents' course."""
    return site_of(app).library.current().courses["cop-parents"]


@pytest.fixture
def room(each_app: Flask) -> Room:
    """The cohort asks for the course alone."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort = put_cohort(session, kind="audience-training", teach_backs=0, threshold=0, title="Rabat")
        put_staff(session, cohort, LEAD, "lead")
        member = put_member(session, cohort, None, name="سلمى", card_code=CODE).public_id
        put_member(session, cohort, None, name="Other", card_code=OTHER_CODE)
        session.commit()
        key = session.scalars(select(User.fs_uniquifier).where(User.email == LEAD)).one()
        return Room(each_app, cohort.public_id, member, signed_in_client(each_app, key))


def finish(app: Flask, member: str) -> None:
    """The rest of the course, done by who learns with that member's card."""
    with app.app_context():
        session, course = current_session(app), course_of(app)
        learner = session.scalars(
            select(CardLearner.learner_id)
            .join(Membership, Membership.id == CardLearner.membership_id)
            .where(Membership.public_id == member)
        ).one()
        held = set(session.scalars(select(Visit.item_id).where(Visit.learner_id == learner)))
        for item_id in course.items:
            if item_id not in held:
                scored = item_id in course.checks
                session.add(
                    Visit(
                        learner_id=learner, course_id=course.id, item_id=item_id, first_at=utcnow(), done_at=utcnow(),
                        score=90 if scored else None, passed_at=None, tries=1, state={}, state_at=None,
                    )
                )  # fmt: skip
        session.commit()


def test_person_with_a_card_is_certified_without_mail_and_without_an_account(room: Room) -> None:
    """The whole way: code, course, checklist, decision, the certificate as PDF, and a stranger who checks it."""
    assert "can be taken with the card" in room.page(room.lead, f"/en/cohorts/{room.cohort_id}/outcomes/{room.member}")
    client = room.with_card()
    assert "سلمى" in room.page(client, "/en/cohorts/card/here")
    room.read(client, 2)
    assert room.done() == 2
    finish(room.app, room.member)
    outcome = f"/en/cohorts/{room.cohort_id}/outcomes/{room.member}"
    assert 'value="certified"' in room.page(room.lead, outcome)
    room.press(room.lead, outcome, outcome="certified", note="")
    with room.app.app_context():
        number = current_session(room.app).scalars(select(Certification.number)).one()
    assert number is not None
    page = room.page(client, "/en/cohorts/card/here")
    assert number in page
    for browser, path in ((client, "/en/cohorts/card/pdf"), (room.lead, f"{outcome}/pdf")):
        token = hidden_fields(browser.get("/en/help").text)["csrf_token"]
        assert browser.post(f"{path}/{number}", data={"csrf_token": token}).data.startswith(b"%PDF")
    assert "سلمى" in room.page(room.app.test_client(), f"/en/check/{number}")


def test_card_opens_no_certificate_of_somebody_else(room: Room) -> None:
    """Neither as a PDF nor as a badge, by whatever number; and it makes none of a number that there is not."""
    with room.app.app_context():
        session = current_session(room.app)
        other = session.scalars(select(Membership).where(Membership.card_code == OTHER_CODE)).one()
        number = put_certification(session, session.get_one(Cohort, other.cohort_id), other).number
        session.commit()
    mine, theirs = room.with_card(), room.with_card(OTHER_CODE)
    for path in ("/en/cohorts/card/pdf", "/en/cohorts/card/badge"):
        sent = {"csrf_token": hidden_fields(mine.get("/en/help").text)["csrf_token"]}
        assert [mine.post(f"{path}/{one}", data=sent).status_code for one in (number, "none")] == [404, 404]
    sent = {"csrf_token": hidden_fields(theirs.get("/en/help").text)["csrf_token"]}
    assert theirs.post(f"/en/cohorts/card/pdf/{number}", data=sent).status_code == 200


def test_progress_is_found_again_in_another_browser_and_left_without_a_trace(room: Room) -> None:
    """The same code elsewhere shows the same progress; after leaving, nothing of it opens, and no address held the code."""
    first = room.with_card()
    room.read(first)
    second = room.with_card(lang="ar")
    room.read(second, 3)
    assert room.done() == 3
    course = f"/en/c/{course_of(room.app).code}/"
    total = len(course_of(room.app).items)
    assert f"3 of {total} steps" in room.page(first, course)
    assert "with a card on this device" in room.page(first, course)
    assert "You have left" in room.press(first, "/en/cohorts/card/leave")
    assert f"3 of {total} steps" not in room.page(first, course)
    assert "with a card on this device" not in room.page(first, course)
    assert first.get("/en/cohorts/card/here").location == "/en/cohorts/join"
    assert f"3 of {total} steps" not in room.page(room.app.test_client(), course)


def test_two_cards_one_after_the_other_are_two_people(room: Room) -> None:
    """On a shared device each card's progress is its own, also when the first person forgot to leave."""
    client = room.with_card()
    room.read(client, 2)
    shown = client.post(
        "/en/cohorts/join", data={"code": OTHER_CODE, **hidden_fields(client.get("/en/cohorts/join").text)}
    )
    client.post("/en/cohorts/card/learn", data=hidden_fields(shown.text))
    room.read(client, 1)
    assert room.done() == 2
    with room.app.app_context():
        other = current_session(room.app).scalars(
            select(Membership.public_id).where(Membership.card_code == OTHER_CODE)
        ).one()  # fmt: skip
    assert room.done(other) == 1


def test_visitor_of_the_device_keeps_their_own_progress(room: Room) -> None:
    """Who learned here before, without an account, finds their own progress when the card is given back."""
    client = room.app.test_client()
    room.read(client, 1)
    shown = client.post("/en/cohorts/join", data={"code": CODE, **hidden_fields(client.get("/en/cohorts/join").text)})
    client.post("/en/cohorts/card/learn", data=hidden_fields(shown.text))
    room.read(client, 4)
    room.press(client, "/en/cohorts/card/leave")
    assert "1 of " in room.page(client, f"/en/c/{course_of(room.app).code}/")
    assert room.done() == 4


def test_trainer_hands_the_device_over_and_nothing_of_theirs_is_open(room: Room) -> None:
    """The trainer is signed out; the learner cannot reach the cohort; the way back is to sign in, which ends the card."""
    people = f"/en/cohorts/{room.cohort_id}/people"
    assert "Hand this device over" in room.page(room.lead, f"{people}/{room.member}")
    page = room.press(room.lead, f"{people}/{room.member}/learn")
    assert "You are signed out here" in page
    assert "سلمى" in page
    for path in (people, f"/en/cohorts/{room.cohort_id}/", "/en/cohorts/", "/en/change-password"):
        assert room.lead.get(path).status_code != 200
    room.read(room.lead, 2)
    assert room.done() == 2


def test_card_that_was_found_opens_the_courses_alone(room: Room) -> None:
    """Neither what else is known of its holder, nor anybody else's things; nothing is handed out and nothing erased."""
    client = room.with_card()
    room.read(client)
    for path in ("mine", "schedule", "people", "outcomes", "checkin", ""):
        assert client.get(f"/en/cohorts/{room.cohort_id}/{path}").status_code in (302, 404)
    assert client.get("/en/me/data").status_code == 422
    token = hidden_fields(client.get("/en/help").text)["csrf_token"]
    assert client.post("/en/me/erase", data={"csrf_token": token, "sure": "yes"}).status_code == 422
    assert room.done() == 1
    page = room.page(client, "/en/cohorts/card/here")
    assert "School 7" not in page
    assert "Other" not in page


def test_lost_card_gets_a_new_code_and_its_browsers_are_shut(room: Room) -> None:
    """The old code opens nothing, a browser that it opened learns no more, and with the new code all is there."""
    client = room.with_card()
    room.read(client, 2)
    room.press(room.lead, f"/en/cohorts/{room.cohort_id}/people/{room.member}/new-card")
    with room.app.app_context():
        code = current_session(room.app).scalars(
            select(Membership.card_code).where(Membership.public_id == room.member)
        ).one()  # fmt: skip
    assert code not in (CODE, None)
    course = course_of(room.app)
    assert f"2 of {len(course.items)} steps" not in room.page(client, f"/en/c/{course.code}/")
    item = next(one for one in course.items.values() if one.kind == "lesson")
    path = f"/en/c/{course.code}/{item.code}"
    refused = client.post(path, data=hidden_fields(client.get(path).text))
    assert refused.status_code == 422
    assert "time with this card is over" in refused.text
    stranger = room.app.test_client()
    fields = {"code": CODE, **hidden_fields(stranger.get("/en/cohorts/join").text)}
    assert stranger.post("/en/cohorts/join", data=fields).status_code == 404
    room.read(room.with_card(str(code)), 3)
    assert room.done() == 3


def test_time_with_a_card_ends_by_itself(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours after the last answer the browser learns as nobody; what is sent then is refused and counted for nobody."""
    client = room.with_card()
    room.read(client)
    course = course_of(room.app)
    path = f"/en/c/{course.code}/{list(course.items.values())[1].code}"
    form = hidden_fields(client.get(path).text)
    with room.app.app_context():
        before = current_session(room.app).scalar(select(func.count()).select_from(Learner))
    later = utcnow() + timedelta(seconds=guest_session.GUEST_SECONDS + 1)
    monkeypatch.setattr(guest_session, "utcnow", lambda: later)
    refused = client.post(path, data=form)
    assert (refused.status_code, "time with this card is over" in refused.text) == (422, True)
    assert "with a card on this device" not in room.page(client, "/en/help")
    with room.app.app_context():
        assert current_session(room.app).scalar(select(func.count()).select_from(Learner)) == before
    assert room.done() == 1


def test_account_takes_over_what_was_learned_with_the_card(room: Room) -> None:
    """Somebody who had learned a little with their account and more with the card has all of it in one record."""
    client = room.with_card()
    room.read(client, 3)
    person = Visitor(room.app)
    person.join("salma@example.org")
    room.read(person.client, 1)
    room.press(person.client, f"/en/cohorts/card/{CODE}")
    with room.app.app_context():
        session = current_session(room.app)
        assert session.scalars(select(CardLearner)).all() == []
        assert session.scalar(select(func.count()).select_from(Learner)) == 1
    assert room.done() == 3
    kept = json.loads(person.send("/en/me/data", password=PASSWORD).data)
    assert len(kept["visits"]) == 3
    assert client.get("/en/cohorts/card/here").location == "/en/cohorts/join"
    again = room.app.test_client()
    shown = again.post("/en/cohorts/join", data={"code": CODE, **hidden_fields(again.get("/en/cohorts/join").text)})
    assert shown.status_code == 410


def test_learner_with_a_card_is_not_forgotten_as_visitors_are(room: Room) -> None:
    """A year later the visitor of a device is gone, and what was learned with a card still counts."""
    room.read(room.with_card(), 2)
    room.read(room.app.test_client(), 1)
    with room.app.app_context():
        session = current_session(room.app)
        assert forget_visitors(session, utcnow() + timedelta(days=400)) == 1
        session.commit()
    assert room.done() == 2


def test_place_that_may_not_be_learned_with_is_refused_in_words(room: Room) -> None:
    """Withdrawn, archived, a draft: a sentence, and no learner is made."""
    for change, words in (
        ("UPDATE membership SET state = 'withdrawn'", "not kept any more"),
        ("UPDATE membership SET state = 'waiting'", "lets people in first"),
        ("UPDATE cohort SET state = 'draft'", "not open yet"),
        ("UPDATE cohort SET archived_at = '2026-11-24 12:00:00+00'", "not kept any more"),
    ):
        with room.app.app_context():
            session = current_session(room.app)
            session.execute(text("UPDATE membership SET state = 'active'"))
            session.execute(text(change))
            session.commit()
        assert words in room.press(room.app.test_client(), "/en/cohorts/card/learn", code=CODE), change
    with room.app.app_context():
        assert current_session(room.app).scalars(select(Learner)).all() == []


def test_codes_cannot_be_tried_without_end(make_app: MakeSite) -> None:
    """Sixty wrong codes from one address, typed or sent straight to the button, and then it waits."""
    client = make_app(rate_limits=True).test_client()
    token = hidden_fields(client.get("/en/cohorts/join").text)["csrf_token"]
    found = [
        client.post("/en/cohorts/card/learn", data={"csrf_token": token, "code": "AAAAABBBBB"}).status_code
        for _ in range(61)
    ]
    assert found == [404] * 60 + [429]


def test_page_of_the_card_is_in_arabic_from_right_to_left(room: Room) -> None:
    """Without JavaScript, in Arabic: the whole way is links and buttons."""
    client = room.with_card(lang="ar")
    page = client.get("/ar/cohorts/card/here").text
    assert re.search(r'<html lang="ar" dir="rtl">', page)
    assert f"/ar/c/{course_of(room.app).code}/go" in page
    assert "/ar/cohorts/card/leave" in page
