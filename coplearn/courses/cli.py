"""`coplearn course`: begin, check, list and stamp courses; their part of `coplearn i18n`."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from coplearn.authoring.problems import Problems
from coplearn.courses import catalogs
from coplearn.courses.blocks import stamp_file
from coplearn.courses.bundles import Bundle
from coplearn.courses.course import Course
from coplearn.courses.craft import check_all, dated_sources
from coplearn.courses.discovery import (
    KINDS_DOMAIN,
    FoundCourse,
    find_in,
    find_installed,
    installed_bundles,
    own_bundle,
)
from coplearn.courses.editors import schemas
from coplearn.courses.kinds.registry import ITEM_KINDS
from coplearn.courses.library import load_found, words_of
from coplearn.courses.loader import Loaded
from coplearn.courses.texts import Texts
from coplearn.i18n import po
from coplearn.i18n.checks.across import across_findings
from coplearn.i18n.cli import CatalogSet, Where, add_part, where_of
from coplearn.i18n.glossary import glossary_path, read_glossary
from coplearn.i18n.inline_marks import paragraphs, plain_text
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import ID_PATTERN
from coplearn.settings import HOME, from_env

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
_today = click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="The day to go by; this one where none is given."
)


def _day(chosen: datetime | None) -> date:
    return chosen.date() if chosen is not None else utcnow().date()


def _found(where: Where) -> list[FoundCourse]:
    """Each folder is a course, or holds courses; none given: those of the home, of COPLEARN_COURSE_PATH and of packages."""
    found: list[FoundCourse] = []
    for folder in where.folders or (where.home / "courses", *from_env().course_path):
        found += [FoundCourse(folder)] if (folder / "course.yaml").exists() else find_in([folder])
    # A wheel is read where it lies. Nothing is written there: the next one would take it away.
    return found if where.folders else [*found, *find_installed(Problems())]


def _bundles(where: Where, problems: Problems) -> list[Bundle]:
    """The kinds of installed packages, and of each folder that holds a plugin.py and no course: a package's source."""
    own = [folder for folder in where.folders if _holds_kinds(folder)]
    found = [own_bundle(FoundCourse(folder), _kinds_name(folder), where.trusted, problems) for folder in own]
    made = [replace(one, domain=f"{KINDS_DOMAIN}{one.domain}", is_installed=True) for one in found if one is not None]
    return [*installed_bundles(problems), *made]


def _holds_kinds(folder: Path) -> bool:
    return (folder / "plugin.py").is_file() and not (folder / "course.yaml").exists()


def _kinds_name(folder: Path) -> str:
    return folder.resolve().name.replace("_", "-").lower()


def _loaded(where: Where, bundles: Sequence[Bundle]) -> list[Loaded]:
    found = _found(where)
    if not found and not any(map(_holds_kinds, where.folders)):
        raise click.ClickException("No course.yaml was found there.")
    return [load_found(one, where.trusted, where.locales, bundles) for one in found]


def _judged(where: Where, bundles: Sequence[Bundle], today: date) -> list[Loaded]:
    """The same, with the craft of questions and what is due on that day."""
    for one in (loaded := _loaded(where, bundles)):
        check_all(one.course, today, one.problems)
    return loaded


@course.command("check", with_appcontext=False)
@_folders
@_home
@_trust
@_today
@click.option("--quiet", is_flag=True, help="Leave the warnings out.")
def check(folders: tuple[Path, ...], home: Path, trust: tuple[str, ...], today: datetime | None, quiet: bool) -> None:
    """Tell everything that is wrong with the courses in FOLDERS, as path:line: what is wrong and how to mend it.

    The craft of questions is measured as well, and sources that are due are told, as warnings.
    """
    where, loose = where_of(home, folders, trust), Problems()
    bundles = _bundles(where, loose)
    for bundle in bundles:
        words_of(bundle, where.locales, loose)
    for problem in loose:
        if problem.severity == "error" or not quiet:
            click.echo(f"kinds of packages/{problem}")
    errors = len(loose.errors)
    for one in _judged(where, bundles, _day(today)):
        for problem in one.problems:
            if problem.severity == "error" or not quiet:
                click.echo(f"{one.folder}/{problem}")
        errors += len(one.problems.errors)
        click.echo(f"{one.folder}: {one.problems.counted}")
    if errors:
        raise click.exceptions.Exit(1)


@course.command("facts", with_appcontext=False)
@_folders
@_home
@_trust
@_today
@click.option("--all", "every", is_flag=True, help="List what is not due yet as well.")
def facts(folders: tuple[Path, ...], home: Path, trust: tuple[str, ...], today: datetime | None, every: bool) -> None:
    """List the sources in FOLDERS that have to be read again, the soonest first, and the facts that stand on them."""
    where = where_of(home, folders, trust)
    for one in _loaded(where, _bundles(where, Problems())):
        for due in dated_sources(one.course) if one.course is not None else ():
            if every or due.source.is_due(_day(today)):
                click.echo(due.line(one.folder))


