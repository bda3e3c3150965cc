"""The operator's settings, for whoever may see but not change them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from coplearn.privacy.rules import NOT_SECRET, setting_text
from coplearn.settings import Settings


@dataclass(frozen=True, slots=True)
class OperatorsLine:
    """A setting that the operator gave, by the name of its variable."""

    variable: str
    value: str | None
    """None for what may be secret."""


def operators_lines(settings: Settings) -> list[OperatorsLine]:
    """Everything that is not as it comes, in the order of the manual."""
    given = [one.name for one in fields(settings) if getattr(settings, one.name) != one.default]
    return [
        OperatorsLine(f"COPLEARN_{name.upper()}", setting_text(getattr(settings, name)) if name in NOT_SECRET else None)
        for name in given
    ]
