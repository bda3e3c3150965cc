"""A module in a hall: its slides, votes of phones, raised hands, results on paper, and what stays of it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.presenting.models import GroupCount, GroupPoll, GroupVote
from coplearn.presenting.presenters.deck import Deck, make_deck
from coplearn.presenting.queries import counts_of
from coplearn.presenting.rules import PEOPLE, VOTE_FOR, chosen_of, counted, is_open
from coplearn.presenting.service import AskedPart, keep_paper
from coplearn.rooms.models import RoomSeat
from coplearn.rooms.service import forget_rooms
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.worlds import NOW, put_cohort, put_meeting, put_member, put_staff, signed_in_client
from tests.sizes import WHOLE

PARENTS = "cop-parents"


# ── The rules ──


@given(st.lists(st.lists(st.sampled_from("abcd"), unique=True, min_size=1), max_size=30))
def test_votes_are_counted_once_a_phone(votes: list[list[str]]) -> None:
    """Each option as often as it was chosen, and everybody who voted once, however many options they chose."""
    found = counted(" ".join(vote) for vote in votes)
    assert found.get(PEOPLE, 0) == len(votes)
    assert all(found.get(option, 0) == sum(option in vote for vote in votes) for option in "abcd")


def test_only_a_ballots_own_options_can_be_chosen_and_for_a_while() -> None:
    """One where one is asked for; nothing after five minutes, after it was shown, or after the end."""
    assert chosen_of(["b", "x"], ["a", "b"], many=False) == ("b",)
    assert chosen_of(["b", "a"], ["a", "b"], many=False) == ()
    assert chosen_of(["b", "a", "a"], ["a", "b"], many=True) == ("a", "b")
    assert is_open(0, NOW, None, NOW) and not is_open(1, NOW, None, NOW) and not is_open(0, NOW, NOW, NOW)
    assert not is_open(0, NOW, None, NOW + VOTE_FOR) and not is_open(0, None, None, NOW)


@pytest.mark.sampled
def test_every_module_has_slides_that_lead_somewhere(shared_app: Flask) -> None:
    """Of all courses (one module of each in the suite), in Arabic: ids of their own, and every slide can be come to."""
    with shared_app.test_request_context("/ar/"):
        shared_app.preprocess_request()
        for course in site_of(shared_app).library.current().courses.values():
            for module in course.modules if WHOLE else course.modules[-1:]:
                deck = make_deck(course, module)
                ids = [one.id for one in deck.slides]
                assert len(set(ids)) == len(ids) and max(map(len, ids)) <= 200
                led = {goal for one in deck.slides for goal in one.leads.values()}
                assert led <= set(ids)
                assert {one.id for one in deck.slides if one.aside} <= led
                assert all(len(one.question) <= 160 for one in deck.slides)
                assert {way for one in deck.slides if one.ballot for way in one.leads} <= {
                    option for one in deck.slides if one.ballot for option, _ in one.ballot.options
                }


def test_one_idea_a_slide(shared_app: Flask) -> None:
    """A lesson's blocks under their headings, a check's questions with the key apart, and what a choice costs for the speaker."""
    deck = deck_of(shared_app)
    assert all(len(re.findall(r"<(?:figure|ul|ol|table|blockquote)\b", one.html)) <= 2 for one in deck.slides)
    asked = [one for one in deck.slides if one.ballot is not None and one.ballot.right]
    assert len(asked) >= 4
    for one in asked:
        assert one.ballot is not None
        right = next(text for option, text in one.ballot.options if option in one.ballot.right)
        assert right in one.notes and str(right) not in one.html
    stories = [one for one in deck.slides if one.ballot is not None and one.leads]
    assert any("What it costs" in one.notes for one in stories)
    assert deck.minutes == deck.slides[-1].until


def deck_of(app: Flask, language: str = "en", number: int = 1) -> Deck:
    """The slides of a module of the parents' course."""
    with app.test_request_context(f"/{language}/"):
        app.preprocess_request()
        course = site_of(app).library.current().courses[PARENTS]
        return make_deck(course, course.modules[number - 1])


# ── What is kept ──


