"""Questions after a course: asked for, booked once, sent in the morning, answered signed out, stopped at any time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from coplearn.outbox.models import Letter
from coplearn.outbox.rules import LetterState
from coplearn.outbox.sending import send_due
from coplearn.practice import service
from coplearn.practice.service import stop_asking
from coplearn.practice.tasks import book_questions
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields, mails
from tests.cohorts.worlds import signed_in_client
from tests.conftest import MakeSite
from tests.courses.makecourse import ACTION
from tests.practice.stage import FINISHED, RIGHT, Stage, asking_course, question_on, send, stage_of

DUE = date(2026, 11, 27)
"""The first question's day, a week after the course."""
THAT_MORNING = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.fixture
def stage(make_app: MakeSite, tmp_path: Path, migrated_url: str) -> Stage:
    """A site with a course that asks, on each kind of database."""
    return stage_of(make_app, tmp_path, database_url=migrated_url)


def finisher(stage: Stage, zone: str = "", locale: str = "en", *, asked: bool = True) -> tuple[int, str, str]:
    """Somebody who has finished the course and asked for letters: their learner's number, their session's key and address."""
    with stage.app.app_context():
        session = current_session(stage.app)
        user, learner_id = stage.account(session, zone, locale)
        stage.finish(session, learner_id)
        if asked:
            stage.ask(session, learner_id)
        session.commit()
        return learner_id, user.fs_uniquifier, user.email


def day_s_work(stage: Stage, now: datetime) -> None:
    """The day's work, at that moment."""
    with time_machine.travel(now, tick=False), stage.app.app_context():
        book_questions(stage.app, current_session(stage.app), now)


def letters(stage: Stage) -> list[tuple[str, datetime, str]]:
    """Every letter: to whom, when it may go, and how it stands."""
    with stage.app.app_context():
        rows = current_session(stage.app).execute(
            select(Letter.to_address, Letter.next_try_at, Letter.state).order_by(Letter.id)
        )
        return [(row[0], row[1], row[2]) for row in rows]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("", 9), ("Africa/Casablanca", 8), ("Asia/Yerevan", 5), ("America/Bogota", 14), ("Pacific/Kiritimati", 19)],
)
def test_letter_goes_out_at_nine_where_its_reader_is(stage: Stage, zone: str, hour: int) -> None:
    """In the days before, the letter is booked for that very hour, and once, however often the day's work is done.

    On Kiritimati it was the next day already when the course was finished.
    """
    _, _, email = finisher(stage, zone)
    wanted = datetime(2026, 11, 27, tzinfo=UTC) + timedelta(hours=hour)
    for days in range(6, -1, -1):
        for again in (0, 11):
            day_s_work(stage, datetime(2026, 11, 27, 0, 5, tzinfo=UTC) - timedelta(days=days, hours=-again))
    assert [(to, at) for to, at, _ in letters(stage)] == [(email, wanted)]


def test_site_that_stood_still_writes_late_or_not_at_all(stage: Stage) -> None:
    """After three days the next morning; after a month no letter: the question waits for the next visit."""
    finisher(stage)
    day_s_work(stage, THAT_MORNING + timedelta(days=3, hours=2))
    assert [at for _, at, _ in letters(stage)] == [THAT_MORNING + timedelta(days=4)]
    late, _, email = finisher(stage)
    day_s_work(stage, THAT_MORNING + timedelta(days=20))
    assert email not in {to for to, _, _ in letters(stage)}
    with time_machine.travel(THAT_MORNING + timedelta(days=20), tick=False):
        assert question_on(stage.app.test_client().get(stage.address(late)).text) in RIGHT


