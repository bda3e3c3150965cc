"""The word "one" in a plural form that is said of other numbers too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from coplearn.i18n import hazards
from coplearn.i18n.checks.base import Check, Finding, Hit, Subject
from coplearn.kernel.text import N_

_ONE: Final = {
    # The word for one, and the forms (from 0) that stand for other numbers as well or only.
    "ar": (r"(?:و|ف|ب|ل)?(?:ال)?واحد(?:ة|اً|ًا)?", (0, 2, 3, 4, 5)),
    "es": (r"un[oa]?", (1,)),
    "fr": (r"une?", (0, 1)),
    "hy": (r"մեկ(?:ը|ի|ին|ով)?", (0, 1)),
    "zh": (r"一(?=[个条份次项位名封天周])", (0,)),
}


class PluralOne(Check):
    """A form that is shown for 0 or 21 as well cannot say "one"."""

    id = "plural-one"
    severity = "W"
    message = N_("This form is shown for other numbers too, so it cannot say “%(word)s”: write the number's place.")
    languages: ClassVar = frozenset(_ONE)
    patterns: ClassVar = {
        language: re.compile(word if language == "zh" else rf"(?<!\w){word}(?!\w)", re.IGNORECASE)
        for language, (word, _) in _ONE.items()
    }

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """The word for one where the other forms have the number's place and this form has not."""
        language = subject.locale.split("_")[0]
        if not subject.plural:
            return
        places = set().union(*(hazards.placeholders(text) for text in subject.sources))
        for number in _ONE[language][1]:
            form = subject.forms[number] if number < len(subject.forms) else ""
            found = self.patterns[language].search(form)
            if found is not None and places - set(hazards.placeholders(form)):
                yield self.finding_of(Hit(found.span(), params={"word": found[0]}), subject, number)
