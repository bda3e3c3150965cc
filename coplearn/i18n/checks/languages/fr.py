"""French."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from coplearn.i18n.checks.base import PatternCheck
from coplearn.kernel.text import N_

_FR: Final = frozenset({"fr"})
_THIN: Final = "\u202f"
_WIDE: Final = "\u00a0"


class FrSpacing(PatternCheck):
    """Without it the sign may begin the next line alone."""

    id = "fr-spacing"
    severity = "W"
    message = N_("In French, a space that does not break stands before ; : ! ? » and after «.")
    languages: ClassVar = _FR
    fixes = True
    pattern = re.compile(
        r"(?<=[\w)»”%\u2019.…*])( ?)([;!?»]|:(?!//))(?=[\s)»”*_!?.,]|$)"
        r"|(?<=[\w)»”%\u2019.…*])( )([;!?»:])"
        r"|«(?![\u00a0\u202f])( ?)"
    )

    @staticmethod
    def repair(found: re.Match[str]) -> str:
        """A narrow space before ; ! ?, a full one before : and inside the quotation marks."""
        sign = found[2] or found[4]
        if sign is None:
            return f"«{_WIDE}"
        return f"{_WIDE if sign in ':»' else _THIN}{sign}"


class FrApostrophe(PatternCheck):
    """The house writes the curved one."""

    id = "fr-apostrophe"
    severity = "I"
    message = N_("Write the curved apostrophe (’).")
    languages: ClassVar = _FR
    fixes = True
    pattern = re.compile(r"(?<=[A-Za-zÀ-ÿ])'(?=[A-Za-zÀ-ÿ«*])")
    repair = "\u2019"


class FrCapitalAccent(PatternCheck):
    """Capitals keep their accents."""

    id = "fr-capital-accent"
    severity = "I"
    message = N_("Does this capital letter need an accent (À, É)?")
    languages: ClassVar = _FR
    pattern = re.compile(
        r"(?:^|(?<=[.!?] ))(?:A(?= (?:la|l|quel|qui|quoi|partir|côté|propos|chaque|un|une|cet|cette|votre)\b)"
        r"|E(?=(?:tre|tat|cole|cran|coute|crire|cri|loign|vit|tape|ditions?|galement|teign)))",
        re.MULTILINE,
    )
