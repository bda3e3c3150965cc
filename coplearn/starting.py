"""`coplearn serve`: what happens before the site is loaded, so that the first visitor waits as little as can be."""

from __future__ import annotations

import importlib
import socket

import click

from coplearn.files.markers import reason_not_to_serve
from coplearn.serving import collector
from coplearn.settings import Settings, from_env


@click.command("serve")
def serve() -> None:
    """Prepare everything and serve the site until stopped."""
    settings = from_env()
    _refuse_busy(settings)
    if why := reason_not_to_serve(settings.instance_path):
        raise click.ClickException(why)
    collector.rest()
    # Loaded one after the other, and not with this module: the courses are read beside while the rest is loaded.
    preload = importlib.import_module("coplearn.courses.preload").start_preload(settings)
    importlib.import_module("coplearn.server").serve_site(settings, preload)


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
