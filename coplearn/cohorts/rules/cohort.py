"""What a cohort may be, and the way it goes from draft to closed."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from coplearn.cohorts.rules.rubric import NEWEST, RUBRICS
from coplearn.cohorts.rules.words import Kind, StaffRole, State
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.zones import ZONES
from coplearn.kernel.text import N_, Phrase, counted
from coplearn.kernel.words import Audience

LARGEST: Final = 100_000
USUAL: Final[Mapping[str, int]] = {"threshold": 80, "course_mark": 80, "teach_backs": 2}
USUAL_MONTHS: Final = 24
"""What a training of trainers asks for, unless a coordinator decides otherwise."""
NEXT_STATES: Final[Mapping[State, tuple[State, ...]]] = {
    State.DRAFT: (State.OPEN,),
    State.OPEN: (State.RUNNING, State.DRAFT),
    State.RUNNING: (State.CLOSED, State.OPEN),
    State.CLOSED: (State.RUNNING,),
}
"""Where a cohort may go next: on, or one step back. The first is the usual one."""
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """All that a person decides about a cohort."""

    kind: str
    title: str
    country: str
    region: str
    place: str
    online: bool
    languages: tuple[str, ...]
    time_zone: str
    audience: str
    course_ids: tuple[str, ...]
    optional_course_ids: tuple[str, ...]
    capacity: int | None
    threshold: int
    course_mark: int
    teach_backs: int
    validity_months: int
    waiting_list: bool = False
    rubric_version: str = NEWEST


def goes_on(state: str, archived_at: datetime | None) -> bool:
    """Whether people are at work in a cohort of that state now."""
    return state in (State.OPEN, State.RUNNING) and archived_at is None


def new_public_id() -> str:
    """A fresh name for addresses: 80 random bits in letters that read well."""
    return "".join(_LETTERS[byte % 32] for byte in secrets.token_bytes(16))


def problems_of(
    details: Details, courses: Collection[str], locales: Collection[str], active: int = 0
) -> dict[str, Phrase]:
    """What is wrong, by field; empty when all is well. ``active`` people take part already."""
    found: dict[str, Phrase] = {}
    if not details.title.strip():
        found["title"] = Phrase(N_("Give the cohort a name that its people will know."))
    elif len(details.title) > 200:
        found["title"] = Phrase(N_("Use at most %(count)s characters."), {"count": 200})
    for name, most in (("region", 100), ("place", 300)):
        if len(getattr(details, name)) > most:
            found[name] = Phrase(N_("Use at most %(count)s characters."), {"count": most})
    if details.kind not in set(Kind):
        found["kind"] = Phrase(N_("Choose what the cohort is for."))
    if details.country not in COUNTRIES:
        found["country"] = Phrase(N_("Choose the country it is run in."))
    if details.time_zone not in ZONES:
        found["time_zone"] = Phrase(N_("Choose the time zone its meetings are held in."))
    if details.audience and details.audience not in set(Audience):
        found["audience"] = Phrase(N_("Choose one of the audiences, or leave it open."))
    if not details.languages or not set(details.languages) <= set(locales):
        found["languages"] = Phrase(N_("Choose at least one language."))
    if not set(details.course_ids) | set(details.optional_course_ids) <= set(courses):
        found["course_ids"] = Phrase(N_("One of those courses is not on this site."))
    if details.rubric_version not in RUBRICS:
        found["rubric_version"] = Phrase(N_("Choose one of the rubrics."))
    return found | _numbers(details, active)


def _numbers(details: Details, active: int) -> dict[str, Phrase]:
    found: dict[str, Phrase] = {}
    for name, low, high in (("threshold", 1, 100), ("course_mark", 0, 100), ("teach_backs", 0, 10)):
        if not low <= getattr(details, name) <= high:
            found[name] = Phrase(N_("Choose a number from %(low)s to %(high)s."), {"low": low, "high": high})
    if not 1 <= details.validity_months <= 120:
        found["validity_months"] = Phrase(N_("Choose a number from %(low)s to %(high)s."), {"low": 1, "high": 120})
    if details.capacity is not None and not 1 <= details.capacity <= LARGEST:
        found["capacity"] = Phrase(N_("Choose a number from %(low)s to %(high)s."), {"low": 1, "high": LARGEST})
    elif details.capacity is not None and details.capacity < active:
        found["capacity"] = counted(
            "%(num)s person takes part already. The number of seats cannot be smaller.",
            "%(num)s people take part already. The number of seats cannot be smaller.",
            active,
        )
    return found


def asks_less(details: Details, before: Details | None = None) -> bool:
    """Whether a training of trainers asks less of its people than is usual, and than it did before.

    The usual is attendance and marks of 80 percent, two teach-backs and a certificate of at most 24 months.
    """
    if details.kind != Kind.TRAINERS:
        return False
    lower = any(
        getattr(details, name) < min(usual, getattr(before, name) if before is not None else usual)
        for name, usual in USUAL.items()
    )
    longest = max(USUAL_MONTHS, before.validity_months if before is not None else 0)
    return lower or details.validity_months > longest


def clashing_role(role: str, held: Collection[str]) -> bool:
    """Whether that role does not go with those somebody holds in the cohort: who trains there cannot judge there."""
    trains, judges = {StaffRole.LEAD, StaffRole.TRAINER}, {StaffRole.EXAMINER}
    return (role in judges and bool(trains & set(held))) or (role in trains and bool(judges & set(held)))
