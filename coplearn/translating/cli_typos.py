"""`coplearn i18n minor`: a typo was mended in the source, and no translation is old because of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import click
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.i18n.cli import i18n
from coplearn.i18n.glossary import Glossary, glossary_path, read_glossary
from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from coplearn.translating import domains, minor, rules, stock
from coplearn.translating.cli import chosen, said


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
    for domain, wanted in _by_domain(contexts):
        glossaries = [one for one in map(_glossary, chosen([])) if one is not None]
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
    for course in current_app.extensions["shelf"].current().courses.values():
        wanted = [message.context for message in course.messages if message.context in contexts]
        left -= set(wanted)
        if wanted:
            yield course.id, wanted
    if sentences := sorted(left & {one.text for one in domains.sources_in(INTERFACE)} if left else ()):
        yield INTERFACE, sentences
    if left := left - set(sentences):
        raise click.BadParameter(f"Neither a course nor the site has the text {min(left)!r}.", param_hint="CONTEXTS")


def _glossary(locale: Locale) -> Glossary | None:
    try:
        return read_glossary(glossary_path(current_app.extensions["settings"].home, locale.code), locale.code)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _in_store(session: Session, domain: str, wanted: list[str], glossaries: list[Glossary]) -> list[minor.Cleared]:
    try:
        adopted = [one for one in chosen([]) if stock.is_adopted(session, domain, one.code)]
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
    for locale in chosen([]):
        path = domains.catalog_file(domain, locale)
        if path.exists():
            cleared = minor.clear_in_file(path, locale, wanted, glossaries, by_context=domain != INTERFACE)
            found += [replace(one, locale=f"{one.locale} (file)") for one in cleared or ()]
    return found


commands: tuple[click.Command, ...] = ()
