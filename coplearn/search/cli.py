"""``coplearn search``: the index, made anew or brought up to the texts."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext

from coplearn.kernel.clock import utcnow
from coplearn.site import site

search = AppGroup("search", help="What can be found by a word.")
commands: tuple[click.Command, ...] = (search,)


@search.command("rebuild")
@with_appcontext
def rebuild() -> None:
    """Make the index anew from the courses and their translations. The site goes on meanwhile, and finds less until it is done."""
    click.echo(f"{site().search_index.rebuild(utcnow().date())} pages can be found.")


@search.command("renew")
@with_appcontext
def renew() -> None:
    """Index what has changed now; the process that does the jobs does the same every few seconds."""
    click.echo(f"{site().search_index.renew(utcnow().date())} pages were brought up to their texts.")
