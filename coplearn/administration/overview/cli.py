"""``coplearn doctor``: the same lines for a terminal, and an end that a script can tell."""

from __future__ import annotations

import re
from typing import Final

import click
from flask import current_app, g
from flask.cli import with_appcontext

from coplearn.administration.overview.presenters import overview_lines
from coplearn.administration.overview.rules import Verdict
from coplearn.kernel.clock import utcnow
from coplearn.site import site
from coplearn.storage.database import current_session, reading
from coplearn.web.render import say, say_phrase

_ISOLATES: Final = re.compile("[\u2066-\u2069]")


@click.command("doctor")
@click.option("--strict", is_flag=True, help="End with 1 also where something is only to be looked at.")
@with_appcontext
def doctor(strict: bool) -> None:
    """Tell whether the site is set up and running as it must be: state, what, sentence and documentation, by tabs.

    Ends with 1 where something has to be done.
    """
    g.locale, g.catalogs = site().locales.source, site().catalogs
    session = current_session(current_app)
    with reading(session):
        lines = overview_lines(session, utcnow())
    for line in lines:
        said = f"{line.verdict}\t{say(line.title)}\t{say_phrase(line.phrase)}\tdocs/{line.docs}"
        click.echo(_ISOLATES.sub("", said))
    bad = {Verdict.ACT, Verdict.LOOK} if strict else {Verdict.ACT}
    raise SystemExit(int(any(line.verdict in bad for line in lines)))


commands: tuple[click.Command, ...] = (doctor,)
