"""Outcomes of a launched package, read from its statements (cmi5, 9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from coplearn.xapi.rules.formats import instant
from coplearn.xapi.rules.statements import Json

CMI5: Final = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
VERBS: Final = {
    "http://adlnet.gov/expapi/verbs/launched": "launched",
    "http://adlnet.gov/expapi/verbs/initialized": "initialized",
    "http://adlnet.gov/expapi/verbs/completed": "completed",
    "http://adlnet.gov/expapi/verbs/passed": "passed",
    "http://adlnet.gov/expapi/verbs/failed": "failed",
    "http://adlnet.gov/expapi/verbs/terminated": "terminated",
    "https://w3id.org/xapi/adl/verbs/abandoned": "abandoned",
    "https://w3id.org/xapi/adl/verbs/waived": "waived",
}
"""The verbs of cmi5 that say how an assignable unit went, and the words for them here."""


@dataclass(frozen=True, slots=True)
class PackageOutcomes:
    """Times at which each was said first, by the verb's word; and the best score, from -1 to 1."""

    first: dict[str, datetime] = field(default_factory=dict)
    scaled: float | None = None

    def has(self, word: str) -> bool:
        """Whether it was said: ``launched``, ``initialized``, ``completed``, ``passed``, ``failed``, ``terminated``,
        ``abandoned`` or ``waived``."""
        return word in self.first


def outcomes_in(statements: Iterable[Json], activity: str, *, cmi5: bool) -> PackageOutcomes:
    """Read them in the order in which they were stored."""
    first: dict[str, datetime] = {}
    scaled: float | None = None
    for statement in statements:
        word = VERBS.get(statement["verb"]["id"])
        category = statement.get("context", {}).get("contextActivities", {}).get("category", ())
        if word is None or statement["object"].get("id") != activity:
            continue
        if cmi5 and not any(one["id"] == CMI5 for one in category):
            continue
        first.setdefault(word, instant(statement["timestamp"]))
        score = statement.get("result", {}).get("score", {}).get("scaled")
        if score is not None:
            scaled = score if scaled is None else max(scaled, score)
    return PackageOutcomes(first, scaled)
