"""Scores go back: once, once more when the record changes, whatever fails on the way, and never for what is not finished."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from coplearn.accounts.models import User
from coplearn.courses.course import Course
from coplearn.courses.plugin import Item
from coplearn.kernel.clock import utcnow
from coplearn.lti.guards import launch_parts
from coplearn.lti.models import LtiLink, LtiScore
from coplearn.lti.rules import Target, parts_of, score_of, score_time
from coplearn.lti.service import scores as service
from coplearn.lti.tasks import TASK, SendAgain, look_for_scores, send_score
from coplearn.outbox.models import Job
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.journeys.walk import right_answers, way_through, wrong_form
from tests.lti.conftest import World
from tests.lti.platform import TEACHER
from tests.lti.test_launching import address_of


def the_course(world: World) -> Course:
    """The course for parents."""
    return site_of(world.app).library.current().courses["cop-parents"]


def send(client: FlaskClient, course: Course, item: Item[Any], form: Mapping[str, Any], lang: str = "ar") -> None:
    """Send an item's form from its page in the frame."""
    path, headers = f"/{lang}/c/{course.code}/{item.code}", {"Sec-Fetch-Dest": "iframe"}
    fields = hidden_fields(client.get(path, headers=headers).text)
    answer = client.post(path, data={**fields, **form}, headers=headers)
    assert answer.status_code == 303, answer.text


def all_right(quiz: Item[Any]) -> dict[str, list[str]]:
    """The right answers to every question of a check, whichever of them a try asks."""
    return {name: sent for one in quiz.content.questions for name, sent in right_answers(one).items()}


def do(client: FlaskClient, course: Course, item: Item[Any], *, rightly: bool = True) -> None:
    """Finish an item as a learner does."""
    if item.kind == "quiz":
        send(client, course, item, all_right(item) if rightly else wrong_form(item))
    elif item.kind == "action":
        send(client, course, item, {"did": "done"})
    elif item.kind == "lesson":
        send(client, course, item, {})
    else:
        for choice in way_through(item.content):
            send(client, course, item, {"choice": choice})


def work(world: World) -> None:
    """What the process that does the jobs does: a look, and the jobs that are due."""
    with world.app.app_context():
        look_for_scores(world.app, utcnow())
    while site_of(world.app).jobs.work_next():
        pass


def due_now(world: World) -> int:
    """Let the tries that wait be due; how many there are."""
    with world.app.app_context():
        session = current_session(world.app)
        waiting = len(session.scalars(select(Job.id).where(Job.name == TASK)).all())
        session.execute(update(Job).values(due_at=utcnow()))
        session.commit()
        return waiting


def test_module_in_arabic_comes_back_once_and_corrected(world: World) -> None:
    """A learner does a module in Arabic, badly at first: one score, and one more when they pass; nothing for a half of it."""
    course, browser = the_course(world), world.browser()
    items = [course.items[one] for one in course.modules[0].item_ids]
    page = browser.launch(target=address_of(world))
    assert page.request.path.startswith("/ar/")
    for item in items[:-1]:
        do(browser.client, course, item, rightly=False)
    work(world)
    assert world.platform.scores == []
    do(browser.client, course, items[-1], rightly=False)
    work(world)
    work(world)
    sent = world.platform.scores
    assert len(sent) == 1
    assert (sent[0]["userId"], sent[0]["scoreMaximum"], sent[0]["line"]) == ("u-1", 100, "link-1")
    assert (sent[0]["activityProgress"], sent[0]["gradingProgress"]) == ("Completed", "FullyGraded")
    assert sent[0]["scoreGiven"] < 100
    quiz = next(item for item in items if item.kind == "quiz")
    do(browser.client, course, quiz)
    work(world)
    work(world)
    assert [one["scoreGiven"] for one in sent[1:]] == [100]
    assert sent[1]["timestamp"] > sent[0]["timestamp"]
    do(browser.client, course, quiz)
    work(world)
    assert len(sent) == 2


def _finished(world: World, **told: Any) -> int:
    """A check that is done and whose score waits to be sent; its row."""
    course, browser = the_course(world), world.browser()
    browser.launch(target=address_of(world, kind="check"), **told)
    do(browser.client, course, course.items[course.checks[0]])
    with world.app.app_context():
        look_for_scores(world.app, utcnow())
        return current_session(world.app).scalars(select(LtiScore.id)).one()


def test_platform_that_fails_gets_the_score_later_and_once(world: World) -> None:
    """An error of its server, and a network that is away, are no reason to lose a score."""
    score_id = _finished(world)
    world.platform.fails = [503, 502]
    jobs = site_of(world.app).jobs
    for _ in range(2):
        assert jobs.work_next()
        assert world.platform.scores == [] and due_now(world) == 1
    assert jobs.work_next() and not jobs.work_next()
    assert len(world.platform.scores) == 1
    with world.app.app_context():
        row = current_session(world.app).get_one(LtiScore, score_id)
        assert (row.sent_version, row.problem, row.claim) == (1, "", "")


