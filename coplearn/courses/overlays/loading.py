"""Find the overlays of a site, and lay each over its course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from coplearn.authoring.problems import Place, Problem, Problems, said
from coplearn.courses.bundles import Bundle
from coplearn.courses.course import Course
from coplearn.courses.discovery import package_folders
from coplearn.courses.loader import Loaded
from coplearn.courses.overlays.contract import MANIFEST, Overlay
from coplearn.courses.overlays.manifest import read_overlay
from coplearn.courses.overlays.merging import adapt
from coplearn.i18n.locales import Locales
from coplearn.settings import Settings

ENTRY_POINTS: Final = "coplearn.overlays"
"""The entry-point group of packages that bring an overlay; the value names the package that holds overlay.toml."""


@dataclass(frozen=True, slots=True)
class OverlayPlaces:
    """The folders that hold overlays; ``own`` is the site's, where what its staff decide is written; ``chosen`` are overlays."""

    folders: tuple[Path, ...] = ()
    own: Path | None = None
    chosen: tuple[Path, ...] = ()

    @property
    def all(self) -> tuple[Path, ...]:
        """Every folder, the site's own last."""
        return (*self.folders, *([self.own] if self.own is not None else []))

    def found(self, problems: Problems, *, installed: bool = True, path: list[str] | None = None) -> list[Path]:
        """The folders of overlays, each once: one that the site holds beside a shipped one of the same name is a layer of it."""
        found = {path.name: path for path in self.chosen}
        for folder in self.all:
            names = sorted(folder.iterdir()) if folder.is_dir() else []
            for one in names:
                if not one.name.startswith(("_", ".")) and (one / MANIFEST).is_file():
                    found.setdefault(one.name, one)
        packages = package_folders(ENTRY_POINTS, MANIFEST, problems, path) if installed else []
        return [*found.values(), *packages]

    def files(self) -> list[Path]:
        """Every file of every overlay in folders: an overlay is read again when one changes."""
        held = [folder for folder in (*self.chosen, *self.all) if folder.is_dir()]
        return [path for folder in held for path in sorted(folder.rglob("*")) if path.is_file()]


def own_overlays(settings: Settings) -> Path:
    """The folder of overlays that are the site's own, and of what its staff decided on others."""
    return settings.instance_path / "overlays"


def places_of(settings: Settings) -> OverlayPlaces:
    """The folders of that site's overlays: its own, those of folders that it names, and the product's examples that it chose."""
    examples = tuple(settings.home / "overlays" / name for name in settings.overlays)
    return OverlayPlaces(settings.overlay_path, own_overlays(settings), examples)


@dataclass(frozen=True, slots=True)
class Adapted:
    """The result of laying them all: the courses by id and country, the overlays that could be read, and problems by folder."""

    courses: Mapping[str, Mapping[str, Course]]
    overlays: Mapping[str, Overlay]
    problems: Mapping[str, tuple[Problem, ...]]


def load_overlays(
    places: OverlayPlaces,
    upstream: Mapping[str, Loaded],
    locales: Locales,
    bundles: Sequence[Bundle],
    last: Mapping[str, Mapping[str, Course]],
    *,
    installed: bool = True,
    package_path: list[str] | None = None,
) -> Adapted:
    """Lay every overlay over its course, which ``upstream`` has by id. Never raises for what one holds.

    ``last`` are the courses as they stood: one whose overlay has become faulty stays while its course is the same.
    """
    loose, courses = Problems(), dict[str, dict[str, Course]]()
    overlays: dict[str, Overlay] = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    for folder in places.found(loose, installed=installed, path=package_path):
        own = Problems()
        overlay = read_overlay(folder, places.own, own)
        if overlay is not None and overlay.id in overlays:
            own.error(Place(MANIFEST), "overlay-twice", f"The id {overlay.id!r} is in use.", "Change the id of one.")
            overlay = None
        if overlay is not None:
            overlays[overlay.id] = overlay
            made = _adapted(overlay, upstream.get(overlay.course), locales, bundles, own)
            taken = courses.setdefault(overlay.course, {})
            if made is None:
                made = _kept(overlay, upstream.get(overlay.course), last)
            if made is not None and overlay.country in taken:
                what = f"Another overlay changes {overlay.course} for {overlay.country}."
                own.error(Place(MANIFEST), "overlay-twice", what, "Keep one of the two.")
            elif made is not None:
                taken[overlay.country] = made
        if own.found:
            problems[str(folder)] = tuple(own)
    if loose.found:
        problems["installed overlays"] = tuple(loose)
    return Adapted(courses, overlays, problems)


def _adapted(
    overlay: Overlay, upstream: Loaded | None, locales: Locales, bundles: Sequence[Bundle], problems: Problems
) -> Course | None:
    if upstream is None or upstream.course is None:
        what = f"The course {overlay.course!r} is not here, or has errors."
        problems.error(Place(MANIFEST), "overlay-course", what, "Mend the name, or mend the course first.")
        return None
    try:
        return adapt(upstream, overlay, locales, bundles, problems)
    except Exception as error:  # what a stranger wrote takes no course down
        what = f"Laying it over the course stopped: {said(error)}."
        problems.error(Place(MANIFEST), "load-failed", what, "Report it to us.")
        return None


def _kept(overlay: Overlay, upstream: Loaded | None, last: Mapping[str, Mapping[str, Course]]) -> Course | None:
    held = last.get(overlay.course, {}).get(overlay.country)
    course = upstream.course if upstream is not None else None
    if held is None or course is None or held.adaptation is None or held.adaptation.id != overlay.id:
        return None
    return replace(held, code=course.code) if held.adaptation.upstream == course.digest else None
