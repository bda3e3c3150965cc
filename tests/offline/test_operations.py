"""What a device sends late: whose it is, what is counted, what is refused with a sentence, and at what cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from coplearn.courses.course import Course
from coplearn.courses.plugin import Item
from coplearn.learning.models import Attempt, Learner, Visit
from coplearn.offline.operations.service import CHANGED
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor
from tests.counting import counted
from tests.journeys.walk import right_form

BESIDE = 9
"""Statements of a sending besides three an operation."""


def the_course(app: Flask) -> Course:
    """The parents' course."""
    return site_of(app).library.current().courses["cop-parents"]


def lessons(app: Flask) -> list[Item[Any]]:
    """Its lessons."""
    return [item for item in the_course(app).items.values() if item.kind == "lesson"]


def operation(app: Flask, item: Item[Any], seq: int = 1, **more: Any) -> dict[str, Any]:
    """A lesson read on a device."""
    shown = {"made_of": item.digest, "course_digest": the_course(app).digest, "seed": 1}
    return {"op": str(uuid4()), "seq": seq, "item": item.code, "made": 1000.5, "fields": {}, **shown, **more}


def told(client: FlaskClient) -> Mapping[str, Any]:
    """What the site tells a device about itself."""
    answer = client.get("/ar/operations.json")
    assert answer.headers["Cache-Control"] == "no-store"
    return said(answer)


def said(answer: TestResponse) -> Mapping[str, Any]:
    """The JSON of an answer."""
    found: Mapping[str, Any] = answer.get_json()
    return found


def send(app: Flask, client: FlaskClient, *ops: Mapping[str, Any], **more: Any) -> TestResponse:
    """Send operations as the page does."""
    now = told(client)
    body = {"owner": more.get("owner", now["owner"]), "sent": 2000, "operations": list(ops)}
    headers = {"X-CSRFToken": more.get("token", now["token"]), **more.get("headers", {})}
    return client.post(f"/{more.get('lang', 'ar')}/c/{the_course(app).code}/operations", json=body, headers=headers)


def attempts(app: Flask) -> list[tuple[str, bool]]:
    """The keys that are kept, and whether each is an account's."""
    with app.app_context():
        kept = select(Attempt.key, Learner.user_id).join(Learner, Learner.id == Attempt.learner_id)
        return [(key, user is not None) for key, user in current_session(app).execute(kept.order_by(Attempt.id))]


def test_what_was_done_as_a_visitor_follows_into_the_account_once(app: Flask) -> None:
    """Sent twice before and once after signing in, under the visitor's name: it is one attempt, and the account's."""
    person, item = Visitor(app), lessons(app)[0]
    first, later = operation(app, item), operation(app, lessons(app)[1], 2)
    before = told(person.client)["owner"]
    for _ in range(2):
        answer = send(app, person.client, first)
        assert answer.json == {"owner": before, "taken": [first["op"]], "refused": [], "done": [item.code]}
    assert attempts(app) == [(first["op"], False)]
    person.join("ani@example.org")
    now = told(person.client)
    assert now["owner"] != before
    assert before in now["also"]
    assert said(send(app, person.client, first, later, owner=before))["taken"] == [first["op"], later["op"]]
    assert attempts(app) == [(first["op"], True), (later["op"], True)]
    with app.app_context():
        assert current_session(app).scalars(select(Visit.tries)).all() == [1, 1]


def test_device_is_told_what_was_done_elsewhere_by_whoever_is_here_alone(app: Flask) -> None:
    """Of the courses that were asked for; a stranger is told nothing and given no name, nor is the device after signing out."""
    person, stranger, course = Visitor(app), app.test_client(), the_course(app)
    person.join("ani@example.org")
    first = lessons(app)[0]
    assert send(app, person.client, operation(app, first)).status_code == 200
    address = f"/ar/done.json?courses=another,{course.code}"
    answer = person.client.get(address)
    assert said(answer) == {"owner": told(person.client)["owner"], "done": {course.code: [first.id]}}
    assert answer.headers["Cache-Control"] == "no-store"
    assert said(person.client.get("/ar/done.json")) == {"owner": told(person.client)["owner"], "done": {}}
    nothing: dict[str, Any] = {"owner": None, "done": {course.code: []}}
    assert said(stranger.get(address)) == nothing and stranger.get_cookie("visitor") is None
    person.client.delete_cookie("session")
    assert first.id not in person.client.get(address).text


