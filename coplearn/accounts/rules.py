"""The permissions of each role, and the addresses a person may be sent to after signing in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from coplearn.kernel.text import N_, LabelledEnum
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
    Permission.MANAGE_PACKAGES,
    Permission.SEE_RECORD,
    Permission.MANAGE_PEOPLE,
}

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.SUGGESTER: _SUGGESTS,
    Role.TRANSLATOR: _TRANSLATES,
    Role.REVIEWER: _REVIEWS,
    Role.COORDINATOR: _COORDINATES,
    Role.ADMIN: frozenset(Permission),
}


_ROLES: Final = frozenset(Role)
UNCONFIRMED: Final = N_("Nobody has confirmed this mail address yet. Invite the person instead.")
"""Why an account gets no work here: a stranger may have made it with somebody else's address, and knows its password."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A role as it was given: within a language, a course, a country or a cohort; empty (or 0) for all of them."""

    role: str
    locale: str = ""
    course: str = ""
    country: str = ""
    cohort_id: int = 0
    until: datetime | None = field(default=None, compare=False)
    """When it ends; None for no end. The same role with another end is the same role."""


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


def may_give(grants: Iterable[Granted], given: Granted) -> bool:
    """Whether whoever holds those grants may give (or take) that role there until then: nobody gives more than they hold.

    One of their own roles must manage people, stand in all the places of the given one, hold everything that it allows,
    and end no earlier. Nobody gives a role within a cohort here, nor one that is not known.
    """
    if given.cohort_id or given.role not in _ROLES:
        return False
    return any(
        _holds(grant, Permission.MANAGE_PEOPLE)
        and PERMISSIONS[Role(given.role)] <= PERMISSIONS[Role(grant.role)]
        and grant.locale in ("", given.locale)
        and grant.course in ("", given.course)
        and grant.country in ("", given.country)
        and (grant.until is None or (given.until is not None and given.until <= grant.until))
        for grant in grants
    )


def may_take(grants: Iterable[Granted], held: Granted) -> bool:
    """The same for taking a role away: how long it was given for does not matter, as it gives nobody anything."""
    return may_give([replace(grant, until=None) for grant in grants], held)


class AccountAction(LabelledEnum):
    """An action of staff with somebody's account; the person sees it too."""

    INVITED = "invited", N_("Invited")
    ROLE_GIVEN = "role-given", N_("Given a role")
    ROLE_TAKEN = "role-taken", N_("Role taken away")
    SWITCHED_OFF = "switched-off", N_("Account switched off")
    SWITCHED_ON = "switched-on", N_("Account switched on")
    HANDED_OVER = "handed-over", N_("Work handed over")
    TAKEN_OVER = "taken-over", N_("Work taken over")
    MERGED = "merged", N_("Accounts joined")
    SEEN = "seen", N_("Site looked at as this person sees it")
    CODES_PRINTED = "codes-printed", N_("Codes for signing in printed")
    FACTOR_RESET = "factor-reset", N_("Second step taken away")


_BEHIND_SIGN_IN: Final = frozenset(
    {
        "audit",
        "certificates",
        "cohorts",
        "drills",
        "exports",
        "guides",
        "insights",
        "me",
        "outbox",
        "overlays",
        "overview",
        "people",
        "presentations",
        "programme",
        "recommendations",
        "settings",
        "staff",
        "translate",
        "work",
    }
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
