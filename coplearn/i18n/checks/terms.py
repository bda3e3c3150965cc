"""The words of the field."""

from __future__ import annotations

from coplearn.i18n.checks.base import Hit, PairCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_


class TermMissing(PairCheck):
    """One word for one thing, in every lesson."""

    id = "term"
    severity = "W"
    message = N_("The glossary has a word for \u201c%(term)s\u201d: %(words)s.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The first term of the source for which no agreed word stands in the translation."""
        if subject.glossary is None:
            return None
        missing = subject.glossary.missing(source.plain, target.plain)
        if not missing:
            return None
        return Hit(params={"term": missing[0].source, "words": " / ".join(missing[0].targets)})


class TermForbidden(PairCheck):
    """Some words hurt those they speak of, and are not used; a law's title may stand in quotation marks."""

    id = "forbidden-term"
    severity = "E"
    message = N_("Do not use \u201c%(words)s\u201d; the glossary says why, and what to write.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Any forbidden form outside quotation marks."""
        found = subject.glossary.forbidden(target.plain) if subject.glossary else None
        return Hit(params={"words": found}) if found else None


class TermStray(PairCheck):
    """A term of the field where the source has an everyday word promises more than was said."""

    id = "term-stray"
    severity = "W"
    message = N_("“%(words)s” is the glossary's word for “%(term)s”, of which the source does not speak.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The first agreed word for which no term of the source could stand."""
        found = subject.glossary.stray(source.plain, target.plain) if subject.glossary else None
        return Hit(params={"term": found[0].source, "words": found[1]}) if found else None
