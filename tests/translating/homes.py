"""A whole small installation of its own: one course, its catalogs, the registry and the commands over them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from click.testing import Result
from flask import Flask

from coplearn.app import create_app
from coplearn.commands import add_commands
from coplearn.settings import Settings
from coplearn.storage.database import engine_of
from tests.courses.makecourse import HOME
from tests.once import DATABASE, STATEMENTS, TEMPLATES, copy_database, hash_quickly


def make_home(where: Path) -> Path:
    """A copy of what a site keeps outside its code, with the template course alone; of the interface a few sentences."""
    home = where / "home"
    (home / "translations").mkdir(parents=True)
    shutil.copy(HOME / "translations" / "locales.toml", home / "translations")
    (home / "translations" / "messages.pot").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        '#: coplearn/web/templates/base.html\nmsgid "Skip to the main part"\nmsgstr ""\n\n'
        '#: coplearn/web/templates/base.html\nmsgid "One day"\nmsgid_plural "%(num)s days"\n'
        'msgstr[0] ""\nmsgstr[1] ""\n',
        encoding="utf-8",
    )
    shutil.copytree(HOME / "courses" / "_template", home / "courses" / "my-course")
    (home / "migrations").symlink_to(HOME / "migrations")
    return home


def make_site(settings: Settings, home: Path, **changes: object) -> Flask:
    """A migrated site over it that looks at its files at every request."""
    settings = replace(settings, home=home, **changes)  # type: ignore[arg-type] # each test names real fields
    if not settings.database_url and not (settings.instance_path / DATABASE).exists():
        copy_database(settings.instance_path)
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    app = add_commands(create_app(settings, poll=0))
    app.testing = True
    app.jinja_env.bytecode_cache = TEMPLATES
    with app.app_context():
        engine_of(app)._compiled_cache = STATEMENTS
    hash_quickly(app)
    return app


def run(app: Flask, *words: str) -> Result:
    """One ``coplearn i18n`` command."""
    return app.test_cli_runner().invoke(args=["i18n", *words])
