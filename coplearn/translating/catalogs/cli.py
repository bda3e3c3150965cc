"""`coplearn i18n` reviewed, minor and add-language; and what the other commands of the slice share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.i18n.cli import i18n
from coplearn.i18n.glossary import Glossary, glossary_path, read_glossary
from coplearn.i18n.locales import Locale, own_registry
from coplearn.i18n.po import INTERFACE
from coplearn.i18n.second_readings import SecondReading, keep_readings, readings_path
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import Phrase
from coplearn.settings import Reader, Settings
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.translating.catalogs import domains, typo_fixes
from coplearn.translating.catalogs.languages import register_language
from coplearn.translating.store import catalog_store, rules

codes_argument = click.argument("codes", nargs=-1)


def site_settings() -> Settings:
    return site().settings


def chosen(codes: Sequence[str]) -> list[Locale]:
    """The languages of those codes, all when none is given. Raises click.BadParameter for one the site does not know."""
    known = [locale for locale in site().locales if locale.code != "en" and locale.status != "test"]
    missing = [code for code in codes if code not in {locale.code for locale in known}]
    if missing:
        names = ", ".join(locale.code for locale in known)
        raise click.BadParameter(f"No locale {missing[0]!r}. Known: {names}.", param_hint="CODES")
    return [locale for locale in known if not codes or locale.code in codes]


def said(phrase: Phrase) -> str:
    """A phrase in English, as a command tells it."""
    text = phrase.plural if phrase.plural and phrase.number != 1 else phrase.text
    for name, value in phrase.params.items():
        text = text.replace(f"%({name})s", str(value))
    return text


# Read a second time.


@i18n.command("reviewed")
@click.argument("code")
@click.argument("ids", nargs=-1)
@click.option(
    "--from",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A file with more of them, one a line.",
)
@click.option("--domain", required=True, help='The course\'s id, or "interface".')
@click.option("--by", "kind", type=click.Choice(["person", "machine"]), required=True, help="Who read them.")
@click.option("--name", default="", help="The person's name, if they want to be named.")
@click.option("--method", required=True, help='How they were read: "beside the source, aloud".')
def reviewed(
    code: str, ids: tuple[str, ...], files: tuple[Path, ...], domain: str, kind: Reader, name: str, method: str
) -> None:
    """Record that the texts IDS of the language CODE really were read a second time, by another than their writer.

    IDS are contexts of a course's messages, or sentences of the interface. The record is of the text as the catalog's file
    has it, and stands in review.tsv beside it.
    """
    (locale,) = chosen([code])
    if domain not in domains.names_for(locale):
        known = ", ".join(domains.names_for(locale))
        raise click.BadParameter(f"There is no {domain!r}. Known: {known}.", param_hint="--domain")
    if kind == "machine" and name:
        raise click.BadParameter("A machine is not named; say in --method how it read.", param_hint="--name")
    wanted = [*ids, *(line.strip() for path in files for line in path.read_text(encoding="utf-8").splitlines())]
    day = utcnow().date().isoformat()
    reading = partial(SecondReading, locale.code, kind=kind, name=name, day=day, method=method)
    made, lost = domains.made_records([one for one in wanted if one], domain, locale, reading)
    for one in lost:
        click.echo(f"{one}: has no finished translation in the catalog's file", err=True)
    path = readings_path(domains.catalog_file(domain, locale))
    click.echo(f"{domains.shown_path(path)}: {keep_readings(path, made)} records added")
    if lost:
        raise click.exceptions.Exit(1)


# A new language.


@i18n.command("add-language")
@click.argument("code")
@click.option(
    "--product",
    "in_product",
    is_flag=True,
    help="Into the product's own files (translations/ and courses/), to be released with it.",
)
def add_language(code: str, in_product: bool) -> None:
    """Add the language CODE (hy, he, pt-BR, sr-Latn, …; any that CLDR knows) to this site: its row and its empty catalogs.

    They are kept in the instance folder. Translators can begin at once; learners are offered the language when it passes
    the site's bar (COPLEARN_LANGUAGE_BAR).
    """
    settings = site_settings()
    try:
        locale = register_language(settings, code, in_product=in_product)
    except AppError as error:
        raise click.ClickException(said(error.phrase)) from error
    site().locales.renew()
    registry = settings.registry if in_product else own_registry(settings.own_translations)
    click.echo(f"{domains.shown_path(registry)}: {locale.code} ({locale.name}), {locale.dir}, {locale.plural}")
    for path in domains.begin_catalogs(locale):
        click.echo(f"{domains.shown_path(path)}: written")


@i18n.command("minor")
@click.argument("contexts", nargs=-1, required=True)
def minor_(contexts: tuple[str, ...]) -> None:
    """Say that the last change of the texts CONTEXTS was a typo: their translations are not old because of it.

    CONTEXTS are contexts of a course's messages, or sentences of the interface.

    Refused, language by language, when a number, a word that denies or limits, a link, a place to fill, the structure
    or a term of the glossary changed.
    """
    session = current_session(current_app)
    refused = found = 0
    # All are looked up before anything is cleared: whoever mistyped one is told so, and nothing has happened.
    for domain, wanted in list(_by_domain(contexts)):
        glossaries = [one for one in map(_glossary_of, chosen([])) if one is not None]
        for one in (*_in_store(session, domain, wanted, glossaries), *_in_files(domain, wanted, glossaries)):
            found += 1
            refused += one.refused is not None
            words = f"refused: {said(one.refused)}" if one.refused else "cleared"
            click.echo(f"{one.context} {one.locale}: {words}")
    if not found:
        click.echo("No translation of these is old.")
    if refused:
        raise click.exceptions.Exit(1)


def _by_domain(contexts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    left = set(contexts)
    for course in site().library.current().domains.values():
        wanted = [message.context for message in course.messages if message.context in contexts]
        left -= set(wanted)
        if wanted:
            yield course.id, wanted
    if sentences := sorted(left & {one.text for one in domains.sources_in(INTERFACE)} if left else ()):
        yield INTERFACE, sentences
    if left := left - set(sentences):
        raise click.BadParameter(f"Neither a course nor the site has the text {min(left)!r}.", param_hint="CONTEXTS")


def _glossary_of(locale: Locale) -> Glossary | None:
    try:
        return read_glossary(glossary_path(site().settings.home, locale.code), locale.code)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _in_store(
    session: Session, domain: str, wanted: list[str], glossaries: list[Glossary]
) -> list[typo_fixes.ClearedText]:
    try:
        adopted = [one for one in chosen([]) if catalog_store.is_adopted(session, domain, one.code)]
    except SQLAlchemyError:
        adopted = []
    session.rollback()  # the domain is brought up to its source in a transaction of its own
    for locale in adopted:
        domains.open_domain(domain, locale)
    if not adopted:
        return []
    cleared = typo_fixes.clear_in_store(session, rules.COMMAND_LINE, domain, wanted, glossaries, utcnow())
    session.commit()
    return cleared


def _in_files(domain: str, wanted: list[str], glossaries: list[Glossary]) -> list[typo_fixes.ClearedText]:
    found: list[typo_fixes.ClearedText] = []
    for locale in chosen([]):
        path = domains.catalog_file(domain, locale)
        if path.exists():
            cleared = typo_fixes.clear_in_file(path, locale, wanted, glossaries, by_context=domain != INTERFACE)
            found += [replace(one, locale=f"{one.locale} (file)") for one in cleared or ()]
    return found


commands: tuple[click.Command, ...] = ()
