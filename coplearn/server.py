"""`coplearn serve`: prepare the database and the catalogs, then serve with the production server.

The application is loaded once, here; the workers are forked from this process and share what it holds in memory.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from sqlalchemy import inspect, text

from coplearn.i18n.catalogs import Interface
from coplearn.i18n.locales import Locales
from coplearn.outbox.consumer import start_beside, stop_beside
from coplearn.settings import Settings, from_env
from coplearn.storage.database import engine_of, read_only
from coplearn.translating.domains import waiting_lines

APPLICATION = "coplearn.wsgi:application"


def prepare(app: Flask) -> None:
    """Bring the database to the newest schema and compile the catalogs. Safe to repeat; does nothing when nothing changed."""
    settings: Settings = app.extensions["settings"]
    locales: Locales = app.extensions["locales"]
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    token = read_only.set(False)
    try:
        if not _is_current(app, settings):
            # Only now: the migrations' machinery takes a third of a second to load, and most starts need none of it.
            importlib.import_module("coplearn.commands").add_commands(app)
            with app.app_context():
                app.extensions["alembic"].upgrade()
    finally:
        read_only.reset(token)
    interface = Interface(settings.home, locales)
    for locale in locales:
        source = interface.path(locale)
        if source.exists() and not _is_newer(source.with_suffix(".mo"), source):
            interface.compile(locale)


def _is_current(app: Flask, settings: Settings) -> bool:
    newest = max(path.name for path in (settings.home / "migrations").glob("[0-9]*_*.py")).partition("_")[0]
    with engine_of(app).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest]


def _is_newer(made: Path, source: Path) -> bool:
    return made.exists() and made.stat().st_mtime_ns >= source.stat().st_mtime_ns


def run(settings: Settings, target: str = APPLICATION, app: Flask | None = None) -> None:
    """Serve the WSGI application ``target`` (``module:name``) until a signal ends it. Does not return before.

    With ``app`` a process beside the server does that application's jobs.
    """
    if "fork" in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("fork", force=True)
    # What is loaded now stays shared with the workers as long as nobody writes to it, the collector included.
    gc.collect()
    gc.freeze()
    beside = start_beside(app) if app is not None else None
    try:
        _serve(settings, target)
    finally:
        if beside is not None:
            stop_beside(beside)


def _serve(settings: Settings, target: str) -> None:
    Granian(
        target,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backpressure=256,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.warning,
    ).serve()


def greeting(settings: Settings, courses: Sequence[str], broken: Sequence[str]) -> str:
    """What to open, and what the person who started the site should know; ``broken`` are folders of courses with errors."""
    shown = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - only compared
    lines = [
        f"coplearn is at http://{shown}:{settings.port}/ (Ctrl+C stops it)",
        f"Courses: {', '.join(courses) or 'none is live; run coplearn course check'}",
    ]
    if broken:
        lines.append(f"With errors: {', '.join(broken)}; run coplearn course check FOLDER for each place and its mend.")
    if settings.mail == "file":
        lines.append(
            f"Mail is written to {settings.instance_path / 'mail'} instead of being sent (COPLEARN_MAIL=smtp sends it)."
        )
    return "\n".join(lines)


def _refuse_busy(settings: Settings) -> None:
    """Say so when the port is taken: the server would share it with a stranger, and each would get half the visitors."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            message = (
                f"Port {settings.port} of {settings.host} cannot be used ({error.strerror}). Choose another: PORT=8001"
            )
            raise click.ClickException(message) from error


@click.command("serve")
def serve() -> None:
    """Prepare everything and serve the site until stopped."""
    settings = from_env()
    os.environ["COPLEARN_SECRET_KEY"] = settings.key()
    _refuse_busy(settings)
    app: Flask = importlib.import_module("coplearn.wsgi").application
    prepare(app)
    library = app.extensions["shelf"].current()
    with app.app_context():
        waiting = waiting_lines()
    # A connection must not be shared between processes: each worker opens its own.
    engine_of(app).dispose()
    click.echo("\n".join([greeting(settings, list(library.courses), library.broken), *waiting]))
    sys.stdout.flush()
    run(settings, app=app if settings.jobs_here else None)
