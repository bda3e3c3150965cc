"""Permissions in a cohort, and their ground: roles, a coordinator's word, or a trainer's right that may end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from coplearn.accounts.rules import Granted, may
from coplearn.cohorts.common.rules.words import (
    COORDINATOR_PERMISSIONS,
    STAFF_PERMISSIONS,
    CohortPermission,
    Kind,
    StaffRole,
)
from coplearn.kernel.text import N_, LabelledEnum
from coplearn.kernel.words import Permission


def permissions_in(
    country: str, roles: Iterable[str], grants: Iterable[Granted], *, only_looks: bool = False
) -> frozenset[CohortPermission]:
    """The permissions in a cohort of that country: ``roles`` are those they hold in it now.

    With ``only_looks`` (see ``common.queries``) what the roles give is looking alone; the country's coordinator goes on.
    """
    own: frozenset[CohortPermission] = frozenset().union(*(STAFF_PERMISSIONS[StaffRole(role)] for role in roles))
    if only_looks:
        own &= {CohortPermission.SEE, CohortPermission.REPORT}
    if may(grants, Permission.SEE_COUNTRY, country=country):
        own |= COORDINATOR_PERMISSIONS
    return own


def countries_of(grants: Iterable[Granted], permission: Permission) -> frozenset[str] | None:
    """The countries in which those grants hold the permission; None for all countries."""
    granted = list(grants)
    if may(granted, permission):
        return None
    return frozenset(
        grant.country for grant in granted if grant.country and may(granted, permission, country=grant.country)
    )


def clashing_role(role: str, held: Collection[str]) -> bool:
    """Whether that role does not go with those somebody holds in the cohort: who trains there cannot judge there."""
    trains, judges = {StaffRole.LEAD, StaffRole.TRAINER}, {StaffRole.EXAMINER}
    return (role in judges and bool(trains & set(held))) or (role in trains and bool(judges & set(held)))


class Authorisation(StrEnum):
    """Whether anybody who answers for a cohort may train such people now."""

    FIRM = "firm"
    RUN_OUT = "run-out"
    """What has begun may be finished, and nobody new comes in."""
    TAKEN_BACK = "taken-back"
    """Its own trainers may only look."""


WHY_NOT_FIRM: Final[Mapping[Authorisation, str]] = {
    Authorisation.RUN_OUT: N_(
        "The certificate this cohort is run under has run out: what has begun can be finished, but nobody new comes in"
        " until it is renewed, or until the country's coordinator names another certified trainer."
    ),
    Authorisation.TAKEN_BACK: N_(
        "The certificate this cohort is run under was taken back: its trainers can only look, and nobody new comes in,"
        " until the country's coordinator names another certified trainer."
    ),
}
"""What those who work in the cohort are told, with what to do about it."""
NOBODY_NEW: Final = N_("Nobody new can come into this cohort now. Ask its trainer when that will be possible.")
"""What somebody is told who wants to come in: how the trainer's certificate stands is not their business."""


MOST_STEPS: Final = 2
"""A trainer is at most so many steps from the courses' authors, unless a coordinator allows one more."""


@dataclass(frozen=True, slots=True)
class Right:
    """The right that a certification gives."""

    course_ids: frozenset[str]
    country: str
    generation: int
    may_pass_on: bool
    valid_until: datetime | None
    revoked_at: datetime | None


def holds(right: Right, now: datetime) -> bool:
    """Whether the right stands now: it covers a course, has not run out and was not revoked."""
    return (
        bool(right.course_ids)
        and right.revoked_at is None
        and right.valid_until is not None
        and right.valid_until > now
    )


def covers(right: Right, kind: str, course_ids: Collection[str], country: str, now: datetime) -> bool:
    """Whether a cohort of that kind may be opened under the right now.

    All its courses must be named in the right, at least one of them, in the right's own country. A training of trainers
    must not lead further from the authors than :data:`MOST_STEPS`, or one step more where a coordinator allowed it.
    """
    if not holds(right, now) or right.country != country:
        return False
    if not course_ids or not frozenset(course_ids) <= right.course_ids:
        return False
    return kind != Kind.TRAINERS or generation_under(right.generation) <= MOST_STEPS + right.may_pass_on


def generation_under(generation: int | None) -> int:
    """The generation of a cohort run under a right of that generation; None is a coordinator's own cohort: 1."""
    return 1 if generation is None else generation + 1


class Validity(LabelledEnum):
    """The state of a certificate for a stranger who checks it."""

    VALID = "valid", N_("Valid")
    EXPIRED = "expired", N_("Expired")
    REVOKED = "revoked", N_("No longer valid")


def validity(valid_until: datetime | None, revoked_at: datetime | None, now: datetime) -> Validity:
    """The state of a certificate; one without an end does not expire."""
    if revoked_at is not None:
        return Validity.REVOKED
    return Validity.EXPIRED if valid_until is not None and valid_until <= now else Validity.VALID
