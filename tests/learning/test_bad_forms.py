"""Forms that no page of ours would send are answered with a page that helps, and nothing is lost."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coplearn.courses.course import Course
from coplearn.learning import guards
from coplearn.site import site_of
from tests.accounts.persona import hidden_fields
from tests.conftest import MakeSite
from tests.journeys.walk import right_form, way_through

RADIO = r'type="radio" name="([^"]+)" value="([^"]+)"'


def _course(app: Flask) -> Course:
    return site_of(app).library.current().courses["cop-parents"]


def _path(course: Course, kind: str) -> str:
    item = next(item for item in course.items.values() if item.kind == kind)
    return f"/en/c/{course.code}/{item.code}"


def test_key_with_a_nul_is_kept_on_both_engines(each_app: Flask) -> None:
    """A NUL, which one of the databases refuses in a text, does not cost the learner the step."""
    client, path = each_app.test_client(), _path(_course(each_app), "lesson")
    form = hidden_fields(client.get(path).text)
    for key in ("a\0b", "\0"):
        assert client.post(path, data=form | {"key": key}).status_code == 303
    assert [attempt["done"] for attempt in json.loads(client.get("/en/me/data").text)["attempts"]] == [True, True]


def test_list_of_errors_says_which_question_each_is_about(app: Flask, client: FlaskClient) -> None:
    """Lines that ask for the same thing can be told apart, by ear as well."""
    path = _path(_course(app), "quiz")
    answer = client.post(path, data=hidden_fields(client.get(path).text))
    summary = answer.text.split('class="summary"', 1)[1].split("</section>", 1)[0]
    lines = [re.sub(r"<[^>]+>|[\u2068\u2069]", "", line) for line in re.findall(r"<li>.*?</li>", summary)]
    assert answer.status_code == 422
    assert len(lines) == len(set(lines)) == 5
    assert lines[0] == "Question 1 of 6 · Choose an answer."


def test_answers_go_with_the_reader_into_another_language(app: Flask, client: FlaskClient) -> None:
    """Without scripts a button sends what is filled in to the same page in another language; nothing counts as answered."""
    path = _path(_course(app), "quiz")
    page = client.get(path).text
    options = re.findall(r'type="radio" name="([^"]+)" value="([^"]+)"', page)
    kept = client.post(
        path.replace("/en/", "/ar/"), data=hidden_fields(page) | {"keep": "1", options[0][0]: options[0][1]}
    )
    assert kept.status_code == 200
    assert '<html lang="ar" dir="rtl">' in kept.text
    assert re.findall(r'type="radio" name="([^"]+)" value="([^"]+)"', kept.text) == options
    assert re.findall(r'value="([^"]+)"[^>]* checked', kept.text) == [options[0][1]]
    assert 'id="result"' not in kept.text
    assert json.loads(client.get("/en/me/data").text).get("attempts", []) == []
    assert client.post(path, data=hidden_fields(page) | {"keep": "1", "csrf_token": "made-up"}).status_code == 400


def test_form_sent_again_with_another_answer_is_given_back_and_the_first_stands(each_app: Flask) -> None:
    """Bar 8: 422 with what was chosen and a fresh key, which counts when it is sent; the same answer again is one attempt."""
    client, course = each_app.test_client(), _course(each_app)
    item = next(item for item in course.items.values() if item.kind == "quiz")
    path = _path(course, "quiz")
    page = client.get(path).text
    form = hidden_fields(page) | right_form(item)
    first = client.post(path, data=form)
    assert first.status_code == 303
    assert client.post(path, data=form).location == first.location
    name, value = next(one for one in re.findall(RADIO, page) if one[1] not in form[one[0]])
    other = client.post(path, data=form | {name: value})
    assert other.status_code == 422
    assert "sent before with another answer" in other.text
    assert 'href="#answers"' in other.text
    assert 'id="answers"' in other.text
    assert (name, value) in re.findall(RADIO + "[^>]* checked", other.text)
    (kept,) = json.loads(client.get("/en/me/data").text)["attempts"]
    assert kept["passed"]
    fresh = hidden_fields(other.text)
    assert fresh["key"] != form["key"]
    assert client.post(path, data=form | {name: value} | fresh).status_code == 303
    assert len(json.loads(client.get("/en/me/data").text)["attempts"]) == 2


def test_story_that_went_on_takes_an_old_press_again_as_nothing_new(app: Flask, client: FlaskClient) -> None:
    """A press that comes twice, late, is no other answer: it finds the story further on, and changes nothing."""
    course = _course(app)
    item = next(item for item in course.items.values() if item.kind == "scenario")
    path, pages = f"/en/c/{course.code}/{item.code}", list[dict[str, str]]()
    for choice in way_through(item.content)[:2]:
        pages.append(hidden_fields(client.get(path).text) | {"choice": choice})
        assert client.post(path, data=pages[-1]).status_code == 303
    assert client.post(path, data=pages[0]).status_code == 303
    assert len(json.loads(client.get("/en/me/data").text)["attempts"]) == 2


def test_new_learners_of_one_address_end_somewhere_and_a_hall_of_a_hundred_goes_on(
    make_app: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred browsers behind one address all begin; a script beyond the limit waits, and whoever is in goes on."""
    assert guards.MOST_VISITORS >= 500
    app = make_app(rate_limits=True)
    path = _path(_course(app), "lesson")

    def begin(client: FlaskClient, address: str = "192.0.2.1") -> int:
        page = client.get(path, environ_base={"REMOTE_ADDR": address}).text
        return client.post(path, data=hidden_fields(page), environ_base={"REMOTE_ADDR": address}).status_code

    hall = [app.test_client() for _ in range(100)]
    assert {begin(client) for client in hall} == {303}
    monkeypatch.setattr(guards, "MOST_VISITORS", 100)
    assert begin(app.test_client()) == 429
    assert begin(hall[0]) == 303
    assert begin(app.test_client(), "192.0.2.2") == 303
