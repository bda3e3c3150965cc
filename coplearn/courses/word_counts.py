"""Words of a text, counted as a reader meets them, and the time they take."""

from __future__ import annotations

import math
import re
from typing import Final

from coplearn.i18n.inline_marks import plain_text

_WORD: Final = re.compile(r"[^\W_]+(?:[-'\u2019.,][^\W_]+)*")
_CHARACTER: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_CHARACTERS_A_WORD: Final = 1.7
"""Chinese is read at about so many characters in the time of an English word."""


def words_in(text: str) -> int:
    """The words of a text with inline Markdown; what is written without spaces counts by its characters."""
    plain = plain_text(text)
    characters = len(_CHARACTER.findall(plain))
    return len(_WORD.findall(_CHARACTER.sub(" ", plain))) + math.ceil(characters / _CHARACTERS_A_WORD)


def signs_in(text: str) -> int:
    """The Chinese and Japanese signs of a text with inline Markdown, by which such a text is measured."""
    return len(_CHARACTER.findall(plain_text(text)))
