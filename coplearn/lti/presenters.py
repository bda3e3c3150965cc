"""The contents of pages about platforms: what may be chosen for a course there, and what is known of an activity's people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coplearn.courses.course import Course
from coplearn.courses.pages import text_shown
from coplearn.learning.guards import courses_here
from coplearn.lti.rules import Target
from coplearn.site import site
from coplearn.web.render import page_locale

if TYPE_CHECKING:
    from coplearn.lti.models import LtiLink, LtiScore


@dataclass(frozen=True, slots=True)
class OfferedPart:
    """A part of the site that can be put into a platform's course; ``value`` names it in a form."""

    value: str
    title: str


@dataclass(frozen=True, slots=True)
class CourseChoices:
    """A course with its modules and checks, as somebody chooses among them."""

    whole: OfferedPart
    modules: Sequence[OfferedPart]
    checks: Sequence[OfferedPart]


def choices_here() -> list[CourseChoices]:
    """Every course that somebody may put into theirs, in the page's language."""
    return [_choices(course) for course in courses_here().values()]


def _choices(course: Course) -> CourseChoices:
    texts = site().library.texts(course, page_locale())
    return CourseChoices(
        OfferedPart(course.id, text_shown(texts, "course#title")),
        [
            OfferedPart(f"{course.id}/module/{one.id}", text_shown(texts, f"{one.prefix}#title"))
            for one in course.modules
        ],
        [OfferedPart(f"{course.id}/item/{one}", text_shown(texts, f"{one}#title")) for one in course.checks],
    )


def chosen(value: str) -> tuple[Target, str] | None:
    """The part that a form names, with its title; None for one that is not offered."""
    for course in choices_here():
        for one in (course.whole, *course.modules, *course.checks):
            if one.value == value:
                course_id, _, rest = value.partition("/")
                sort, _, name = rest.partition("/")
                module, item = (name, "") if sort == "module" else ("", name)
                return Target(course_id, module, item), one.title
    return None


def link_title(link: LtiLink) -> str:
    """The title of the part of a course that an activity leads to."""
    course = site().library.current().courses.get(link.course_id)
    if course is None:
        return link.course_id
    texts = site().library.texts(course, page_locale())
    if link.item_id in course.items:
        return text_shown(texts, f"{link.item_id}#title")
    module = next((one for one in course.modules if one.id == link.module_id), None)
    return text_shown(texts, f"{module.prefix}#title" if module is not None else "course#title")


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A person in a platform's course as it names them now, and what they came to here."""

    name: str
    is_inactive: bool
    has_come: bool
    score: int | None
    is_sent: bool


def member_lines(
    members: Sequence[Mapping[str, Any]], scores: Mapping[str, LtiScore], known: Mapping[str, int]
) -> list[MemberLine]:
    """The people in a platform's course; their names are shown and not kept."""
    lines = []
    for one in members:
        subject = str(one.get("user_id", ""))
        score = scores.get(subject)
        name = str(
            one.get("name") or " ".join(filter(None, (one.get("given_name"), one.get("family_name")))) or subject
        )
        lines.append(
            MemberLine(
                name[:200],
                one.get("status", "Active") != "Active",
                subject in known,
                score.score if score is not None else None,
                score is not None and score.version > 0 and score.version == score.sent_version,
            )
        )
    return sorted(lines, key=lambda line: line.name.casefold())
