"""`coplearn i18n` stats, export, import and undo-import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.i18n import files, po
from coplearn.i18n.cli import i18n
from coplearn.i18n.locales import Locale
from coplearn.i18n.second_readings import FILE, SecondReading, read_readings, readings_path
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.storage.database import current_session, reading
from coplearn.translating.catalogs import domains
from coplearn.translating.catalogs.cli import chosen, codes_argument, said, site_settings
from coplearn.translating.exchange import exports, imports, pending_files, undo
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.exchange.import_rows import ParsedFile
from coplearn.translating.exchange.pending_files import changed_files
from coplearn.translating.store import catalog_store, progress, rules, second_readings
from coplearn.translating.store.progress import KindProgress, Progress

# How far it is.


@i18n.command("stats")
@codes_argument
@click.option("--kinds", is_flag=True, help="Tell titles, texts, quizzes, stories, alternatives and mail apart.")
def stats(codes: tuple[str, ...], kinds: bool) -> None:
    """Count what is missing, stale, draft, and read twice (by machine or person), in the languages CODES (all by default).

    Over everything a learner meets, in messages and in words. Where the editor was never used the files are counted. Texts
    that wait for a second reading, and those that are live without one, are told below.
    """
    session = current_session(current_app)
    names = f"{'stale':>8}{'draft':>8}{'machine':>9}{'person':>8}"
    click.echo(f"{'':34}{'messages: missing':>18}{names}{'words: the same':>22}")
    for locale in chosen(codes):
        held: list[KindProgress] = []
        for domain in domains.names_for(locale):
            counted = _counted(session, domain, locale)
            held += [one for one in counted if one.kind == "all"]
            for one in counted:
                if kinds or one.kind == "all":
                    name = domain if one.kind == "all" else f"  {one.kind}"
                    click.echo(_line(f"{locale.code} {name}", one.messages, one.words))
        messages, words = progress.total(one.messages for one in held), progress.total(one.words for one in held)
        click.echo(_line(f"{locale.code} everything", messages, words))
        for line in _second_reading_lines(session, locale):
            click.echo(line)
    for line in (*pending_files.pending_lines(), *domains.held_lines()):
        click.echo(line)


def _second_reading_lines(session: Session, locale: Locale) -> Iterator[str]:
    for domain in domains.names_for(locale):
        waiting, live = domains.unread_counts(session, domain, locale)
        if waiting or live:
            yield f"{locale.code} {domain}: {waiting} wait for a second reading, {live} are live and not yet read twice"


def _counted(session: Session, domain: str, locale: Locale) -> list[KindProgress]:
    try:
        if catalog_store.is_adopted(session, domain, locale.code):
            return progress.of_rows(
                domains.sources_in(domain), catalog_store.catalog_rows(session, domain, locale.code)
            )
    except SQLAlchemyError:
        session.rollback()  # no database here: a translator's own copy of the files
    read = domains.read_in_files(domain, locale)
    return progress.of_files(domains.sources_in(domain), domains.entries_in_file(domain, locale), read)


def _line(name: str, messages: Progress, words: Progress) -> str:
    told = f"{messages.missing:18}{messages.stale:8}{messages.draft:8}{messages.machine:9}{messages.reviewed:8}"
    return f"{name:34}{told}   {words.missing:6}{words.stale:6}{words.draft:6}{words.machine:6}{words.reviewed:6}"


# Files out.


@i18n.command("export")
@codes_argument
@click.option(
    "--force", is_flag=True, help="Also over a file with changes that were not imported; the file is kept beside it."
)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write into this folder instead, and touch no catalog.",
)
def export(codes: tuple[str, ...], force: bool, folder: Path | None) -> None:
    """Write the catalogs and the records of second readings of the languages CODES (all by default) from the database.

    Each file is written whole or not at all. Catalogs of a course from an installed package are written to the instance
    folder, and stand before the package's own.
    """
    session = current_session(current_app)
    results: list[bool] = []
    for locale in chosen(codes):
        try:
            with files.locked(folder or _folder_of(locale), locale.code):
                results += [
                    _exported(session, domain, locale, folder, force=force) for domain in domains.names_for(locale)
                ]
        except OSError as error:
            place = domains.shown_path(Path(error.filename or _folder_of(locale)))
            raise click.ClickException(
                f"{place} cannot be written: {error.strerror}. Write into a folder of yours with --to FOLDER."
            ) from error
    if not all(results):
        raise click.exceptions.Exit(1)


def _exported(session: Session, domain: str, locale: Locale, folder: Path | None, *, force: bool) -> bool:
    """Write one catalog and its records, and tell it; False when its file was left alone."""
    target = domains.target_of(domain, locale)
    if folder is not None:
        target = replace(target, path=folder / domain / f"{locale.code}.po", is_copy=True)
    result = exports.export_catalog(session, target, force=force)
    session.commit()
    click.echo(f"{domains.shown_path(target.path)}: {result.outcome}")
    for line in _way_on(target, result):
        click.echo(f"  {line}")
    if result.outcome != "not in the database":
        path = readings_path(target.path)
        if second_readings.export_readings(session, domain, locale, path):
            click.echo(f"{domains.shown_path(path)}: written")
    session.rollback()
    return not result.is_refused


def _folder_of(locale: Locale) -> Path:
    settings = site_settings()
    return settings.own_translations if locale.is_own else settings.home / "translations"


def _way_on(target: domains.CatalogFile, result: exports.ExportResult) -> Iterator[str]:
    """The advice where the file was left alone or was kept."""
    if result.kept is not None:
        yield f"The file as it was is kept as {domains.shown_path(result.kept)}."
    if not result.is_refused:
        return
    for one in result.unread[:_TOLD]:
        yield f"line {one.line}: {one.outcome}: {one.name} {said(one.reason) if one.reason else ''}".rstrip()
    if len(result.unread) > _TOLD:
        yield f"and {len(result.unread) - _TOLD} more"
    takes = f"coplearn i18n import {target.locale.code} {domains.shown_path(target.path)} --yes"
    if any(one.outcome != "refused" for one in result.unread):
        yield f"Take what the file has: {takes}"
    if result.outcome == "unreadable file" or any(one.outcome == "refused" for one in result.unread):
        yield "What is refused cannot be taken before it is mended in the file."
    yield "Or write over it with --force, which keeps the file as it is beside the new one, or elsewhere with --to FOLDER."


_TOLD: Final = 20
"""Lines of a file that are told when it is left alone."""


# Files in.


@i18n.command("import")
@click.argument("code")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--domain", default="", help="The course's id, or \"interface\"; by default the file's own.")
@click.option("--from-files", is_flag=True, help="The language's own catalogs, those that were changed outside.")
@click.option("--yes", is_flag=True, help="Do it. Without this it only tells what it would do.")
def import_(code: str, files: tuple[Path, ...], domain: str, from_files: bool, yes: bool) -> None:
    """Take the translations in FILES (.po, .xliff, .csv or .zip) into the database, for the language CODE.

    What was changed here since the file was downloaded stays; the file's text is then kept as a suggestion. A language's
    review.tsv is taken too.
    """
    (locale,) = chosen([code])
    session = current_session(current_app)
    files = (*files, *(_touched(session, locale) if from_files else ()))
    if not files and not from_files:
        raise click.BadParameter("Name a file, or say --from-files.", param_hint="FILES")
    found: list[ParsedFile] = []
    vouched: list[SecondReading] = []
    for path in files:
        if path.name == FILE:
            vouched += read_readings(path)
        else:
            found += read_upload(path.name, _bytes(path), locale, domain or _domain_of(path, locale))
    _open(found, locale)
    plan = imports.plan_import(session, locale, found)
    for note in plan.notes:
        click.echo(said(note))
    for line in plan.of("conflict", "refused", "stale"):
        reason = said(line.reason) if line.reason else ""
        click.echo(f"{line.domain}:{line.line}: {line.outcome}: {line.name} {reason}".rstrip())
    click.echo(", ".join(f"{number} {outcome}" for outcome, number in plan.counts.items()))
    if not yes:
        click.echo("Nothing was written. Say --yes to do it.")
        session.rollback()
        _end_with(plan)
        return
    names = ", ".join(path.name for path in files)
    done = imports.run_import(session, rules.COMMAND_LINE, plan, utcnow(), via="cli", name=names)
    taken = 0
    for name in domains.names_for(locale) if vouched else ():
        taken += second_readings.take_readings(session, name, locale, vouched, utcnow())
    session.commit()
    click.echo(f"Done. {taken} second readings were taken." if vouched else "Done.")
    click.echo(f"To take it back: coplearn i18n undo-import {locale.code} {done.entry_id}")
    _end_with(plan)


def _touched(session: Session, locale: Locale) -> list[Path]:
    # Each domain is brought up to its source in a transaction of its own afterwards.
    with reading(session):
        return [
            one.path
            for one in changed_files(
                session, [domains.target_of(domain, locale) for domain in domains.names_for(locale)]
            )
        ]


def _end_with(plan: imports.ImportPlan) -> None:
    """End with 1 when something was refused, so that a script can tell; what was good is taken all the same."""
    if plan.of("refused"):
        raise click.exceptions.Exit(1)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(25_000_000)


def _domain_of(path: Path, locale: Locale) -> str:
    """The domain whose file that is, or whose name it bears; the interface's otherwise."""
    for domain in domains.names_for(locale):
        if path.stem == domain or path.resolve() == domains.catalog_file(domain, locale).resolve():
            return domain
    return po.INTERFACE


def _open(found: Sequence[ParsedFile], locale: Locale) -> None:
    for one in found:
        if one.domain in domains.names_for(locale):
            domains.open_domain(one.domain, locale)


@i18n.command("undo-import")
@click.argument("code")
@click.argument("number", type=int, required=False)
def undo_import(code: str, number: int | None) -> None:
    """Take the import NUMBER of the language CODE back; without a number, list the imports that can be.

    A text that somebody changed since stays as it is, and is named.
    """
    (locale,) = chosen([code])
    session = current_session(current_app)
    if number is None:
        for one in undo.imports_of(session, locale.code):
            click.echo(f"{one.id}: {one.at:%Y-%m-%d %H:%M} {one.note}")
        return
    try:
        done = undo.undo_import(session, rules.COMMAND_LINE, number, locale, utcnow())
    except AppError as error:
        raise click.ClickException(said(error.phrase)) from error
    session.commit()
    for name in done.kept:
        click.echo(f"kept, changed since: {name}")
    click.echo(f"{done.restored} restored, {len(done.kept)} kept.")


commands: tuple[click.Command, ...] = ()
"""None of its own: they are part of ``coplearn i18n``."""