def test_results_on_paper_are_counts_and_nobodys(session: Session) -> None:
    """They stand with the meeting; nothing that was counted is not kept."""
    cohort = put_cohort(session)
    trainer, meeting = put_staff(session, cohort, "t@example.org", "trainer"), put_meeting(session, cohort)
    part = AskedPart(PARENTS, "online-life", "1.0.0", "online-life-check", "a")
    with pytest.raises(Refused):
        keep_paper(session, trainer, part, meeting.id, {"q": {"a": 0}}, NOW)
    poll = keep_paper(session, trainer, part, meeting.id, {"q": {"a": 3, "b": 0, PEOPLE: 4}}, NOW)
    assert counts_of(session, [poll.id]) == {poll.id: {"q": {"paper": {"a": 3, PEOPLE: 4}}}}
    assert (poll.meeting_id, poll.form, poll.over_at) == (meeting.id, "a", NOW)


# ── The pages ──


@dataclass
class Hall:
    """A site with a trainer, another trainer, and somebody who is trained; and a meeting of the trainer's cohort."""

    app: Flask
    trainer: FlaskClient
    other: FlaskClient
    learner: FlaskClient
    meeting: str

    def post(self, client: FlaskClient, address: str, **form: Any) -> TestResponse:
        """Send a form with a good token."""
        return client.post(address, data={"csrf_token": token_of(client), **form})

    def send(self, address: str, client: FlaskClient | None = None, **sent: Any) -> TestResponse:
        """Send JSON as the page's script does."""
        client = client or self.trainer
        return client.post(address, json=sent, headers={"X-CSRFToken": token_of(client)})

    def begin(self) -> str:
        """Present the first module at the meeting; the address of the projector's page."""
        code = site_of(self.app).library.current().courses[PARENTS].code
        answer = self.post(self.trainer, f"{self.meeting}/present", module=f"{code}/1", form_key="k" * 16)
        assert answer.status_code == 303
        return str(answer.location)

    def phone(self, run: str) -> tuple[FlaskClient, str]:
        """A phone that typed the code on the wall, and the address of its page."""
        found = re.search(r'door__code"><bdi dir="ltr">([^<]+)<', self.trainer.get(run).text)
        assert found is not None
        client = self.app.test_client()
        answer = self.post(client, "/en/room/", code=found[1])
        assert answer.status_code == 303
        return client, str(answer.location)


def token_of(client: FlaskClient) -> str:
    """A good token for the browser."""
    return client.get("/en/help").text.partition('name="csrf_token" value="')[2].partition('"')[0]


