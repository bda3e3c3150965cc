"""The law of exports: formats, and the order of a package with its names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from coplearn.courses.course import Course, Module
from coplearn.courses.plugin import Item
from coplearn.i18n.locales import Locale


class PackageFormat(StrEnum):
    """A format by the word of the command; what it is called stands in :data:`FORMAT_NAMES`."""

    SCORM12 = "scorm12"
    CMI5 = "cmi5"
    CC13 = "cc13"
    EPUB = "epub"
    GIFT = "gift"
    QTI3 = "qti3"


FORMAT_NAMES: Final = {
    PackageFormat.SCORM12: "SCORM 1.2",
    PackageFormat.CMI5: "cmi5",
    PackageFormat.CC13: "Common Cartridge 1.3",
    PackageFormat.EPUB: "EPUB 3",
    PackageFormat.GIFT: "GIFT",
    PackageFormat.QTI3: "QTI 3.0",
}
SUFFIXES: Final = {PackageFormat.CC13: ".imscc", PackageFormat.EPUB: ".epub", PackageFormat.GIFT: ".txt"}
"""The ends of files that are no ``.zip``."""
QUESTIONS: Final = frozenset({PackageFormat.GIFT, PackageFormat.QTI3})
"""Formats that hold the questions of checks alone."""
ONE_LANGUAGE: Final = QUESTIONS | {PackageFormat.CC13, PackageFormat.EPUB}
"""Formats that hold one language a file."""


def needs_room(course: Course, item: Item[Any]) -> bool:
    """Whether a step is done by people in one room, so that no package has it."""
    return course.kinds[item.kind].exercise(item) is not None


def has_anything(course: Course, modules: Iterable[Module]) -> bool:
    """Whether any step of those modules can be taken along."""
    return any(not needs_room(course, course.items[one]) for module in modules for one in module.item_ids)


@dataclass(frozen=True, slots=True)
class PackageOrder:
    """A package as it is asked for: ``modules`` are all of the course's, or one; ``languages`` in the order of the choice.

    ``country`` is whose facts and whose help are told; None tells what holds everywhere.
    """

    kind: PackageFormat
    course: Course
    modules: tuple[Module, ...]
    languages: tuple[Locale, ...]
    country: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it holds all modules."""
        return len(self.modules) == len(self.course.modules)

    @property
    def owner(self) -> str:
        """The owner of its title and summary among the course's texts: the course, or its one module."""
        return "course" if self.is_whole else f"module.{self.modules[0].id}"

    @property
    def name(self) -> str:
        """The package's identifier: the same for each version of the course, so that a platform knows a newer one."""
        parts = [self.course.id]
        if not self.is_whole:
            parts.append(self.modules[0].id)
        parts.append("all" if len(self.languages) > 1 else self.languages[0].bcp47)
        if self.country is not None:
            parts.append(self.country)
        return ".".join(parts)

    @property
    def file_name(self) -> str:
        """A name for the file, with the version."""
        return f"{self.name}-{self.course.version}-{self.kind}{SUFFIXES.get(self.kind, '.zip')}"
