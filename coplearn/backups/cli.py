"""``coplearn backup``: make, list, verify and restore backups, from the terminal of whoever runs the site."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from coplearn.backups.archives import Manifest, new_key
from coplearn.backups.queries import verified_names
from coplearn.backups.restoring import Restored, kept_backups, opener_of, restore_backup
from coplearn.backups.rules import made_at, name_at
from coplearn.backups.runs import make_noted, verify_noted
from coplearn.backups.service import note_restored
from coplearn.backups.terminal import present_app, refusals_said, shell_session
from coplearn.kernel.clock import utcnow
from coplearn.serving.answering import answering_at
from coplearn.settings import Settings, changed_settings
from coplearn.site import site
from coplearn.storage.database import current_session, engine_of, migrations_of, reading, writing

backup = AppGroup("backup", help="Backups: encrypted, verified by restoring them, and put back.")
commands: tuple[click.Command, ...] = (backup,)
_KEY = click.option(
    "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The file of the private key."
)


@backup.command("now")
@click.option("--verify", "is_verified", is_flag=True, help="Restore it for a trial as well.")
def make_now(is_verified: bool) -> None:
    """Make a backup while people go on working, send it to the object store if one is set, and delete old ones."""
    settings, session = site().settings, shell_session()
    with refusals_said():
        made = make_noted(present_app(), session, settings, utcnow())
    click.echo(f"{made.name}: {made.rows} rows and {made.files} files in {_size(made.bytes)}")
    click.echo(f"Kept in {' and '.join(made.places)}")
    if made.deleted:
        click.echo(f"Deleted as too old: {', '.join(made.deleted)}")
    if made.fault:
        raise click.ClickException(f"It was not sent to the object store; the next run does: {made.fault}")
    if is_verified:
        _verify(settings, made.name, None)


@backup.command("list")
def list_backups() -> None:
    """List the backups that are kept, the oldest first. Columns are separated by tabs."""
    settings, session = site().settings, current_session(current_app)
    with refusals_said():
        kept = kept_backups(settings)
    with reading(session):
        verified = verified_names(session)
    for name, (size, places) in kept.items():
        instant, seen = made_at(name), verified.get(name)
        state = f"verified {seen:%Y-%m-%d %H:%M}" if seen else "never verified"
        click.echo("\t".join([name, f"{instant:%Y-%m-%d %H:%M} UTC", _size(size), state, ", ".join(places)]))
    if not kept:
        click.echo("There is no backup yet: coplearn backup now")


@backup.command("verify")
@click.argument("which", default="", metavar="[NAME or FILE]")
@_KEY
def verify(which: str, key: Path | None) -> None:
    """Restore a backup, the newest by default, into a scratch place and compare every file and every table's rows."""
    _verify(site().settings, which, key)


def _verify(settings: Settings, which: str, key: Path | None) -> None:
    with refusals_said():
        verified = verify_noted(present_app(), shell_session(), settings, which, opener_of(settings, key))
    if verified.faults:
        raise click.ClickException("\n".join([f"{verified.name} is NOT whole:", *verified.faults]))
    tables, files = len(verified.manifest.tables), len(verified.manifest.files)
    click.echo(
        f"{verified.name} is whole: {verified.rows} rows of {tables} tables and {files} files came back the same."
    )


@backup.command("restore")
@click.argument("which", metavar="NAME or FILE")
@_KEY
@click.option("--over", is_flag=True, help="Also where there are people already; asks you to type the backup's site.")
def restore(which: str, key: Path | None, over: bool) -> None:
    """Put a backup in place of this site's database and files. Stop the site first. What was there is moved aside."""
    settings, app = site().settings, present_app()
    _refuse_running(settings)
    current_session(current_app).close()
    revisions = {script.revision for script in migrations_of(app).script_directory.walk_revisions()}
    with refusals_said():
        restored = restore_backup(
            engine_of(app),
            settings,
            which,
            opener_of(settings, key),
            utcnow(),
            known=lambda revision: revision in revisions,
            confirm=lambda manifest: over and _confirmed(manifest),
        )
    # In a context of its own, which lets go of its connection, and with it of SQLite's lock.
    with writing(), app.app_context():
        migrations_of(app).upgrade()
    _note(name_at(restored.manifest.made_at))
    _forget_again()
    _tell(restored, settings)


def _note(name: str) -> None:
    session = shell_session()
    note_restored(session, name)
    session.commit()


def _forget_again() -> None:
    """Erase again whom the backup brought back. It is another slice's command, which every site has."""
    context = click.get_current_context()
    group = current_app.cli.get_command(context, "privacy")
    assert isinstance(group, click.Group)
    context.invoke(group.commands["replay-erasures"], path=None)


def _confirmed(manifest: Manifest) -> bool:
    click.echo(
        f"There are people in this site. In their place would come {manifest.site} of {manifest.made_at:%c} UTC."
    )
    return bool(click.prompt("Type the name of the site to do it") == manifest.site)


def _tell(restored: Restored, settings: Settings) -> None:
    manifest = restored.manifest
    rows = sum(one.rows for one in manifest.tables.values())
    click.echo(
        f"Restored {manifest.site} as it was on {manifest.made_at:%Y-%m-%d %H:%M} UTC: {rows} rows, {restored.files} files."
    )
    click.echo(f"What was here before is now in {' and '.join(restored.aside)}: delete it when all is well.")
    missing = sorted(set(manifest.settings) - set(changed_settings(settings)))
    if missing:
        click.echo(f"These were set on that site and are not set here: {', '.join(missing)}")
    click.echo(
        "Next: start the site, sign in, and look at a page that you know. What was done since that hour is not here."
    )


def _refuse_running(settings: Settings) -> None:
    if where := answering_at(settings):
        raise click.ClickException(
            f"Something answers at {where}. Stop the site, and `coplearn jobs run` where that runs, first."
        )


@backup.command("new-key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def make_key(file: Path) -> None:
    """Make a pair of keys: the private one is written to the new FILE, the public one is for the settings."""
    private, public = new_key()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be made: {error.strerror}.") from error
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(f"# public key: {public}\n{private}\n")
    click.echo(f"COPLEARN_BACKUP_RECIPIENTS={public}")
    click.echo(
        f"Keep {file} where this machine's loss does not reach it. Without it no backup can be opened by anybody."
    )


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count / 1_000:.1f} KB"
