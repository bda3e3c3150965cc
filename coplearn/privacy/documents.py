"""The record of processing as an accessible PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from coplearn.i18n.paper import clean, common, typeset


@dataclass(frozen=True, slots=True)
class ProcessingRecord:
    """Everything that the paper says; every text is in its language already."""

    title: str
    facts: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]], ...]
    """(purpose, (name, value) pairs, names of columns)."""
    columns_word: str
    notes_title: str
    notes: tuple[str, ...]
    language: str
    direction: Literal["ltr", "rtl"]
    made: date


def record_pdf(record: ProcessingRecord) -> bytes:
    """The record as PDF/UA-1 on A4, the same bytes for the same record. Raises PaperError when a font is missing."""
    words: dict[str, object] = {
        "title": clean(record.title),
        "facts": [[clean(name), clean(value)] for name, value in record.facts],
        "groups": [
            {
                "title": clean(title),
                "lines": [[clean(name), clean(value)] for name, value in lines],
                "columns": list(columns),
            }
            for title, lines, columns in record.groups
        ],
        "columns_word": clean(record.columns_word),
        "notes_title": clean(record.notes_title),
        "notes": [clean(note) for note in record.notes],
    }
    words |= common(language=record.language, direction=record.direction, title=record.title, made=record.made)
    return typeset(_template(), words, record.made)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("coplearn.privacy").joinpath("templates/record.typ").read_bytes()
