"""``coplearn audit`` and ``coplearn keys``: whether the audit log is whole, and the keys that seal it."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from coplearn.audit.kinds import EventKind
from coplearn.audit.queries import end_of_chain, last_seal
from coplearn.audit.rules import SHELL
from coplearn.audit.service import act_as, first_fault, record
from coplearn.keys.ring import KeyPurpose
from coplearn.site import site
from coplearn.storage.database import current_session, reading

audit = AppGroup("audit", help="The log of what staff did and read.")
keys = AppGroup("keys", help="The keys that this site signs with.")
commands: tuple[click.Command, ...] = (audit, keys)


@audit.command()
def verify() -> None:
    """Read the whole log: whether nothing was changed, taken out or put in, and every seal is good. Exit code 1 if not."""
    session = current_session(current_app)
    with reading(session):
        fault, (number, end), last = first_fault(session, site().keys), end_of_chain(session), last_seal(session)
        sealed = f"sealed last for {last.day}, up to number {last.number}" if last is not None else "not sealed yet"
    if fault is not None:
        click.echo(f"The log is not as it was written, from number {fault} on.")
        raise SystemExit(1)
    click.echo(f"The log is whole: {number} events, {sealed}. It ends with {end}.")


@keys.command("list")
def list_keys() -> None:
    """List the public keys by purpose. Columns are separated by tabs."""
    for purpose in KeyPurpose:
        for key in site().keys.public_keys(purpose):
            click.echo("\t".join([purpose, key.id, "signs" if key.is_current else "earlier", key.raw.hex()]))


@keys.command()
@click.argument("purpose", type=click.Choice([purpose.value for purpose in KeyPurpose]))
def renew(purpose: str) -> None:
    """Sign with a new key for PURPOSE from here on; what the one before signed stays good."""
    session = current_session(current_app)
    act_as(session, SHELL)
    try:
        made = site().keys.renew(KeyPurpose(purpose))
    except LookupError as error:
        raise click.ClickException(str(error)) from error
    record(session, EventKind.KEY_RENEWED, about=f"{purpose},{made.id}")
    session.commit()
    click.echo(f"The key for {purpose} is now {made.id}.")


@keys.command()
def export() -> None:
    """Print all keys as COPLEARN_SITE_KEYS takes them, for the other machines of this site. Keep it secret."""
    click.echo(site().keys.given_text())
