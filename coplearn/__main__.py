"""The ``coplearn`` command: Flask's group over the application; commands live in the slices."""

from __future__ import annotations

from flask import Flask
from flask.cli import FlaskGroup

from coplearn.app import create_app
from coplearn.reference import docs
from coplearn.server import serve
from coplearn.settings import from_env


def make_app() -> Flask:
    """The application of this environment's settings."""
    return create_app(from_env())


main = FlaskGroup(
    name="coplearn",
    create_app=make_app,
    add_default_commands=False,
    load_dotenv=False,
    set_debug_flag=False,
    help="coplearn: child online protection training in many languages.",
)

main.add_command(serve)
main.add_command(docs)

if __name__ == "__main__":
    main()
