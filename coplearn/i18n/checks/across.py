"""Checks of many texts together: one thing said in two ways, two things said in one, a number nobody counts."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from typing import Final

import polib

from coplearn.i18n import po
from coplearn.i18n.checks.base import Finding, Kind, Severity
from coplearn.kernel.text import N_, Phrase

TOGETHER_CHECKS: Final[dict[str, tuple[Severity, str]]] = {
    "inconsistent-across": ("W", N_("In %(place)s the same source is translated in another way: %(other)s.")),
    "one-for-two": (
        "W",
        N_("On the same page this is also the translation of “%(other)s”: nobody can tell them apart."),
    ),
    "uncounted": (
        "W",
        N_("“%(words)s” has a number and no plural forms: it is wrong of 1, and in many languages of others."),
    ),
}
"""Severity and words of the rules, by id, as :data:`coplearn.i18n.checks.files.FILE_CHECKS` has them."""
_SENTENCE: Final = 4
_LABEL: Final = 8
_ALIKE: Final = 0.5
_WORD: Final = re.compile(r"[a-z0-9']+")
_EMPTY: Final = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "it",
        "its",
        "at",
        "of",
        "to",
        "in",
        "on",
        "is",
        "are",
        "be",
        "my",
        "your",
        "our",
        "and",
        "or",
    ]
)
_COUNTED: Final = re.compile(
    r"%\((?:num|count|number|n|total|days?|hours|minutes|months|weeks|times|left|seats|items|people|files|lines|steps)\)s"
    r" (?:[a-z]+ )?(?!has\b|was\b|is\b|this\b)(?:[a-z]{3,}[^su\W]s|people|children)\b"
)
_LIMIT: Final = re.compile(
    r"\b(?:at most|at least|no more than|more than|longer than|within|under|up to) (?:[a-z]+ ){0,2}%|the most there can be"
)


def across_findings(catalogs: Sequence[tuple[str, Iterable[polib.POEntry]]]) -> list[tuple[str, int, str, Finding]]:
    """The sentences that two catalogs of one language translate in two ways: name of the catalog, line, message, finding.

    The first catalog to have a sentence is right. Labels may change with their place: what has under four words is left alone.
    """
    first: dict[str, tuple[str, str]] = {}
    found: list[tuple[str, int, str, Finding]] = []
    for name, entries in catalogs:
        for entry in entries:
            if entry.obsolete or entry.fuzzy or not entry.msgstr or len(entry.msgid.split()) < _SENTENCE:
                continue
            place, text = first.setdefault(entry.msgid, (name, entry.msgstr))
            if place != name and text != entry.msgstr:
                finding = _finding("inconsistent-across", place=place, other=text)
                found.append((name, entry.linenum or 0, entry.msgctxt or entry.msgid, finding))
    return found


def one_for_two(entries: Iterable[polib.POEntry], kind: Kind) -> list[tuple[int, str, Finding]]:
    """The short texts of one page, lesson or question that read like another's, whose source says something else."""
    seen: dict[Hashable, tuple[str, frozenset[str]]] = {}
    found: list[tuple[int, str, Finding]] = []
    for entry in entries:
        if entry.obsolete or entry.fuzzy or not entry.msgstr or len(entry.msgid.split()) > _LABEL:
            continue
        reads = "".join(filter(str.isalnum, entry.msgstr.casefold()))
        says = _sense(entry.msgid)
        for page in _pages(entry, kind) if reads and says else ():
            other, before = seen.setdefault((page, reads), (entry.msgid, says))
            if before != says and len(before & says) <= _ALIKE * len(before | says):
                message = entry.msgctxt or entry.msgid
                found.append((entry.linenum or 0, message, _finding("one-for-two", other=other)))
                break
    return found


def _pages(entry: polib.POEntry, kind: Kind) -> Iterable[str]:
    """The places where a text is seen: the page or module that asks for it, or the item of a course."""
    if kind == "course":
        return ((entry.msgctxt or "").partition("#")[0],)
    return (path for path, _ in entry.occurrences)


def _sense(text: str) -> frozenset[str]:
    """The words that carry the meaning, one and many alike."""
    return frozenset(word.rstrip("s") for word in _WORD.findall(text.lower()) if word not in _EMPTY)


def uncounted(templates: Iterable[po.Template]) -> list[tuple[str, Finding]]:
    """The sentences of the interface in which a number stands before a plural, and the plural is the only form there is.

    A limit ("at most %(count)s characters") is a number that the program knows beforehand.
    """
    found: list[tuple[str, Finding]] = []
    for template in templates:
        words = _COUNTED.search(template.text) if not template.plural else None
        if words is not None and not _LIMIT.search(template.text):
            found.append((template.text, _finding("uncounted", words=words[0])))
    return found


def _finding(check: str, **params: object) -> Finding:
    severity, message = TOGETHER_CHECKS[check]
    return Finding(check, severity, Phrase(message, params))
