"""Lessons that nobody has to do: offered after the rest, led to by nothing, counted nowhere, and kept by whoever reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coplearn.course_exports.making import make_package
from coplearn.course_exports.ordering import PackageWish, order_of
from coplearn.kernel.clock import utcnow
from coplearn.lti.rules import Target, parts_of
from coplearn.site import site_of
from tests.conftest import MakeSite
from tests.course_exports.test_packages import files_of
from tests.courses.makecourse import add_module
from tests.learning.test_new_version import Site

LESSON = "---\nid: {0}\nkind: lesson\ntitle: The {0}\nminutes: 1\n{1}---\n\nWords of the {0}. {{#b{0}01}}\n"
MORE_TIME = "If you have more time"
NEEDED = ["first-page", "first-story", "first-check", "first-action", "third", "fourth"]
MENDED = ("01-begin/00-aside.md", "minutes: 1\n", "minutes: 1\noptional: true\n")


@pytest.fixture
def site(make_app: MakeSite, tmp_path: Path, migrated_url: str) -> Site:
    """A module of six needed steps, and a lesson in its first file that is needed as well at first; then a second module."""
    found = Site(make_app, tmp_path, migrated_url)
    for file, item in (("00-aside.md", "aside"), ("08-third.md", "third"), ("09-fourth.md", "fourth")):
        found.folder.write(f"01-begin/{file}", LESSON.format(item, ""))
    add_module(found.folder)
    found.release("0.9.0")
    return found


def test_optional_lesson_stands_last_and_is_passed_by(site: Site) -> None:
    """On the course's page, beside a step and at the module's end it comes after the rest under its own words; its own page leads
    back to what is left of the module, and then on."""
    site.release("1.0.0", MENDED)
    assert list(site.course.items) == [*NEEDED, "aside", "second-page"]
    assert site.course.minutes == 3 + 3
    page = site.read(site.path())
    assert page.index("The fourth") < page.index(MORE_TIME) < page.index("The aside") < page.index("Print this module")
    assert f'href="{site.path("first-page")}"' in page.partition("Begin the course")[0].rpartition("<a ")[2]
    step = site.read(site.path("fourth"))
    assert "Module 1 of 2 · Step 6 of 6: lesson" in step and step.index(MORE_TIME) < step.index("The aside")
    aside = site.read(site.path("aside"))
    assert f'class="place">{MORE_TIME}' in aside and "Step 7" not in aside
    assert site.answer("aside") == site.path("first-page")
    assert (
        f'href="{site.path("first-page")}"'
        in site.read("/en/").partition("Go on where you were")[0].rpartition("<a ")[2]
    )
    assert site.answer("fourth") == site.path("second-page")
    assert "1 of 7 steps done" in site.read(site.path())


def test_module_and_course_are_done_without_it(site: Site) -> None:
    """The module's end offers it and leads on without it; the course is finished, here and for whoever counts elsewhere."""
    site.release("1.0.0", MENDED)
    for item_id in NEEDED:
        site.do(site.course.items[item_id])
    end = site.read(f"/en/c/{site.course.code}/done/1")
    assert end.index("Go on") < end.index(MORE_TIME) < end.index("The aside")
    assert site.path("second-page") in end
    assert site.asked("SELECT finished_at FROM enrolment") == [(None,)]
    site.do(site.course.items["second-page"])
    assert site.asked("SELECT finished_at IS NOT NULL FROM enrolment") in ([(1,)], [(True,)])
    page = site.read(site.path())
    assert "7 of 7 steps done" in page and "To your certificate" in page
    assert parts_of(site.course, Target("my-course", "begin")) == tuple(NEEDED)
    assert site.answer("aside") == f"/en/c/{site.course.code}/done/1"
    marked = site.read(site.path()).partition(MORE_TIME)[2].partition("</ul>")[0]
    assert "item--done" in marked and "7 of 7 steps done" in site.read(site.path())


def test_who_had_finished_stays_so_and_who_lacked_it_alone_has(site: Site) -> None:
    """The lesson was needed when they learned; then it becomes optional, and later needed again."""
    site.finish()
    before = site.asked("SELECT finished_at, finished_digest FROM enrolment")
    site.release("1.0.0", MENDED)
    assert "7 of 7 steps done" in site.read(site.path())
    site.change("DELETE FROM visit WHERE item_id = 'aside'")
    site.release("1.1.0", (MENDED[0], MENDED[2], MENDED[1]))
    assert "7 of 8 steps done" in site.read(site.path())
    assert site.asked("SELECT finished_at, finished_digest FROM enrolment") == before
    site.change("UPDATE enrolment SET finished_at = NULL")
    site.release("1.2.0", MENDED)
    assert "finish courses" in site_of(site.app).jobs.run_daily(utcnow())
    assert site.asked("SELECT finished_digest FROM enrolment") == [(site.course.digest,)]


def test_package_and_kept_pages_lead_past_it(site: Site) -> None:
    """A platform's completion and its list count the needed steps; what is kept on a phone goes the same way."""
    site.release("1.0.0", MENDED)
    order = order_of(site_of(site.app), PackageWish("scorm12", "my-course", language="en"))
    files = files_of(make_package(site.app, order).content)
    course = _content(files["content/en.js"])
    code = site.course.items["aside"].code
    assert {one["code"]: one["needed"] for one in course["steps"]}[code] is False
    assert course["progress"].replace("\u2068", "").replace("\u2069", "") == "{done} of 7 steps done"
    contents = course["views"]["contents"]
    assert contents.index("The fourth") < contents.index(MORE_TIME) < contents.index("The aside")
    steps, second = _content(files["content/en-1.js"]), site.course.items["second-page"].code
    for item_id in ("fourth", "aside"):
        assert f'data-onward="#{second}"' in steps[site.course.items[item_id].code]
    listing = site.person.get(site.path() + "kept.json").get_json()
    kept = [one[0] for module in listing["modules"] for one in module["pieces"] if code in one[0] or second in one[0]]
    assert len(kept) == 2
    page = site.person.get(next(one for one in kept if code in one)).text
    assert f'data-onward="{site.path("second-page")}"' in page and MORE_TIME in page


def _content(script: bytes) -> dict[str, Any]:
    text = script.decode()
    found: dict[str, Any] = json.loads(text[text.index(", {") + 2 : text.rindex(")")])
    return found
