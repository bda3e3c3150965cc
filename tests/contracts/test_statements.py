"""Pages take a known number of statements, however many courses and learners there are, and show one learner's record alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coplearn.courses.course import Course
from coplearn.courses.plugin import Item
from coplearn.site import site_of
from tests.accounts.persona import Visitor, hidden_fields
from tests.conftest import MakeSite
from tests.counting import counted

MOST = 4
EXPECTED = {
    "/en/": 1,
    "/en/help": 0,
    "/en/courses": 2,
    "/en/c/{course}/": 1,
    "/en/c/{course}/{lesson}": 1,
    "/en/c/{course}/{quiz}": 1,
    "/ar/c/{course}/{lesson}": 1,
}


def course_of(app: Flask) -> Course:
    """The parents' course."""
    return site_of(app).library.current().courses["cop-parents"]


def first(app: Flask, kind: str) -> Item[Any]:
    """The first item of that kind."""
    return next(item for item in course_of(app).items.values() if item.kind == kind)


def addresses(app: Flask) -> dict[str, int]:
    """Every page of EXPECTED by its address."""
    codes = {"course": course_of(app).code, "lesson": first(app, "lesson").code, "quiz": first(app, "quiz").code}
    return {pattern.format(**codes): count for pattern, count in EXPECTED.items()}


def do(client: FlaskClient, app: Flask, item: Item[Any]) -> None:
    """Finish a lesson."""
    path = f"/en/c/{course_of(app).code}/{item.code}"
    assert client.post(path, data=hidden_fields(client.get(path).text)).status_code == 303


def counts(app: Flask, client: FlaskClient) -> dict[str, int]:
    """Statements a page for this learner, each page opened once before."""
    found = {}
    for path in addresses(app):
        client.get(path)
        with counted(app) as sent:
            assert client.get(path).status_code == 200
        found[path] = len(sent)
    return found


def learner(app: Flask, address: str) -> FlaskClient:
    """Somebody signed in who has read the first lesson."""
    person = Visitor(app)
    person.join(address)
    do(person.client, app, first(app, "lesson"))
    return person.client


def test_page_takes_its_statements_and_no_more(each_app: Flask) -> None:
    """The counts of a signed-in learner, on both databases."""
    assert counts(each_app, learner(each_app, "a@example.org")) == addresses(each_app)


def test_answer_takes_four_statements(each_app: Flask) -> None:
    """From the press of the button to the result's address."""
    client = learner(each_app, "a@example.org")
    path = f"/en/c/{course_of(each_app).code}/{first(each_app, 'lesson').code}"
    form = hidden_fields(client.get(path).text)
    with counted(each_app) as sent:
        assert client.post(path, data=form).status_code == 303
    assert len(sent) == MOST


def test_counts_do_not_grow_with_courses_and_learners(make_app: MakeSite, tmp_path: Path) -> None:
    """Three more courses and five more learners change no count."""
    few = make_app(instance_path=tmp_path / "few")
    before = counts(few, learner(few, "a@example.org"))
    folder = tmp_path / "courses"
    template = course_of(few).folder.parent / "_template"
    for number in range(3):
        copy_course(template, folder / f"copy-{number}", f"copy-{number}")
    many = make_app(instance_path=tmp_path / "many", course_path=(folder,))
    assert len(site_of(many).library.current().courses) == len(site_of(few).library.current().courses) + 3
    for number in range(5):
        learner(many, f"other{number}@example.org")
    assert counts(many, learner(many, "a@example.org")) == before


def copy_course(source: Path, target: Path, course_id: str) -> None:
    """The template course under another id."""
    for file in source.rglob("*"):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    manifest = target / "course.yaml"
    manifest.write_text(re.sub(r"(?m)^id: .*$", f"id: {course_id}", manifest.read_text(encoding="utf-8"), count=1))


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_kept_page_is_the_page_made_anew(lang: str, make_app: MakeSite, tmp_path: Path) -> None:
    """A page that was kept for one learner shows another exactly what a fresh site would: nothing of the first."""

    def walk(app: Flask, names: list[str]) -> list[str]:
        pages = []
        for name in names:
            client = learner(app, f"{name}@example.org")
            if name == "further":
                do(client, app, [item for item in course_of(app).items.values() if item.kind == "lesson"][1])
            for path in (
                f"/{lang}/c/{course_of(app).code}/",
                f"/{lang}/c/{course_of(app).code}/{first(app, 'lesson').code}",
            ):
                page = client.get(path).text
                assert "@example.org" not in page
                pages.append(re.sub(r'name="(?:csrf_token|key|seed)" value="[^"]+"', "", page))
        visitor = app.test_client()
        return [*pages, visitor.get(f"/{lang}/c/{course_of(app).code}/").text]

    shared = walk(make_app(instance_path=tmp_path / "shared"), ["one", "further", "two"])
    alone = walk(make_app(instance_path=tmp_path / "alone"), ["two"])
    assert shared[-3:] == alone
    assert shared[:2] == shared[4:6]
    assert shared[2:4] != shared[:2]


def test_hidden_fields_are_each_learner_s_own(app: Flask) -> None:
    """The token and the key in a kept page are those of who asks, and a new key each time."""
    one, two = learner(app, "one@example.org"), learner(app, "two@example.org")
    path = f"/en/c/{course_of(app).code}/{first(app, 'lesson').code}"
    pages = [hidden_fields(client.get(path).text) for client in (one, one, two)]
    assert len({page["key"] for page in pages}) == 3
    assert one.post(path, data=pages[2]).status_code == 400
    assert one.post(path, data=pages[1]).status_code == 303
