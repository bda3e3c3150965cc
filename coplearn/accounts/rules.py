"""Which role holds which permission."""

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
