"""A learner's courses as My learning lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for

from coplearn.courses.live_library import LiveLibrary
from coplearn.i18n.locales import Locale
from coplearn.learning.presenters import how_far, item_href
from coplearn.learning.queries import VisitRow
from coplearn.learning.rules import Completion

if TYPE_CHECKING:
    from coplearn.learning.models import Enrolment


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One course somebody has begun."""

    course_id: str
    title: str
    href: str
    resume_href: str
    certificate_href: str
    progress: Completion


def course_lines(
    live_library: LiveLibrary,
    locale: Locale,
    enrolments: Sequence[Enrolment],
    visits: Mapping[str, Mapping[str, VisitRow]],
) -> list[CourseLine]:
    """The begun courses that are still on the site, the latest first."""
    library = live_library.current()
    lines = []
    for enrolment in enrolments:
        course = library.courses.get(enrolment.course_id)
        if course is None:
            continue
        place = course.items.get(enrolment.place_item_id or "")
        href = url_for("learning.course", course_code=course.code)
        lines.append(
            CourseLine(
                course_id=course.id,
                title=live_library.title(course, locale),
                href=href,
                resume_href=item_href(course, place) if place is not None else href,
                certificate_href=url_for("certificates.course_certificate", course_code=course.code),
                progress=how_far(course, visits.get(course.id, {})),
            )
        )
    return lines
