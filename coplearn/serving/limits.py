"""The limits of the server: how long it waits for people, and how much it takes from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REFUSED: Final = "coplearn.refused"
"""In a WSGI environment: the status of a request whose body was not taken. Whoever finds it answers with that status alone."""
DEFAULT_ROOM: Final = 512 * 1024
"""Bytes of a request's body unless its route says more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """The limits that one server process sets its visitors."""

    head_seconds: float = 10
    """For the head of a request, and for what a connection that was answered asks next."""

    piece_seconds: float = 15
    """Between two pieces of a body."""

    body_seconds: float = 30
    """For a whole body, and beyond it as long as the body keeps to ``bytes_a_second``."""

    bytes_a_second: int = 4 * 1024
    """The slowest line a long body may come over."""

    room: int = DEFAULT_ROOM
    """Bytes of a body where the route says nothing else."""

    waiting_bodies: int = 1_000
    """Bodies on their way at once. One more, and the one that has been coming the longest is given up."""

    waiting_bytes: int = 256 * 1024 * 1024
    """Bytes of unfinished bodies, in memory and on disk together; beyond, the oldest is given up as well."""

    reader_seconds: float = 60
    """For a reader to take 64 KB of a long answer."""

    connections: int = 8_192
    """Open connections, idle ones included."""
