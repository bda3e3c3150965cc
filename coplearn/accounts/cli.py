"""``coplearn people``: make accounts and trust people with roles, from the terminal of whoever runs the site."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup
from flask_security.recoverable import generate_reset_link

from coplearn.accounts.mail import stored_address
from coplearn.accounts.service import add_user, grant_role
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.locales import SOURCE_LOCALE, Locales
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.words import Role
from coplearn.settings import Settings
from coplearn.storage.database import current_session

people = AppGroup("people", help="Accounts and what they are trusted with.")
commands: tuple[click.Command, ...] = (people,)


@people.command()
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--locale", default="", metavar="CODE", help="Only for this language (a code of locales.toml).")
@click.option("--course", default="", metavar="ID", help='Only for this course, or "interface".')
@click.option("--country", default="", metavar="CODE", help="Only in this country (ISO 3166-1: two capitals).")
def grant(email: str, role: str, locale: str, course: str, country: str) -> None:
    """Trust the person with the address EMAIL with ROLE, everywhere or where the options say."""
    locales: Locales = current_app.extensions["locales"]
    if locale and locale not in locales:
        raise click.BadParameter("there is no such language in translations/locales.toml.", param_hint="--locale")
    if country and country not in COUNTRIES:
        raise click.BadParameter("that is not an ISO 3166-1 country code, such as KE.", param_hint="--country")
    session = current_session(current_app)
    try:
        grant_role(session, _address(email), Role(role), locale, course, country)
    except AppError as error:
        raise click.ClickException(error.phrase.text) from error
    session.commit()
    places = [f"for {name}" for name in (locale, course) if name] + [f"in {name}" for name in (country,) if name]
    click.echo(" ".join([f"{email} is now {role}", *places]) + ".")


@people.command()
@click.argument("email")
def add(email: str) -> None:
    """Make a confirmed account for EMAIL and print a link, good once and for a day, to choose its password."""
    session = current_session(current_app)
    try:
        user = add_user(session, _address(email), SOURCE_LOCALE, utcnow())
    except AppError as error:
        raise click.ClickException(error.phrase.text) from error
    session.commit()
    with current_app.test_request_context(base_url=_base_url(current_app.extensions["settings"])):
        link, _ = generate_reset_link(user)  # type: ignore[no-untyped-call]
    click.echo(f"There is now an account for {user.email}. Choose its password here, within a day:")
    click.echo(link)


def _address(email: str) -> str:
    try:
        return stored_address(email)
    except ValueError as error:
        raise click.BadParameter("that is not a mail address.", param_hint="EMAIL") from error


def _base_url(settings: Settings) -> str:
    scheme = "https" if settings.https else "http"
    if settings.trusted_hosts:
        return f"{scheme}://{settings.trusted_hosts[0].lstrip('.')}/"
    return f"{scheme}://localhost:{settings.port}/"
