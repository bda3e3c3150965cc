"""All courses of a site and the kinds of its packages, loaded together: what may be shown, and what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from coplearn.authoring.problems import Place, Problem, Problems
from coplearn.courses.bundles import AssetFile, Bundle
from coplearn.courses.catalogs import read_catalogs
from coplearn.courses.checks import check_text
from coplearn.courses.course import Course, Module, Position, opaque_code
from coplearn.courses.discovery import FoundCourse, find_in, find_installed, installed_bundles, own_bundle
from coplearn.courses.loader import Loaded, load_course, peek_id
from coplearn.courses.overlays.contract import Overlay
from coplearn.courses.overlays.loading import OverlayPlaces, load_overlays
from coplearn.i18n.locales import Locales
from coplearn.kernel.words import Audience

__all__ = ["Course", "Library", "Module", "Position", "load_found", "load_library"]


@dataclass(frozen=True, slots=True)
class Library:
    """The courses of a site by id, those for one kind of reader first; ``problems`` holds what is wrong, by folder.

    ``words`` are the words of the kinds that packages bring, by domain: each as a course without modules, so that
    translating treats them as it does a course.
    """

    courses: Mapping[str, Course] = field(default_factory=dict)
    problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    words: Mapping[str, Course] = field(default_factory=dict)
    adapted: Mapping[str, Mapping[str, Course]] = field(default_factory=dict)
    """By id and country the courses as a country has changed them (``courses.overlays``)."""
    overlays: Mapping[str, Overlay] = field(default_factory=dict)

    def shown_in(self, course: Course, country: str | None) -> Course:
        """The course as a reader in that country sees it."""
        return self.adapted.get(course.id, {}).get(country or "", course)

    def all_in(self, country: str | None) -> dict[str, Course]:
        """Every course as a reader in that country sees it, by id."""
        return {name: self.shown_in(course, country) for name, course in self.courses.items()}

    def of_country(self, country: str | None) -> Course | None:
        """The first course that an overlay of that country has changed: it says how the country calls and paints its site."""
        changed = (found[country] for found in self.adapted.values() if country and country in found)
        return min(changed, key=_named, default=None)

    @property
    def domains(self) -> dict[str, Course]:
        """Everything that has catalogs of its own beside the interface, by domain: the courses, then the words of kinds."""
        return {**self.courses, **self.words}

    def with_domains(self, changed: Mapping[str, Course]) -> Library:
        """The same library with each of its domains as ``changed`` has it."""
        return replace(
            self,
            courses={name: changed[name] for name in self.courses},
            words={name: changed[name] for name in self.words},
        )

    def file(self, code: str, name: str) -> AssetFile | None:
        """A file of the plugin at that address, or None."""
        used = (bundle for course in self.courses.values() for bundle in course.bundles)
        return next((bundle.files.get(name) for bundle in used if bundle.code == code), None)

    @property
    def broken(self) -> list[str]:
        """The folders with an error: their course is not live, or stands as it was before."""
        return [folder for folder, found in self.problems.items() if any(one.severity == "error" for one in found)]

    def by_code(self, code: str) -> Course | None:
        """The course at that address, or None."""
        return next((course for course in self.courses.values() if course.code == code), None)


def load_found(
    found: FoundCourse, trusted: frozenset[str], locales: Locales, bundles: Sequence[Bundle] | None = None
) -> Loaded:
    """Load one found course, with its own kinds where its code is trusted, and those of installed packages (``bundles``)."""
    problems = Problems()
    course_id = peek_id(found.folder)
    installed = installed_bundles(Problems()) if bundles is None else bundles
    own = own_bundle(found, course_id, trusted, problems) if course_id else None
    loaded = load_course(found.folder, locales, own, installed)
    loaded.problems.found.extend(problems.found)
    return replace(loaded, course=None) if problems.errors else loaded


def words_of(bundle: Bundle, locales: Locales, problems: Problems) -> Course:
    """The words of a package's kinds as a course without modules, in the language of the interface's source."""
    title = bundle.folder.name.replace("_", "-")
    for message in bundle.messages:
        check_text(message, problems)
    source = locales.source.code
    return Course(
        id=bundle.domain,
        version="1",
        digest=bundle.digest,
        code=bundle.code,
        title=title,
        summary="",
        audiences=(),
        locale=source,
        licence="",
        credit="",
        helplines=False,
        pass_mark=100,
        modules=(),
        items={},
        kinds={},
        figures={},
        messages=bundle.messages,
        folder=bundle.folder,
        catalogs=read_catalogs(bundle.folder, locales, source, problems),
    )


def load_library(
    folders: Iterable[Path],
    trusted: frozenset[str],
    locales: Locales,
    *,
    installed: bool = True,
    package_path: list[str] | None = None,
    last: Library | None = None,
    overlays: OverlayPlaces | None = None,
) -> Library:
    """Find, load and check every course. Never raises for what a course holds.

    Two folders with one id are both refused. A course that was good in ``last`` and is broken now stays as it was.
    """
    loose = Problems()
    found = find_in(folders) + (find_installed(loose, package_path) if installed else [])
    bundles, words = _with_words(installed_bundles(loose, package_path) if installed else [], locales, loose)
    loaded = _refuse_twins([load_found(one, trusted, locales, bundles) for one in found])
    courses: dict[str, Course] = {}
    for one in loaded:
        course = one.course or _kept(one, last)
        if course is not None:
            code = opaque_code(course.id, {other.code for other in courses.values()})
            courses[course.id] = course if course.code == code else replace(course, code=code)
    courses = {course.id: course for course in sorted(courses.values(), key=_for_whom)}
    problems = {str(one.folder): tuple(one.problems) for one in loaded if one.problems.found}
    if loose.found:
        problems["installed packages"] = tuple(loose)
    if overlays is None:
        return Library(courses, problems, words)
    upstream = {one.id: replace(one, course=courses[one.id]) for one in loaded if one.id in courses}
    before = last.adapted if last is not None else {}
    adapted = load_overlays(
        overlays, upstream, locales, bundles, before, installed=installed, package_path=package_path
    )
    return Library(courses, problems | dict(adapted.problems), words, adapted.courses, adapted.overlays)


def _named(course: Course) -> tuple[bool, str]:
    adaptation = course.adaptation
    assert adaptation is not None
    return not (adaptation.named or adaptation.greets), adaptation.id


def _for_whom(course: Course) -> tuple[int, list[int]]:
    """The place of a course among others: what is written for one kind of reader comes before what is for several."""
    readers = list(Audience)
    return len(course.audiences), [readers.index(one) for one in course.audiences]


def _with_words(
    bundles: Sequence[Bundle], locales: Locales, problems: Problems
) -> tuple[list[Bundle], dict[str, Course]]:
    """The bundles and their words, without those whose words hold what no learner may be shown."""
    good: list[Bundle] = []
    words: dict[str, Course] = {}
    for bundle in bundles:
        own = Problems()
        made = words_of(bundle, locales, own)
        problems.found += own.found
        if not own.errors:
            good.append(bundle)
            words |= {bundle.domain: made} if made.messages else {}
    return good, words


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
