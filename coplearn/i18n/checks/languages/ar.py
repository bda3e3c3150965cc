"""Arabic."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from coplearn.i18n.checks.base import Hit, PairCheck, PatternCheck, Subject
from coplearn.i18n.checks.reading import COVER, CheckedText
from coplearn.kernel.text import N_

_AR: Final = frozenset({"ar"})
_LETTER: Final = "\u0621-\u063a\u0641-\u064a"
_MARKS: Final = {",": "\u060c", ";": "\u061b", "?": "\u061f"}
_LTR_SIGNS: Final = re.compile(
    r"(?<![\w\u2066\u2068\u200e])[#@+][A-Za-z0-9]|[A-Za-z0-9][#+]{1,2}(?![\w\u2069\u200e+#])"
)


class ArPunctuation(PatternCheck):
    """A Latin comma leans the wrong way in an Arabic line."""

    id = "ar-punctuation"
    severity = "W"
    message = N_("After an Arabic word, write the Arabic comma, semicolon or question mark.")
    languages: ClassVar = _AR
    fixes = True
    pattern = re.compile(f"(?:(?<=[{_LETTER}\u064b-\u0652])|(?<=[{_LETTER}][*_])|(?<=[{_LETTER}][*_][*_]))[,;?]")

    @staticmethod
    def repair(found: re.Match[str]) -> str:
        """The Arabic sign."""
        return _MARKS[found[0]]


class ArTatweel(PatternCheck):
    """A stretched word is not found by any search."""

    id = "ar-tatweel"
    severity = "W"
    message = N_("Take out the stretching sign (tatweel).")
    languages: ClassVar = _AR
    fixes = True
    pattern = re.compile("\u0640")
    repair = ""


class ArDigits(PairCheck):
    """One text, one set of digits."""

    id = "ar-digits"
    severity = "W"
    message = N_("Two kinds of digits stand in this text; use 0 to 9.")
    languages: ClassVar = _AR

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Both 0-9 and Arabic-Indic digits outside machine parts."""
        digits = [char for char in target.masked if char.isdecimal()]
        return Hit() if len({char.isascii() for char in digits}) > 1 else None


class ArLtrRun(PairCheck):
    """The sign jumps to the other end of a Latin word inside an Arabic line."""

    id = "ar-ltr-run"
    severity = "W"
    message = N_("A Latin word with +, # or @ needs direction marks around it here (U+2068 and U+2069).")
    languages: ClassVar = _AR

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """A number or a name with such a sign at its edge."""
        found = _LTR_SIGNS.search(target.masked)
        return Hit(found.span()) if found and COVER not in found[0] else None


class ArHamza(PatternCheck):
    """Typed quickly, the hamza falls away."""

    id = "ar-hamza"
    severity = "I"
    message = N_("Look at the hamza in this word.")
    languages: ClassVar = _AR
    pattern = re.compile(
        r"(?<!\w)[\u0648\u0641]?(?:\u0627\u0644\u0649|\u0627\u0648|\u0627\u0646|\u0627\u0630\u0627|\u0627\u064a|\u0627\u0646\u0647|\u0627\u0646\u0647\u0627|\u0627\u0648\u0644|\u0627\u0630)(?!\w)"
    )