def test_letter_says_nothing_of_its_topic_and_leads_to_the_question(stage: Stage) -> None:
    """In its reader's language; the question is not in it, nor the course's name; the link needs no account."""
    learner_id, _, email = finisher(stage, locale="ar")
    day_s_work(stage, THAT_MORNING - timedelta(hours=9))
    with time_machine.travel(THAT_MORNING + timedelta(minutes=1), tick=False):
        send_due(stage.app)
        [mail] = [one for one in mails(stage.app) if one["To"] == email]
        text, course = text_of(mail), stage.course
        assert site_of(stage.app).settings.site_name in mail["Subject"]
        assert mail["Content-Language"] == "ar"
        assert "List-Unsubscribe" in mail
        for told in (course.title, *(message.text for message in course.messages if message.group)):
            assert told not in text
            assert told not in mail["Subject"]
        [link] = re.findall(r"https?://[^/\s]+(/ar/again/\S+)", text)
        client = stage.app.test_client()
        page = client.get(link)
        assert page.headers["Cache-Control"] == "no-store"
        question = question_on(page.text)
        assert question in RIGHT
        sent = client.post(link, data={**hidden_fields(page.text), question: RIGHT[question]})
        assert (sent.status_code, sent.location) == (303, f"{link}?shown=7#answer")
        assert client.get(sent.location).status_code == 200
    row = stage.rows(learner_id)["refresher:7"]
    assert (row.is_right, row.locale, row.question_id) == (True, "ar", question)
    with stage.app.app_context():
        assert current_session(stage.app).scalar(select(Letter.params)) == {}, (
            "what a letter said is forgotten once it went"
        )


def test_each_question_is_another_one(stage: Stage) -> None:
    """A week and a month later something else is asked, while the course has something else."""
    learner_id, _, _ = finisher(stage)
    asked = []
    for days in (7, 30):
        with time_machine.travel(FINISHED + timedelta(days=days), tick=False):
            client, address = stage.app.test_client(), stage.address(learner_id)
            page = client.get(address).text
            question = question_on(page)
            asked.append(question)
            client.post(address, data={**hidden_fields(page), question: RIGHT[question]})
    assert sorted(asked) == ["first-word", "what-helps"]


def test_answer_that_came_first_takes_the_letter_back(stage: Stage) -> None:
    """Whoever comes by before the letter goes is not written to about what they have answered."""
    learner_id, _, _ = finisher(stage)
    day_s_work(stage, THAT_MORNING - timedelta(hours=9))
    with time_machine.travel(THAT_MORNING, tick=False):
        client, address = stage.app.test_client(), stage.address(learner_id)
        page = client.get(address).text
        client.post(address, data={**hidden_fields(page), question_on(page): RIGHT[question_on(page)]})
    assert [state for _, _, state in letters(stage)] == [LetterState.CANCELLED]


@pytest.mark.parametrize("booked", [True, False])
def test_it_stops_at_any_time(stage: Stage, *, booked: bool) -> None:
    """From the page of a letter, with or without one on its way; nothing is asked after it, and what was answered stays."""
    learner_id, _, _ = finisher(stage)
    if booked:
        day_s_work(stage, THAT_MORNING - timedelta(hours=9))
    with time_machine.travel(THAT_MORNING - timedelta(hours=1), tick=False):
        address = stage.address(learner_id)
        assert send(stage.app.test_client(), address, stop="1").status_code == 303
    day_s_work(stage, THAT_MORNING + timedelta(hours=1))
    day_s_work(stage, THAT_MORNING + timedelta(days=90))
    assert all(state == LetterState.CANCELLED for _, _, state in letters(stage))
    assert not stage.rows(learner_id)


def test_who_asks_anew_after_a_stop_is_asked_anew(stage: Stage) -> None:
    """Also after the link that stops such letters: asking for them is a new wish."""
    learner_id, key, email = finisher(stage)
    day_s_work(stage, THAT_MORNING - timedelta(hours=9))
    with time_machine.travel(THAT_MORNING + timedelta(minutes=1), tick=False):
        send_due(stage.app)
        [mail] = [one for one in mails(stage.app) if one["To"] == email]
        stop = re.search(r"https?://[^/\s]+(/en/messages/\S+)", text_of(mail))
        assert stop is not None
        assert send(stage.app.test_client(), stop[1]).status_code == 303
    with time_machine.travel(THAT_MORNING + timedelta(days=2), tick=False):
        with stage.app.app_context():
            session = current_session(stage.app)
            stop_asking(session, learner_id, stage.course.id, datetime.now(UTC))
            session.commit()
        client, course = signed_in_client(stage.app, key), stage.course
        page = client.get(f"/en/c/{course.code}/certificate").text
        assert "Yes, by letter" in page
        client.post(f"/en/c/{course.code}/later", data=hidden_fields(page) | {"wanted": "letter"})
    day_s_work(stage, THAT_MORNING + timedelta(days=8))
    with time_machine.travel(THAT_MORNING + timedelta(days=9, minutes=1), tick=False):
        send_due(stage.app)
    assert [state for _, _, state in letters(stage)] == [LetterState.SENT, LetterState.SENT]


