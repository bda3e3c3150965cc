"""The order of names in a list, as the readers of a language expect it: Unicode's order of code points is nobody's alphabet."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

_KEPT: Final = {"es": "ñ", "ru": "й"}
"""Letters of their own, by language: they stand behind the letter that they look like."""
_BEHIND: Final = "\U0010ffff"


def sort_key(text: str, language: str) -> tuple[object, ...]:
    """A key to sort names by in a language (``fr`` or ``zh_Hans_CN``): without accents and case, in Chinese by pinyin."""
    base = language.partition("_")[0]
    if base == "zh":
        # The first plane of GB 2312, and so of its successors, is in the order of pinyin.
        return (text.encode("gb18030"),)
    kept = _KEPT.get(base, "")
    letters = "".join(_letter(char, kept) for char in unicodedata.normalize("NFC", text.casefold()))
    return ("".join(char for char in letters if char.isalnum() or char in f" {_BEHIND}"), text)


@lru_cache(maxsize=4096)
def _letter(char: str, kept: str) -> str:
    plain = "".join(part for part in unicodedata.normalize("NFD", char) if not unicodedata.combining(part))
    return plain + _BEHIND if char in kept and kept else plain
