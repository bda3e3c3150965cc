"""`coplearn course export-package`: a course as a file for another platform."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from flask import current_app
from flask.cli import with_appcontext

from coplearn.course_exports.making import make_package
from coplearn.course_exports.ordering import NoSuchPackage, PackageWish, order_of
from coplearn.course_exports.rules import PackageFormat
from coplearn.i18n.files import write_whole
from coplearn.site import site

_HINTS: Final = {
    "kind": "--format",
    "course": "COURSE",
    "module": "--module",
    "language": "--language",
    "country": "--country",
}


@click.command("export-package")
@click.argument("course_id", metavar="COURSE")
@click.option(
    "--format", "kind", type=click.Choice([one.value for one in PackageFormat]), default="scorm12", show_default=True
)
@click.option("--module", "module_id", metavar="ID", help="One module; all of the course where none is named.")
@click.option("--language", metavar="CODE", help="The language; the course's own where none is named.")
@click.option("--all-languages", is_flag=True, help="Every language that the site offers, in one package, as a choice.")
@click.option("--country", metavar="CODE", help="Whose facts and whose helplines it tells (ISO 3166-1).")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def export_package(
    course_id: str,
    kind: str,
    module_id: str | None,
    language: str | None,
    all_languages: bool,
    country: str | None,
    output: Path,
) -> None:
    """Write COURSE (its id) as a package that another platform plays, or as a book.

    Steps that need people in a room are left out, and are told by name.
    """
    if language and all_languages:
        raise click.UsageError("Name one language, or ask for all.")
    parts = site()
    named = language or (
        parts.library.current().courses[course_id].locale if course_id in parts.library.current().courses else ""
    )
    wish = PackageWish(kind, course_id, module_id or "", "" if all_languages else named, country or "")
    try:
        order = order_of(parts, wish)
    except NoSuchPackage as error:
        raise click.BadParameter(str(error), param_hint=_HINTS[error.part]) from error
    made = make_package(current_app._get_current_object(), order)  # type: ignore[attr-defined] # the application itself
    write_whole(output, made.content)
    for title in made.left_out:
        click.echo(f"Left out: {title}")
    click.echo(f"{output}: {len(made.content)} bytes.")
