"""``coplearn people reset-factor``: let somebody in again who lost their second factor, the last admin too."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from coplearn.accounts.mail import stored_address
from coplearn.audit.rules import SHELL
from coplearn.audit.service import act_as
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.second_factors.service import reset
from coplearn.storage.database import current_session


@click.command("reset-factor")
@with_appcontext
@click.argument("email")
def reset_factor(email: str) -> None:
    """Take every second factor of EMAIL away: the password alone lets them in, to set up another. It is logged, and they
    get a letter."""
    session = current_session(current_app)
    act_as(session, SHELL)
    try:
        address = stored_address(email)
        reset(session, address, utcnow())
    except ValueError as error:
        raise click.BadParameter("that is not a mail address.", param_hint="EMAIL") from error
    except AppError as error:
        raise click.ClickException(str(error)) from error
    session.commit()
    click.echo(f"{address} signs in with the password alone now. All their sessions ended.")


of_people: tuple[click.Command, ...] = (reset_factor,)
"""For the group ``people``, which is the accounts'."""
