"""The permissions of each role, and the addresses a person may be sent to after signing in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from coplearn.kernel.words import Permission, Role

_SUGGESTS: Final = frozenset({Permission.SUGGEST})
_TRANSLATES: Final = _SUGGESTS | {Permission.TRANSLATE}
_REVIEWS: Final = _TRANSLATES | {Permission.REVIEW}
_COORDINATES: Final = _REVIEWS | {
    Permission.MANAGE_LANGUAGE,
    Permission.SEE_COURSE_PROBLEMS,
    Permission.OPEN_COHORTS,
    Permission.SEE_COUNTRY,
    Permission.SEE_OUTBOX,
}

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.SUGGESTER: _SUGGESTS,
    Role.TRANSLATOR: _TRANSLATES,
    Role.REVIEWER: _REVIEWS,
    Role.COORDINATOR: _COORDINATES,
    Role.ADMIN: frozenset(Permission),
}


_ROLES: Final = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Granted:
    """A role as it was given: within a language, a course, a country or a cohort; empty (or 0) for all of them."""

    role: str
    locale: str = ""
    course: str = ""
    country: str = ""
    cohort_id: int = 0


def may(
    grants: Iterable[Granted], permission: Permission, locale: str = "", course: str = "", country: str = ""
) -> bool:
    """Whether any of those grants holds the permission there.

    ``locale`` is a code, ``course`` a course's id (or ``interface``) and ``country`` an ISO 3166 code; empty asks for all
    of them, which only a grant without that limit gives. A grant within a cohort holds nothing here. Unknown roles hold none.
    """
    return any(
        _holds(grant, permission)
        and grant.locale in ("", locale)
        and grant.course in ("", course)
        and grant.country in ("", country)
        for grant in grants
    )


def may_somewhere(grants: Iterable[Granted], permission: Permission) -> bool:
    """Whether any of those grants holds the permission in any language, course or country: may the person see the door?"""
    return any(_holds(grant, permission) for grant in grants)


def _holds(grant: Granted, permission: Permission) -> bool:
    if grant.cohort_id or grant.role not in _ROLES:
        return False
    return permission in PERMISSIONS[Role(grant.role)]


_BEHIND_SIGN_IN: Final = frozenset(
    {"certificates", "cohorts", "drills", "guides", "insights", "me", "outbox", "staff", "translate", "work"}
)


def is_behind_sign_in(path: str) -> bool:
    """Whether what stands below that address (with its language) is for people who are signed in.

    >>> is_behind_sign_in("/ar/cohorts/no/such/page"), is_behind_sign_in("/ar/help")
    (True, False)
    """
    parts = path.split("/", 3)
    return len(parts) > 2 and parts[2] in _BEHIND_SIGN_IN


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