@course.command("schema", with_appcontext=False)
@click.argument("into", type=click.Path(file_okay=False, path_type=Path))
def write_schemas(into: Path) -> None:
    """Write JSON Schemas of course.yaml, module.yaml and the items' YAML into the folder INTO, for editors."""
    into.mkdir(parents=True, exist_ok=True)
    for name, made in schemas(ITEM_KINDS).items():
        (into / name).write_text(json.dumps(made, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        click.echo(str(into / name))


@course.command("list", with_appcontext=False)
@_folders
@_home
@_trust
@_today
def list_(folders: tuple[Path, ...], home: Path, trust: tuple[str, ...], today: datetime | None) -> None:
    """List the courses in FOLDERS: id, version, modules, items, messages, translations in percent, errors and warnings."""
    where = where_of(home, folders, trust)
    for one in _judged(where, _bundles(where, Problems()), _day(today)):
        held = one.course
        if held is None:
            click.echo(f"{one.id or one.folder}: not shown, {one.problems.counted}")
            continue
        shares = ", ".join(f"{code} {held.completeness(code)}%" for code in held.catalogs) or "no translations"
        click.echo(
            f"{held.id} {held.version}: {len(held.modules)} modules, {len(held.items)} items, "
            f"{len(held.messages)} messages; {shares}; {one.problems.counted}"
        )


@course.command("walk", with_appcontext=False)
@click.argument("name", metavar="COURSE")
@click.argument("story", required=False)
@click.option("--language", metavar="CODE", help="The language of the texts (the course's own).")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="Write into this file.")
@click.option("--once", is_flag=True, help="Tell each scene once in each state, and of a path only what is new.")
@_home
@_trust
def walk(
    name: str,
    story: str | None,
    language: str | None,
    into: Path | None,
    once: bool,
    home: Path,
    trust: tuple[str, ...],
) -> None:
    """Tell every path through the stories of COURSE, an id or a folder, or through its story with the id STORY."""
    is_folder = Path(name, "course.yaml").is_file()
    where = where_of(home, (Path(name),) if is_folder else (), trust)
    loaded = [one for one in _loaded(where, _bundles(where, Problems())) if is_folder or one.id == name]
    if not loaded:
        raise click.ClickException(f"There is no course {name}, and no folder with a course.yaml.")
    held = loaded[0].course
    if held is None:
        faults = "\n".join(f"{loaded[0].folder}/{problem}" for problem in loaded[0].problems.errors)
        raise click.ClickException(f"The course has errors, so its stories are not told.\n{faults}")
    lines, is_all = _transcripts(held, story, _language(where, held, language), once=once)
    if into is None:
        click.echo("\n".join(lines))
    else:
        into.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if not is_all:
        raise click.ClickException("A story has more paths than can be followed: those that were found are told.")


@course.command("stamp", with_appcontext=False)
@_folders
@_home
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail when an id is missing or stands twice.")
def stamp(folders: tuple[Path, ...], home: Path, only_check: bool) -> None:
    """Give every text block of the courses in FOLDERS the id it lacks; everything else stays byte for byte."""
    changed = 0
    problems = Problems()
    for one in _writable(where_of(home, folders, ())):
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


def _language(where: Where, held: Course, code: str | None) -> Texts:
    locales = where.locales
    wanted = held.locale if code is None else code
    locale = locales.get(wanted) if wanted in locales else locales.by_url(wanted)
    if locale is None:
        known = ", ".join(one.code for one in locales)
        raise click.ClickException(f"{wanted} is not a language of translations/locales.toml: {known}.")
    return Texts(held.messages, locales.get(held.locale), [(locale, held.catalogs.get(locale.code))])


def _transcripts(held: Course, wanted: str | None, texts: Texts, *, once: bool) -> tuple[list[str], bool]:
    """The transcripts of the course's stories or of one, and whether every path is among them."""

    def told(context: str) -> list[str]:
        found = texts.get(context)
        mark = f"[{found.lang}] " if found.fallback else "[old] " if found.stale else ""
        return paragraphs(f"{mark}{plain_text(found.text)}")

    def stories(wanted: str | None) -> dict[str, tuple[list[str], bool]]:
        items = [item for item in held.items.values() if wanted in (None, item.id)]
        made = {item.id: held.kinds[item.kind].transcript(item, told, once=once) for item in items}
        return {name: transcript for name, transcript in made.items() if transcript is not None}

    if not (found := stories(wanted)):
        known = ", ".join(stories(None)) or "none"
        raise click.ClickException(f"The course has no such story. Its stories: {known}.")
    return [line for lines, _ in found.values() for line in lines], all(is_all for _, is_all in found.values())


class CoursesPart(CatalogSet):
    """The catalogs that live in the courses' own folders."""

    name = "courses"

    def extract(self, where: Where) -> tuple[bool, list[str]]:
        """Write each course.pot."""
        good, courses, lines = _good_courses(where, _writable(where), writable=True)
        for course in courses:
            changed = catalogs.extract(course)
            lines.append(f"{_shown(course, where)}/course.pot: {'written' if changed else 'up to date'}")
        return good, lines

    def update(self, where: Where, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """Merge by context, so that an edited text keeps its translation."""
        good, courses, lines = _good_courses(where, _writable(where), writable=True)
        for course in courses:
            shown = _shown(course, where)
            for locale in (locale for locale in chosen if locale.code != course.locale):
                problems = Problems()
                changed = catalogs.update(
                    course, locale, problems, where.course_folder(course.id, course.folder, locale)
                )
                lines += [f"{shown}/{problem}" for problem in problems]
                lines.append(f"{shown}/translations/{locale.code}.po: {'written' if changed else 'unchanged'}")
                good = good and not problems.found
        return good, lines

    def check(self, where: Where, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """A stale template and every blocked message are errors; what is missing or stale is told."""
        good, courses, lines = _good_courses(where, _found(where), writable=False)
        for course in courses:
            shown = _shown(course, where)
            if catalogs.is_template_stale(course):
                good = False
                lines.append(f"{shown}/course.pot: is stale. Run coplearn i18n extract.")
            for locale in (locale for locale in chosen if locale.code != course.locale):
                problems = Problems()
                glossary = read_glossary(glossary_path(where.home, locale.code), locale.code)
                folder = where.course_folder(course.id, course.folder, locale)
                missing, stale = catalogs.check_catalog(course, locale, problems, glossary, folder)
                lines += [f"{shown}/{problem}" for problem in problems]
                lines.append(
                    f"{shown}/translations/{locale.code}.po: "
                    f"{len(course.messages)} messages, {missing} missing, {stale} stale"
                )
                # A site keeps running with a catalog it cannot read; whoever is about to release one must be stopped.
                good = good and not any(
                    problem.severity == "error" or problem.code.startswith("po-") for problem in problems
                )
        return good, lines


def _writable(where: Where) -> list[FoundCourse]:
    """Find the courses whose files a command may change: all but those of installed packages."""
    found = [one for one in _found(where) if not one.installed]
    if where.folders and not found and not any(map(_holds_kinds, where.folders)):
        raise click.ClickException("No course.yaml was found there.")
    return found


def _shown(course: Course, where: Where) -> str:
    return _short(course.folder, where)


def _good_courses(
    where: Where, found: Sequence[FoundCourse], *, writable: bool
) -> tuple[bool, list[Course], list[str]]:
    """The courses that can be used, the words of kinds among them, and a line for each that cannot."""
    problems = Problems()
    bundles = _bundles(where, problems)
    loaded = [load_found(one, where.trusted, where.locales, bundles) for one in found]
    lines = [
        f"{one.folder}: has errors and was left out. Run coplearn course check." for one in loaded if not one.course
    ]
    lines += [f"kinds of packages/{problem}" for problem in problems.errors]
    courses = [one.course for one in loaded if one.course is not None]
    # What an installed package brings is never written to, and is looked after with everything else.
    wanted = [one for one in bundles if _holds_kinds(one.folder) and one.folder in where.folders]
    wanted = wanted if writable or where.folders else bundles
    courses += [words_of(one, where.locales, Problems()) for one in wanted if one.messages]
    return not lines, courses, lines


class TogetherPart(CatalogSet):
    """The interface and the courses of a language beside each other; what either is by itself, its own part looks after."""

    name = "together"

    def check(self, where: Where, chosen: Sequence[Locale]) -> tuple[bool, list[str]]:
        """Tell the sentences that two of the catalogs translate in two ways; that is never an error."""
        lines: list[str] = []
        for locale in chosen:
            paths = [where.interface.path(locale)]
            paths += [catalogs.catalog_path(one.folder, locale.code) for one in _found(where) if not one.installed]
            read = [(path, po.read_po(path).file) for path in paths if path.is_file()]
            held = [(_short(path, where), file) for path, file in read if file is not None]
            for name, line, message, finding in across_findings(held):
                lines.append(f"{name}:{line}: warning: {message}: {finding.words} [message-{finding.check}]")
        return True, lines


def _short(path: Path, where: Where) -> str:
    return path.relative_to(where.home).as_posix() if path.is_relative_to(where.home) else str(path)


add_part(CoursesPart())
add_part(TogetherPart())
