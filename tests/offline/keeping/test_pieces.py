"""The pieces of a kept course: each is what the listing says, the same for everybody, light, and tells a glance nothing."""

from __future__ import annotations

import gzip
import hashlib
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coplearn.courses.course import Course
from coplearn.offline.keeping.rules import ANOTHER
from coplearn.site import site_of
from coplearn.web.static_files import FILES, STATIC, static_url
from tests.accounts.persona import Visitor
from tests.sizes import WHOLE

PACK, PARENTS = "cop-workshop-pack", "cop-parents"
MOST = 1_500_000
"""Bytes on the device of a course of six modules in one language, without recordings."""
MOST_SCRIPT = 15_000
OF_A_STEP = ("worker.js", "kept.js", "kept-step.js", "step.js", "outbox.js")
OF_KEEPING = ("worker.js", "kept.js", "keep.js", "outbox.js")
OF_MY_LEARNING = ("kept-here.js", "kept-done.js")
MOST_FOR_MY_LEARNING = 3_000
OF_RECORDINGS = ("keep-heard.js", "kept-heard.js")
MOST_FOR_RECORDINGS = 1_500


def course_of(app: Flask, course_id: str) -> Course:
    """A course of the site."""
    return site_of(app).library.current().courses[course_id]


def listing(client: FlaskClient, course: Course, lang: str) -> dict[str, Any]:
    """What the site says can be kept."""
    answer = client.get(f"/{lang}/c/{course.code}/kept.json")
    assert answer.status_code == 200, answer.status
    told: dict[str, Any] = answer.get_json()
    return told


