"""cmi5 (AICC, Quartz 1.0): one assignable unit that reports completion, result and place by xAPI."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from markupsafe import Markup

from coplearn.course_exports.archives import archive_of
from coplearn.course_exports.contents import ExportedCourse
from coplearn.course_exports.player import START
from coplearn.course_exports.rules import PackageOrder

RECORD: Final = "cmi5.js"
_STRUCTURE: Final = Markup("""<?xml version="1.0" encoding="UTF-8"?>
<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="{course}">
<title>{titles}</title>
<description>{summaries}</description>
</course>
<au id="{unit}" moveOn="{move_on}" launchMethod="AnyWindow">
<title>{titles}</title>
<description>{summaries}</description>
<url>{start}</url>
</au>
</courseStructure>
""")


def cmi5_package(order: PackageOrder, files: dict[str, bytes], courses: list[ExportedCourse]) -> bytes:
    """The package of files that are played. Whoever passes every check after the last step moves on."""
    has_checks = any(step.check and step.needed for step in courses[0].steps)
    structure = _STRUCTURE.format(
        course=_iri(f"{order.name}.course"),
        unit=_iri(order.name),
        move_on="CompletedAndPassed" if has_checks else "Completed",
        titles=_langstrings((found, found.plain_title_of(order.owner)) for found in courses),
        summaries=_langstrings((found, found.plain_summary_of(order.owner)) for found in courses),
        start=START,
    )
    return archive_of({"cmi5.xml": structure.encode(), **files})


def _langstrings(said: Iterable[tuple[ExportedCourse, str]]) -> Markup:
    return Markup("").join(
        Markup('<langstring lang="{}">{}</langstring>').format(found.locale.bcp47, text) for found, text in said
    )


def _iri(name: str) -> str:
    """An identifier that is one everywhere and stays: whichever site makes the package, of whichever version."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'coplearn:{name}')}"
