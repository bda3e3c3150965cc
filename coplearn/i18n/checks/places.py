"""The places of a text that are filled in when it is shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from coplearn.i18n import hazards
from coplearn.i18n.checks.base import Check, Finding, Hit, PairCheck, Subject, first_span
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

_TYPE: Final = re.compile(r"(%\([^()]*\))[a-z]?")
_POSITIONAL: Final = re.compile(r"%[sd]|\{\d?\}")


def _names(text: str) -> Counter[str]:
    if "%" not in text and "{" not in text:
        return Counter()
    return Counter(_TYPE.sub(r"\1", place) for place in hazards.placeholders(text).elements())


class Placeholders(Check):
    """Values are filled in by name, so each name must still be there."""

    id = "placeholders"
    severity = "E"
    message = N_("The places in curly or round brackets must stay exactly as they are in the source.")
    dismissable = False

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """A plural form may leave its number out ("one book"), but none may ask for a value that is not given."""
        if not any(sign in text for text in (*subject.sources, *subject.forms) for sign in "%{}"):
            return
        wanted = [_names(source) for source in subject.sources]
        most = wanted[0] | wanted[-1]
        braces = any(brace in source for source in subject.sources for brace in "{}")
        for number, form in enumerate(subject.forms):
            if not form:
                continue
            found = _names(form)
            wrong = bool(found - most) if subject.plural else found != most
            stray = braces and all(_braces(form) != _braces(source) for source in subject.sources)
            if wrong or stray:
                yield self.finding_of(Hit(first_span(form, list(found - most))), subject, number)


def _braces(text: str) -> tuple[int, int]:
    bare = hazards.without_placeholders(text)
    return bare.count("{"), bare.count("}")


class PlaceTypes(PairCheck):
    """``%(number)s`` and ``%(number)d`` are not the same to the program."""

    id = "place-type"
    severity = "E"
    message = N_("The letter after a place in round brackets must stay as it is in the source.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same names, another letter after one."""
        if "%(" not in target.raw:
            return None
        found, wanted = hazards.placeholders(target.raw), hazards.placeholders(source.raw)
        if found == wanted or _names(target.raw) - _names(source.raw):
            return None
        other = list(found - wanted)
        return Hit(first_span(target.raw, other)) if other else None


class BarePercent(PairCheck):
    """A single percent sign breaks a text in which values are filled in."""

    id = "bare-percent"
    severity = "E"
    message = N_("In a text with places to fill in, write a percent sign twice: %%.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Only where the program fills in values; elsewhere a percent sign is one."""
        if not any("%(" in text for text in subject.sources):
            return None
        return Hit() if hazards.bare_percents(target.raw) > hazards.bare_percents(source.raw) else None


class Positional(PairCheck):
    """Two nameless places cannot change their order, so no other language can use them well."""

    id = "positional"
    severity = "W"
    message = N_("The source has places without names: tell its author, they cannot be put in another order.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """A fault of the source that the translator feels."""
        if subject.kind == "course" or ("%" not in source.raw and "{" not in source.raw):
            return None
        return Hit() if len(_POSITIONAL.findall(source.raw)) > 1 else None
