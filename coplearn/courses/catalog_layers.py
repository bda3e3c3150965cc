"""Layers of a library's translations: the courses' own catalogs, the site's over them, the published texts, the gate."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coplearn.authoring.problems import Place, Problem, Problems
from coplearn.courses.catalogs import laid_over, read_catalogs, version_of
from coplearn.courses.course import Course
from coplearn.courses.library import Library
from coplearn.courses.plugin import Message
from coplearn.courses.texts import Catalog, CatalogEntry, PackedEntries, held_in, with_held
from coplearn.i18n.gate import UNREAD, Gate, Held
from coplearn.i18n.live import Published
from coplearn.i18n.locales import Locales
from coplearn.i18n.second_readings import READERS, text_sha
from coplearn.settings import Reader

Versions = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class CatalogLayers:
    """The layers of catalogs, and the gate that says which of their texts are shown.

    ``gate`` lends glossaries and remembers; ``overlay`` holds ``<course id>/translations``, the site's own catalogs of
    courses whose folders are not the site's; ``readers`` are those whose second reading counts.
    """

    gate: Gate | None = None
    overlay: Path | None = None
    readers: Collection[Reader] = READERS

    def stamps(self, locales: Locales) -> list[tuple[str, int, int]]:
        """Stamps that change when a glossary does."""
        return [("", 0, self.gate.stamp(locale.code)) for locale in locales] if self.gate is not None else []

    def files(self, course: Course) -> list[Path]:
        """Every file that the course's translations come from."""
        return [file for folder in self._folders(course) for file in sorted(folder.glob("*")) if file.suffix != ".pot"]

    def _folders(self, course: Course) -> list[Path]:
        folders = [course.folder, *([self.overlay / course.id] if self.overlay is not None else [])]
        return [folder / "translations" for folder in folders]

    def codes_of(self, course: Course, changed: Collection[Path]) -> set[str]:
        """The locales whose catalogs of the course come from those files; a record of readings is of all its catalogs."""
        ours = [path for path in changed if path.parent in self._folders(course)]
        if all(path.suffix == ".po" for path in ours):
            return {path.stem for path in ours}
        return {*course.catalogs, *(path.stem for path in self.files(course) if path.suffix == ".po")}

    def of_files(self, library: Library, locales: Locales) -> Library:
        """The library with the site's own catalogs over the courses', and judged."""
        return library.with_domains({name: self.of_course(one, locales) for name, one in library.domains.items()})

    def of_course(self, course: Course, locales: Locales, codes: Collection[str] | None = None) -> Course:
        """The same of one course; with ``codes`` its other catalogs are as they must be already."""
        found = dict(course.catalogs)
        if self.overlay is not None:
            own = read_catalogs(self.overlay / course.id, locales, course.locale, Problems(), codes)
            for code, above in own.items():
                found[code] = laid_over(found.get(code), above, course.messages)
        wanted = found if codes is None else codes
        return replace(
            course,
            catalogs={code: self._gated(course, one) if code in wanted else one for code, one in found.items()},
        )

    def _gated(self, course: Course, catalog: Catalog, like: Catalog | None = None) -> Catalog:
        if self.gate is None:
            return with_held(catalog, held_in(course.messages, catalog, None, like))
        name = course.id if like is None else f"{course.id}+published"
        name = name if course.adaptation is None else f"{name}+{course.adaptation.id}"
        digest = f"{course.digest}.{catalog.version.partition('~')[0]}"
        held = self.gate.held(
            name, catalog.locale, digest, lambda glossary: held_in(course.messages, catalog, glossary, like)
        )
        return with_held(catalog, held)

    def with_published(self, library: Library, published: Published, versions: Versions) -> Library:
        """The library with what was published before its catalogs' files, and without what waits for a second reading."""
        courses = library.domains
        for course in library.domains.values():
            catalogs = dict(course.catalogs)
            for code in {*catalogs, *(code for domain, code in versions if domain == course.id)}:
                over = published.entries(course.id, code) if (course.id, code) in versions else ()
                entries = {
                    one.context: CatalogEntry(one.forms[0] if one.forms else "", one.based_on, one.fuzzy)
                    for one in over
                }
                file = catalogs.get(code) or Catalog(code, {}, "", {})
                catalog = self._overlaid(course, file, entries) if entries else file
                carried = published.carried(course.id, code)
                if carried is not None:
                    waiting = _unread(course.messages, catalog, carried, self.readers, entries)
                    catalog = with_held(catalog, {**waiting, **(catalog.held or {})})
                catalogs[code] = catalog
            courses[course.id] = replace(course, catalogs=catalogs)
        return library.with_domains(courses)

    def with_adapted(self, library: Library, published: Published | None) -> Library:
        """The library with the translations of what countries changed: the country's own over the course's as they stand."""
        adapted = {
            name: {country: self._of_country(library.courses[name], one, published) for country, one in found.items()}
            for name, found in library.adapted.items()
        }
        return replace(library, adapted=adapted)

    def _of_country(self, course: Course, changed: Course, published: Published | None) -> Course:
        adaptation = changed.adaptation
        assert adaptation is not None
        own = adaptation.catalogs
        catalogs: dict[str, Catalog] = {}
        for code in {*course.catalogs, *own}:
            below = course.catalogs.get(code)
            catalog = laid_over(below, own[code], changed.messages) if code in own else below
            assert catalog is not None
            catalog = self._gated(changed, replace(catalog, held=None, version=version_of(catalog.entries)))
            same = {one for one, entry in catalog.entries.items() if below and below.entries.get(one) == entry}
            held = {one: why for one, why in (below.held or {}).items() if one in same} if below is not None else {}
            carried = published.carried(course.id, code) if published is not None else None
            if carried is not None:
                held |= _unread(changed.messages, catalog, carried, self.readers, same)
            catalogs[code] = with_held(catalog, held | dict(catalog.held or {}))
        name = adaptation.adapted_by[changed.locale]
        said = {code: catalog.entries.get("course#adapted_by") for code, catalog in catalogs.items()}
        names = {code: entry.text for code, entry in said.items() if entry is not None and entry.based_on == name}
        adapted_by = {changed.locale: name, **names}
        return replace(changed, catalogs=catalogs, adaptation=replace(adaptation, adapted_by=adapted_by))

    def _overlaid(self, course: Course, file: Catalog, over: Mapping[str, CatalogEntry]) -> Catalog:
        entries = {**file.entries, **over}
        catalog = Catalog(file.locale, PackedEntries(entries), version_of(entries), read=file.read)
        return self._gated(course, catalog, file)


