"""All courses of a site, loaded together: what may be shown, and what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from coplearn.courses.course import Course, Module, Position, opaque_code
from coplearn.courses.discovery import FoundCourse, find_in, find_installed, own_kinds
from coplearn.courses.loader import Loaded, load_course, peek_id
from coplearn.courses.problems import Place, Problem, Problems
from coplearn.i18n.locales import Locales

__all__ = ["Course", "Library", "Module", "Position", "load_found", "load_library"]


@dataclass(frozen=True, slots=True)
class Library:
    """The courses of a site by id, in the order they were found; ``problems`` holds what is wrong, by folder."""

    courses: Mapping[str, Course] = field(default_factory=dict)
    problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

    @property
    def broken(self) -> list[str]:
        """The folders with an error: their course is not live, or stands as it was before."""
        return [folder for folder, found in self.problems.items() if any(one.severity == "error" for one in found)]

    def by_code(self, code: str) -> Course | None:
        """The course at that address, or None."""
        return next((course for course in self.courses.values() if course.code == code), None)


def load_found(found: FoundCourse, trusted: frozenset[str], locales: Locales) -> Loaded:
    """Load one found course, with its own kinds where its code is trusted."""
    problems = Problems()
    course_id = peek_id(found.folder)
    kinds = own_kinds(found, course_id, trusted, problems) if course_id else ()
    loaded = load_course(found.folder, locales, kinds)
    loaded.problems.found.extend(problems.found)
    return replace(loaded, course=None) if problems.errors else loaded


def load_library(
    folders: Iterable[Path],
    trusted: frozenset[str],
    locales: Locales,
    *,
    installed: bool = True,
    package_path: list[str] | None = None,
    last: Library | None = None,
) -> Library:
    """Find, load and check every course. Never raises for what a course holds.

    Two folders with one id are both refused. A course that was good in ``last`` and is broken now stays as it was.
    """
    loose = Problems()
    found = find_in(folders) + (find_installed(loose, package_path) if installed else [])
    loaded = _refuse_twins([load_found(one, trusted, locales) for one in found])
    courses: dict[str, Course] = {}
    for one in loaded:
        course = one.course or _kept(one, last)
        if course is not None:
            code = opaque_code(course.id, {other.code for other in courses.values()})
            courses[course.id] = course if course.code == code else replace(course, code=code)
    problems = {str(one.folder): tuple(one.problems) for one in loaded if one.problems.found}
    if loose.found:
        problems["installed packages"] = tuple(loose)
    return Library(courses, problems)


def _refuse_twins(loaded: Sequence[Loaded]) -> list[Loaded]:
    kept: list[Loaded] = []
    for one in loaded:
        twins = [other.folder for other in loaded if other is not one and one.id is not None and other.id == one.id]
        if twins:
            what = f"The course id {one.id!r} is also used in {', '.join(map(str, twins))}; neither is shown."
            one.problems.error(Place("course.yaml"), "course-twice", what, "Change the id of one, or take one away.")
        kept.append(replace(one, course=None) if twins else one)
    return kept


def _kept(one: Loaded, last: Library | None) -> Course | None:
    course = last.courses.get(one.id) if last is not None and one.id is not None else None
    twice = any(problem.code == "course-twice" for problem in one.problems)
    return course if course is not None and course.folder == one.folder and not twice else None
