"""What translators' files need of ``coplearn i18n``: stats, export, import, minor and add-language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.i18n.cli import i18n
from coplearn.i18n.glossary import Glossary, glossary_path, read_glossary
from coplearn.i18n.locales import LiveLocales, Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import Phrase
from coplearn.settings import Settings
from coplearn.storage.database import current_session, reading
from coplearn.translating import counts, domains, exporting, importing, languages, minor, reviews, rules, stock
from coplearn.translating.counts import Counted
from coplearn.translating.reading import Parsed
from coplearn.translating.rows import Four
from coplearn.translating.uploads import read_upload
from coplearn.translating.waiting import touched

_codes = click.argument("codes", nargs=-1)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _locales() -> LiveLocales:
    locales: LiveLocales = current_app.extensions["locales"]
    return locales


def _chosen(codes: Sequence[str]) -> list[Locale]:
    known = [locale for locale in _locales() if locale.code != "en" and locale.status != "test"]
    missing = [code for code in codes if code not in {locale.code for locale in known}]
    if missing:
        names = ", ".join(locale.code for locale in known)
        raise click.BadParameter(f"No locale {missing[0]!r}. Known: {names}.", param_hint="CODES")
    return [locale for locale in known if not codes or locale.code in codes]


def _said(phrase: Phrase) -> str:
    text = phrase.text
    for name, value in phrase.params.items():
        text = text.replace(f"%({name})s", str(value))
    return text


# How far it is.


@i18n.command("stats")
@_codes
@click.option("--kinds", is_flag=True, help="Tell titles, texts, quizzes, stories, alternatives and mail apart.")
def stats(codes: tuple[str, ...], kinds: bool) -> None:
    """Count what is missing, stale, draft and reviewed in the languages CODES (all by default).

    Over everything a learner meets, in messages and in words. Where the editor was never used the files are counted.
    """
    session = current_session(current_app)
    click.echo(f"{'':34}{'messages: missing':>18}{'stale':>8}{'draft':>8}{'reviewed':>10}{'words: the same':>22}")
    for locale in _chosen(codes):
        held: list[Counted] = []
        for domain in domains.names_for(locale):
            counted = _counted(session, domain, locale)
            held += [one for one in counted if one.kind == "all"]
            for one in counted:
                if kinds or one.kind == "all":
                    name = domain if one.kind == "all" else f"  {one.kind}"
                    click.echo(_line(f"{locale.code} {name}", one.messages, one.words))
        messages, words = counts.added(one.messages for one in held), counts.added(one.words for one in held)
        click.echo(_line(f"{locale.code} everything", messages, words))
    for line in domains.waiting_lines():
        click.echo(line)


def _counted(session: Session, domain: str, locale: Locale) -> list[Counted]:
    try:
        if stock.is_adopted(session, domain, locale.code):
            return counts.of_rows(stock.catalog_rows(session, domain, locale.code))
    except SQLAlchemyError:
        session.rollback()  # no database here: a translator's own copy of the files
    reviewed = reviews.hashes(exporting.review_path(_settings().home / "translations", locale.code), domain)
    return counts.of_files(domains.sources_in(domain), domains.entries_in_file(domain, locale), reviewed)


def _line(name: str, messages: Four, words: Four) -> str:
    told = f"{messages.missing:18}{messages.stale:8}{messages.draft:8}{messages.reviewed:10}"
    return f"{name:34}{told}   {words.missing:6}{words.stale:6}{words.draft:6}{words.reviewed:6}"


# Files out.


@i18n.command("export")
@_codes
@click.option("--force", is_flag=True, help="Also over a file with changes that were not imported.")
def export(codes: tuple[str, ...], force: bool) -> None:
    """Write the catalogs and reviews of the languages CODES (all by default) from the database, each file whole or not at all."""
    session = current_session(current_app)
    translations = _settings().home / "translations"
    failed = False
    for locale in _chosen(codes):
        with exporting.locked(translations, locale.code):
            for domain in domains.names_for(locale):
                target = domains.target_of(domain, locale)
                result = exporting.export_catalog(session, target, force=force)
                session.commit()
                click.echo(f"{_shown(target.path)}: {result}")
                failed = failed or result in ("unread changes in the file", "unreadable file")
            path = exporting.review_path(translations, locale.code)
            if reviews.export_reviews(session, locale, path):
                click.echo(f"{_shown(path)}: written")
            session.rollback()
    if failed:
        click.echo("Import those files first (coplearn i18n import), or write over them with --force.", err=True)
        raise click.exceptions.Exit(1)


def _shown(path: Path) -> str:
    home = _settings().home
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)


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
    (locale,) = _chosen([code])
    session = current_session(current_app)
    files = (*files, *(_touched(session, locale) if from_files else ()))
    if not files and not from_files:
        raise click.BadParameter("Name a file, or say --from-files.", param_hint="FILES")
    found: list[Parsed] = []
    vouched: list[Path] = []
    for path in files:
        if path.name == "review.tsv":
            vouched.append(path)
        else:
            found += read_upload(path.name, _bytes(path), locale, domain or _domain_of(path, locale))
    _open(found, locale)
    plan = importing.plan_import(session, locale, found)
    for note in plan.notes:
        click.echo(_said(note))
    for line in plan.of("conflict", "refused", "stale"):
        reason = _said(line.reason) if line.reason else ""
        click.echo(f"{line.domain}:{line.line}: {line.outcome}: {line.name} {reason}".rstrip())
    click.echo(", ".join(f"{number} {outcome}" for outcome, number in plan.counts.items()))
    if not yes:
        click.echo("Nothing was written. Say --yes to do it.")
        session.rollback()
        _end_with(plan)
        return
    names = ", ".join(path.name for path in files)
    importing.run_import(session, rules.COMMAND_LINE, plan, utcnow(), via="cli", name=names)
    taken = sum(reviews.import_reviews(session, locale, path, utcnow()) for path in vouched)
    session.commit()
    click.echo(f"Done. {taken} reviews were taken." if vouched else "Done.")
    _end_with(plan)


def _touched(session: Session, locale: Locale) -> list[Path]:
    # Each domain is brought up to its source in a transaction of its own afterwards.
    with reading(session):
        return [
            one.path
            for one in touched(session, [domains.target_of(domain, locale) for domain in domains.names_for(locale)])
        ]


def _end_with(plan: importing.ImportPlan) -> None:
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
    return rules.INTERFACE


def _open(found: Sequence[Parsed], locale: Locale) -> None:
    for one in found:
        if one.domain in domains.names_for(locale):
            domains.open_domain(one.domain, locale)


# A typo in the source.


@i18n.command("minor")
@click.argument("contexts", nargs=-1, required=True)
def minor_(contexts: tuple[str, ...]) -> None:
    """Say that the last change of the course texts CONTEXTS was a typo: their translations are not old because of it.

    Refused, language by language, when a number, a word that denies or limits, a link, a place to fill, the structure
    or a term of the glossary changed.
    """
    session = current_session(current_app)
    refused = found = 0
    for domain, wanted in _by_domain(contexts):
        glossaries = [one for one in map(_glossary, _chosen([])) if one is not None]
        for one in (*_in_store(session, domain, wanted, glossaries), *_in_files(domain, wanted, glossaries)):
            found += 1
            refused += one.refused is not None
            words = f"refused: {_said(one.refused)}" if one.refused else "cleared"
            click.echo(f"{one.context} {one.locale}: {words}")
    if not found:
        click.echo("No translation of these is old.")
    if refused:
        raise click.exceptions.Exit(1)


def _by_domain(contexts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    left = set(contexts)
    for course in current_app.extensions["shelf"].current().courses.values():
        wanted = [message.context for message in course.messages if message.context in contexts]
        left -= set(wanted)
        if wanted:
            yield course.id, wanted
    if left:
        raise click.BadParameter(f"No course has the text {min(left)!r}.", param_hint="CONTEXTS")


def _glossary(locale: Locale) -> Glossary | None:
    try:
        return read_glossary(glossary_path(_settings().home, locale.code), locale.code)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _in_store(session: Session, domain: str, wanted: list[str], glossaries: list[Glossary]) -> list[minor.Cleared]:
    try:
        adopted = [one for one in _chosen([]) if stock.is_adopted(session, domain, one.code)]
    except SQLAlchemyError:
        adopted = []
    session.rollback()  # the domain is brought up to its source in a transaction of its own
    for locale in adopted:
        domains.open_domain(domain, locale)
    if not adopted:
        return []
    cleared = minor.clear_in_store(session, rules.COMMAND_LINE, domain, wanted, glossaries, utcnow())
    session.commit()
    return cleared


def _in_files(domain: str, wanted: list[str], glossaries: list[Glossary]) -> list[minor.Cleared]:
    found: list[minor.Cleared] = []
    for locale in _chosen([]):
        path = domains.catalog_file(domain, locale)
        if path.exists():
            cleared = minor.clear_in_file(path, locale, wanted, glossaries)
            found += [replace(one, locale=f"{one.locale} (file)") for one in cleared or ()]
    return found


# A new language.


@i18n.command("add-language")
@click.argument("code")
def add_language(code: str) -> None:
    """Add the language CODE (hy, uk, ka, …): its row in translations/locales.toml and its empty catalogs.

    Translators can begin at once; learners are offered it when it passes the site's bar (COPLEARN_LANGUAGE_BAR).
    """
    home = _settings().home
    try:
        locale = languages.register_language(home, code)
    except AppError as error:
        raise click.ClickException(_said(error.phrase)) from error
    _locales().renew()
    click.echo(f"translations/locales.toml: {locale.code} ({locale.name}), {locale.dir}, {locale.plural}")
    for path in domains.begin_catalogs(locale):
        click.echo(f"{_shown(path)}: written")


commands: tuple[click.Command, ...] = ()
"""None of its own: they are part of ``coplearn i18n``."""
