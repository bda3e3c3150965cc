"""What a course's page says of its checks is what holds."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from coplearn.courses.kinds.quiz import FORM_B
from coplearn.site import site_of
from tests.accounts.persona import Visitor, hidden_fields
from tests.conftest import MakeSite
from tests.courses.makecourse import CHECK, make_course
from tests.journeys.walk import right_form, wrong_form

OFTEN, TWICE = "You may try as often as you like.", "You may try each check 2 times."


def _page(app: Flask, course_id: str) -> str:
    course = site_of(app).library.current().courses[course_id]
    return app.test_client().get(f"/en/c/{course.code}/").text


def test_course_page_says_how_often_a_check_may_be_tried(make_app: MakeSite, tmp_path: Path) -> None:
    """A limit stands where the certificate is explained and on the check; a course without limits says there is none."""
    folder = make_course(tmp_path / "more")
    folder.swap(CHECK, "questions:", "attempts: 2\nquestions:")
    app = make_app(course_path=(folder.path.parent,))
    page, other = _page(app, "my-course"), _page(app, "cop-parents")
    assert (TWICE in page, OFTEN in page) == (True, False)
    assert (TWICE in other, OFTEN in other) == (False, True)
    course = folder.course()
    check = app.test_client().get(f"/en/c/{course.code}/{course.items[course.checks[0]].code}")
    assert "You can answer this check 2 times." in check.text


def test_course_and_its_print_name_the_course_s_own_licence(make_app: MakeSite, tmp_path: Path) -> None:
    """A third party's course is under its own licence, and no page says that all courses are under one."""
    folder = make_course(tmp_path / "more")
    folder.swap("course.yaml", "licence: CC-BY-4.0", "licence: LicenseRef-All-rights-reserved")
    app = make_app(course_path=(folder.path.parent,))
    code = site_of(app).library.current().courses["my-course"].code
    for address in (f"/en/c/{code}/", f"/en/c/{code}/paper/1"):
        page = app.test_client().get(address).text
        assert "All rights reserved" in page
        assert "CC BY" not in page
    assert 'href="https://creativecommons.org/licenses/by/4.0/"' in _page(app, "cop-parents")


def test_catalogue_tells_who_is_signed_in_how_far_they_are(app: Flask) -> None:
    """With an account as without one, the list of courses says of each that was begun how much of it is done."""
    course = site_of(app).library.current().courses["cop-parents"]
    lesson = next(item for item in course.items.values() if item.kind == "lesson")
    member, visitor = Visitor(app), Visitor(app)
    member.join("ana@example.org")
    for person in (member, visitor):
        assert "steps done" not in person.get("/en/courses?reader=all").text
        person.send(f"/en/c/{course.code}/{lesson.code}")
        assert f"1 of {len(course.items)} steps done" in person.get("/en/courses?reader=all").text


def test_result_stands_first_and_offers_what_helps(app: Flask, client: FlaskClient) -> None:
    """Who has not passed is led to another try, who has to what comes next; the address leads to the result itself."""
    course = site_of(app).library.current().courses["cop-parents"]
    quiz = course.items[course.checks[0]]
    address, primary = f"/en/c/{course.code}/{quiz.code}", 'class="button button--primary"'
    for form, wanted in ((wrong_form(quiz), "Try again"), (right_form(quiz, FORM_B), "Next")):
        sent = client.post(address, data=hidden_fields(client.get(address).text) | form)
        assert sent.headers["Location"].endswith("#result")
        page = client.get(sent.headers["Location"]).text
        assert page.index('id="result"') < page.index('class="question"')
        assert wanted in page.split(primary, 1)[1].split("</a>", 1)[0]


def test_way_to_ones_work_is_on_no_page_of_somebody_else(app: Flask) -> None:
    """Pages of a course are kept for all who stand at the same place in it; who works here sees one thing more in the bar."""
    course = site_of(app).library.current().courses["cop-parents"]
    lesson = next(item for item in course.items.values() if item.kind == "lesson")
    staff, learner = Visitor(app), Visitor(app)
    staff.join("staff@example.org")
    learner.join("learner@example.org")
    with staff.client.session_transaction() as session:
        session["works"] = True
    for path in (f"/en/c/{course.code}/", f"/en/c/{course.code}/{lesson.code}"):
        for one in (staff, learner, staff):
            assert ("My work" in one.get(path).text) == (one is staff)


def test_titles_that_are_not_translated_say_their_language(make_app: MakeSite, tmp_path: Path) -> None:
    """In Arabic an English title is read out as English and runs from left to right, on every page that names it."""
    folder = make_course(tmp_path / "more")
    app = make_app(course_path=(folder.path.parent,))
    course = site_of(app).library.current().courses["my-course"]
    first = next(iter(course.items.values()))
    for address in (
        "courses?reader=all",
        f"c/{course.code}/",
        f"c/{course.code}/paper/1",
        f"c/{course.code}/{first.code}",
    ):
        page = app.test_client().get(f"/ar/{address}").text
        assert f'<span lang="en" dir="ltr" class="untranslated">{course.title}</span>' in page, address
        assert "&lt;span" not in page, address
        assert "<span" not in page.split("<title>", 1)[1].split("</title>", 1)[0], address
