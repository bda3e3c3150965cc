"""Whoever pays by the megabyte gets the text first, and each picture when they ask for it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from coplearn.site import site_of
from tests.accounts.persona import hidden_fields

LESS = {"Save-Data": "on"}
DRAWING = '<svg role="img"'


@pytest.fixture
def lesson(client: FlaskClient) -> str:
    """The address, in Arabic, of a lesson with a drawing."""
    for course in site_of(client.application).library.current().courses.values():
        for item in course.items.values():
            address = f"/ar/c/{course.code}/{item.code}"
            if DRAWING in client.get(address).text:
                return address
    raise LookupError("no lesson has a drawing")


def test_picture_waits_where_the_browser_asks_for_less(lesson: str, client: FlaskClient) -> None:
    """What it shows is said, one link shows it, and nobody else's page is another for that."""
    shown, waits = client.get(lesson).text, client.get(lesson, headers=LESS).text
    assert DRAWING not in waits
    assert f'href="{lesson}?pictures=shown"' in waits
    said = shown.partition(DRAWING)[2].partition("<title>")[2].partition("</title>")[0]
    assert said and f"<span>{said}</span>" in waits
    asked = client.get(f"{lesson}?pictures=shown", headers=LESS | {"Accept-Encoding": "gzip"})
    assert asked.headers["Content-Encoding"] == "gzip"
    assert DRAWING in client.get(f"{lesson}?pictures=shown", headers=LESS).text
    assert DRAWING in client.get(lesson).text


def test_choice_of_one_s_own_counts_more_than_the_browser_s(lesson: str, client: FlaskClient) -> None:
    """On this device, and for drawings beside the text as well; any other word is no choice."""
    page = "/en/pictures"
    token = {"csrf_token": hidden_fields(client.get(page).text)["csrf_token"]}
    assert client.post(page, data=token | {"pictures": "none"}).status_code == 400
    assert 'class="art"' in client.get("/en/").text
    assert client.post(page, data=token | {"pictures": "wait"}).status_code == 303
    assert 'class="art"' not in client.get("/en/").text
    assert DRAWING not in client.get(lesson).text
    assert client.post(page, data=token | {"pictures": "shown"}).status_code == 303
    assert DRAWING in client.get(lesson, headers=LESS).text


def test_what_is_kept_on_a_phone_has_its_pictures(lesson: str, client: FlaskClient) -> None:
    """It is one piece for everybody, and was paid for knowingly."""
    course, _, item = lesson.rpartition("/")
    assert DRAWING in client.get(f"{course}/kept/{item}", headers=LESS).text
