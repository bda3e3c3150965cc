"""Commands about people's data: the record of processing, and erasing again whom a restored backup brought back."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app, g
from flask.cli import AppGroup, with_appcontext

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.audit.rules import SHELL
from coplearn.cohorts.common.evidence import remove
from coplearn.kernel.clock import utcnow
from coplearn.privacy.documents import record_pdf
from coplearn.privacy.erasures import NAME, noted_erasures
from coplearn.privacy.presenters import processing_record
from coplearn.profile.service import erase_again
from coplearn.site import site, site_of
from coplearn.storage.database import current_session, engine_of, settle

privacy = AppGroup("privacy", help="People's data.")
commands = (privacy,)


@privacy.command("record")
@click.option("--language", default="en", show_default=True, help="A language of this site, by its code.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; record-of-processing.pdf here.")
@with_appcontext
def record(language: str, out: Path | None) -> None:
    """Write the record of processing as a PDF, for whoever answers for people's data."""
    locales = site().locales
    if language not in locales:
        raise click.ClickException(f"This site has no language {language!r}.")
    g.catalogs, g.locale = site_of(current_app).catalogs, locales.get(language)
    path = out or Path("record-of-processing.pdf")
    path.write_bytes(record_pdf(processing_record(site().settings, utcnow().date())))
    click.echo(f"Written: {path}")


@privacy.command("replay-erasures")
@click.option(
    "--list", "path", type=click.Path(dir_okay=False, path_type=Path), help="The list; that of the instance folder."
)
@with_appcontext
def replay_erasures(path: Path | None) -> None:
    """Erase again whoever was erased after the backup that was brought back. Do it before anybody is let in; twice is as once.

    Ends with 1 where a list was named and is not there.
    """
    folder, session = site().settings.instance_path, current_session(current_app)
    if path is not None and not path.exists():
        raise click.ClickException(f"There is no list at {path}.")
    audit.act_as(session, SHELL)
    again = erase_again(session, noted_erasures(path or folder / NAME))
    audit.record(session, EventKind.ERASURES_REPLAYED, about=f"accounts={again.accounts},learners={again.learners}")
    session.commit()
    settle(engine_of(current_app))
    remove(site().settings, again.files)
    click.echo(f"Erased again: {again.accounts} accounts, {again.learners} learners, {again.seats} seats in cohorts")
