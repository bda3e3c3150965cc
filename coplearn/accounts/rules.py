"""Which role holds which permission, and where a person may be sent after signing in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from coplearn.kernel.words import Permission, Role

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.LEARNER: frozenset(),
    Role.TRANSLATOR: frozenset(),
    Role.REVIEWER: frozenset(),
    Role.TRAINER: frozenset(),
    Role.COORDINATOR: frozenset({Permission.SEE_COURSE_PROBLEMS}),
    Role.ADMIN: frozenset({Permission.SEE_COURSE_PROBLEMS}),
}


def may(roles: Iterable[str], permission: Permission) -> bool:
    """Whether any of those roles holds the permission. Unknown roles hold none."""
    known = set(Role)
    return any(permission in PERMISSIONS[Role(role)] for role in roles if role in known)


def is_local_path(address: str) -> bool:
    """Whether an address is a plain path on this site, as every browser reads it.

    Browsers drop tabs and line ends, take ``\\`` for ``/`` and two slashes for the start of another site.
    """
    return (
        address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and all(33 <= ord(letter) <= 126 for letter in address)
        and len(address) <= 2000
    )
