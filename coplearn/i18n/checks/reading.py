"""A text as the checks read it: without its marks, with its machine parts covered, with its numbers in one script."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from coplearn.i18n import inline_marks

T = TypeVar("T")

COVER: Final = "\ufffc"
"""Stands for each character of a part that no rule of language may touch."""

_MACHINE: Final = re.compile(
    r"`[^`\n]*`|(?<=\])\([^()\s]*\)|%\([A-Za-z_]\w*\)[a-z]?|\{\{[^{}]*\}\}|\{[A-Za-z_]\w*\}"
    r"|https?://[^\s<>()]+|<[A-Za-z/!?][^<>]*>|&#?\w{1,31};"
    r"|(?<![\w.+-])[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
)
_MACHINE_PLAIN: Final = re.compile(_MACHINE.pattern.replace(r"`[^`\n]*`|(?<=\])\([^()\s]*\)|", ""))
_NUMBER: Final = re.compile(r"\d+(?:[.,\u066b\u066c\u00a0\u202f'\u2019]\d+)*")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_NONE: Final[Counter[str]] = Counter()
_DIGIT: Final = re.compile(r"\d")
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)


class _once(Generic[T]):  # noqa: N801 - a decorator, as property is one
    """functools.cached_property without its lock, which costs more than most of what is worked out here."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self._name = work.__name__
        self.__doc__ = work.__doc__

    def __get__(self, holder: Any, owner: object = None) -> T:
        found = self._work(holder)
        holder.__dict__[self._name] = found
        return found


class CheckedText:
    """One text. Everything is worked out when it is first asked for, and kept."""

    def __init__(self, raw: str, *, is_markdown: bool) -> None:
        self.raw = raw
        self.is_markdown = is_markdown

    @_once
    def plain(self) -> str:
        """The words without Markdown's marks."""
        return inline_marks.plain_text(self.raw) if self.is_markdown else self.raw

    @_once
    def masked(self) -> str:
        """A text as long as this one, with code, link targets, named places, tags and addresses covered."""
        pattern = _MACHINE if self.is_markdown else _MACHINE_PLAIN
        return pattern.sub(lambda found: COVER * len(found[0]), self.raw)

    @_once
    def has_digits(self) -> bool:
        """Whether there is a digit of any script; most texts have none, and no rule about numbers need look at them."""
        return _DIGIT.search(self.raw) is not None

    @_once
    def has_hidden(self) -> bool:
        """Whether there is any character that nobody sees: a control, a direction mark, something of no width."""
        return _HIDDEN.search(self.raw) is not None

    @_once
    def numbers(self) -> Counter[str]:
        """Each number's digits, in ASCII, without grouping."""
        if not self.has_digits:
            return _NONE
        found = _NUMBER.findall(self.plain)
        return Counter("".join(ascii_digits(char) for char in number if char.isdecimal()) for number in found)

    @_once
    def digits(self) -> str:
        """The plain words with every decimal digit in ASCII."""
        return self.plain if self.plain.isascii() else ascii_digits(self.plain)

    @_once
    def words(self) -> tuple[str, ...]:
        """The words in small letters, machine parts left out."""
        return tuple(_WORD.findall(self.masked.lower()))

    @_once
    def letters(self) -> int:
        """The number of letters outside machine parts."""
        return sum(map(str.isalpha, self.masked))

    @_once
    def links(self) -> list[tuple[str, str]]:
        """Words and target of each link."""
        return inline_marks.links(self.raw) if self.is_markdown else []

    @_once
    def marks(self) -> tuple[int, int]:
        """The numbers of strong and of emphasised runs."""
        return inline_marks.mark_counts(self.raw) if self.is_markdown else (0, 0)

    @_once
    def code(self) -> Counter[str]:
        """The code spans."""
        return Counter(inline_marks.code_spans(self.raw)) if self.is_markdown and "`" in self.raw else _NONE

    @_once
    def paragraphs(self) -> list[str]:
        """The text cut at blank lines."""
        return inline_marks.paragraphs(self.raw)

    def mended(self, pattern: re.Pattern[str], repair: str | Callable[[re.Match[str]], str] | None) -> str:
        """The text with each match of ``pattern`` in :attr:`masked` replaced; machine parts are never touched."""
        parts: list[str] = []
        end = 0
        for found in pattern.finditer(self.masked):
            new = repair(found) if callable(repair) else found.expand(repair or "")
            parts += [self.raw[end : found.start()], new]
            end = found.end()
        parts.append(self.raw[end:])
        return "".join(parts)


def ascii_digits(text: str) -> str:
    """The text with every decimal digit of any script as 0 to 9."""
    return "".join(char if char.isascii() or not char.isdecimal() else str(unicodedata.decimal(char)) for char in text)


def width(text: str) -> int:
    """Columns: wide characters (Han, full-width) count twice, marks that stand on a letter not at all."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
