"""Pages of a course to be read, without a program: for books, and for platforms that show pages themselves."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from flask import current_app
from markupsafe import Markup

from coplearn.course_exports.contents import HELP, ExportedCourse, ExportedStep, Rendering, help_html

STYLE: Final = "book.css"


def rendering_as(ending: str) -> Rendering:
    """Steps in files of their own beside each other, with that end of their names."""
    return Rendering(played=False, address=lambda name: f"{name}{ending}")


def style() -> bytes:
    """The style sheet of all pages: a small one, which leaves letters and colours to whoever reads."""
    return files("coplearn.course_exports").joinpath("files", STYLE).read_bytes()


def step_page(found: ExportedCourse, step: ExportedStep) -> str:
    """A step as a document; needs :func:`~.contents.spoken_in`."""
    return _document(found, step.title, step.body, note=step.content_note, place=step.place)


def help_page(found: ExportedCourse) -> str:
    """The directories of help in any country. A number would be read there when nobody confirms it any more, so it has none."""
    return _document(found, None, help_html(None))


def pages_of(found: ExportedCourse, ending: str) -> dict[str, str]:
    """Every page by the name of its file."""
    made = {f"{step.code}{ending}": step_page(found, step) for step in found.steps}
    return made | ({f"{HELP}{ending}": help_page(found)} if found.course.helplines else {})


def _document(
    found: ExportedCourse,
    title: Markup | None,
    body: Markup,
    *,
    note: Markup | None = None,
    place: Markup | None = None,
) -> str:
    template = current_app.jinja_env.get_template("course_exports/reading.html")
    return template.render(found=found, title=title, body=body, note=note, place=place, style=STYLE)
