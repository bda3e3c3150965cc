"""`coplearn overlay`: begin a country's overlay of a course, check it, and hold it against a new release."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click
from flask.cli import AppGroup

from coplearn.authoring.problems import Problems
from coplearn.courses.catalog_layers import CatalogLayers
from coplearn.courses.course import Course
from coplearn.courses.discovery import FoundCourse, find_in, find_installed, installed_bundles
from coplearn.courses.library import Library, load_found
from coplearn.courses.loader import Loaded, peek_id
from coplearn.courses.overlays.contract import MANIFEST, EditAction, Overlay
from coplearn.courses.overlays.deciding import (
    Decision,
    decide,
    decided_texts,
    keep_release,
    new_overlay,
    take,
    undo,
    update_catalog,
)
from coplearn.courses.overlays.manifest import read_overlay
from coplearn.courses.overlays.merging import OPEN_CODES, adapt
from coplearn.courses.overlays.reporting import BlockLine, BlockState, Lack, OverlayReport, release_of, report
from coplearn.i18n.cli import Where, where_of
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.words import ID_PATTERN
from coplearn.settings import HOME, from_env

overlay = AppGroup("overlay", help="Countries' overlays of courses. These commands need no database.")
commands = (overlay,)

_home = click.option(
    "--home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=HOME,
    help="The folder that holds courses/ and translations/.",
)
_course = click.option(
    "--course",
    "upstream",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the course, where it is not one of this site's.",
)
_trust = click.option("--trust", multiple=True, metavar="ID", help="Run the plugin.py of the course with this id.")
_folder = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))


def _places(command: Callable[..., None]) -> Callable[..., None]:
    return _home(_course(_trust(command)))


def _load(name: str, where: Where, upstream: Path | None) -> Loaded:
    """The course of that id: the one in the folder that was named, else one of this site. Raises ClickException."""
    found = (
        [FoundCourse(upstream)] if upstream is not None else find_in((where.home / "courses", *from_env().course_path))
    )
    found = found if upstream is not None else [*found, *find_installed(Problems())]
    one = next((one for one in found if peek_id(one.folder) == name), None)
    loaded = load_found(one, where.trusted, where.locales) if one is not None else None
    if loaded is None:
        raise click.ClickException(f"There is no course {name} there. Name its folder with --course.")
    if loaded.course is None:
        faults = "\n".join(f"{loaded.folder}/{problem}" for problem in loaded.problems.errors)
        raise click.ClickException(f"The course has errors: mend them first.\n{faults}")
    return loaded


def _read(folder: Path, where: Where, problems: Problems) -> Overlay:
    own = where.instance / "overlays" if where.instance is not None else None
    found = read_overlay(folder, own, problems)
    if found is None:
        raise click.ClickException("\n".join(f"{folder}/{problem}" for problem in problems))
    return found


def _merged(found: Overlay, loaded: Loaded, where: Where, problems: Problems) -> Course | None:
    """The country's course with its translations as they are in files."""
    made = adapt(loaded, found, where.locales, installed_bundles(Problems()), problems)
    if made is None or loaded.course is None:
        return None
    library = Library({loaded.course.id: loaded.course}, adapted={loaded.course.id: {found.country: made}})
    return CatalogLayers().with_adapted(library, None).adapted[loaded.course.id][found.country]


def _shown(folder: Path, where: Where, upstream: Path | None) -> tuple[OverlayReport, Loaded, Course | None]:
    problems = Problems()
    found = _read(folder, where, problems)
    loaded = _load(found.course, where, upstream)
    assert loaded.course is not None
    made = _merged(found, loaded, where, problems)
    for problem in problems.errors:
        click.echo(f"{folder}/{problem}")
    return report(found, loaded.course, made), loaded, made