@pytest.fixture
def hall(each_app: Flask) -> Hall:
    """Nobody presents yet."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort = put_cohort(session)
        put_staff(session, cohort, "trainer@example.org", "trainer")
        put_staff(session, put_cohort(session), "other@example.org", "trainer")
        put_member(session, cohort, "learner@example.org")
        meeting = put_meeting(session, cohort)
        address = f"/en/cohorts/{cohort.public_id}/meetings/{meeting.public_id}"
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
    trainer, other, learner = (signed_in_client(each_app, keys[who]) for who in ("trainer", "other", "learner"))
    return Hall(each_app, trainer, other, learner, address)


def plain_text(page: str) -> str:
    """A page without the marks that keep names and numbers apart."""
    return re.sub("[\u2066-\u2069]|</?bdi[^>]*>", "", page)


def records(app: Flask) -> list[Any]:
    """Everything that is kept of people in cohorts."""
    with app.app_context():
        return list(current_session(app).execute(select(Membership.__table__)).all())


def test_phones_vote_once_each_and_see_no_key(hall: Hall) -> None:
    """Three phones, one changes its mind; what is right is on no phone; after the votes are shown nothing is taken any more."""
    run = hall.begin()
    asked = next(one for one in deck_of(hall.app).slides if one.ballot is not None and one.answer)
    assert asked.ballot is not None
    (first, room), (second, _), (third, _) = (hall.phone(run) for _ in range(3))
    assert "nothing to vote on now" in first.get(room).text
    assert hall.send(f"{run}/state", slide=asked.id, stage=0).status_code == 200
    page = first.get(room)
    assert page.headers["Cache-Control"] == "no-store" and 'name="choice"' in page.text
    assert "data-right" not in page.text and str(asked.answer)[:60] not in page.text
    names = [option for option, _ in asked.ballot.options]
    for phone, option in ((first, names[0]), (second, names[1]), (third, names[1]), (first, names[1])):
        hall.post(phone, room, question=asked.question, choice=option)
    hall.post(second, room, question="something#else", choice=names[0])
    hall.post(third, room, question=asked.question, choice="made-up")
    state = hall.trainer.get(f"{run}/state").json
    assert state is not None and state["counts"] == {asked.question: {"phone": {names[1]: 3, "": 3}}}
    assert set(first.get(f"{room}/state").json or {}) == {"at", "over"}
    hall.send(f"{run}/state", slide=asked.id, stage=1)
    assert "This vote is closed" in first.get(room).text
    hall.post(first, room, question=asked.question, choice=names[0])
    assert (hall.trainer.get(f"{run}/state").json or {})["counts"] == state["counts"]
    with time_machine.travel(utcnow() + timedelta(minutes=1)):
        hall.send(f"{run}/state", slide=asked.id, stage=0)
    with time_machine.travel(utcnow() + timedelta(minutes=7)):
        assert "This vote is closed" in first.get(room).text


@pytest.mark.both_engines
def test_votes_at_one_moment_are_counted_once_a_phone(hall: Hall) -> None:
    """Five phones press together, each of them twice, before any has heard that its first press was taken."""
    run = hall.begin()
    asked = next(one for one in deck_of(hall.app).slides if one.ballot is not None)
    assert asked.ballot is not None and asked.question
    option = asked.ballot.options[0][0]
    hall.send(f"{run}/state", slide=asked.id, stage=0)
    phones = [hall.phone(run) for _ in range(5)]
    form = {"question": asked.question, "choice": option}

    def press(client: FlaskClient, room: str, token: str, cookies: dict[str, str]) -> int:
        again = hall.app.test_client()
        for name, value in cookies.items():
            again.set_cookie(name, value)
        return again.post(room, data={"csrf_token": token, **form}).status_code

    presses = []
    for client, room in phones:
        token = token_of(client)
        cookie = client.get_cookie("session")
        assert cookie is not None
        presses += [(client, room, token, {"session": cookie.value})] * 2
    with ThreadPoolExecutor(len(presses)) as pool:
        assert {one.result() for one in [pool.submit(press, *press_) for press_ in presses]} == {303}
    state = hall.trainer.get(f"{run}/state").json
    assert state is not None and state["counts"] == {asked.question: {"phone": {option: 5, "": 5}}}


def test_hands_are_counted_beside_phones_and_stay_with_the_meeting(hall: Hall) -> None:
    """Typed twice they count once; the end forgets which phone voted how; the meeting's page has the sum, and no record changed."""
    before, run = records(hall.app), hall.begin()
    asked = next(one for one in deck_of(hall.app).slides if one.ballot is not None)
    assert asked.ballot is not None
    names = [option for option, _ in asked.ballot.options]
    hall.send(f"{run}/state", slide=asked.id, stage=0)
    phone, room = hall.phone(run)
    hall.post(phone, room, question=asked.question, choice=names[0])
    for _ in range(2):
        answer = hall.send(f"{run}/hands", question=asked.question, counts={names[0]: 12, names[1]: 0})
    assert (answer.json or {})["counts"][asked.question]["hands"] == {names[0]: 12}
    for wrong in ({names[0]: -1}, {names[0]: "3"}, {"made-up": 1}, {names[0]: 9**9}, {names[0]: True}):
        assert hall.send(f"{run}/hands", question=asked.question, counts=wrong).status_code == 422
    assert hall.send(f"{run}/hands", question="x#y", counts={}).status_code == 400
    assert hall.send(f"{run}/state", slide=3, stage=0).status_code == 400
    assert hall.post(hall.trainer, f"{run}/end").status_code == 303
    assert "It is over" in phone.get(room).text
    assert hall.send(f"{run}/state", slide=asked.id, stage=0).status_code == 422
    shown = hall.trainer.get(f"{hall.meeting}/votes").text
    assert re.search(r"<b>\W*13\W*</b>", shown)
    # One phone answered; how many people raised their hands nobody knows.
    assert "answered</p>" not in shown
    with hall.app.app_context():
        session = current_session(hall.app)
        assert session.scalar(select(func.count()).select_from(GroupVote)) == 0
        assert session.scalar(select(func.sum(GroupCount.people))) == 14
        forget_rooms(session, utcnow() + timedelta(days=4))
        assert session.scalar(select(func.count()).select_from(RoomSeat)) == 0
        assert session.scalar(select(func.sum(GroupCount.people))) == 14
        assert session.scalar(select(GroupPoll.room_id)) is None
    assert records(hall.app) == before


