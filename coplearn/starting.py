"""`coplearn serve`: what happens before the site is loaded, so that the first visitor waits as little as can be."""

from __future__ import annotations

import gc
import importlib
import socket

import click

from coplearn.settings import Settings, from_env


@click.command("serve")
def serve() -> None:
    """Prepare everything and serve the site until stopped."""
    settings = from_env()
    _refuse_busy(settings)
    # What is loaded until the first visitor stays; to look through it for garbage takes a third of a second.
    gc.disable()
    # Loaded one after the other, and not with this module: the courses are read beside while the rest is loaded.
    ahead = importlib.import_module("coplearn.courses.ahead").read_ahead(settings)
    importlib.import_module("coplearn.server").serve_site(settings, ahead)


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
