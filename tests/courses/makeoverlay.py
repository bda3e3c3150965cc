"""A country's overlay of the template course that a test can spoil, and what both come to."""

from __future__ import annotations

from pathlib import Path

from coplearn.authoring.problems import Problems
from coplearn.courses.course import Course
from coplearn.courses.overlays.contract import EditAction
from coplearn.courses.overlays.deciding import edit_text, file_name, new_overlay
from coplearn.courses.overlays.manifest import read_overlay
from coplearn.courses.overlays.merging import adapt
from tests.courses.makecourse import LOCALES, Folder

OWN_LESSON = "---\nid: our-page\nkind: lesson\ntitle: Our page\nminutes: 1\n---\n\nA page of our own. {#bourown1}\n"


def make_overlay(where: Path, course: Folder, name: str = "our-country", country: str = "MA") -> Folder:
    """An overlay for Morocco, in Arabic and French, that changes nothing yet."""
    new_overlay(where / name, course.course(), country, ["ar", "fr"], "The team of our country")
    return Folder(where / name)


def change(
    overlay: Folder, course: Course, block: str, text: str, action: EditAction = EditAction.REPLACE, file: str = ""
) -> None:
    """One file of blocks/ about what the course says now."""
    base = next((one.text for one in course.messages if one.context == block), "")
    overlay.write(f"blocks/{file or file_name(block)}", edit_text(action, block, base, text))


def adapted(overlay: Folder, course: Folder, own: Path | None = None) -> tuple[Course | None, Problems]:
    """The country's course, and what is told of the overlay."""
    problems = Problems()
    found = read_overlay(overlay.path, own, problems)
    made = adapt(course.load(), found, LOCALES, (), problems) if found is not None else None
    return made, problems
