"""What is told at once, at the end of a check, of a module and of a course."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from coplearn.courses.course import Course
from coplearn.courses.plugin import Item
from coplearn.courses.questions.choice import One
from coplearn.site import site_of
from tests.accounts.persona import Visitor, hidden_fields
from tests.conftest import MakeSite
from tests.courses.makecourse import CHECK, make_course
from tests.journeys.walk import right_form, way_through


def _course(app: Flask) -> Course:
    return site_of(app).library.current().courses["cop-parents"]


def _do(client: FlaskClient, course: Course, item: Item[Any]) -> str:
    """Finish an item; where it leads."""
    path = f"/en/c/{course.code}/{item.code}"
    forms: list[dict[str, Any]] = [{}]
    if item.kind == "quiz":
        forms = [right_form(item)]
    elif item.kind == "action":
        forms = [{"did": "done"}]
    elif item.kind == "scenario":
        forms = [{"choice": choice} for choice in way_through(item.content)]
    for form in forms:
        answer = client.post(path, data=hidden_fields(client.get(path).text) | form)
        assert answer.status_code == 303
    return answer.location


def _begin_of_second(course: Course) -> str:
    """Where the second module begins: what it asks first, or its first step."""
    module = course.modules[1]
    return f"/en/c/{course.code}/{'before/2' if module.asks_first else course.items[module.item_ids[0]].code}"


def test_module_ends_with_what_is_known_now(app: Flask, client: FlaskClient) -> None:
    """The last step leads to the module's end, which asks a visitor to keep it and leads on; it is not there before."""
    course = _course(app)
    end = f"/en/c/{course.code}/done/1"
    assert client.get(end).location == f"/en/c/{course.code}/"
    items = [course.items[item_id] for item_id in course.modules[0].item_ids]
    ways = [_do(client, course, item) for item in items]
    assert ways[-1] == end
    assert end not in ways[:-1]
    page = client.get(end).text
    assert all(objective in page for objective in course.modules[0].objectives.values())
    assert f"/en/sign-up?next={end}" in page.replace("%2F", "/")
    assert _begin_of_second(course) in page


def test_skipped_step_leads_on_and_not_to_the_end(app: Flask, client: FlaskClient) -> None:
    """Who has done the last step of a module but not all is led to the next module and praised for nothing."""
    course = _course(app)
    last = course.items[course.modules[0].item_ids[-1]]
    assert _do(client, course, last) == _begin_of_second(course)


def test_course_page_opens_the_module_somebody_is_in(app: Flask, client: FlaskClient) -> None:
    """The others are closed, and each says how much of it is done."""
    course = _course(app)
    for item_id in course.modules[0].item_ids:
        _do(client, course, course.items[item_id])
    page = client.get(f"/en/c/{course.code}/").text
    opened = [part.split(">", 1)[0] for part in page.split('<details class="card part"')[1:]]
    assert [" open" in part for part in opened] == [False, True, *[False] * (len(opened) - 2)]
    assert f"7 of {len(course.items)} steps done" in page
    start = client.get("/en/").text
    assert start.index("Go on where you were") < start.index("Who are you?")
    assert "Begin the parents" not in start


def test_every_page_goes_on_at_the_same_step(app: Flask, client: FlaskClient) -> None:
    """The start page, My learning and the course lead to the first step that is open, not back to the last one done."""
    course = _course(app)
    done, following = list(course.items.values())[:2]
    _do(client, course, done)
    for page in ("/en/", "/en/me/", f"/en/c/{course.code}/"):
        link = client.get(page).text.partition("Go on where you were")[0].rpartition("<a ")[2]
        assert f'href="/en/c/{course.code}/{following.code}"' in link, page


