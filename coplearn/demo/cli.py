"""``coplearn demo``: fill an empty site with made-up people, and say whom to sign in as."""

from __future__ import annotations

from secrets import choice

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_security import hash_password

from coplearn.accounts.queries import has_people
from coplearn.backups.terminal import present_app
from coplearn.cohorts.common.queries import Person
from coplearn.credentials.presenters import signing_key
from coplearn.demo.packages import bring_package
from coplearn.demo.programme import fill_programme
from coplearn.demo.scheme import Cast, fill
from coplearn.demo.stage import COURSE, Stage
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
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
@click.option("--programme", is_flag=True, help="Only the records of a programme, and two people who keep them.")
@with_appcontext
def demo(*, programme: bool) -> None:
    """Fill an EMPTY site with made-up people, cohorts and learners in six languages, to look round in.

    The records of a programme from January to September 2025 are in it, as their public source gives them.
    """
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
    stage = Stage(session, courses, utcnow(), hash_password(password))
    keepers = keep_programme(stage)
    cast = None if programme else fill(stage)
    if cast is not None:
        bring_package(present_app(), session, cast.admin.id)
    # The keys are there from the beginning, so that whoever looks round can check a badge at once.
    signing_key(stage.now)
    session.commit()
    # The day's work closes the days that are over, so that there are reports to hand on.
    site().jobs.run_daily(utcnow())
    click.echo(_sign_in_lines(cast, keepers, password))


def keep_programme(stage: Stage) -> tuple[Person, Person]:
    """Write the programme's records: who wrote them, and who confirmed them."""
    writer = stage.person("programme@example.org", "Miriam Okafor", "en", role=Role.COORDINATOR)
    second = stage.person("second@example.org", "Tomás Vega", "es", role=Role.COORDINATOR)
    fill_programme(stage.session, writer.id, second.id, stage.now)
    return writer, second


def _sign_in_lines(cast: Cast | None, keepers: tuple[Person, Person], password: str) -> str:
    kept = (
        ("global coordinator", keepers[0], "writes a programme's records and its report"),
        ("second person", keepers[1], "confirms them"),
    )
    lines = [f"  {person.email:26} {what}: {does}" for what, person, does in (*_cast_lines(cast), *kept)]
    return "\n".join(["Sign in as one of these:", *lines, f"Everybody's password: {password}", _second_step_line()])


def _cast_lines(cast: Cast | None) -> tuple[tuple[str, Person, str], ...]:
    if cast is None:
        return ()
    return (
        ("learner", cast.learner, "learns by themselves, in English"),
        ("finished", cast.finished, "has finished the course, and a question waits under My learning"),
        ("trainee", cast.trainee, "is in a training of trainers that goes on now"),
        ("trainer", cast.trainer, "was certified, with a badge to take along under My training, and helps to run it"),
        ("lead trainer", cast.lead, "leads it"),
        ("examiner", cast.examiner, "signs off teach-backs"),
        ("host", cast.host, "runs a series of sessions"),
        ("coordinator", cast.coordinator, "sees all of Morocco, and its report"),
        ("admin", cast.admin, "sees everything"),
    )


def _second_step_line() -> str:
    settings = site().settings
    if not settings.staff_needs_factor:
        return "This site asks NOBODY for a second step when signing in. One with real people asks its staff for it."
    days = settings.second_factor_grace_days
    return (
        f"Staff are asked for a second step in {days} days. Serve with COPLEARN_SECOND_FACTOR_FOR=nobody to ask none."
    )


commands: tuple[click.Command, ...] = (demo,)