@overlay.command("new", with_appcontext=False)
@click.argument("overlay_id")
@click.argument("course_id")
@click.option("--country", required=True, metavar="CODE", help="The ISO 3166 code of the country, such as MA.")
@click.option(
    "--languages", required=True, metavar="CODES", help="Its languages with commas between, the first one first."
)
@click.option("--by", "adapted_by", required=True, metavar="NAME", help="Who adapts it, as certificates say it.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Where the folder is made (overlays/).")
@_places
def new(
    overlay_id: str,
    course_id: str,
    country: str,
    languages: str,
    adapted_by: str,
    into: Path | None,
    home: Path,
    upstream: Path | None,
    trust: tuple[str, ...],
) -> None:
    """Begin an overlay with the id OVERLAY_ID of the course with the id COURSE_ID."""
    where = where_of(home, (), trust)
    if not ID_PATTERN.fullmatch(overlay_id):
        raise click.ClickException("An id is 2 to 48 small letters, digits and hyphens, and begins with a letter.")
    if country not in COUNTRIES:
        raise click.ClickException(f"{country} is no country. Write a code such as MA.")
    codes = [code.strip() for code in languages.split(",") if code.strip()]
    for code in codes:
        if code not in where.locales:
            raise click.ClickException(f"{code} is no language of translations/locales.toml.")
    loaded = _load(course_id, where, upstream)
    folder = (into or home / "overlays") / overlay_id
    if folder.exists():
        raise click.ClickException(f"{folder} is there already.")
    assert loaded.course is not None
    new_overlay(folder, loaded.course, country, codes, adapted_by)
    click.echo(f"{folder}: made. Next: coplearn overlay take {folder} BLOCK, for a text of {loaded.folder}/course.pot.")


@overlay.command("take", with_appcontext=False)
@_folder
@click.argument("blocks", nargs=-1, required=True)
@click.option("--hide", is_flag=True, help="Hide the blocks instead of replacing them.")
@_places
def take_texts(
    folder: Path, blocks: tuple[str, ...], hide: bool, home: Path, upstream: Path | None, trust: tuple[str, ...]
) -> None:
    """Write for each of BLOCKS, as course.pot names them, a file of blocks/ with what the course says, to be changed."""
    where = where_of(home, (), trust)
    found = _read(folder, where, Problems())
    loaded = _load(found.course, where, upstream)
    assert loaded.course is not None
    messages = {message.context: message for message in loaded.course.messages}
    for block in blocks:
        if block not in messages:
            raise click.ClickException(f"The course has no text {block}. Look it up in {loaded.folder}/course.pot.")
        try:
            path = take(folder, messages[block], EditAction.HIDE if hide else EditAction.REPLACE)
        except Refused as refused:
            raise click.ClickException(str(refused)) from None
        click.echo(f"{path}: made.")


@overlay.command("check", with_appcontext=False)
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@_places
def check(folders: tuple[Path, ...], home: Path, upstream: Path | None, trust: tuple[str, ...]) -> None:
    """Tell everything that is wrong with the overlays in FOLDERS, and what the national team still has to fill in."""
    where, failed = where_of(home, (), trust), False
    for folder in folders or sorted(path.parent for path in (home / "overlays").glob(f"*/{MANIFEST}")):
        problems = Problems()
        found = _read(folder, where, problems)
        loaded = _load(found.course, where, upstream)
        _merged(found, loaded, where, problems)
        for problem in problems:
            click.echo(f"{folder}/{problem}")
        to_fill = [*(fact.open for fact in found.facts if fact.open), *(one.text for one in found.to_fill)]
        for text in to_fill:
            click.echo(f"{folder}: to be filled in by the national team: {text}")
        undecided = sum(problem.code in OPEN_CODES for problem in problems)
        click.echo(
            f"{folder}: {len(found.edits)} changes to {found.course}, {len(problems.errors)} errors, "
            f"{undecided} to decide, {len(to_fill)} to fill in"
        )
        failed = failed or bool(problems.errors or undecided)
    if failed:
        raise click.exceptions.Exit(1)


@overlay.command("report", with_appcontext=False)
@_folder
@_places
def tell(folder: Path, home: Path, upstream: Path | None, trust: tuple[str, ...]) -> None:
    """Tell, text by text, how the overlay in FOLDER stands to its course as it is now. Fails while something has to be decided."""
    found, _, _ = _shown(folder, where_of(home, (), trust), upstream)
    _echo(found)
    if found.open:
        raise click.exceptions.Exit(1)


