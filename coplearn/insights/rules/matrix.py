"""One person's place in the matrix of a cohort, and how many have met what is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from coplearn.cohorts.rules.checklist import Checklist, RequirementKind


@dataclass(frozen=True, slots=True)
class Met:
    """How many people have met one requirement."""

    key: str
    kind: RequirementKind
    met: int
    begun: int
    """Of the others, those who have something of it."""
    people: int


def met_of(checklists: Collection[Checklist]) -> tuple[list[Met], int]:
    """Each requirement in the order of the checklist, and how many people miss nothing that is asked for."""
    found: dict[str, list[int]] = {}
    kinds: dict[str, RequirementKind] = {}
    for one in checklists:
        for requirement in one.requirements:
            kinds[requirement.key] = requirement.kind
            counts = found.setdefault(requirement.key, [0, 0])
            counts[0] += requirement.met
            counts[1] += not requirement.met and requirement.done > 0
    lines = [Met(key, kinds[key], met, begun, len(checklists)) for key, (met, begun) in found.items()]
    return lines, sum(one.met for one in checklists)


def only_missing(ids: Iterable[int], done: Collection[int], limit: int) -> tuple[list[int], int | None]:
    """The first ``limit`` of those who are not done, and the last one that was looked at when more may follow."""
    found: list[int] = []
    for one in ids:
        if one not in done:
            found.append(one)
        if len(found) == limit:
            return found, one
    return found, None
