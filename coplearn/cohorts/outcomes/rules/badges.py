"""The law of badges of others that a cohort asks for: whose they are, what for, and when one counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from coplearn.cohorts.outcomes.rules.checklist import Requirement, RequirementKind
from coplearn.credentials.rules import BroughtCredential, same_name
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase

MOST: Final = 5
NAME_LENGTH: Final = 100
_THERE: Final = N_("The badge %(badge)s is there.")
_MISSING: Final = N_("The badge %(badge)s is not there yet, or it has run out.")


@dataclass(frozen=True, slots=True)
class AskedBadge:
    """A badge that is asked for: of whom, under which keys, and what for."""

    id: str
    issuer: str
    """The issuer's name, as staff call it."""
    achievement: str
    """Name or identifier of the achievement, as the badge says it; empty for any of that issuer."""
    keys: dict[str, Any]
    """The keys that were pinned (``credentials.documents.read_keys``)."""

    def as_row(self) -> dict[str, Any]:
        """The badge as the cohort's row keeps it."""
        return asdict(self)

    def check_achievement(self, found: BroughtCredential) -> None:
        """Refuse a badge of that issuer for something else."""
        wanted = same_name(self.achievement)
        if wanted and wanted not in (same_name(found.achievement), same_name(found.achievement_id)):
            raise Refused(
                N_("Another badge is asked for: %(asked)s. This one is for %(brought)s."),
                asked=self.achievement,
                brought=found.achievement,
            )

    def requirement(self, brought: Mapping[str, datetime | None], now: datetime) -> Requirement:
        """The line of the checklist; ``brought`` are the ends of badges that the person brought, by what was asked for."""
        until = brought.get(self.id)
        met = self.id in brought and (until is None or until > now)
        phrase = Phrase(
            _THERE if met else _MISSING, {"badge": " · ".join(filter(None, [self.issuer, self.achievement]))}
        )
        return Requirement(f"badge:{self.id}", RequirementKind.BADGE, met, phrase, int(met), 1)


def asked_in(rows: list[dict[str, Any]] | None) -> list[AskedBadge]:
    """The badges that a cohort asks for, from its row; None is a cohort that was made before it could ask."""
    return [AskedBadge(**row) for row in rows or ()]


def checked_asked(
    rows: list[dict[str, Any]], new_id: str, issuer: str, achievement: str, keys: dict[str, Any]
) -> AskedBadge:
    """One more badge to ask for. Raises Refused without a name, or when there are many already."""
    issuer, achievement = " ".join(issuer.split())[:NAME_LENGTH], " ".join(achievement.split())[: 3 * NAME_LENGTH]
    if not issuer:
        raise Refused(N_("Write whose badge it is."))
    if len(rows) >= MOST:
        raise Refused(N_("A cohort asks for five badges at most."))
    return AskedBadge(new_id, issuer, achievement, keys)