def _echo(found: OverlayReport) -> None:
    since = f"looked at with {found.was}" if found.was else "never looked at before"
    click.echo(f"{found.overlay.id}: {found.overlay.course} is at {found.now}, {since}")
    for line in found.lines:
        if line.state != BlockState.UNAFFECTED:
            click.echo("\n".join(_told(line)))
    click.echo("; ".join(f"{len(found.of(state))} {state}" for state in BlockState))
    for lack in found.languages:
        numbers = ", ".join(f"{len(lack.of(why))} {why}" for why in Lack)
        told = f"{lack.code}: {lack.messages} texts, {lack.translated} translated, {numbers}"
        click.echo(f"{told}; {lack.own} of what is not translated as it stands are the country's own")
        for text in lack.texts:
            click.echo(f"  {text.lack}: {text.block} ({text.place}){', our own' if text.is_own else ''}")


def _told(line: BlockLine) -> list[str]:
    told = [f"{line.block}: {line.state}"]
    if line.state in (BlockState.CONFLICT, BlockState.GONE):
        told += [f"  was:  {line.base}", f"  now:  {line.theirs}", f"  ours: {line.ours}"]
    elif line.state in (BlockState.NEW, BlockState.CHANGED):
        told.append(f"  now:  {line.theirs}")
    return told


@overlay.command("update", with_appcontext=False)
@_folder
@click.option("--accept", multiple=True, metavar="BLOCK", help="Take the course's text.")
@click.option("--keep", multiple=True, metavar="BLOCK", help="Keep ours over the course's new text.")
@click.option("--undo", "undone", multiple=True, metavar="BLOCK", help="Undo the latest decision about a text.")
@_places
def update(
    folder: Path,
    accept: tuple[str, ...],
    keep: tuple[str, ...],
    undone: tuple[str, ...],
    home: Path,
    upstream: Path | None,
    trust: tuple[str, ...],
) -> None:
    """Write what was decided, note the release that was looked at, and bring the overlay's catalogs up to its texts.

    The release is noted once nothing is left to decide.
    """
    where = where_of(home, (), trust)
    _undo(folder, undone)
    found, loaded, made = _shown(folder, where, upstream)
    _decide(folder, found, [(block, Decision.ACCEPT) for block in accept] + [(block, Decision.KEEP) for block in keep])
    found, loaded, made = _shown(folder, where, upstream)
    assert loaded.course is not None
    for code in found.overlay.languages:
        if made is not None and code != made.locale and code in where.locales:
            changed = update_catalog(folder, found.overlay, loaded.course, made, where.locales.get(code))
            click.echo(f"{folder}/translations/{code}.po: {'written' if changed else 'unchanged'}")
    _echo(found)
    if found.open:
        raise click.ClickException("Decide on what is listed above, with --accept or --keep, or by editing its file.")
    keep_release(folder, release_of(loaded.course))
    click.echo(f"{folder}: {found.overlay.course} {found.now} is looked at.")


def _undo(folder: Path, blocks: Sequence[str]) -> None:
    decided = {one.block: one for one in reversed(decided_texts(folder))}
    for block in blocks:
        if block not in decided:
            raise click.ClickException(f"Nothing was decided about {block} that can be undone.")
        undo(folder, decided[block].key, "at the shell", utcnow())
        click.echo(f"{block}: undone")


def _decide(folder: Path, found: OverlayReport, choices: Sequence[tuple[str, Decision]]) -> None:
    lines = {line.block: line for line in found.lines if line.edit is not None}
    for block, choice in choices:
        if block not in lines:
            raise click.ClickException(f"The overlay changes no text {block}.")
        try:
            decide(found.overlay, folder, lines[block], choice, "", "at the shell", utcnow())
        except Refused as refused:
            raise click.ClickException(str(refused)) from None
        click.echo(f"{block}: {choice}")
