"""A learner's courses as My learning lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from coplearn.courses.live_library import LiveLibrary
from coplearn.i18n.locales import Locale
from coplearn.learning.guards import courses_here
from coplearn.learning.presenters import GoingOn, going_on
from coplearn.learning.queries import VisitRow

if TYPE_CHECKING:
    from coplearn.learning.models import Enrolment


def course_lines(
    live_library: LiveLibrary,
    locale: Locale,
    enrolments: Sequence[Enrolment],
    visits: Mapping[str, Mapping[str, VisitRow]],
) -> list[GoingOn]:
    """The begun courses that are still on the site, the latest first."""
    courses = courses_here()
    begun = [(courses[one.course_id], one.place_item_id) for one in enrolments if one.course_id in courses]
    return [
        going_on(course, live_library.texts(course, locale), visits.get(course.id, {}), place)
        for course, place in begun
    ]
