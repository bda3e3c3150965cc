"""Armenian."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from coplearn.i18n.checks.base import Hit, PairCheck, PatternCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

_HY: Final = frozenset({"hy"})
_LETTER: Final = "\u0531-\u0556\u0561-\u0587"


class HyFullStop(PatternCheck):
    """The Armenian full stop only looks like a colon."""

    id = "hy-full-stop"
    severity = "W"
    message = N_("At the end of an Armenian sentence, write ։ and not a colon.")
    languages: ClassVar = _HY
    fixes = True
    pattern = re.compile(f"(?<=[{_LETTER}»)]):(?=\\s|$|[»”*_])")
    repair = "։"

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Unless the source has a colon, which Armenian writes otherwise."""
        return None if ":" in source.masked else super().hit(source, target, subject)


class HyQuestion(PatternCheck):
    """The mark stands on the word that asks."""

    id = "hy-question"
    severity = "W"
    message = N_("Write ՞ or ՜ on the word that asks or calls, not ? or ! at the end.")
    languages: ClassVar = _HY
    pattern = re.compile(f"(?<=[{_LETTER}»)])[?!]")


class HyEw(PairCheck):
    """«և» or «եւ»: but one way."""

    id = "hy-ew"
    severity = "W"
    message = N_("Both և and եւ stand in this text.")
    languages: ClassVar = _HY

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Both spellings of the same letter."""
        return Hit() if "և" in target.raw and "եւ" in target.raw else None


class HyQuotes(PatternCheck):
    """Armenian has marks of its own."""

    id = "hy-quotes"
    severity = "I"
    message = N_("Round Armenian words, write « and ».")
    languages: ClassVar = _HY
    fixes = True
    pattern = re.compile(f'["“]([{_LETTER}][^"“”«»\\n]{{0,400}})["”]')
    repair = r"«\1»"