def test_offer_stands_on_the_last_page_and_under_my_learning(stage: Stage) -> None:
    """Only for whoever has finished; what is chosen is shown, and can be taken back in both places."""
    _, key, _ = finisher(stage, asked=False)
    course = stage.course
    last, me, later = f"/en/c/{course.code}/certificate", "/en/me/", f"/en/c/{course.code}/later"
    with time_machine.travel(FINISHED, tick=False):
        client = signed_in_client(stage.app, key)
        assert "So that it stays" not in stage.app.test_client().get(last).text
        for page in (last, me):
            assert "Yes, by letter" in client.get(page).text
        sent = client.post(later, data=hidden_fields(client.get(last).text) | {"wanted": "visit"})
        assert sent.location == last
        for page in (last, me):
            assert "waits for you here from" in client.get(page).text
        # Another zone than the one it was asked in is no other wish, and twice is as once.
        client.post(later, data=hidden_fields(client.get(me).text) | {"wanted": "letter", "zone": "Asia/Yerevan"})
        assert "comes by letter about" in client.get(me).text
        assert {key: (row.by_letter, row.due_on) for key, row in stage.rows().items()} == {
            f"refresher:{days}": (True, FINISHED.date() + timedelta(days=days)) for days in (7, 30, 91)
        }
        sent = client.post(later, data=hidden_fields(client.get(me).text) | {"wanted": "stop", "back": "me"})
        assert sent.location == me
    assert not stage.rows()


def test_question_waits_under_my_learning(stage: Stage) -> None:
    """For whoever wanted no letter: from its morning on, and gone once it is answered."""
    learner_id, key, _ = finisher(stage, asked=False)
    with stage.app.app_context():
        session = current_session(stage.app)
        stage.ask(session, learner_id, by_letter=False)
        session.commit()
    with time_machine.travel(THAT_MORNING - timedelta(minutes=1), tick=False):
        client = signed_in_client(stage.app, key)
        assert "A question waits for you." not in client.get("/en/me/").text
    with time_machine.travel(THAT_MORNING, tick=False):
        page = client.get("/en/me/").text
        assert "A question waits for you." in page
        found = re.search(r'href="(/en/again/[^"]+)"', page)
        assert found is not None
        asked = client.get(found[1]).text
        client.post(found[1], data={**hidden_fields(asked), question_on(asked): RIGHT[question_on(asked)]})
        assert "A question waits for you." not in client.get("/en/me/").text
    day_s_work(stage, THAT_MORNING)
    assert not letters(stage)


def test_letters_need_an_address_that_is_confirmed(stage: Stage) -> None:
    """An account that was never confirmed is told so, and nothing is booked; one that was switched off gets none."""
    with stage.app.app_context():
        session = current_session(stage.app)
        user, learner_id = stage.account(session, confirmed=False)
        stage.finish(session, learner_id)
        session.commit()
        key = user.fs_uniquifier
    client, course = signed_in_client(stage.app, key), stage.course
    page = client.get(f"/en/c/{course.code}/certificate").text
    sent = client.post(f"/en/c/{course.code}/later", data=hidden_fields(page) | {"wanted": "letter"})
    assert sent.status_code == 422
    assert "confirmed address" in sent.text
    assert not stage.rows()


def test_nobody_is_asked_before_the_end(stage: Stage) -> None:
    """A form that somebody made up; and a wish that is none."""
    client, course = stage.app.test_client(), stage.course
    fields = hidden_fields(client.get(f"/en/c/{course.code}/").text) | hidden_fields(client.get(stage.before(1)).text)
    later = f"/en/c/{course.code}/later"
    assert client.post(later, data=fields | {"wanted": "visit"}).status_code == 303
    send(client, stage.first(1))
    assert client.post(later, data=fields | {"wanted": "visit"}).status_code == 422
    assert client.post(later, data=fields | {"wanted": "everything"}).status_code == 400
    assert not any(key.startswith("refresher") for key in stage.rows())


