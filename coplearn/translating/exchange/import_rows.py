"""The contents of a file from outside: rows to look at, and faults with their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from coplearn.kernel.text import Phrase

BASE_HEADER: Final = "X-Coplearn-Base"
XLIFF: Final = "urn:oasis:names:tc:xliff:document:1.2"
CSV_COLUMNS: Final = ("context", "source", "plural", "previous source", "state", "note")
MAX_BYTES: Final = 8_000_000
MAX_ENTRIES: Final = 50_000


@dataclass(frozen=True, slots=True)
class FileFault:
    """A reason for a refusal; ``line`` counts from 1 (0: the file as a whole), ``context`` is the message's, if any."""

    line: int
    reason: Phrase
    context: str = ""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A translation as a file has it. ``based_on`` is the source text that its author saw beside it."""

    line: int
    context: str
    text: str
    plural: str
    forms: tuple[str, ...]
    based_on: str
    fuzzy: bool = False
    lazy: bool = False
    """Whether the tool leaves the state as it was written: then a changed text counts as finished."""
    key: str = ""
    """The message's key, where the file names it instead of the context and text."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file as read. ``base`` is the edit that its download named; None when it does not say."""

    domain: str
    base: int | None
    rows: tuple[FileRow, ...]
    faults: tuple[FileFault, ...]
    notes: tuple[Phrase, ...] = ()
    """What was mended on the way, for the report."""


def refused(domain: str, line: int, text: str, **params: object) -> ParsedFile:
    """A file of which nothing is taken, and why."""
    return ParsedFile(domain, None, (), (FileFault(line, Phrase(text, params)),))
