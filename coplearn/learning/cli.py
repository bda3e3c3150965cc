"""Commands about learners: forget visitors who have not come back."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from coplearn.kernel.clock import utcnow
from coplearn.learning.rules import forget_date
from coplearn.learning.service import forget_visitors
from coplearn.site import site
from coplearn.storage.database import current_session

learners = AppGroup("learners", help="Learners' records.")
commands = (learners,)


@learners.command("forget")
@with_appcontext
def forget() -> None:
    """Forget visitors without an account who were not seen for the settings' number of days. Safe to run every night."""
    session = current_session(current_app)
    count = forget_visitors(session, forget_date(utcnow(), site().settings.visitor_days))
    session.commit()
    click.echo(f"Forgotten: {count}")
