"""Two made-up languages that show what a translation would break: one accented and long, one from right to left.

They follow the pseudo-locales of Unicode TR35 (``en-XA`` and ``en-XB``): every translated text stands between
``[!!`` and ``!!]`` and is about a third longer, so text without the marks was never given to a translator, a
sentence made of pieces shows its seams, and a box too small for a longer language overflows.
"""

from __future__ import annotations

import re
from gettext import NullTranslations
from typing import Final

OPENING: Final = "[!!"
CLOSING: Final = "!!]"
_LETTERS: Final = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "åƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ",
)
# What no translator may change: named places, link targets, code, entities.
_KEPT: Final = re.compile(r"%\(\w+\)[sd]|%%|\{\{[^}]*\}\}|\]\([^)]*\)|`[^`]*`|&\w+;")
_PARAGRAPHS: Final = re.compile(r"(\n[ \t]*\n\s*)")
_MORE: Final = " one two three four five six seven eight nine ten"


def pseudo(text: str) -> str:
    """``text`` accented, a third longer and between marks, a paragraph at a time; empty text stays empty."""
    parts = _PARAGRAPHS.split(text)
    return "".join(_paragraph(part) if index % 2 == 0 and part.strip() else part for index, part in enumerate(parts))


def _paragraph(text: str) -> str:
    accented: list[str] = []
    end = 0
    for kept in _KEPT.finditer(text):
        accented += [text[end : kept.start()].translate(_LETTERS), kept[0]]
        end = kept.end()
    accented.append(text[end:].translate(_LETTERS))
    wanted = max(1, round(len(text) * 0.35))
    padding = (_MORE * (wanted // len(_MORE) + 1))[:wanted].rstrip()
    return f"{OPENING} {''.join(accented)}{padding} {CLOSING}"


class PseudoTranslations(NullTranslations):
    """The interface in a pseudo-language."""

    def gettext(self, message: str) -> str:
        """Every sentence, marked."""
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """A counted sentence by English's rule, marked."""
        return pseudo(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        """A sentence with its context, marked."""
        return pseudo(message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        """A counted sentence with its context, marked."""
        return pseudo(msgid1 if n == 1 else msgid2)
