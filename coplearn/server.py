"""`coplearn serve`: prepare the database and the catalogs, then hand over to the production server."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from coplearn.i18n.catalogs import Interface
from coplearn.i18n.locales import Locales
from coplearn.settings import Settings
from coplearn.storage.database import read_only


def prepare(app: Flask) -> None:
    """Bring the database to the newest schema and compile the catalogs. Safe to repeat; does nothing when nothing changed."""
    settings: Settings = app.extensions["settings"]
    locales: Locales = app.extensions["locales"]
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    token = read_only.set(False)
    try:
        with app.app_context():
            app.extensions["alembic"].upgrade()
    finally:
        read_only.reset(token)
    interface = Interface(settings.home, locales)
    for locale in locales:
        if interface.path(locale).exists():
            interface.compile(locale)


def server_command(settings: Settings) -> list[str]:
    """The production server's command line for these settings."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", settings.host, "--port", str(settings.port)),
        *("--workers", str(settings.workers), "--blocking-threads", str(settings.threads)),
        *("--backpressure", "256", "--respawn-failed-workers", "--workers-kill-timeout", "10s"),
        *("--log-level", "warning"),
        "coplearn.wsgi:application",
    ]


def _greeting(settings: Settings, courses: Sequence[str]) -> str:
    shown = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - only compared
    lines = [
        f"coplearn is at http://{shown}:{settings.port}/ (Ctrl+C stops it)",
        f"Courses: {', '.join(courses) or 'none is live; run coplearn course check'}",
    ]
    if settings.mail == "file":
        lines.append(
            f"Mail is written to {settings.instance_path / 'mail'} instead of being sent (COPLEARN_MAIL=smtp sends it)."
        )
    return "\n".join(lines)


@click.command("serve")
@with_appcontext
def serve() -> None:
    """Prepare everything and serve the site until stopped."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # the application behind Flask's proxy
    settings: Settings = app.extensions["settings"]
    prepare(app)
    click.echo(_greeting(settings, list(app.extensions["shelf"].current().courses)))
    sys.stdout.flush()
    command = server_command(settings)
    environment = {**os.environ, "COPLEARN_SECRET_KEY": settings.key()}
    os.chdir(Path(settings.home))
    os.execve(command[0], command, environment)  # noqa: S606 - our own interpreter, no shell
