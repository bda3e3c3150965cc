"""Codes that people type from a wall, a card or a screen: no letter that is read as another, in one spelling however typed."""

from __future__ import annotations

import math
import secrets
import unicodedata
from collections.abc import Collection
from typing import Final

CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No letter that is read as another."""


def new_code(length: int) -> str:
    """A fresh code; each letter holds almost five random bits."""
    # So many more bits than letters that no letter is likelier; one by one they would cost a large roster seconds.
    number, letters = secrets.randbits(128), ""
    for _ in range(length):
        number, place = divmod(number, len(CODE_LETTERS))
        letters += CODE_LETTERS[place]
    return letters


def code_typed(text: str, lengths: Collection[int]) -> str:
    """A code as it was typed or scanned, in its one spelling; "" for what cannot be one of those lengths."""
    spelled = latin_digits(unicodedata.normalize("NFKC", text[:200])).upper()
    code = "".join(letter for letter in spelled if letter.isalnum())
    return code if len(code) in lengths and set(code) <= set(CODE_LETTERS) else ""


def chance_per_year(
    letters: int, length: int, *, valid: int, tries: int, seconds: int, addresses: int = 1, hours: int = 8_760
) -> float:
    """The chance that somebody who guesses for a year, as fast as the limit lets each of their addresses, hits anything.

    ``valid`` codes are good at any moment, among ``letters`` to the power of ``length``; ``hours`` are those of the year in
    which they can be tried.

    >>> round(chance_per_year(10, 6, valid=1, tries=1, seconds=3_600), 4)
    0.0087
    """
    guesses = tries * hours * 3_600 / seconds * addresses
    return -math.expm1(guesses * math.log1p(-valid / letters**length))


def spaced(code: str) -> str:
    """The code in two halves, as a person reads it out."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"


def latin_digits(text: str) -> str:
    """The same with 0 to 9 for the digits of every script."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(letter)) if letter.isdecimal() else letter for letter in text)
