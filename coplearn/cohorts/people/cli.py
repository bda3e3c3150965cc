"""``coplearn cohorts``: what an operator does for cohorts from the terminal."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from coplearn.cohorts.people.tasks import STALLED_AFTER, go_on
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session

cohorts = AppGroup("cohorts", help="Cohorts: lists of people on their way in.")
commands: tuple[click.Command, ...] = (cohorts,)


@cohorts.command("import-roster")
@click.option("--now", "at_once", is_flag=True, help="Also lists that moved within the last ten minutes.")
def import_roster(at_once: bool) -> None:
    """Go on with lists that somebody brings in and no machine works on any more, from where they stand."""
    app, now = current_app._get_current_object(), utcnow()  # type: ignore[attr-defined] # the proxy hides it
    done = go_on(app, current_session(current_app), now + STALLED_AFTER if at_once else now)
    click.echo(f"Lists that were gone on with: {len(done)}")