def test_forged_and_old_addresses_lead_nowhere(stage: Stage) -> None:
    """An address is good for some months, and for one learner and one course alone."""
    learner_id, _, _ = finisher(stage)
    client = stage.app.test_client()
    good = stage.address(learner_id)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=121), tick=False):
        assert client.get(good).status_code == 404
    for address in (f"{good[:-3]}abc", "/en/again/x", "/en/again/WzEsImEiXQ.aaaa.bbbb", f"{good}%00"):
        assert client.get(address).status_code == 404
    assert client.get(stage.address(learner_id + 1000)).status_code == 404


def test_many_letters_are_booked_in_pieces(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one transaction holds: every one is booked all the same, and nothing is asked of the database for each page."""
    monkeypatch.setattr(service, "AT_ONCE", 20)
    with stage.app.app_context():
        session = current_session(stage.app)
        for _ in range(43):
            _, learner_id = stage.account(session)
            stage.do(session, learner_id, ["second-page"], FINISHED)
            stage.finish(session, learner_id)
            stage.ask(session, learner_id)
        session.commit()
    day_s_work(stage, THAT_MORNING - timedelta(hours=9))
    with stage.app.app_context():
        assert current_session(stage.app).scalar(select(func.count()).select_from(Letter)) == 43


def test_what_came_of_an_action_is_asked_a_week_later(stage: Stage) -> None:
    """Under My learning and on the page of a letter; no answer is wrong, and "not yet" is asked once more."""
    learner_id, key, _ = finisher(stage)
    ask = "Did you ask your question?"
    with time_machine.travel(FINISHED + timedelta(days=6), tick=False):
        client = signed_in_client(stage.app, key)
        assert ask not in client.get("/en/me/").text
    with time_machine.travel(FINISHED + timedelta(days=7), tick=False):
        page = client.get("/en/me/").text
        assert ask in page
        fields = {**hidden_fields(page), "asked": "follow-up:first-action:1", "back": "me"}
        sent = client.post(stage.address(learner_id), data=fields | {"said": "not-yet", "at_hand": "1"})
        assert sent.location == "/en/me/"
        after = client.get("/en/me/").text
        assert "some things need their moment" in after
        assert ask not in after
        assert client.post(stage.address(learner_id), data=fields | {"said": "whatever"}).status_code == 400
    row = stage.rows(learner_id)["follow-up:first-action:1"]
    assert (row.answer, row.is_right, row.item_id) == ({"said": "not-yet", "at_hand": True}, None, "first-action")
    with time_machine.travel(FINISHED + timedelta(days=29), tick=False):
        letter = stage.app.test_client()
        page = letter.get(f"{stage.address(learner_id)}?shown=7").text
        fields = {**hidden_fields(page), "asked": "follow-up:first-action:2", "said": "yes"}
        assert letter.post(stage.address(learner_id), data=fields).status_code == 303
    assert stage.rows(learner_id)["follow-up:first-action:2"].answer == {"said": "yes", "at_hand": False}
    with time_machine.travel(FINISHED + timedelta(days=300), tick=False):
        client = signed_in_client(stage.app, key)
        assert ask not in client.get("/en/me/").text


def test_one_action_is_asked_about_at_a_time(make_app: MakeSite, tmp_path: Path) -> None:
    """The one that was done last: a row of them would look like things left undone. The next comes when it is answered."""
    folder = asking_course(tmp_path / "more")
    action = folder.read(ACTION).replace("first-action", "second-action").replace("Did you ask", "Did you hear")
    folder.write("02-go-on/02-second-action.md", re.sub(r"\{#b(\w+)\}", r"{#c\1}", action))
    stage = Stage(make_app(course_path=(folder.path.parent,)))
    with stage.app.app_context():
        session = current_session(stage.app)
        user, learner_id = stage.account(session)
        items = list(stage.course.items)
        stage.do(session, learner_id, items[:-1], FINISHED - timedelta(days=3))
        stage.do(session, learner_id, items[-1:], FINISHED)
        session.commit()
        key = user.fs_uniquifier
    with time_machine.travel(FINISHED + timedelta(days=8), tick=False):
        client = signed_in_client(stage.app, key)
        page = client.get("/en/me/").text
        assert ("Did you hear your question?" in page, "Did you ask your question?" in page) == (True, False)
        fields = {**hidden_fields(page), "asked": "follow-up:second-action:1", "back": "me", "said": "changed"}
        client.post(stage.address(learner_id), data=fields)
        assert "Did you ask your question?" in client.get("/en/me/").text
