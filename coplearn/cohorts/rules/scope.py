"""Who may do what in a cohort: by the roles they hold in it, and as coordinator of its country."""

from __future__ import annotations

from collections.abc import Iterable

from coplearn.accounts.rules import Granted, may
from coplearn.cohorts.rules.words import COORDINATOR_DEEDS, STAFF_DEEDS, Deed, StaffRole
from coplearn.kernel.words import Permission


def deeds_in(
    country: str, roles: Iterable[str], grants: Iterable[Granted], *, only_looks: bool = False
) -> frozenset[Deed]:
    """What somebody may do in a cohort of that country: ``roles`` are those they hold in it now.

    With ``only_looks`` (see ``queries.footing``) what the roles give is looking alone; the country's coordinator goes on.
    """
    own: frozenset[Deed] = frozenset().union(*(STAFF_DEEDS[StaffRole(role)] for role in roles))
    if only_looks:
        own &= {Deed.SEE, Deed.REPORT}
    if may(grants, Permission.SEE_COUNTRY, country=country):
        own |= COORDINATOR_DEEDS
    return own


def countries_of(grants: Iterable[Granted], permission: Permission) -> frozenset[str] | None:
    """The countries in which those grants hold the permission; None for all countries."""
    held = list(grants)
    if may(held, permission):
        return None
    return frozenset(grant.country for grant in held if grant.country and may(held, permission, country=grant.country))