def test_one_answer_is_told_at_once_and_nothing_is_kept(app: Flask, client: FlaskClient) -> None:
    """The reason comes back for that question alone; an open one is named; the score is made of what is sent at the end."""
    course = _course(app)
    quiz = course.items[course.checks[0]]
    question = next(one for one in quiz.content.asked("a") if isinstance(one, One))
    path = f"/en/c/{course.code}/{quiz.code}"
    form = hidden_fields(client.get(path).text) | {"question": question.id}
    wrong = next(option for option in question.options if not option.correct)
    told = client.post(f"{path}/one", data=form | {question.id: wrong.id})
    assert told.status_code == 200
    assert "It is not the answer here." in told.text
    others = [one for one in quiz.content.asked("a") if one.id != question.id]
    assert not any(f"{quiz.id}#{one.id}" in told.text or one.stem.text in told.text for one in others)
    open_one = client.post(f"{path}/one", data=form)
    assert (open_one.status_code, "Choose an answer." in open_one.text) == (422, True)
    assert client.post(f"{path}/one", data=form | {"question": "no-such"}).status_code == 404
    assert client.get(f"/en/c/{course.code}/").text.count("0 of 7 steps done") >= 1


def test_answer_is_told_at_once_without_any_script(app: Flask, client: FlaskClient) -> None:
    """A button below each question gives the form back with what its answer comes to; the others stay as they were filled in."""
    course = _course(app)
    quiz = course.items[course.checks[0]]
    path = f"/en/c/{course.code}/{quiz.code}"
    page = client.get(path).text
    asked = quiz.content.asked("a")
    assert page.count('name="check-one"') == len(asked)
    question = next(one for one in asked if isinstance(one, One))
    wrong = next(option for option in question.options if not option.correct)
    form = hidden_fields(page) | right_form(quiz) | {question.id: wrong.id}
    told = client.post(path, data=form | {"check-one": question.id})
    assert told.status_code == 200
    assert told.text.count("It is not the answer here.") == 1
    assert told.text.count('name="check-one"') == len(asked) - 1
    assert 'id="result"' not in told.text
    # Who asks about the next one still reads what the first came to.
    again = client.post(path, data=form | {"check-one": asked[-1].id, "told": question.id})
    assert again.text.count('name="told"') == 2
    assert again.text.count("It is not the answer here.") == 1
    open_one = client.post(path, data=hidden_fields(page) | {"check-one": question.id})
    assert (open_one.status_code, open_one.text.count("Choose an answer.")) == (422, 2)
    assert client.post(path, data=form | {"check-one": "no-such"}).status_code == 404
    assert "0 of 7 steps done" in client.get(f"/en/c/{course.code}/").text


def test_answer_is_not_told_where_tries_are_counted(make_app: MakeSite, tmp_path: Any) -> None:
    """Telling it would be a try for nothing, though the course asks for it."""
    folder = make_course(tmp_path / "more")
    folder.swap("course.yaml", "pass_mark: 70", "pass_mark: 70\nanswers_at_once: true")
    folder.swap(CHECK, "questions:", "attempts: 2\nquestions:")
    course = folder.course()
    client = make_app(course_path=(folder.path.parent,)).test_client()
    quiz = course.items[course.checks[0]]
    path = f"/en/c/{course.code}/{quiz.code}"
    page = client.get(path).text
    assert "data-one-by-one" not in page and "check-one" not in page
    form = hidden_fields(page) | right_form(quiz) | {"question": quiz.content.asked("a")[0].id}
    assert client.post(f"{path}/one", data=form).status_code == 404


def test_one_certificate_stands_for_both(app: Flask) -> None:
    """Whoever passed everything sees one certificate with a seal, who gives it, and an address to pass on."""
    person, course = Visitor(app), _course(app)
    person.join("ana@example.org")
    for item in course.items.values():
        _do(person.client, course, item)
    path = f"/en/c/{course.code}/certificate"
    person.send(path, name="Ana")
    for page in (person.get(path).text, person.get("/en/me/").text):
        assert page.count('class="certificate"') == page.count('class="seal"') == 1
        assert 'class="certificate__issuer"' in page
        assert 'data-copy="http' in page
    assert "To your certificate" in person.get(f"/en/c/{course.code}/").text