def pieces(told: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Digest and weight of every piece, by its address."""
    every = [*told["common"], *(piece for module in told["modules"] for piece in module["pieces"])]
    return {address: (digest, weight) for address, digest, weight in every}


def test_every_piece_is_what_the_listing_says_for_whoever_asks(app: Flask) -> None:
    """Its digest and weight hold, also for somebody who is signed in; a page that is meant stands in it, and no form's token."""
    course = course_of(app, PACK)
    stranger, person = app.test_client(), Visitor(app)
    person.join("ani@example.org")
    told = listing(stranger, course, "ar")
    assert listing(person.client, course, "ar") == told
    for address, (digest, weight) in pieces(told).items():
        answer = stranger.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
        assert (answer.status_code, len(answer.data)) == (200, weight), address
        plain = gzip.decompress(answer.data)
        assert hashlib.sha256(plain).hexdigest() == digest, address
        assert person.client.get(address, buffered=True).data == plain, address
        assert "immutable" in answer.headers["Cache-Control"]
        if answer.mimetype == "text/html":
            assert b"csrf_token" not in plain and b"<script>" not in plain, address
    assert set(told["pages"].values()) <= set(pieces(told))
    assert {"/ar/", "/ar/help", told["home"]} <= set(told["pages"])
    assert all(f"{told['home']}{item.code}" in told["pages"] for item in course.items.values())
    wrong = next(iter(told["pages"].values()))[:-3] + "000"
    assert stranger.get(wrong).status_code == 404


def test_recordings_are_told_apart_and_are_what_the_listing_says(app: Flask) -> None:
    """The first module of the course for parents has one, in two files, with captions in the reader's language; none is among the
    pieces of the course, and the kept page that plays it names the same addresses."""
    client, course = app.test_client(), course_of(app, PARENTS)
    told = listing(client, course, "ar")
    (((*files,), (captions,)),) = told["modules"][0]["recordings"]
    assert not any(module["recordings"] for module in told["modules"][1:])
    assert [file[2] for file in files] == sorted(file[2] for file in files) and len(files) == 2
    for address, digest, weight, *_ in (*files, captions):
        answer = client.get(address, buffered=True)
        assert (answer.status_code, len(answer.data)) == (200, weight) and "immutable" in answer.headers[
            "Cache-Control"
        ]
        assert hashlib.sha256(answer.data).hexdigest().startswith(digest) and address not in pieces(told)
    assert client.get(captions[0][:-3] + "000").status_code == 404
    page = client.get(told["pages"][f"{told['home']}recordings"]).text
    assert all(f'src="{one[0]}"' in page for one in (*files, captions)) and "data-not-kept" in page
    assert "download" not in page and page.count("<track ") == 1
    without = [one["pieces"] for one in told["modules"][1:]]
    assert not any("kept-heard" in address for some in without for address, *_ in some)


def test_titles_of_kept_pages_tell_nothing_of_the_topic(app: Flask) -> None:
    """Whoever glances at the list of tabs or at the home screen reads "Course" and a number."""
    client, course = app.test_client(), course_of(app, PACK)
    for address in set(listing(client, course, "en")["pages"].values()):
        found = re.search(r"<title>(.*?)</title>", client.get(address).text)
        assert found is None or re.fullmatch(r"Course|Module \d+ of \d+ · [\w ]+ \d+ of \d+(: [\w ]+)?", found[1]), (
            address
        )


def test_country_told_is_that_of_the_address(app: Flask) -> None:
    """A step with a law of the reader's country differs by it, one without is the same piece everywhere, and all countries of
    which nothing is said have one."""
    client, course = app.test_client(), course_of(app, "cop-educators")
    told = {code for module in course.modules for fact in module.facts.values() for code in fact.countries}
    known = sorted(told)[0]
    by_country = []
    for country in (known, "AQ", "NR"):
        client.set_cookie("country", country)
        by_country.append(set(pieces(listing(client, course, "en"))))
    here, antarctic, nauru = ({one for one in found if "kept/help" not in one} for found in by_country)
    assert antarctic == nauru != here
    assert any(f"country={ANOTHER}" in one for one in antarctic) and any(f"country={known}" in one for one in here)
    assert len(here & nauru) > len(here) / 2


def weight_of(app: Flask, course: Course, lang: str) -> int:
    """Bytes on the device, where pages are kept packed and files as they are."""
    client = app.test_client()
    told = pieces(listing(client, course, lang))
    files = [address for address in told if address.startswith("/static/")]
    pages = sum(weight for address, (_, weight) in told.items() if address not in files)
    return pages + sum(len(client.get(address, buffered=True).data) for address in files)


@pytest.mark.parametrize("lang", ["ar", "en", "es", "fr", "ru", "zh"] if WHOLE else ["ru"])
def test_course_on_a_phone_is_light(lang: str, app: Flask) -> None:
    """A course of six modules takes at most 1.5 MB there; what letters of two bytes take most is the sample."""
    courses = site_of(app).library.current().courses.values() if WHOLE else [course_of(app, PARENTS)]
    heavy = {course.id: weight_of(app, course, lang) for course in courses if len(course.modules) <= 6}
    assert {one: weight for one, weight in heavy.items() if weight > MOST} == {}


def test_scripts_of_learning_offline_are_light() -> None:
    """Those of a kept step are at most 15 KB compressed by gzip, and so are those of the page that keeps a course; all of them
    together are by brotli, which browsers take wherever something can be kept."""
    sent = {name: FILES.get(f"js/{name}") for name in {*OF_A_STEP, *OF_KEEPING}}
    assert None not in sent.values()
    zipped = {name: len(file.body("gzip")) for name, file in sent.items() if file is not None}
    assert sum(zipped[name] for name in OF_A_STEP) <= MOST_SCRIPT, zipped
    assert sum(zipped[name] for name in OF_KEEPING) <= MOST_SCRIPT, zipped
    assert sum(len(file.body("br")) for file in sent.values() if file is not None) <= MOST_SCRIPT


def test_scripts_of_what_is_kept_here_are_light() -> None:
    """My learning, and what a page of the site looks after on a device that keeps courses, take at most 3 KB by brotli."""
    sent = [FILES.get(f"js/{name}") for name in OF_MY_LEARNING]
    assert sum(len(file.body("br")) for file in sent if file is not None) <= MOST_FOR_MY_LEARNING and None not in sent


def test_scripts_of_recordings_are_light_and_apart() -> None:
    """A course without recordings loads none of them; nor does a page without one of a course with."""
    sent = [FILES.get(f"js/{name}") for name in OF_RECORDINGS]
    assert sum(len(file.body("br")) for file in sent if file is not None) <= MOST_FOR_RECORDINGS and None not in sent
    without = [(STATIC / "js" / name).read_text(encoding="utf-8") for name in {*OF_A_STEP, *OF_KEEPING}]
    assert not any(name in text for name in OF_RECORDINGS for text in without)


def test_whoever_leaves_no_trace_is_given_nothing_to_keep(app: Flask) -> None:
    """Pages and files are not stored, cookies go with the browser, the page says so, and a course is not offered to be kept."""
    client, course = app.test_client(), course_of(app, PACK)
    asked = client.get("/en/no-trace").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', asked)
    assert token is not None and "data-trace" not in asked
    begun = client.post("/en/no-trace", data={"csrf_token": token[1], "mode": "on"})
    assert begun.headers["Clear-Site-Data"] == '"cache", "storage"'
    cookies = begun.headers.getlist("Set-Cookie")
    # Those that count what is kept here go at once; the others go with the browser.
    assert {one.partition("=")[0] for one in cookies if "Max-Age=0" in one} == {"waits", "keeps"}
    assert not any("Max-Age" in one and "Max-Age=0" not in one for one in cookies)
    page = client.get(f"/en/c/{course.code}/keep")
    assert 'data-trace="none"' in page.text and "This site keeps nothing on this phone." in page.text
    lesson = client.get("/en/", headers={"Accept-Language": "ar"})
    style = client.get(static_url("css/coplearn.css"), buffered=True)
    assert {one.headers["Cache-Control"] for one in (page, lesson, style)} == {"no-store"}
    remembered = client.post("/en/help", data={"csrf_token": token[1], "country": "FR"})
    assert "country=FR" in remembered.headers["Set-Cookie"] and "Max-Age" not in remembered.headers["Set-Cookie"]
    client.post("/en/no-trace", data={"csrf_token": token[1], "mode": "off"})
    assert client.get("/en/").headers["Cache-Control"] != "no-store"


def test_step_that_is_not_there_is_no_piece(shared_app: Flask) -> None:
    """A listing of before an update may name one."""
    code = course_of(shared_app, PARENTS).code
    assert shared_app.test_client().get(f"/en/c/{code}/kept/no-such-item").status_code == 404
