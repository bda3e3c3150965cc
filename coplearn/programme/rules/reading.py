"""Numbers and dates as people write them: read exactly, or refused with a sentence that says what to write instead."""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import Final

from coplearn.kernel.short_codes import latin_digits
from coplearn.kernel.text import N_, Phrase
from coplearn.programme.rules.words import Qualifier

_SIGNS: Final = {
    ">": Qualifier.MORE_THAN,
    "+": Qualifier.MORE_THAN,
    "~": Qualifier.ABOUT,
    "≈": Qualifier.ABOUT,
    "≤": Qualifier.UP_TO,
    "<=": Qualifier.UP_TO,
}
_NUMBER: Final = re.compile(
    r"(?P<before>>|~|≈|≤|<=)?\s*"
    r"(?P<digits>[1-9]\d{0,2}(?P<apart>[ \u00a0\u202f,.'\u2019\u066c])\d{3}(?:(?P=apart)\d{3})*|\d+)"
    r"\s*(?P<after>\+)?"
)
_ANY_DIGITS: Final = re.compile(r"\d+")
_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TIME: Final = re.compile(r"(?<=\d)[T ]\d{1,2}:\d{2}.*\Z")
"""The hour that a spreadsheet writes behind a day."""
_LOCAL_DAY: Final = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_MONTH: Final = re.compile(r"(\d{4})-(\d{1,2})|(\d{1,2})[./](\d{4})")


class UnreadableText(ValueError):
    """A text that cannot be read; ``phrase`` says what to write instead."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.text)
        self.phrase = phrase


def read_number(text: str) -> tuple[int, Qualifier]:
    """A number of people or things, with a sign before it such as "> 40" or "~40". Raises UnreadableText."""
    typed = latin_digits(text.strip())
    match = _NUMBER.fullmatch(typed)
    if match is None:
        digits = _ANY_DIGITS.findall(typed)
        if len(digits) == 1:
            sentence = N_(
                "There are words beside the number. Write %(number)s alone, or >%(number)s, ~%(number)s or ≤%(number)s."
            )
            raise UnreadableText(Phrase(sentence, {"number": digits[0]}))
        raise UnreadableText(Phrase(N_("This is not a number. Write digits alone, such as 120, or leave it empty.")))
    digits_only = re.sub(r"\D", "", match["digits"])
    if len(digits_only) > 9:
        raise UnreadableText(Phrase(N_("This number is too large.")))
    return int(digits_only), _SIGNS.get(match["before"] or match["after"] or "", Qualifier.EXACT)


def read_day(text: str, *, last: bool = False) -> date:
    """A day (2025-03-14, 14.03.2025 or 14/03/2025), or the first or last day of a month (2025-03, 03.2025).

    Raises UnreadableText.
    """
    typed = _TIME.sub("", latin_digits(text.strip()))
    try:
        if match := _DAY.fullmatch(typed):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _LOCAL_DAY.fullmatch(typed):
            return date(int(match[3]), int(match[2]), int(match[1]))
        if match := _MONTH.fullmatch(typed):
            year, month = (int(match[1]), int(match[2])) if match[1] else (int(match[4]), int(match[3]))
            first = date(year, month, 1)
            return _month_end(first) if last else first
    except ValueError:
        pass
    raise UnreadableText(
        Phrase(N_("This is not a date. Write it as year, month, day, such as 2025-03-14, or as 2025-03."))
    )


def is_month(text: str) -> bool:
    """Whether a text names a month and no day."""
    return _MONTH.fullmatch(latin_digits(text.strip())) is not None


def _month_end(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])
