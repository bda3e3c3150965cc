"""What a page weighs on the wire, in bytes and never in seconds: a learner pays for each of them, and waits for each.

docs/benchmarks.md (Weights) says what was measured, and what the same bytes take on a slow line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from statistics import median

import pytest
from flask.testing import FlaskClient

from coplearn.courses.checks import messages_of
from coplearn.site import site_of
from coplearn.web.packing import Packing, unpack
from tests.sizes import whole_only

FIRST_VIEW = 15_000
"""Everything before the text stands there as it should: page, style and icon; scripts come after it, and are counted apart."""
SCRIPTS = 15_000
NEXT_LESSON: Mapping[Packing, tuple[int, int]] = {"gzip": (6_000, 7_500), "br": (5_500, 6_900)}
"""The middle one of the lessons that are looked at in a language, and the longest lesson of all courses, which is read for long."""
LINKED = re.compile(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"')
SCRIPT = re.compile(r'<script type="module" src="([^"]+)"')


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


def fetch(client: FlaskClient, address: str, packing: Packing) -> bytes:
    """The answer to a browser that takes that packing, as it is sent."""
    with client.get(address, headers={"Accept-Encoding": packing}) as answer:
        assert answer.status_code == 200, address
        sent: bytes = answer.data
    return sent


@pytest.mark.parametrize("packing", ["gzip", pytest.param("br", marks=whole_only)])
def test_lesson_is_light(packing: Packing, client: FlaskClient) -> None:
    """First and next, in every language: with an empty cache all that it takes, and then the page alone."""
    table: dict[str, list[int]] = {}
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
            table.setdefault(locale.code, []).append(weight)
            assert weight + sum(files[name] for name in linked) <= FIRST_VIEW, (address, weight, files)
            assert sum(files[name] for name in scripts) <= SCRIPTS, (address, files)
    middle, most = NEXT_LESSON[packing]
    heavy = {code: (median(sizes), max(sizes)) for code, sizes in table.items()}
    assert all(half <= middle and largest <= most for half, largest in heavy.values()), heavy


def test_page_to_read_loads_no_style_of_pages_to_fill_in(client: FlaskClient) -> None:
    """A lesson has what it needs, and a check what that needs beyond it."""
    courses = site_of(client.application).library.current().courses.values()
    for course in courses:
        for item in course.items.values():
            page = client.get(f"/en/c/{course.code}/{item.code}").text
            assert ("/css/pieces." in page) != course.kinds[item.kind].kind.only_read, item.id
        break
