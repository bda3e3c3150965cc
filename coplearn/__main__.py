"""The ``coplearn`` command: Flask's group over the application; commands live in the slices."""

from __future__ import annotations

import importlib

from flask import Flask
from flask.cli import FlaskGroup

from coplearn.settings import from_env
from coplearn.starting import serve


def make_app() -> Flask:
    """The application of this environment's settings, with every command."""
    # Loaded when a command needs it: `serve` loads the application by itself, without the commands.
    app: Flask = importlib.import_module("coplearn.app").create_app(from_env())
    app = importlib.import_module("coplearn.commands").add_commands(app)
    app.cli.add_command(importlib.import_module("coplearn.reference").docs)
    return app


main = FlaskGroup(
    name="coplearn",
    create_app=make_app,
    add_default_commands=False,
    load_dotenv=False,
    set_debug_flag=False,
    help="coplearn: child online protection training in many languages.",
)

main.add_command(serve)

if __name__ == "__main__":
    main()
