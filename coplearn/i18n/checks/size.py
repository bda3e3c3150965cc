"""The length of a text."""

from __future__ import annotations

from typing import Final

from coplearn.i18n.checks.base import Hit, PairCheck, Subject
from coplearn.i18n.checks.reading import CheckedText, width
from coplearn.kernel.text import N_

MAX_INPUT: Final = 10_000
"""Characters of one text; anything longer is refused unread."""
MAX_MARKS: Final = 400
"""Brackets, stars and backticks of one text; more would only serve to keep a parser busy."""
_RATIOS: Final = {"zh": (0.15, 1.2)}
_RATIO: Final = (0.4, 2.5)
_LINE_FACETS: Final = frozenset({"title", "alt", "subject", "label", "left", "right", "cue"})
_SHORT: Final = 20
CUE: Final = "cue"
"""The facet of captions."""
_SPEED: Final = 17
_SPEEDS: Final = {"zh": 9}
"""Characters a second that are read below a picture."""


def is_too_much(source: str, target: str) -> bool:
    """Whether nobody should look any further: no language needs so much more room."""
    return len(target) > 400 + 6 * len(source) or _is_endless(target) or _is_endless(source)


def _is_endless(text: str) -> bool:
    # The source is bounded too: in a file from outside it is a previous text that anybody may have written.
    return len(text) > MAX_INPUT or (len(text) > MAX_MARKS and sum(map(text.count, "[]*_`<&")) > MAX_MARKS)


class MaxInput(PairCheck):
    """A text that never ends would keep the site busy. When this finds anything, no other check looks at the text."""

    id = "max-input"
    severity = "E"
    message = N_("The translation is far too long.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Over 10,000 characters, over six times the source, or hundreds of marks."""
        return Hit() if is_too_much(source.raw, target.raw) else None


class MaxLength(PairCheck):
    """A text longer than the room where it stands."""

    id = "max-length"
    severity = "E"
    message = N_("The text is %(length)s characters long; there is room for %(room)s.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Wide characters count twice."""
        if not subject.max_length or subject.facet == CUE:
            return None
        length = width(target.plain)
        return Hit(params={"length": length, "room": subject.max_length}) if length > subject.max_length else None


class ReadingSpeed(PairCheck):
    """A caption that goes before it is read helps nobody."""

    id = "reading-speed"
    severity = "W"
    message = N_("This caption has %(length)s characters, and in its time %(room)s can be read.")
    kinds = frozenset({"course"})

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The room of a caption is told for 17 characters a second; of Chinese 9 are read."""
        if not subject.max_length or subject.facet != CUE:
            return None
        room = max(1, subject.max_length * _SPEEDS.get(subject.locale.split("_")[0], _SPEED) // _SPEED)
        length = len(target.plain)
        return Hit(params={"length": length, "room": room}) if length > room else None


class MaxLines(PairCheck):
    """More lines than in the source push other things away."""

    id = "max-lines"
    severity = "W"
    message = N_("The translation has more lines than the source.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Counts line feeds in the text itself."""
        return Hit() if target.raw.strip().count("\n") > source.raw.strip().count("\n") else None


class TitleNewline(PairCheck):
    """A title stands on one line; a mail's subject with a line break is an attack."""

    id = "title-newline"
    severity = "E"
    message = N_("This text is a title: write it on one line.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Titles, labels and subjects."""
        at = target.raw.find("\n")
        if at < 0 or subject.facet not in _LINE_FACETS or "\n" in source.raw:
            return None
        return Hit((at, at + 1))


class LengthRatio(PairCheck):
    """Half a translation, or two, are seen by their length."""

    id = "length-ratio"
    severity = "W"
    message = N_("The translation is much shorter or much longer than the source: is it whole?")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Only of texts that are long enough to compare."""
        length = len(source.plain)
        if length < _SHORT:
            return None
        low, high = _RATIOS.get(subject.locale.split("_")[0], _RATIO)
        return None if low <= len(target.plain) / length <= high else Hit()
