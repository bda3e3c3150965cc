"""Migrations and every slice's commands, which only the command line needs. A serving process does without them."""

from __future__ import annotations

from flask import Flask
from flask_alembic import Alembic

from coplearn.accounts import cli as accounts_cli
from coplearn.administration.overview import cli as overview_cli
from coplearn.audit import cli as audit_cli
from coplearn.backups import cli as backups_cli
from coplearn.cohorts.people import cli as cohorts_cli
from coplearn.course_exports import cli as course_exports_cli
from coplearn.courses import cli as courses_cli
from coplearn.demo import cli as demo_cli
from coplearn.i18n import cli as i18n_cli
from coplearn.learning import cli as learning_cli
from coplearn.moving import cli as moving_cli
from coplearn.outbox import cli as outbox_cli
from coplearn.overlays import cli as overlays_cli
from coplearn.pages import cli as pages_cli
from coplearn.profile import cli as profile_cli
from coplearn.question_formats import cli as question_formats_cli
from coplearn.recordings import cli as recordings_cli
from coplearn.search import cli as search_cli
from coplearn.second_factors import cli as second_factors_cli
from coplearn.site import site_of
from coplearn.storage.base import Base
from coplearn.translating.catalogs import cli as catalogs_cli
from coplearn.translating.exchange import cli as exchange_cli


def add_commands(app: Flask) -> Flask:
    """Give the application its migrations (``storage.database.migrations_of``) and its commands; doing so twice changes nothing."""
    if "alembic" in app.extensions:
        return app
    settings = site_of(app).settings
    app.config["ALEMBIC"] = {"script_location": str(settings.home / "migrations")}
    # Our SQLite connections do not commit behind our back, so a migration is whole or not at all there too.
    app.config["ALEMBIC_CONTEXT"] = {"transactional_ddl": True, "transaction_per_migration": True}
    Alembic(metadatas=Base.metadata, run_mkdir=False).init_app(app)
    for slice_ in (
        courses_cli,
        question_formats_cli,
        cohorts_cli,
        i18n_cli,
        accounts_cli,
        audit_cli,
        learning_cli,
        outbox_cli,
        overlays_cli,
        catalogs_cli,
        exchange_cli,
        pages_cli,
        overview_cli,
        profile_cli,
        demo_cli,
        backups_cli,
        moving_cli,
        search_cli,
        recordings_cli,
    ):
        for group in slice_.commands:
            app.cli.add_command(group)
    for command in second_factors_cli.of_people:
        accounts_cli.people.add_command(command)
    courses_cli.course.add_command(course_exports_cli.export_package)
    return app
