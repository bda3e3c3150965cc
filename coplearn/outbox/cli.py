"""``coplearn jobs``: do the site's jobs in a process of its own, and see how they stand."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from coplearn.files.markers import reason_not_to_serve
from coplearn.kernel.clock import utcnow
from coplearn.outbox.consumer import consume
from coplearn.outbox.queries import counts_of, jobs_standing, last_beat
from coplearn.outbox.redis_wakeup import CalledQueue
from coplearn.outbox.rules import LetterState
from coplearn.site import site
from coplearn.storage.database import current_session, reading

jobs = AppGroup("jobs", help="Letters and other work that no page waits for.")
commands: tuple[click.Command, ...] = (jobs,)


@jobs.command()
def run() -> None:
    """Send the letters and do the jobs until stopped (Ctrl+C). For sites that run `serve` with COPLEARN_JOBS_HERE=0."""
    if why := reason_not_to_serve(site().settings.instance_path):
        raise click.ClickException(why)
    click.echo("Doing the site's jobs (Ctrl+C stops it)")
    consume(current_app._get_current_object())  # type: ignore[attr-defined] # the proxy hides it


@jobs.command()
def status() -> None:
    """Tell how many letters and jobs stand where, and when the jobs were last seen being done."""
    now, session = utcnow(), current_session(current_app)
    with reading(session):
        counts, (waiting, in_hand), beat = counts_of(session), jobs_standing(session, now), last_beat(session)
    site_jobs = site().jobs
    click.echo("Letters: " + ", ".join(f"{counts.get(state, 0)} {state}" for state in LetterState))
    click.echo(f"Jobs: {waiting} waiting, {in_hand} in hand")
    if isinstance(site_jobs.queue, CalledQueue):
        fault = site_jobs.queue.fault()
        click.echo(f"Redis: no answer ({fault}); workers look for jobs each second" if fault else "Redis: answers")
    if beat is None:
        click.echo("Nobody has ever done them: start `coplearn serve` or `coplearn jobs run`.")
    else:
        minutes = int((now - beat.at).total_seconds() // 60)
        click.echo(f"Last seen being done {minutes} minutes ago on {beat.host} (process {beat.pid}).")
