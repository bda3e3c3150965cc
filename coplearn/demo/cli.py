"""``coplearn demo``: fill an empty site with made-up people, and say whom to sign in as."""

from __future__ import annotations

from secrets import choice

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_security import hash_password

from coplearn.accounts.queries import has_people
from coplearn.demo.scheme import Cast, fill
from coplearn.demo.stage import COURSE, Stage
from coplearn.kernel.clock import utcnow
from coplearn.site import site
from coplearn.storage.database import current_session, migrations_of

_WORDS = (
    "amber",
    "basin",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "harbour",
    "inlet",
    "juniper",
    "lantern",
    "meadow",
)


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Fill an EMPTY site with made-up people, cohorts and learners in six languages, to look round in."""
    settings = site().settings
    settings.make_instance()
    with current_app.app_context():  # a context of its own, whose connection ends with it
        migrations_of(current_app).upgrade()
    session = current_session(current_app)
    if has_people(session):
        raise click.ClickException("This site has people already. The demo is only for an empty one: see `make demo`.")
    courses = site().library.current().courses
    if COURSE not in courses:
        raise click.ClickException(f"The demo needs the course {COURSE}. Run: coplearn course check")
    password = " ".join(choice(_WORDS) for _ in range(4))
    click.echo("Filling the site; this takes a moment …")
    cast = fill(Stage(session, courses, utcnow(), hash_password(password)))
    session.commit()
    # The day's work closes the days that are over, so that there are reports to hand on.
    site().jobs.run_daily(utcnow())
    click.echo(_sign_in_lines(cast, password))


def _sign_in_lines(cast: Cast, password: str) -> str:
    people = (
        ("learner", cast.learner, "learns by themselves, in English"),
        ("finished", cast.finished, "has finished the course, and a question waits under My learning"),
        ("trainee", cast.trainee, "is in a training of trainers that goes on now"),
        ("trainer", cast.trainer, "was certified and helps to run it"),
        ("lead trainer", cast.lead, "leads it"),
        ("examiner", cast.examiner, "signs off teach-backs"),
        ("coordinator", cast.coordinator, "sees all of Morocco, and its report"),
        ("admin", cast.admin, "sees everything"),
    )
    lines = [f"  {person.email:26} {what}: {does}" for what, person, does in people]
    return "\n".join(["Sign in as one of these:", *lines, f"Everybody's password: {password}"])


commands: tuple[click.Command, ...] = (demo,)
