"""Commands about the help directory: what is to be called again, and whether the file can be used."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from coplearn.helplines.directory import Directory, HelplineError
from coplearn.helplines.editors import DIRECTORY
from coplearn.helplines.entries import Helpline
from coplearn.kernel.clock import utcnow
from coplearn.site import site

helplines = AppGroup("helplines", help="The directory of whom to call.")
commands: tuple[click.Command, ...] = (helplines,)


@helplines.command("due")
@click.option("--days", type=click.IntRange(min=0), default=30, show_default=True, help="How far ahead to look.")
@with_appcontext
def due(days: int) -> None:
    """List the lines to call again: expired ones first, which are not shown any more, then those that expire within DAYS.

    Ends with 1 when one has expired, so that a job run at night can tell.
    """
    directory = site().helplines
    today = utcnow().date()
    lines_due = directory.due(today, timedelta(days=days))
    for line in lines_due:
        state = "expired" if line.check_by < today else "due"
        where = line.country if isinstance(line, Helpline) else "all"
        click.echo(f"{line.check_by} {state}: {where} {line.name or line.page}")
    expired = sum(line.check_by < today for line in lines_due)
    click.echo(f"{expired} expired, {len(lines_due) - expired} due, {len(directory.withheld())} kept back")
    if expired:
        raise click.exceptions.Exit(1)


@helplines.command("check", with_appcontext=False)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def check(file: Path | None) -> None:
    """Tell everything that is wrong with FILE, or with the product's own directory when there is none."""
    try:
        directory = Directory.load(file)
    except HelplineError as error:
        click.echo("\n".join(error.problems))
        raise click.exceptions.Exit(1) from error
    # Somewhere it is tomorrow already.
    ahead = directory.ahead(utcnow().date() + timedelta(days=1))
    for line in ahead:
        day = max(line.read, line.called or line.read)
        click.echo(f"{line.name or line.page}: it was read or called on a day that has not come yet ({day})")
    if ahead:
        raise click.exceptions.Exit(1)
    click.echo(f"{len(directory.lines)} lines, {len(directory.withheld())} kept back: nothing is wrong")


@helplines.command("schema", with_appcontext=False)
@click.argument("into", type=click.Path(file_okay=False, path_type=Path))
def write_schema(into: Path) -> None:
    """Write the JSON Schema of a directory file into the folder INTO, for editors."""
    into.mkdir(parents=True, exist_ok=True)
    file = into / "helplines.schema.json"
    file.write_text(json.dumps(DIRECTORY, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    click.echo(str(file))
