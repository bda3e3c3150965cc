"""Checks for what may hide in a translation: characters nobody sees, and hosts that look like others."""

from __future__ import annotations

import re
from typing import Final

from coplearn.i18n import hazards
from coplearn.i18n.checks.base import Hit, PairCheck, PatternCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

_HOST: Final = re.compile(
    r"(?:https?:)?//([^\s/?#\"'<>()\[\]«»“”‘’„\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,253})", re.IGNORECASE
)
_ARABIC: Final = "\u0600-\u06ff\u0750-\u077f"


class Overrides(PairCheck):
    """Characters that can make a text read as another one (CVE-2021-42574)."""

    id = "bidi-override"
    severity = "E"
    message = N_("Take out the hidden characters that force the direction of the text.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Embeddings and overrides, U+202A to U+202E."""
        return Hit() if target.has_hidden and hazards.has_override(target.raw) else None


class Isolates(PairCheck):
    """An open isolate would swallow what follows it."""

    id = "bidi-isolate"
    severity = "E"
    message = N_("A hidden direction mark is opened and not closed.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """U+2066 to U+2068 need their U+2069 in the same line."""
        return Hit() if target.has_hidden and not hazards.isolates_balanced(target.raw) else None


class Controls(PairCheck):
    """Invisible characters that no language needs."""

    id = "control"
    severity = "E"
    message = N_("Take out the hidden control characters.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """C0 and C1 controls, line separators, tag characters, a byte order mark inside."""
        return Hit() if target.has_hidden and hazards.has_control(target.raw) else None


class LostCharacters(PairCheck):
    """A sign that nobody could keep: a NUL that was typed, or letters read in another encoding."""

    id = "lost-character"
    severity = "E"
    message = N_("A sign could not be kept: \ufffd stands in its place. Write what is meant, or take it out.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """U+FFFD, more often than in the source."""
        at = target.raw.find("\ufffd")
        return Hit((at, at + 1)) if at >= 0 and target.raw.count("\ufffd") > source.raw.count("\ufffd") else None


class LookAlikeHosts(PairCheck):
    """An address with other scripts' letters can pass for a known one."""

    id = "look-alike"
    severity = "E"
    message = N_("The address %(host)s could pass for another one.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """A host that is not in the source and has letters that are not ASCII, or is spelled in punycode."""
        if "//" not in target.raw:
            return None
        known = set(_HOST.findall(source.raw))
        for found in _HOST.finditer(target.raw):
            host = found[1]
            if host not in known and hazards.is_host(host) and (not host.isascii() or "xn--" in host.lower()):
                return Hit(found.span(1), params={"host": host})
        return None


class ZeroWidth(PatternCheck):
    """Characters that come along with copied text, and break searching and wrapping."""

    id = "zero-width"
    severity = "W"
    message = N_("There is an invisible character here.")
    fixes = True
    # Joiners belong between Arabic letters and inside some emoji.
    pattern = re.compile(
        "[\u200b\u2060-\u2064\u00ad\u180e]"
        f"|\u200c(?![{_ARABIC}])|(?<![{_ARABIC}])\u200c|(?<![{_ARABIC}\ufe0f\U0001f300-\U0001faff])\u200d"
    )
    repair = ""

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Zero-width spaces and joiners, soft hyphens."""
        return super().hit(source, target, subject) if target.has_hidden else None


class DirectionMarks(PatternCheck):
    """Only a right-to-left text needs them."""

    id = "direction-mark"
    severity = "W"
    message = N_("There is a hidden direction mark here; this language does not need one.")
    fixes = True
    pattern = re.compile("[\u200e\u200f\u061c]")
    repair = ""

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """LRM, RLM and ALM outside Arabic."""
        if not target.has_hidden or subject.locale.startswith("ar"):
            return None
        return super().hit(source, target, subject)
