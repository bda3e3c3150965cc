"""The checks of one translated message: what blocks it, and what a reviewer should look at."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from coplearn.i18n.inline_marks import link_targets, mark_counts, paragraphs, plain_text
from coplearn.i18n import hazards
from coplearn.kernel.text import N_

_TAG: Final = re.compile(r"<[A-Za-z/!?]|&lt;[a-z/]", re.IGNORECASE)
_SCRIPT: Final = re.compile(r"(?:javascript|vbscript)\s*:", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d+(?:[.,\u066b\u066c\u00a0\u202f']\d+)*")


class Check(ABC):
    """One rule for a translation. ``E`` blocks the message (the source is shown), ``W`` is for a reviewer to see."""

    id: ClassVar[str]
    severity: ClassVar[Literal["E", "W"]]
    message: ClassVar[str]

    @abstractmethod
    def is_broken(self, source: str, target: str) -> bool:
        """Whether ``target`` breaks the rule as a translation of ``source``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that a message does not pass."""

    check: str
    severity: Literal["E", "W"]
    message: str


class Length(Check):
    """A text that never ends would keep the site busy; no language needs so much more room."""

    id = "length"
    severity = "E"
    message = N_("The translation is far too long.")

    def is_broken(self, source: str, target: str) -> bool:
        return len(target) > 400 + 6 * len(source)


class Placeholders(Check):
    """Values are filled in by name, so each name must still be there."""

    id = "placeholders"
    severity = "E"
    message = N_("The places in curly or round brackets must stay exactly as they are in the source.")

    def is_broken(self, source: str, target: str) -> bool:
        return hazards.placeholders(source) != hazards.placeholders(target)


class Links(Check):
    """A translation can lead nowhere the source does not lead."""

    id = "links"
    severity = "E"
    message = N_("The links must lead to the same places as in the source.")

    def is_broken(self, source: str, target: str) -> bool:
        return Counter(link_targets(source)) != Counter(link_targets(target))


class Blocks(Check):
    """The page's structure is the source's."""

    id = "blocks"
    severity = "E"
    message = N_("Keep the same number of paragraphs as the source.")

    def is_broken(self, source: str, target: str) -> bool:
        return len(paragraphs(source)) != len(paragraphs(target))


class Html(Check):
    """Tags would be shown as text; nobody needs them."""

    id = "html"
    severity = "E"
    message = N_("Take out the HTML tags and script addresses.")

    def is_broken(self, source: str, target: str) -> bool:
        return any(len(rule.findall(target)) > len(rule.findall(source)) for rule in (_TAG, _SCRIPT))


class Overrides(Check):
    """They can make a text read as another one (CVE-2021-42574)."""

    id = "bidi-override"
    severity = "E"
    message = N_("Take out the hidden characters that force the direction of the text.")

    def is_broken(self, source: str, target: str) -> bool:
        return hazards.has_override(target)


class Isolates(Check):
    """An open isolate would swallow what follows it."""

    id = "bidi-isolate"
    severity = "E"
    message = N_("A hidden direction mark is opened and not closed.")

    def is_broken(self, source: str, target: str) -> bool:
        return not hazards.isolates_balanced(target)


class Controls(Check):
    """Invisible characters that no language needs."""

    id = "control"
    severity = "E"
    message = N_("Take out the hidden control characters.")

    def is_broken(self, source: str, target: str) -> bool:
        return hazards.has_control(target)


class Blank(Check):
    """Spaces are no translation."""

    id = "blank"
    severity = "E"
    message = N_("There are only spaces here.")

    def is_broken(self, source: str, target: str) -> bool:
        return not any(unicodedata.category(char)[0] in "LNPS" for char in target)


class Same(Check):
    """Often forgotten, sometimes right."""

    id = "same"
    severity = "W"
    message = N_("The translation is the same as the source.")

    def is_broken(self, source: str, target: str) -> bool:
        return source.strip() == target.strip() and sum(char.isalpha() for char in source) > 3


class Numbers(Check):
    """A wrong number is a wrong fact."""

    id = "numbers"
    severity = "W"
    message = N_("The numbers differ from those in the source.")

    def is_broken(self, source: str, target: str) -> bool:
        return _numbers(source) != _numbers(target)


class Marks(Check):
    """Strong words guide a reader who only looks over the page."""

    id = "marks"
    severity = "W"
    message = N_("The number of strong or emphasised words differs from the source.")

    def is_broken(self, source: str, target: str) -> bool:
        return mark_counts(source) != mark_counts(target)


CHECKS: Final[tuple[Check, ...]] = (
    Length(),
    Placeholders(),
    Links(),
    Blocks(),
    Html(),
    Overrides(),
    Isolates(),
    Controls(),
    Blank(),
    Same(),
    Numbers(),
    Marks(),
)


def _numbers(text: str) -> Counter[str]:
    found = _NUMBER.findall(plain_text(text))
    return Counter("".join(str(unicodedata.digit(char)) for char in number if char.isdigit()) for number in found)


def findings(source: str, target: str) -> list[Finding]:
    """Every check that ``target`` does not pass as a translation of ``source``."""
    # An endless text is not looked at any further: the other checks would parse it.
    checks = CHECKS[:1] if CHECKS[0].is_broken(source, target) else CHECKS
    return [Finding(check.id, check.severity, check.message) for check in checks if check.is_broken(source, target)]


def is_blocked(source: str, target: str) -> bool:
    """Whether a check of severity E keeps ``target`` from being shown."""
    return any(check.severity == "E" and check.is_broken(source, target) for check in CHECKS)