def _unread(
    messages: Sequence[Message],
    catalog: Catalog,
    carried: Collection[str],
    readers: Collection[Reader],
    published: Collection[str],
) -> Held:
    """The texts of a file that wait for a second reading. What was published in the editor had its own before."""
    found: dict[str, tuple[str, ...]] = {}
    for message in messages:
        if not message.needs_second_reading or message.context in published:
            continue
        entry = catalog.entries.get(message.context)
        if entry is None or not entry.text or catalog.read.get(message.context) in readers:
            continue
        if text_sha(message.context, entry.based_on, (entry.text,)) not in carried:
            found[message.context] = (UNREAD,)
    return found


def held_problems(course: Course) -> Iterator[Problem]:
    """The translations of a course that learners are not shown, and why, for its staff."""
    for code, catalog in course.catalogs.items():
        place = Place(f"translations/{code}.po")
        waiting = 0
        for context, checks in (catalog.held or {}).items():
            waiting += UNREAD in checks
            for check in checks:
                if check != UNREAD:
                    what = f"{context}: a check keeps this translation from learners."
                    mend = f"They see the source; coplearn i18n check {code} says why."
                    yield Problem(place, f"message-{check}", what, mend, "warning")
        if waiting:
            what = f"{waiting} translations wait for a second reading."
            mend = "Learners see the source until somebody has read them in the editor."
            yield Problem(place, "message-unread", what, mend, "warning")
