"""Phone numbers in a course's text: a stale one does harm, so helplines are data of the site and never prose."""

from __future__ import annotations

import re
from typing import Final

_GAP: Final = "[ \u00a0\u202f]"
_RUN: Final = re.compile(r"(?<![\w.,/-])\+?\(?\d(?:[\d() .\u00a0\u202f\u2011\u2013/-]*\d)?(?!\w)")
_NO_NUMBERS: Final = re.compile(
    r"ISBN(?:-1[03])?:?\s*[\dXx \u2010-\u2013-]+"  # a book
    r"|\b10\.\d{4,9}/\S+"  # a document's identifier (DOI)
    r"|\b(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}\b|\b\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d\d\b"  # a day
    r"|\b(?:19|20)\d\d\s?[-/\u2013]\s?(?:(?:19|20)\d\d|\d\d)\b"  # years
    r"|(?<![\d.])\d+\.\d+(?![\d.]|\s\d)",  # a fraction
    re.IGNORECASE,
)
_THOUSANDS: Final = re.compile(rf"[1-9]\d{{0,2}}(?:{_GAP}\d{{3}})+")
# Toll-free and harmonised prefixes: written in groups of three they look like a count of thousands.
_TOLL_FREE: Final = re.compile(rf"(?:800|808|900|116){_GAP}\d{{3}}(?:{_GAP}\d{{3}})?")
_HARMONISED: Final = re.compile(r"116[ .\u00a0-]?(?!000)\d{3}")
_CALL: Final = re.compile(r"\b(?:call|calling|phone|dial|ring|tel|telephone|whatsapp|hotline|helpline)\b\W{0,3}$", re.I)


def phone_numbers(text: str) -> list[str]:
    """Return what looks like a phone number in a plain text, as it stands there.

    Seven or more digits in the forms that people write, ``116 111`` and its kin, and four or more after a word such as
    "call". Days, years, fractions, counts in thousands and ISBNs are none.
    """
    cleared = _NO_NUMBERS.sub(lambda found: ";" * len(found[0]), text)
    return [found[0].strip() for found in _RUN.finditer(cleared) if _is_phone(found[0], cleared[: found.start()])]


def _is_phone(run: str, before: str) -> bool:
    digits = sum(char.isdigit() for char in run)
    if digits >= 4 and _CALL.search(before[-20:]):
        return True
    if _HARMONISED.fullmatch(run):
        return True
    if _THOUSANDS.fullmatch(run):
        return bool(_TOLL_FREE.fullmatch(run)) and not run.endswith("000")
    return digits >= 7
