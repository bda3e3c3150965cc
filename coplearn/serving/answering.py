"""A look whether the site is being served on this machine, for whoever must not work under it."""

from __future__ import annotations

import socket
from contextlib import suppress

from coplearn.settings import Settings


def answering_at(settings: Settings) -> str:
    """The address at which something answers where this site would be served; empty when nothing does."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - only compared
    with suppress(OSError), socket.create_connection((host, settings.port), timeout=1):
        return f"{host}:{settings.port}"
    return ""
