"""Read the courses in a process of its own while this one loads the rest of the site: a start is that much shorter.

What was read is kept for the next start. Another process compiles and judges the catalogs of the interface: what that takes of
memory goes when the process does, and those of the site have nothing of it.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import Any, NoReturn

from coplearn.courses.catalog_layers import CatalogLayers
from coplearn.courses.kept_reading import KeptReading
from coplearn.courses.live_library import LibraryReading, LiveLibrary
from coplearn.courses.overlays.loading import places_of
from coplearn.i18n.catalogs import Interface
from coplearn.i18n.gate import Gate
from coplearn.i18n.glossary import Glossaries
from coplearn.i18n.live import POLL_SECONDS, LiveCatalogs, Published
from coplearn.i18n.locales import PSEUDO, Locales, read_locales
from coplearn.settings import Settings


class Preload:
    """Courses that are being read by a process forked from this one, which gives them back through a pipe.

    ``beside`` are processes whose work has to be done as well when the courses are taken.
    """

    def __init__(self, child: int, pipe: int, *beside: int) -> None:
        self._children = (child, *beside)
        self._pipe = pipe
        self.came = False
        """Whether :meth:`take` gave a reading."""

    def take(self) -> LibraryReading | None:
        """Wait for the reading; None when it did not come, and then the courses are read as ever. To be called once."""
        with os.fdopen(self._pipe, "rb") as pipe:
            data = pipe.read()
        try:
            # It comes from our own process and was on no disk.
            found = pickle.loads(data)  # noqa: S301
        except BaseException:
            # Cut short, or of a class that only the other process knows; or a package's code raises at its import.
            return None
        finally:
            for child in self._children:
                os.waitpid(child, 0)
        self.came = isinstance(found, LibraryReading)
        return found if isinstance(found, LibraryReading) else None


def layers_of(settings: Settings) -> CatalogLayers:
    """The layers of that site's translations of courses."""
    gate = Gate(Glossaries(settings.home), settings.instance_path / "cache" / "gate")
    return CatalogLayers(gate, settings.own_catalogs, settings.readers)


def interface_of(
    settings: Settings, gate: Gate | None, *, poll: float = POLL_SECONDS, published: Published | None = None
) -> LiveCatalogs:
    """The interface's catalogs of that site."""
    kept = settings.instance_path / "cache" / "interface"
    translations = settings.home / "translations"
    return LiveCatalogs(translations, settings.own_translations, published=published, poll=poll, gate=gate, kept=kept)


def start_preload(settings: Settings) -> Preload | None:
    """Begin to read a site's courses; None where a process cannot be forked. Call it before any thread is started."""
    if not hasattr(os, "fork"):
        return None
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(ours)
        _end_after(_read_courses, settings, theirs)
    os.close(theirs)
    beside = os.fork()
    if not beside:
        os.close(ours)
        _end_after(_judge_interface, settings)
    return Preload(child, ours, beside)


def _end_after(work: Callable[..., None], *values: Any) -> NoReturn:
    """Do this process's work and end it, whatever comes of it: what is missing then, the site does for itself."""
    try:
        work(*values)
    finally:
        os._exit(0)


def _read_courses(settings: Settings, pipe: int) -> None:
    extra = PSEUDO if settings.pseudo_locales else ()
    locales = Locales([*read_locales(settings.registry, settings.own_translations), *extra])
    library = LiveLibrary(
        settings.course_folders,
        frozenset(settings.trusted_courses),
        locales,
        layers=layers_of(settings),
        overlays=places_of(settings),
    )
    kept = KeptReading(settings, locales)
    reading = kept.load()
    changed = reading is None or not library.is_current(reading)
    data = pickle.dumps(library.read() if changed else reading, pickle.HIGHEST_PROTOCOL)
    with os.fdopen(pipe, "wb") as out:
        out.write(data)
    if changed:
        kept.save(data)


def _judge_interface(settings: Settings) -> None:
    locales = read_locales(settings.registry, settings.own_translations)
    Interface(settings.home, settings.own_translations).compile_changed(locales)
    catalogs = interface_of(settings, layers_of(settings).gate)
    for locale in locales:
        catalogs.translations(locale)
