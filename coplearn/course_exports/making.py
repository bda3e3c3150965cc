"""A package made as it was ordered, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Flask

from coplearn.course_exports import cartridge, cmi5, epub, question_banks, scorm
from coplearn.course_exports.player import played_files
from coplearn.course_exports.rules import PackageFormat, PackageOrder


@dataclass(frozen=True, slots=True)
class MadePackage:
    """A package's bytes, and the titles of steps that could not come along."""

    content: bytes
    left_out: Sequence[str]


def _scorm12(app: Flask, order: PackageOrder) -> MadePackage:
    files, courses = played_files(app, order, scorm.RECORD)
    return MadePackage(scorm.scorm_package(order, files, courses), courses[0].left_out)


def _cmi5(app: Flask, order: PackageOrder) -> MadePackage:
    files, courses = played_files(app, order, cmi5.RECORD)
    return MadePackage(cmi5.cmi5_package(order, files, courses), courses[0].left_out)


def _cc13(app: Flask, order: PackageOrder) -> MadePackage:
    content, _, left_out = cartridge.cartridge(app, order)
    return MadePackage(content, left_out)


def _epub(app: Flask, order: PackageOrder) -> MadePackage:
    content, found = epub.epub_book(app, order)
    return MadePackage(content, found.left_out)


def _questions(app: Flask, order: PackageOrder) -> MadePackage:
    return MadePackage(*question_banks.question_bank(app, order))


_MAKERS: Final[Mapping[PackageFormat, Callable[[Flask, PackageOrder], MadePackage]]] = {
    PackageFormat.SCORM12: _scorm12,
    PackageFormat.CMI5: _cmi5,
    PackageFormat.CC13: _cc13,
    PackageFormat.EPUB: _epub,
    PackageFormat.GIFT: _questions,
    PackageFormat.QTI3: _questions,
}


def make_package(app: Flask, order: PackageOrder) -> MadePackage:
    """The package of that order: the same bytes for the same course, texts and help. Takes about a second a language."""
    return _MAKERS[order.kind](app, order)
