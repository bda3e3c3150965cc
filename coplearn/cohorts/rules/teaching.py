"""Who may sign a teach-back off, and what its evaluations come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final

from coplearn.cohorts.rules.words import Result
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase

LONGEST_NOTE: Final = 4_000


class Tie(StrEnum):
    """Why somebody's sign-off would not be independent, the strongest first."""

    SELF = "self"
    TRAINED = "trained"
    MARKED = "marked"
    LINEAGE = "lineage"


_WITH_OTHERS: Final[Mapping[Tie, str]] = {
    Tie.SELF: N_("This is your own teach-back, so somebody else signs it off. These examiners can: %(others)s."),
    Tie.TRAINED: N_(
        "You have trained %(name)s, so your sign-off would not be independent. These examiners can give it: %(others)s."
    ),
    Tie.MARKED: N_(
        "You marked attendance for %(name)s as a trainer, so your sign-off would not be independent. These examiners can"
        " give it: %(others)s."
    ),
    Tie.LINEAGE: N_(
        "%(name)s is trained under your certificate, so your sign-off would not be independent. These examiners can give"
        " it: %(others)s."
    ),
}
_ALONE: Final[Mapping[Tie, str]] = {
    Tie.SELF: N_(
        "This is your own teach-back, so somebody else signs it off. Ask the coordinator to name an examiner."
    ),
    Tie.TRAINED: N_(
        "You have trained %(name)s, so your sign-off would not be independent. Ask the coordinator to name an examiner"
        " who has not."
    ),
    Tie.MARKED: N_(
        "You marked attendance for %(name)s as a trainer, so your sign-off would not be independent. Ask the coordinator"
        " to name an examiner who has not."
    ),
    Tie.LINEAGE: N_(
        "%(name)s is trained under your certificate, so your sign-off would not be independent. Ask the coordinator to"
        " name another examiner."
    ),
}


def not_independent(ties: Collection[Tie], name: str, others: tuple[str, ...]) -> Phrase | None:
    """Why that examiner cannot sign off for ``name`` and who else can; None when nothing ties them."""
    for tie in Tie:
        if tie in ties:
            if others:
                return Phrase(_WITH_OTHERS[tie], {"name": name, "others": others})
            return Phrase(_ALONE[tie], {"name": name})
    return None


def too_early(planned_on: datetime | None, now: datetime, zone: tzinfo) -> Phrase | None:
    """Why nothing can be written yet about a teach-back that is still to come; None from its day on, as ``zone`` counts days."""
    day = planned_on.astimezone(zone).date() if planned_on is not None else None
    if day is None or day <= now.astimezone(zone).date():
        return None
    return Phrase(N_("This teach-back is planned for %(day)s. It can be written about from that day on."), {"day": day})


@dataclass(frozen=True, slots=True)
class Seen:
    """As much of an evaluation as decides on how a teach-back stands."""

    id: int
    amends_id: int | None
    decides: bool
    result: str


def standing(rows: Iterable[Seen]) -> tuple[Result, int | None]:
    """How a teach-back stands, and the id of the sign-off that says so: the latest that no later row takes the place of."""
    known = list(rows)
    amended = {row.amends_id for row in known}
    deciding = [row for row in known if row.decides and row.id not in amended]
    if not deciding:
        return Result.NOT_EVALUATED, None
    last = max(deciding, key=lambda row: row.id)
    return Result(last.result), last.id


def checked_note(text: str) -> str:
    """What somebody wrote, without the blanks around it. Raises Refused when it is too long to be read."""
    kept = text.strip()
    if len(kept) > LONGEST_NOTE:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_NOTE)
    return kept
