"""Prepare the database and the catalogs, then serve with the production server.

The application is loaded once, here; the workers are forked from this process and share what it holds in memory.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click
from babel import Locale as BabelLocale
from flask import Flask, current_app
from sqlalchemy import inspect, text

from coplearn.administration.people.service.invitations import first_admin_token
from coplearn.app import create_app
from coplearn.courses.preload import Preload
from coplearn.i18n.catalogs import Interface
from coplearn.i18n.locales import SOURCE_LOCALE
from coplearn.kernel.clock import utcnow
from coplearn.metrics.folders import share_counts
from coplearn.outbox.consumer import ConsumerBeside
from coplearn.serving import collector
from coplearn.serving.adapter import Adapter
from coplearn.serving.process import fork_from_here, serve
from coplearn.settings import Settings
from coplearn.site import Site, site, site_of
from coplearn.storage.base import Base
from coplearn.storage.database import current_session, engine_of, migrations_of, writing
from coplearn.storage.early_indexes import make_early
from coplearn.translating.catalogs.domains import ask_for_readings, held_lines
from coplearn.translating.exchange.pending_files import pending_lines
from coplearn.web.body_limits import room_for
from coplearn.web.render import keep_compiled
from coplearn.web.static_files import FILES as STATIC_FILES


def prepare(app: Flask) -> None:
    """Bring the database to the newest schema and compile the catalogs. Safe to repeat; does nothing when nothing changed."""
    _migrate(app)
    settings = site_of(app).settings
    Interface(settings.home, settings.own_translations).compile_changed(site_of(app).locales)


def _migrate(app: Flask) -> None:
    settings = site_of(app).settings
    settings.make_instance()
    with writing():
        if not _is_current(app, settings):
            # Only now: the migrations' machinery takes a third of a second to load, and most starts need none of it.
            importlib.import_module("coplearn.commands").add_commands(app)
            make_early(engine_of(app), Base.metadata)
            with app.app_context():
                migrations_of(app).upgrade()


def _is_current(app: Flask, settings: Settings) -> bool:
    newest = max(path.name for path in (settings.home / "migrations").glob("[0-9]*_*.py")).partition("_")[0]
    with engine_of(app).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest]


def run(settings: Settings, adapter: Adapter, beside: Flask | None = None) -> None:
    """Serve an adapter's application until a signal ends it. Does not return before.

    A process beside the server does the jobs of ``beside``.
    """
    fork_from_here()
    consumer = ConsumerBeside(beside) if beside is not None else None
    try:
        serve(adapter, settings.host, settings.port, workers=settings.workers, threads=settings.threads)
    finally:
        if consumer is not None:
            consumer.stop()


def greeting(settings: Settings, courses: Sequence[str], broken: Sequence[str]) -> str:
    """Lines to print at a start: what to open and to know; ``broken`` are folders of courses with errors."""
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


def first_admin_lines(settings: Settings) -> list[str]:
    """The way in for the first administrator, of a site on which nobody has an account; a new link at each start."""
    session = current_session(current_app)
    token = first_admin_token(session, SOURCE_LOCALE, utcnow())
    session.commit()
    if token is None:
        return []
    link = f"{settings.address}/{site().locales.source.url}/invited/{token}"
    return [f"Nobody has an account here yet. Make the first administrator's here, within a day:\n{link}"]


def _load_languages(parts: Site) -> None:
    """Read what every language needs once, here: the workers share it, and each would read it for itself otherwise."""
    for locale in parts.locales.live:
        parts.catalogs.translations(locale)
        # Babel reads a language's data when it is first asked for some of it.
        assert BabelLocale.parse(locale.babel).decimal_formats


def serve_site(settings: Settings, preload: Preload | None) -> None:
    """Prepare everything and serve the site until it is stopped; ``preload`` is reading its courses already."""
    if settings.metrics_token or settings.metrics_local:
        share_counts(settings.instance_path / "cache" / "metrics")
    app = create_app(settings, preload=preload)
    _migrate(app)
    library = site_of(app).library.current()
    prepare(app)
    keep_compiled(app, settings.instance_path / "cache" / "templates")
    STATIC_FILES.pack_all(settings.instance_path / "cache" / "static")
    if preload is None or not preload.came:
        # Reading courses leaves much behind. Loading modules does not, and a look through them takes a tenth of a second.
        collector.look_through()
    with app.app_context():
        if ask_for_readings() is not None:
            current_session(app).commit()
        waiting = [*pending_lines(), *held_lines(), *first_admin_lines(settings)]
    _load_languages(site_of(app))
    # A connection must not be shared between processes: each worker opens its own.
    engine_of(app).dispose()
    click.echo("\n".join([greeting(settings, list(library.courses), library.broken), *waiting]))
    sys.stdout.flush()
    adapter = Adapter(app, room_for=room_for(app), refuse=app)
    run(settings, adapter, beside=app if settings.jobs_here else None)