def test_presentations_and_results_are_their_leaders_alone(hall: Hall) -> None:
    """Another trainer steers nothing; a trainee sees no slides, for keys are in them; a phone without the code sees nothing."""
    run = hall.begin()
    code = site_of(hall.app).library.current().courses[PARENTS].code
    for client in (hall.other, hall.learner):
        assert client.get(run).status_code == 404 and client.get(f"{run}/state").status_code == 404
        assert hall.send(f"{run}/state", client, slide="s-title", stage=0).status_code == 404
        assert client.get(f"{hall.meeting}/votes").status_code == 404
    assert hall.learner.get(f"/en/c/{code}/present/1").status_code == 404
    assert hall.other.get(f"/en/c/{code}/present/1").status_code == 200
    _, room = hall.phone(run)
    assert hall.app.test_client().get(room).status_code == 404


def test_results_on_paper_are_typed_once_and_can_be_taken_away(hall: Hall) -> None:
    """All that is wrong is said at once, each at its place, and what was typed stays; taken away they are gone."""
    course = site_of(hall.app).library.current().courses[PARENTS]
    address = f"{hall.meeting}/paper/{course.items['online-life-check'].code}/b"
    page = hall.trainer.get(address).text
    fields = re.findall(r'name="(q\d+\.[A-L])"', page)
    assert len(fields) >= 9
    wrong = hall.post(hall.trainer, address, sheets="3", **{fields[0]: "4"})
    assert wrong.status_code == 422 and 'value="4"' in wrong.text
    for typed in ("x", "-1", "1.5", "5001", "99999"):
        assert hall.post(hall.trainer, address, sheets="3", **{fields[0]: typed}).status_code == 422
    first, second = fields[0], next(one for one in fields if not one.startswith(fields[0].split(".")[0] + "."))
    many = {first: "six", second: "7", fields[-1]: "5001"}
    wrong = hall.post(hall.trainer, address, sheets="3", **many)
    told = plain_text(wrong.text)
    number, letter = first[1:].split(".")
    assert f"Question {number}, {letter}: type a whole number from 0 to 5,000." in told
    assert f"Question {second[1:].split('.')[0]} has more answers than there are sheets." in told
    assert "3 things need another look" in told and wrong.text.count('aria-invalid="true"') == 2
    assert all(f'value="{typed}"' in wrong.text for typed in many.values())
    assert all(
        f'href="#{name}"' in wrong.text and f'id="{name}"' in wrong.text for name in (first, second.split(".")[0])
    )
    nothing = plain_text(hall.post(hall.trainer, address, sheets="").text)
    assert "how many answer sheets you collected." in nothing and "Type at least one number." in nothing
    kept = hall.post(hall.trainer, address, sheets="٢٤", **{fields[0]: "20", fields[1]: "4"})
    assert kept.status_code == 303
    shown = hall.trainer.get(f"{hall.meeting}/votes").text
    assert "On paper, form" in shown and "24 people answered" in re.sub("[\u2066-\u2069]", "", shown)
    forget = re.search(r'action="([^"]+/forget)"', shown)
    assert forget is not None and hall.post(hall.trainer, forget[1]).status_code == 303
    assert "On paper, form" not in hall.trainer.get(f"{hall.meeting}/votes").text


def test_own_download_holds_what_was_presented(hall: Hall) -> None:
    """Whoever led a group finds it in their own data."""
    hall.begin()
    assert '"groups_asked"' in hall.trainer.get("/en/me/data").text
    assert "online-life" in hall.trainer.get("/en/me/data").text
