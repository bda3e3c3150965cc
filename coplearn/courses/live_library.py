"""The library that a running site holds: shared by its threads, renewed when files change."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from coplearn.authoring.problems import Problems
from coplearn.courses.catalog_layers import CatalogLayers
from coplearn.courses.catalogs import catalog_path, read_catalogs
from coplearn.courses.course import Course
from coplearn.courses.library import Library, load_library
from coplearn.courses.loader import content_stamps
from coplearn.courses.overlays.loading import OverlayPlaces
from coplearn.courses.texts import Catalog, CatalogEntry, Texts
from coplearn.i18n.live import Published
from coplearn.i18n.locales import Locale, Locales
from coplearn.i18n.pseudo import pseudo
from coplearn.kernel.clock import beat

POLL_SECONDS: Final = 2.0
_MAX_TEXTS: Final = 256

_Print = tuple[tuple[str, int, int], ...]
_Versions = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class LibraryReading:
    """The library as its files had it, and how they stood: ``content`` when it was begun, ``catalogs`` when it was done."""

    library: Library
    content: _Print
    catalogs: _Print


class LiveLibrary:
    """Holds the current :class:`Library`. Changed translations and courses are noticed within ``poll`` seconds.

    ``folders`` hold course folders; ``trusted`` are the ids of courses in them whose plugin.py may run. What is
    ``published`` stands before the courses' own catalogs. ``preload`` gives what another live library of the same folders has
    read already, or None; it is used when no file has changed since. ``layers`` says what of the translations is shown, and
    ``overlays`` where countries' changes to courses lie.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        trusted: frozenset[str],
        locales: Locales,
        *,
        installed: bool = True,
        poll: float = POLL_SECONDS,
        published: Published | None = None,
        preload: Callable[[], LibraryReading | None] | None = None,
        layers: CatalogLayers | None = None,
        overlays: OverlayPlaces | None = None,
    ) -> None:
        self._folders = tuple(folders)
        self._trusted = trusted
        self._locales = locales
        self._installed = installed
        self._poll = poll
        self._published = published
        self._preload = preload
        self._layers = layers or CatalogLayers()
        self._overlays = overlays
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._files: Library | None = None
        self._versions: _Versions = {}
        self._looked: float | None = None
        self._content: _Print = ()
        self._catalogs: _Print = ()
        self._texts: dict[tuple[str, str, str, str], Texts] = {}
        self._shares: dict[tuple[str, str, str, str], int] = {}

    def current(self) -> Library:
        """The library as it stands; loads it at first use. The same object until a file changes."""
        held = self._library
        if held is not None and self._looked == beat(self._poll):
            return held
        if held is not None and not self._lock.acquire(blocking=False):
            return held  # another thread is looking already; nobody waits for it
        if held is None:
            self._lock.acquire()
        try:
            return self._renewed()
        finally:
            self._lock.release()

    def reload(self) -> Library:
        """Load everything anew, whether or not a file has changed."""
        with self._lock:
            self._content = ()
            return self._renewed(force=True)

    def read(self) -> LibraryReading:
        """Read every file now, without looking whether one has changed; this object's own library is left alone."""
        content = self._content_print()
        library = load_library(
            self._folders,
            self._trusted,
            self._locales,
            installed=self._installed,
            last=self._files,
            overlays=self._overlays,
        )
        content += self._installed_print(library)
        return LibraryReading(self._layers.of_files(library, self._locales), content, self._catalog_print(library))

    def is_current(self, reading: LibraryReading) -> bool:
        """Whether no file has changed since that reading."""
        content = self._content_print() + self._installed_print(reading.library)
        return reading.content == content and reading.catalogs == self._catalog_print(reading.library)

    def _first(self) -> LibraryReading:
        preload, self._preload = self._preload, None
        found = preload() if preload is not None else None
        return found if found is not None and self.is_current(found) else self.read()

    def _renewed(self, *, force: bool = False) -> Library:
        now = beat(self._poll)
        if not force and self._library is not None and self._looked == now:
            return self._library
        content = self._content_print() + self._installed_print(self._files)
        catalogs = self._catalog_print(self._files)
        before = files = self._files
        if force or files is None or content != self._content:
            reading = self.read() if force or files is not None else self._first()
            files, content, catalogs = reading.library, reading.content, reading.catalogs
        elif catalogs != self._catalogs:
            files = self._with_changed(files, catalogs)
        versions = self._published_versions(files)
        if self._library is None or files is not before or versions != self._versions:
            self._library = files
            if self._published is not None:
                self._library = self._layers.with_published(files, self._published, versions)
            self._library = self._layers.with_adapted(self._library, self._published)
        self._files, self._versions = files, versions
        self._content, self._catalogs = content, catalogs
        self._looked = now
        return self._library

    def _with_changed(self, library: Library, catalogs: _Print) -> Library:
        """The library with the catalogs read anew of which a file came, changed or went; a registry or glossary is of all."""
        names = {name for name, *_ in set(catalogs) ^ set(self._catalogs)}
        if "" in names:
            names = {name for name, *_ in (*catalogs, *self._catalogs)}
        changed = {Path(name) for name in names if name}
        fresh = {
            course.id: self._layers.of_course(_with_catalogs(course, self._locales, codes), self._locales, codes)
            for course in library.domains.values()
            if (codes := self._layers.codes_of(course, changed))
        }
        return library.with_domains(library.domains | fresh)

    def _published_versions(self, library: Library) -> _Versions:
        if self._published is None:
            return {}
        codes = {locale.code for locale in self._locales}
        found = {
            (domain, code): version
            for (domain, code), version in self._published.versions().items()
            if domain in library.domains and code in codes
        }
        # From the day that second readings are asked for, another thing is shown of the same files.
        asked = {("", ""): 1} if self._published.carried("", "") is not None else {}
        return asked | found

    def _content_print(self) -> _Print:
        roots = [path for folder in self._folders if folder.is_dir() for path in folder.iterdir()]
        stamps = [stamp for root in sorted(roots) if root.is_dir() for stamp in content_stamps(root)]
        return (*stamps, *_fingerprint(self._overlays.files() if self._overlays is not None else ()))

    def _installed_print(self, library: Library | None) -> _Print:
        # A package that comes or goes changes the folder it is installed in; one that is replaced, its own files.
        if not self._installed:
            return ()
        places = [Path(place) for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
        held = library.domains.values() if library else ()
        roots = [course.folder for course in held if course.folder.parent not in self._folders]
        return (*_fingerprint(places), *(stamp for root in roots for stamp in content_stamps(root)))

    def _catalog_print(self, library: Library | None) -> _Print:
        held = library.domains.values() if library else ()
        files = [file for course in held for file in self._layers.files(course)]
        stamps = self._layers.stamps(self._locales)
        # A catalog of a language that was not in the registry yet is read once it is.
        return (("", self._locales.version, 0), *stamps, *_fingerprint(files))

    def texts(self, course: Course, locale: Locale) -> Texts:
        """The course's words for readers of ``locale``, through the registry's fallback to the source."""
        key = _key(course, locale)
        found = self._texts.get(key)
        if found is None:
            own = _pseudo_catalog(course, locale) if locale.is_pseudo else course.catalogs.get(locale.code)
            chain: list[tuple[Locale, Catalog | None]] = [(locale, own)]
            if locale.fallback is not None and locale.fallback in self._locales:
                chain.append((self._locales.get(locale.fallback), course.catalogs.get(locale.fallback)))
            found = Texts(course.messages, self._locales.get(course.locale), chain)
            if len(self._texts) >= _MAX_TEXTS:
                self._texts.clear()
            self._texts[key] = found
        return found

    def title(self, course: Course, locale: Locale) -> str:
        """The course's title, for readers of ``locale``; the words of a package's kinds are called as the package is."""
        texts = self.texts(course, locale)
        return texts.get("course#title").text if "course#title" in texts else course.title

    def titles(self, course: Course) -> dict[str, str]:
        """The course's title in its own language and in each that has it, by language."""
        found = {
            locale.code: self.texts(course, locale).get("course#title")
            for locale in self._locales
            if not locale.is_pseudo
        }
        titles = {code: title.text for code, title in found.items() if not title.fallback and not title.stale}
        return {course.locale: course.title, **titles}

    def completeness(self, course: Course, locale: Locale) -> int:
        """``course.completeness`` of the locale, counted once for each state of its catalog."""
        key = _key(course, locale)
        found = self._shares.get(key)
        if found is None:
            if len(self._shares) >= _MAX_TEXTS:
                self._shares.clear()
            found = self._shares[key] = course.completeness(locale.code)
        return found


def _key(course: Course, locale: Locale) -> tuple[str, str, str, str]:
    codes = (locale.code, locale.fallback or "")
    catalogs = [course.catalogs.get(code) for code in codes]
    return course.id, course.digest, locale.code, ".".join(catalog.version if catalog else "-" for catalog in catalogs)


def _pseudo_catalog(course: Course, locale: Locale) -> Catalog:
    entries = {message.context: CatalogEntry(pseudo(message.text), message.text) for message in course.messages}
    return Catalog(locale.code, entries, "pseudo", {})


def _with_catalogs(course: Course, locales: Locales, codes: Collection[str]) -> Course:
    """The course with those of its own catalogs as their files have them now."""
    read = read_catalogs(course.folder, locales, course.locale, Problems(), codes)
    # A catalog that cannot be read for the moment keeps its last good texts.
    kept = {
        code: catalog
        for code, catalog in course.catalogs.items()
        if code not in codes or catalog_path(course.folder, code).exists()
    }
    return replace(course, catalogs=kept | read)


def _fingerprint(files: Sequence[Path]) -> _Print:
    found: list[tuple[str, int, int]] = []
    for file in files:
        try:
            state = file.stat()
        except OSError:
            continue
        found.append((str(file), state.st_mtime_ns, state.st_size))
    return tuple(found)
