"""What a page weighs on the wire, in bytes and never in seconds: a learner pays for each of them, and waits for each.

docs/benchmarks.md (Weights) says what was measured, and what the same bytes take on a slow line.
"""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from coplearn.courses.checks import messages_of
from coplearn.site import site_of
from coplearn.web.packing import Packing, pack, unpack
from tests.sizes import whole_only

FIRST_VIEW = 15_000
"""Everything before the text stands there as it should: page, style and icons; scripts come after it, and are counted apart."""
SCRIPTS = 15_000
NEXT_LESSON = 6_000
AROUND, LONG = 3_300, 2_900
"""What a page may have around its lesson's own text, and from where that alone is too long for NEXT_LESSON: 330 words of Russian,
440 of Arabic, 700 of French."""
LINKED = re.compile(r'<(?:link rel="(?:stylesheet|icon)"|use) href="([^"#]+)')
SCRIPT = re.compile(r'<script type="module" src="([^"]+)"')
TEXT = re.compile(r'<form id="answers".*?</form>', re.S)
HIDDEN = re.compile(r'<input type="hidden"[^>]*>')


def lessons(client: FlaskClient) -> list[tuple[str, str]]:
    """A short, a middle and the longest lesson of each course, as codes of course and item."""
    found = []
    for course in site_of(client.application).library.current().courses.values():
        size = {
            item.code: sum(len(one.text) for one in messages_of(course, item))
            for item in course.items.values()
            if course.kinds[item.kind].kind.only_read
        }
        ordered = sorted(size, key=size.__getitem__)
        found += [(course.code, ordered[at]) for at in (0, len(ordered) // 2, -1)]
    return found


def own_text(page: str, packing: Packing) -> int:
    """What the lesson's own text weighs, packed by itself."""
    found = TEXT.search(page)
    assert found is not None
    return len(pack(HIDDEN.sub("", found[0]).encode(), packing, best=packing == "gzip"))


def fetch(client: FlaskClient, address: str, packing: Packing) -> bytes:
    """The answer to a browser that takes that packing, as it is sent."""
    with client.get(address, headers={"Accept-Encoding": packing}) as answer:
        assert answer.status_code == 200, address
        sent: bytes = answer.data
    return sent


@pytest.mark.parametrize("packing", ["gzip", pytest.param("br", marks=whole_only)])
def test_lesson_is_light(packing: Packing, client: FlaskClient) -> None:
    """First and next, in every language: with an empty cache all that it takes, and then the page alone."""
    files: dict[str, int] = {}
    for locale in site_of(client.application).locales.live:
        for course, item in lessons(client):
            address = f"/{locale.url}/c/{course}/{item}"
            sent = fetch(client, address, packing)
            page = unpack(sent, packing).decode()
            linked, scripts = dict.fromkeys(LINKED.findall(page)), dict.fromkeys(SCRIPT.findall(page))
            assert linked and scripts
            for name in (*linked, *scripts):
                files[name] = files.get(name) or len(fetch(client, name, packing))
            weight = len(sent)
            text = own_text(page, packing)
            assert weight - text <= AROUND and (weight <= NEXT_LESSON or text > LONG), (address, weight, text)
            assert weight + sum(files[name] for name in linked) <= FIRST_VIEW, (address, weight, files)
            assert sum(files[name] for name in scripts) <= SCRIPTS, (address, files)


def test_page_to_read_loads_no_style_of_pages_to_fill_in(client: FlaskClient) -> None:
    """A lesson has what it needs, and a check what that needs beyond it."""
    courses = site_of(client.application).library.current().courses.values()
    for course in courses:
        for item in course.items.values():
            page = client.get(f"/en/c/{course.code}/{item.code}").text
            assert ("/css/pieces." in page) != course.kinds[item.kind].kind.only_read, item.id
        break
