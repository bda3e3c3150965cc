"""The contents of the pages for everybody: where to begin or go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from coplearn.courses.course import Course
from coplearn.courses.library import Library
from coplearn.helplines.directory import Help
from coplearn.helplines.emergency import emergency_numbers
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.formats import country_names
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.kernel.words import Audience
from coplearn.learning.guards import courses_here
from coplearn.learning.presenters import CourseCard, GoingOn, course_card, going_on, way_in
from coplearn.learning.queries import Latest
from coplearn.site import site
from coplearn.web.languages import country_here
from coplearn.web.render import page_locale, say
from coplearn.web.static_files import static_url


@dataclass(frozen=True, slots=True)
class HomeScreen:
    """The start page: the course to begin (``reader`` is whom it is for, if the visitor can be told so) or to go on with."""

    begin: CourseCard | None
    begin_href: str
    reader: Audience | None
    steps: int
    going_on: GoingOn | None


def home_screen(audience: Audience | None, latest: Latest | None) -> HomeScreen:
    """The start page for somebody who said to be ``audience`` and worked in ``latest``."""
    live_library = site().library
    library, locale = live_library.current(), page_locale()
    reader = audience or Audience.PARENTS
    course = first_course(library, reader)
    begun = courses_here().get(latest.course_id) if latest is not None else None
    return HomeScreen(
        begin=course_card(course, live_library.texts(course, locale), locale) if course is not None else None,
        begin_href=way_in(course, next(iter(course.items.values())), {}) if course is not None else "",
        reader=reader if course is not None and reader in course.audiences else None,
        steps=len(course.required) if course is not None else 0,
        going_on=going_on(begun, live_library.texts(begun, locale), latest.visits, latest.place)
        if begun is not None and latest is not None
        else None,
    )


def first_course(library: Library, reader: Audience) -> Course | None:
    """The first course for that reader, else the first of all; None on a site without any."""
    courses = list(library.all_in(country_here()).values())
    return next((one for one in courses if reader in one.audiences), courses[0] if courses else None)


@dataclass(frozen=True, slots=True)
class HelpScreen:
    """The help page of a country. ``emergencies`` are from the telephone numbering data, without what ``help`` has itself."""

    country: str | None
    country_name: str
    countries: Sequence[tuple[str, str]]
    help: Help
    emergencies: Sequence[str]


def help_screen(asked: str, remembered: str | None) -> HelpScreen:
    """The help page for the country asked for, else the remembered one, if either is one."""
    countries = country_names(sorted(COUNTRIES), page_locale())
    names = dict(countries)
    country = next((code for code in (asked, remembered) if code in names), None)
    help_here = site().helplines.help_for(country, utcnow().date())
    confirmed = {line.tel for line in help_here.emergencies}
    numbers = emergency_numbers(country) if country is not None else ()
    return HelpScreen(
        country=country,
        country_name=names.get(country or "", ""),
        countries=countries,
        help=help_here,
        emergencies=[number for number in numbers if number not in confirmed],
    )


def site_manifest() -> dict[str, object]:
    """The web app manifest: name, language, where it opens, and icons.

    Nothing in it tells the topic to somebody who looks at the phone. On a home screen it is an app of its own: iPhones and
    iPads clear what a mere bookmark had kept.
    """
    locale = page_locale()
    sizes = (192, 512)
    return {
        "name": say(N_("Course")),
        "short_name": say(N_("Course")),
        "lang": locale.bcp47,
        "dir": locale.dir,
        "start_url": url_for("pages.home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbf7ef",
        "theme_color": "#fbf7ef",
        "icons": [
            *(
                {"src": static_url(f"img/course-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
                for size in sizes
            ),
            {"src": static_url("img/course.svg"), "sizes": "any", "type": "image/svg+xml"},
        ],
    }
