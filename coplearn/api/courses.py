"""The courses of the site, in the caller's language."""

from __future__ import annotations

from pydantic import Field

from coplearn.api.operations import Call, operation
from coplearn.api.shapes import RequestShape, ResponseShape
from coplearn.courses.course import Course, Module
from coplearn.courses.pages import text_shown
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.site import site
from coplearn.tokens.rules import TokenScope
from coplearn.web.render import page_locale


class ModuleOut(ResponseShape):
    """A module of a course."""

    id: str
    title: str
    minutes: int
    items: list[str] = Field(description="The ids of its steps, in order.")
    optional: list[str] = Field(description="Those of them that nobody has to do: they count for no progress.")


class CourseOut(ResponseShape):
    """A course. Texts are in the caller's language as far as it is translated."""

    id: str
    version: str
    digest: str = Field(description="Changes with every change of the course but its translations.")
    title: str
    summary: str
    audiences: list[str]
    language: str = Field(description="The language that it was written in.")
    minutes: int
    pass_mark: int
    modules: list[ModuleOut]


class CoursesOut(ResponseShape):
    """All courses."""

    items: list[CourseOut]


class InCountry(RequestShape):
    """The country that is asked for."""

    country: str | None = Field(
        None, pattern="^[A-Z]{2}$", description="ISO 3166 code: the courses as that country adapted them."
    )


@operation("GET", "/courses", "List the courses", TokenScope.COURSES_READ, query=InCountry, answer=CoursesOut)
def list_courses(_call: Call, query: InCountry) -> CoursesOut:
    """Every course of the site with its modules and steps."""
    return CoursesOut(items=[_course(course) for course in _all(query.country).values()])


@operation("GET", "/courses/<course_id>", "Read a course", TokenScope.COURSES_READ, query=InCountry, answer=CourseOut)
def read_course(_call: Call, course_id: str, query: InCountry) -> CourseOut:
    """One course with its modules and steps."""
    return _course(course_named(course_id, query.country))


def _all(country: str | None) -> dict[str, Course]:
    return site().library.current().all_in(country if country in COUNTRIES else site().settings.country or None)


def course_named(course_id: str, country: str | None = None) -> Course:
    """The course of that id. Raises NotFound."""
    course = _all(country).get(course_id)
    if course is None:
        raise NotFound(N_("There is no such course on this site."))
    return course


def _course(course: Course) -> CourseOut:
    texts = site().library.texts(course, page_locale())

    def module(one: Module) -> ModuleOut:
        title = text_shown(texts, f"{one.prefix}#title")
        optional = [step for step in one.item_ids if step not in course.required]
        return ModuleOut(id=one.id, title=title, minutes=one.minutes, items=list(one.item_ids), optional=optional)

    return CourseOut(
        id=course.id,
        version=course.version,
        digest=course.digest,
        title=text_shown(texts, "course#title"),
        summary=text_shown(texts, "course#summary"),
        audiences=[audience.value for audience in course.audiences],
        language=course.locale,
        minutes=course.minutes,
        pass_mark=course.pass_mark,
        modules=[module(one) for one in course.modules],
    )
