"""An exercise that people play in a room: who sits at the table, what reaches them when, and by what they are measured.

It holds ids and times alone. Each text is a message of the item, in the facet that the docstrings name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SCORES: Final = ("zero", "one", "two", "three")
"""What a score from 0 to 3 is called in facets."""


@dataclass(frozen=True, slots=True)
class ExerciseRole:
    """A seat at the table: ``role.<id>.name``, ``.brief`` for everybody, ``.secret`` for who holds it alone.

    ``system`` is whose law holds for it; one that ``must`` be filled is there in the smallest group as well.
    """

    id: str
    seats: int
    system: str | None
    must: bool


@dataclass(frozen=True, slots=True)
class Inject:
    """A message that reaches the table at minute ``at``: ``inject.<id>.title`` and ``.text``.

    ``to`` are the roles that see it, none for all.

    For the controller alone: ``.key.<k>``, the decisions wanted, ``.prompt`` where nobody moves, and each wrong turn's
    ``.turn.<t>.when``; its ``.then`` is shown to the players once it happens.
    """

    id: str
    at: int
    to: tuple[str, ...]
    key: tuple[str, ...]
    turns: tuple[str, ...]
    has_prompt: bool


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise of an item: ``aim``, ``intro``, and by id ``rule.<r>``, ``prepare.<p>``, ``distress.<d>``, ``wash.<q>``,
    ``system.<s>.name`` and ``.text``, ``anchor.<a>.title`` with a text for each of ``SCORES``, ``fail.<f>.text`` and ``.kindly``.
    """

    minutes: int
    least: int
    most: int
    rules: tuple[str, ...]
    prepare: tuple[str, ...]
    systems: tuple[str, ...]
    roles: tuple[ExerciseRole, ...]
    injects: tuple[Inject, ...]
    anchors: tuple[str, ...]
    fails: tuple[str, ...]
    distress: tuple[str, ...]
    wash: tuple[str, ...]
    fixes: int

    def role(self, identity: str) -> ExerciseRole | None:
        """The role of that id."""
        return next((role for role in self.roles if role.id == identity), None)
