"""Words of the pages of accounts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invited:
    """A person to invite: their address in its stored form, and their name, which may be empty."""

    email: str
    name: str