def test_nobody_sends_what_somebody_else_did(app: Flask) -> None:
    """On a shared phone: the next person's session takes nothing that waits under another name, nor does a lost session."""
    ani, sam, item = Visitor(app), Visitor(app), lessons(app)[0]
    ani.join("ani@example.org")
    hers = told(ani.client)["owner"]
    sam.join("sam@example.org")
    for client in (sam.client, app.test_client()):
        answer = send(app, client, operation(app, item), owner=hers)
        assert (answer.status_code, answer.mimetype) == (409, "application/json")
        assert said(answer)["refused"]
    assert attempts(app) == []


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"token": "forged"}, 400),
        ({"headers": {"Origin": "https://evil.example"}}, 403),
        ({"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    ],
)
def test_only_a_page_of_this_site_sends(app: Flask, more: dict[str, Any], status: int) -> None:
    """A foreign page has no token, and is refused by what the browser says of it even with one."""
    assert send(app, app.test_client(), operation(app, lessons(app)[0]), **more).status_code == status
    assert attempts(app) == []


def test_what_cannot_be_counted_is_named_and_the_rest_is_kept(app: Flask) -> None:
    """A question that asks something else since, a step that is gone, a form that lacks something or is none."""
    quiz = next(item for item in the_course(app).items.values() if item.kind == "quiz")
    good = operation(app, lessons(app)[0], 9)
    bad = [
        operation(app, quiz, 1),
        {**operation(app, quiz, 2), "item": "gone"},
        operation(app, quiz, 3, fields="none"),
        operation(app, lessons(app)[0], 4, steps=[{}, {}]),
    ]
    answer = said(send(app, app.test_client(), *bad, good))
    assert answer["taken"] == [good["op"]]
    assert [one["op"] for one in answer["refused"]] == [one["op"] for one in bad]
    assert all(one["sentence"] for one in answer["refused"])


def test_answer_to_a_check_that_was_changed_is_not_scored(app: Flask) -> None:
    """All is answered, and to other questions than those of now: the learner is told to answer once more, and no try counts."""
    quiz = next(item for item in the_course(app).items.values() if item.kind == "quiz")
    client, old = app.test_client(), operation(app, quiz, fields=right_form(quiz), made_of="0" * 64)
    found = said(send(app, client, old, lang="en"))
    assert found["taken"] == found["done"] == []
    assert [(one["op"], one["sentence"]) for one in found["refused"]] == [(old["op"], CHANGED)]
    assert attempts(app) == []
    now = operation(app, quiz, fields=right_form(quiz))
    assert said(send(app, client, now, lang="en"))["taken"] == [now["op"]]


@pytest.mark.parametrize(
    "body", [None, [], {"operations": []}, {"operations": [{"op": "x"}]}, {"operations": [{"op": "a" * 20}] * 51}]
)
def test_nonsense_is_refused_whole(app: Flask, body: object) -> None:
    """What no page of ours sends; it is no fault of the site's either."""
    client = app.test_client()
    headers = {"X-CSRFToken": told(client)["token"]}
    answer = client.post(f"/en/c/{the_course(app).code}/operations", json=body, headers=headers)
    assert (answer.status_code, answer.mimetype) == (400, "application/json")


def test_fifty_take_three_statements_each(each_app: Flask) -> None:
    """On both databases; and sent again, one each."""
    items = list(lessons(each_app))
    ops = [operation(each_app, items[number % len(items)], number) for number in range(50)]
    person = Visitor(each_app)
    person.join("ani@example.org")
    assert len(said(send(each_app, person.client, operation(each_app, items[0])))["taken"]) == 1
    for each in (3, 2):
        with counted(each_app) as sent:
            assert len(said(send(each_app, person.client, *ops))["taken"]) == 50
        assert len(sent) <= each * 50 + BESIDE
