"""The content of the pages of exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from coplearn.course_exports.rules import PackageFormat, has_anything, needs_room
from coplearn.courses.course import Course
from coplearn.courses.pages import text_shown
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.formats import country_names
from coplearn.i18n.inline_marks import plain_text
from coplearn.kernel.text import N_
from coplearn.site import site
from coplearn.web.forms import Choices
from coplearn.web.render import page_locale

FORMATS_SAID: Final[Mapping[PackageFormat, str]] = {
    PackageFormat.SCORM12: N_("SCORM 1.2: for most platforms. It reports completion, score and place."),
    PackageFormat.CMI5: N_("cmi5: for platforms that speak xAPI. It reports the same."),
    PackageFormat.CC13: N_("Common Cartridge 1.3: pages and checks that your platform shows and scores itself."),
    PackageFormat.EPUB: N_("EPUB 3: a book to read, without checks."),
    PackageFormat.GIFT: N_("GIFT: the questions of the checks, for a question bank such as Moodle’s."),
    PackageFormat.QTI3: N_("QTI 3.0: the same questions, for platforms that read QTI."),
}
"""What each format is for."""


@dataclass(frozen=True, slots=True)
class PackageChoices:
    """The choices for a course; ``stays`` are the titles of steps that no platform can play."""

    title: str
    modules: Choices
    languages: Choices
    countries: Choices
    stays: Sequence[str]


def courses_listed() -> list[tuple[str, str]]:
    """Code and title of every course of the site."""
    library = site().library
    return [
        (one.code, text_shown(library.texts(one, page_locale()), "course#title"))
        for one in library.current().courses.values()
    ]


def offer_of(course: Course) -> PackageChoices:
    """The choices for a course."""
    parts = site()
    texts = parts.library.texts(course, page_locale())

    def title(owner: str) -> str:
        return plain_text(texts.get(f"{owner}#title").text)

    return PackageChoices(
        title=title("course"),
        modules=[(one.id, title(f"module.{one.id}")) for one in course.modules if has_anything(course, (one,))],
        languages=[(one.code, one.name) for one in parts.locales.live],
        countries=list(country_names(sorted(COUNTRIES), page_locale())),
        stays=[title(item.id) for item in course.items.values() if needs_room(course, item)],
    )
