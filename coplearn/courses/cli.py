"""`coplearn course`: begin, check, list and stamp courses; their part of `coplearn i18n`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import click
from flask.cli import AppGroup

from coplearn.courses import catalogs
from coplearn.courses.blocks import stamp_file
from coplearn.courses.course import Course
from coplearn.courses.discovery import Found, find_in
from coplearn.courses.library import load_found
from coplearn.courses.loader import Loaded
from coplearn.courses.problems import Problems
from coplearn.i18n.cli import HOME, Part, add_part
from coplearn.i18n.glossary import glossary_path, read_glossary
from coplearn.i18n.locales import Locale, Locales, read_locales
from coplearn.kernel.words import ID_PATTERN

TEMPLATE = "_template"
_OLD_ID = "my-course"

course = AppGroup("course", help="Begin, check, list and stamp courses. These commands need no database.")
commands = (course,)

_folders = click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
_trust = click.option("--trust", multiple=True, metavar="ID", help="Run the plugin.py of the course with this id.")
_home = click.option(
    "--home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=HOME,
    help="The folder that holds courses/ and translations/.",
)


def _found(folders: Sequence[Path], home: Path) -> list[Found]:
    """Each folder is a course, or holds courses; none given: those of ``home``."""
    found: list[Found] = []
    for folder in folders or (home / "courses",):
        found += [Found(folder)] if (folder / "course.yaml").exists() else find_in([folder])
    if not found:
        raise click.ClickException("No course.yaml was found there.")
    return found


def _loaded(folders: Sequence[Path], home: Path, trust: Sequence[str]) -> list[Loaded]:
    locales = read_locales(home / "translations" / "locales.toml")
    return [load_found(one, frozenset(trust), locales) for one in _found(folders, home)]


@course.command("check", with_appcontext=False)
@_folders
@_home
@_trust
@click.option("--quiet", is_flag=True, help="Leave the warnings out.")
def check(folders: tuple[Path, ...], home: Path, trust: tuple[str, ...], quiet: bool) -> None:
    """Tell everything that is wrong with the courses in FOLDERS, as path:line: what is wrong and how to mend it."""
    errors = 0
    for one in _loaded(folders, home, trust):
        for problem in one.problems:
            if problem.severity == "error" or not quiet:
                click.echo(f"{one.folder}/{problem}")
        errors += len(one.problems.errors)
        warnings = len(one.problems) - len(one.problems.errors)
        click.echo(f"{one.folder}: {len(one.problems.errors)} errors, {warnings} warnings")
    if errors:
        raise click.exceptions.Exit(1)


@course.command("list", with_appcontext=False)
@_folders
@_home
@_trust
def list_(folders: tuple[Path, ...], home: Path, trust: tuple[str, ...]) -> None:
    """List the courses in FOLDERS: id, version, modules, items, messages, and how far each translation is."""
    for one in _loaded(folders, home, trust):
        held = one.course
        if held is None:
            click.echo(f"{one.id or one.folder}: not shown, {len(one.problems.errors)} errors")
            continue
        shares = ", ".join(f"{code} {held.completeness(code)}%" for code in held.catalogs) or "no translations"
        click.echo(
            f"{held.id} {held.version}: {len(held.modules)} modules, {len(held.items)} items, "
            f"{len(held.messages)} messages; {shares}"
        )


@course.command("stamp", with_appcontext=False)
@_folders
@_home
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail when an id is missing or stands twice.")
def stamp(folders: tuple[Path, ...], home: Path, only_check: bool) -> None:
    """Give every text block of the courses in FOLDERS the id it lacks; everything else stays byte for byte."""
    changed = 0
    problems = Problems()
    for one in _found(folders, home):
        for file in sorted(one.folder.glob("*/*.md")):
            path = file.relative_to(one.folder).as_posix()
            stamped = stamp_file(one.folder, path, problems)
            if stamped is None or not stamped.changed:
                continue
            changed += 1
            click.echo(f"{file}: {stamped.added} ids added, {stamped.renamed} renamed")
            if not only_check:
                file.write_bytes(stamped.text.encode())
        for problem in problems:
            click.echo(f"{one.folder}/{problem}")
    if problems.errors or (only_check and changed):
        raise click.exceptions.Exit(1)


@course.command("new", with_appcontext=False)
@click.argument("course_id")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Where the folder is made (courses/).")
@_home
def new(course_id: str, into: Path | None, home: Path) -> None:
    """Begin a course with the id COURSE_ID as a copy of the template, which holds one of each kind."""
    if not ID_PATTERN.fullmatch(course_id):
        raise click.ClickException("An id is 2 to 48 small letters, digits and hyphens, and begins with a letter.")
    target = (into or home / "courses") / course_id
    if target.exists():
        raise click.ClickException(f"{target} is there already.")
    new_course(home / "courses" / TEMPLATE, target, course_id)
    click.echo(f"{target}: made. Write your text, then run: coplearn course stamp {target}")


def new_course(template: Path, target: Path, course_id: str) -> None:
    """Copy the template course to ``target`` under another id; all other ids are unique within a course only."""
    shutil.copytree(template, target, ignore=shutil.ignore_patterns("__pycache__", "translations", "course.pot"))
    manifest = target / "course.yaml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(re.sub(rf"(?m)^id: {_OLD_ID}$", f"id: {course_id}", text), encoding="utf-8")


class CoursesPart(Part):
    """The catalogs that live in the courses' own folders."""

    name = "courses"

    def extract(self, home: Path, locales: Locales) -> tuple[bool, list[str]]:
        """Write each course.pot."""
        good, held, lines = _good_courses(home, locales)
        for one in held:
            lines.append(
                f"courses/{one.folder.name}/course.pot: {'written' if catalogs.extract(one) else 'up to date'}"
            )
        return good, lines

    def update(self, home: Path, locales: Locales, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """Merge by context, so that an edited text keeps its translation."""
        good, held, lines = _good_courses(home, locales)
        for one in held:
            for locale in (locale for locale in chosen if locale.code != one.locale):
                problems = Problems()
                changed = catalogs.update(one, locale, problems)
                lines += [f"courses/{one.folder.name}/{problem}" for problem in problems]
                words = "written" if changed else "unchanged"
                lines.append(f"courses/{one.folder.name}/translations/{locale.code}.po: {words}")
                good = good and not problems.found
        return good, lines

    def compile(self, home: Path, locales: Locales, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """Nothing: the site reads a course's catalogs as they are."""
        return True, []

    def check(self, home: Path, locales: Locales, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """A stale template and every blocked message are errors; what is missing or stale is told."""
        good, held, lines = _good_courses(home, locales)
        for one in held:
            if catalogs.is_template_stale(one):
                good = False
                lines.append(f"courses/{one.folder.name}/course.pot: is stale. Run coplearn i18n extract.")
            for locale in (locale for locale in chosen if locale.code != one.locale):
                problems = Problems()
                glossary = read_glossary(glossary_path(home, locale.code), locale.code)
                missing, stale = catalogs.check_catalog(one, locale, problems, glossary)
                lines += [f"courses/{one.folder.name}/{problem}" for problem in problems]
                lines.append(
                    f"courses/{one.folder.name}/translations/{locale.code}.po: "
                    f"{len(one.messages)} messages, {missing} missing, {stale} stale"
                )
                # A site keeps running with a catalog it cannot read; whoever is about to release one must be stopped.
                good = good and not any(
                    problem.severity == "error" or problem.code.startswith("po-") for problem in problems
                )
        return good, lines


def _good_courses(home: Path, locales: Locales) -> tuple[bool, list[Course], list[str]]:
    loaded = [load_found(one, frozenset(), locales) for one in find_in([home / "courses"])]
    broken = [one for one in loaded if one.course is None]
    lines = [f"{one.folder}: has errors and was left out. Run coplearn course check." for one in broken]
    return not broken, [one.course for one in loaded if one.course is not None], lines


add_part(CoursesPart())