def test_platform_that_says_no_is_asked_again_by_hand_or_when_something_changes(world: World) -> None:
    """A column that is gone is no reason to knock for ever; whoever looks after it sees that a score was refused."""
    score_id = _finished(world)
    world.platform.fails = [404]
    work(world)
    with world.app.app_context():
        session = current_session(world.app)
        row = session.get_one(LtiScore, score_id)
        assert (row.is_refused, row.problem) == (True, "http-404")
        service.send_again(session, [score_id])
        site_of(world.app).jobs.enqueue(session, TASK, {"score_id": score_id})
        session.commit()
    work(world)
    assert len(world.platform.scores) == 1


def test_two_senders_at_once_send_once(world: World) -> None:
    """The claim is one; who finds it taken looks again later, and a sender that died is followed by another."""
    score_id = _finished(world)
    with world.app.app_context():
        session, now = current_session(world.app), utcnow()
        name = service.claim(session, score_id, now)
        session.commit()
        assert name and not service.claim(session, score_id, now)
        session.commit()
        parts = launch_parts()
        send_score(world.app, session, score_id, parts.client, parts.key, now)
        session.commit()
        assert world.platform.scores == []
        service.note_sent(session, score_id, name, 1, now)
        session.commit()
    due_now(world)
    work(world)
    assert world.platform.scores == []


def test_score_without_a_column_makes_one(world: World) -> None:
    """Where the platform lets us: for two people of one activity there is one column."""
    course = the_course(world)
    for user in ("u-1", "u-2"):
        browser = world.browser()
        browser.launch(target=address_of(world, kind="check"), line_item=False, user=user)
        do(browser.client, course, course.items[course.checks[0]])
    work(world)
    assert [one["resourceLinkId"] for one in world.platform.lines] == ["link-1"]
    assert {(one["userId"], one["line"]) for one in world.platform.scores} == {
        ("u-1", "made-1"),
        ("u-2", "made-1"),
    }


def test_no_score_for_teachers_nor_where_none_is_wanted(world: World) -> None:
    """A platform that takes no scores is told none."""
    course = the_course(world)
    for told in ({"roles": (TEACHER,)}, {"user": "u-2", "line_item": False, "line_items": False}):
        browser = world.browser()
        browser.launch(target=address_of(world, kind="check"), **told)
        do(browser.client, course, course.items[course.checks[0]])
    work(world)
    assert world.platform.scores == []


def test_silent_platform_rests(world: World) -> None:
    """It is not asked for every score while it is away, so that no thread is kept waiting for it."""
    score_id = _finished(world)
    with world.app.app_context():
        session, parts = current_session(world.app), launch_parts()
        platform = world.platform
        session.execute(update(LtiLink).values(line_item="http://127.0.0.1:1/lineitems/1"))
        session.commit()
        asked = len(platform.asked)
        for _ in range(2):
            with pytest.raises(SendAgain):
                send_score(world.app, session, score_id, parts.client, parts.key, utcnow())
        assert len(platform.asked) - asked <= 1


def test_account_that_is_switched_off_ends_what_was_opened(world: World) -> None:
    """In the frame that is open, and at the next launch, with a sentence."""
    from coplearn.lti.service.launches import join_account
    from tests.cohorts.worlds import put_user

    browser, app = world.browser(), world.app
    browser.launch(target=address_of(world))
    with app.app_context():
        session = current_session(app)
        user_id = put_user(session, "amina@example.org")
        join_account(session, 1, user_id, utcnow(), {})
        session.commit()
    assert browser.launch(target=address_of(world)).status_code == 200
    kept = "kept in your account"
    assert kept in browser.client.get("/en/launched/").text
    assert browser.client.get("/en/me/data").status_code == 422
    with app.app_context():
        session = current_session(app)
        session.execute(update(User).where(User.id == user_id).values(active=False))
        session.commit()
        look_for_scores(app, utcnow())
    assert kept not in browser.client.get("/en/launched/").text
    refused = world.browser().launch(target=address_of(world), locale="en")
    assert refused.status_code == 401 and "switched off" in refused.text


class _Visit:
    def __init__(self, done: bool, score: int | None = None) -> None:
        self.done_at, self.score = (utcnow() if done else None), score


def test_score_is_the_mean_of_the_checks_once_all_is_done() -> None:
    """Steps that are only read ask to be done; where nothing is scored, having done it all is the score."""
    done, half = _Visit(True), _Visit(True, 51)
    assert score_of(("a", "b"), ("b",), {"a": done}) is None
    assert score_of(("a", "b"), ("b",), {"a": done, "b": _Visit(False)}) is None
    assert score_of(("a", "b", "c"), ("b", "c"), {"a": done, "b": half, "c": _Visit(True, 100)}) == 76
    assert score_of(("a",), (), {"a": done}) == 100
    assert score_of((), (), {}) is None


def test_time_of_a_score_never_goes_back() -> None:
    """A platform drops a score that is not later than the one before, and a clock may be put back."""
    now = utcnow()
    assert score_time(now, None) == now
    assert score_time(now, now) > now


def test_target_that_a_course_no_longer_has_asks_for_nothing(world: World) -> None:
    """Nothing is sent for it, and what was sent stands."""
    course = the_course(world)
    assert parts_of(course, Target("cop-parents", item_id="gone")) == ()
    assert parts_of(course, Target("cop-parents", module_id="gone")) == ()
    assert parts_of(course, Target("cop-parents")) == course.required
