"""Names that many pages show: countries, time zones, audiences, languages and courses in the page's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from coplearn.cohorts.common.rules.authorisation import WHY_NOT_FIRM, Authorisation
from coplearn.cohorts.common.rules.words import (
    Kind,
    MemberState,
    StaffRole,
    State,
)
from coplearn.courses.course import Course
from coplearn.i18n import formats
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.locales import Locale
from coplearn.i18n.time_zones import zone_choices
from coplearn.kernel.text import N_
from coplearn.kernel.words import Audience
from coplearn.learning.service import Courses
from coplearn.site import site
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort
    from coplearn.cohorts.common.models.meeting import Meeting


def items_held() -> Courses:
    """The items that have to be done, of every course of the site, for joining what was learned."""
    return {key: course.required for key, course in courses_held().items()}


def country_name(code: str) -> str:
    """The country in the page's language."""
    return dict(country_choices(page_locale())).get(code, code)


@lru_cache(maxsize=64)
def country_choices(locale: Locale) -> tuple[tuple[str, str], ...]:
    return tuple(formats.country_names(sorted(COUNTRIES), locale))


def zone_name(zone: str) -> str:
    """A time zone by its city and country, in the page's language."""
    return dict(zone_choices(page_locale())).get(zone, zone)


def audience_name(audience: str) -> str:
    """The audience in the page's language; "Not stated" for nobody in particular."""
    return say(Audience(audience).label) if audience else say(N_("Not stated"))


def course_titles(ids: Iterable[str]) -> list[str]:
    """The titles of courses in the page's language; a course that is gone keeps its id."""
    live_library = site().library
    courses = live_library.current().courses
    return [
        live_library.texts(courses[one], page_locale()).get("course#title").text if one in courses else one
        for one in ids
    ]


def language_names(codes: Iterable[str]) -> list[Locale]:
    """The languages of those codes that the site knows."""
    locales = site().locales
    return [locales.get(code) for code in codes if code in locales]


def meeting_name(meeting: Meeting, cohort: Cohort) -> str:
    """A meeting by its title and its day there, as plain text: what a window is called by, among those of other meetings."""
    starts = meeting.starts_at.astimezone(ZoneInfo(cohort.time_zone))
    return say(N_("%(title)s, %(day)s"), title=meeting.title, day=formats.day(starts, page_locale()))


SERIES_ROLES: Final = {StaffRole.LEAD: N_("Organiser in charge"), StaffRole.TRAINER: N_("Organiser")}
"""The roles in a series, in which nobody trains anybody."""


def role_name(role: str, cohort: Cohort) -> str:
    """A staff role in that cohort, in the page's language."""
    named = SERIES_ROLES.get(StaffRole(role)) if cohort.kind == Kind.SERIES else None
    return say(named or StaffRole(role).label)


def role_choices(cohort: Cohort) -> list[tuple[str, str]]:
    """The roles that somebody may be named to in that cohort."""
    roles = SERIES_ROLES if cohort.kind == Kind.SERIES else StaffRole
    return [(role.value, role_name(role, cohort)) for role in roles]


def seat_name(state: str) -> str:
    """Whether somebody belongs to a cohort, in the page's language."""
    return say(MemberState(state).label)


def state_name(state: str) -> str:
    """A state in the page's language."""
    return say(State(state).label)


def standing_words(cohort: Cohort, authorisation: Authorisation) -> str:
    """The notice to those who work in it about the right it is run under; empty while there is nothing to do about it."""
    over = cohort.archived_at is not None or (cohort.state == State.CLOSED and authorisation is Authorisation.RUN_OUT)
    return "" if over or authorisation not in WHY_NOT_FIRM else say(WHY_NOT_FIRM[authorisation])


def courses_held() -> Mapping[str, Course]:
    """All the courses the site holds now."""
    return site().library.current().courses
