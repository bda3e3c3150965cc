"""``coplearn people``: make accounts and trust people with roles, from the terminal of whoever runs the site."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import current_app
from flask.cli import AppGroup
from flask_security.recoverable import generate_reset_link
from sqlalchemy.orm import Session

from coplearn.accounts.mail import stored_address
from coplearn.accounts.queries import people_and_roles
from coplearn.accounts.rules import Granted
from coplearn.accounts.service import add_user, grant_role, revoke_role, switch_account
from coplearn.audit.rules import SHELL
from coplearn.audit.service import act_as
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.locales import SOURCE_LOCALE
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.words import Role
from coplearn.site import site
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
    if locale and locale not in site().locales:
        raise click.BadParameter("there is no such language in translations/locales.toml.", param_hint="--locale")
    if country and country not in COUNTRIES:
        raise click.BadParameter("that is not an ISO 3166-1 country code, such as KE.", param_hint="--country")
    _change(lambda session: grant_role(session, _address(email), Role(role), locale, course, country))
    click.echo(" ".join([f"{email} is now {role}", *_places(locale, course, country)]) + ".")


@people.command()
@click.argument("email")
def add(email: str) -> None:
    """Make a confirmed account for EMAIL and print a link, good once and for a day, to choose its password."""
    session = current_session(current_app)
    act_as(session, SHELL)
    try:
        user = add_user(session, _address(email), SOURCE_LOCALE, utcnow())
    except AppError as error:
        raise click.ClickException(str(error)) from error
    session.commit()
    with current_app.test_request_context(base_url=site().settings.address):
        link, _ = generate_reset_link(user)  # type: ignore[no-untyped-call]
    click.echo(f"There is now an account for {user.email}. Choose its password here, within a day:")
    click.echo(link)


@people.command("list")
@click.option("--all", "everybody", is_flag=True, help="Also those without a role.")
def list_people(everybody: bool) -> None:
    """List who holds which role where, and which accounts are switched off. Columns are separated by tabs."""
    for one in people_and_roles(current_session(current_app), everybody=everybody):
        roles = "; ".join(
            " ".join([grant.role, *_places(grant.locale, grant.course, grant.country)]) for grant in one.grants
        )
        click.echo("\t".join([one.email, "on" if one.is_active else "off", roles]))


@people.command()
@click.argument("email")
@click.argument("role")
@click.option("--locale", default="", metavar="CODE", help="The role for this language.")
@click.option("--course", default="", metavar="ID", help='The role for this course, or "interface".')
@click.option("--country", default="", metavar="CODE", help="The role in this country.")
@click.option("--everywhere", is_flag=True, help="The role wherever it was given.")
def revoke(email: str, role: str, locale: str, course: str, country: str, everywhere: bool) -> None:
    """Take ROLE from the person with the address EMAIL, as it was given: everywhere or where the options say.

    It acts on their next page, for which they have to sign in anew.
    """
    place = None if everywhere else Granted(role, locale, course, country)
    _change(lambda session: revoke_role(session, _address(email), role, place))
    click.echo(" ".join([f"{email} is no longer {role}", *_places(locale, course, country)]) + ".")


@people.command()
@click.argument("email")
def disable(email: str) -> None:
    """Switch the account of EMAIL off: every session ends at once and nobody can sign in. What they did stays."""
    _change(lambda session: switch_account(session, _address(email), on=False))
    click.echo(f"The account of {email} is off.")


@people.command()
@click.argument("email")
def enable(email: str) -> None:
    """Switch the account of EMAIL on again; the roles are as they were."""
    _change(lambda session: switch_account(session, _address(email), on=True))
    click.echo(f"The account of {email} is on.")


def _change(verb: Callable[[Session], None]) -> None:
    session = current_session(current_app)
    act_as(session, SHELL)
    try:
        verb(session)
    except AppError as error:
        raise click.ClickException(str(error)) from error
    session.commit()


def _places(locale: str, course: str, country: str) -> list[str]:
    return [f"for {name}" for name in (locale, course) if name] + [f"in {name}" for name in (country,) if name]


def _address(email: str) -> str:
    try:
        return stored_address(email)
    except ValueError as error:
        raise click.BadParameter("that is not a mail address.", param_hint="EMAIL") from error
