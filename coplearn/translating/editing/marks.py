"""Marks that a translator has to see in a text: placeables, hidden characters, what changed, and keys for signs no keyboard has."""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, Literal

from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_

MOST_TOKENS: Final = 2_000
"""Longer texts are compared as a whole; no block of a course is so long."""
EXAMPLES: Final = 4
_COUNTED_TO: Final = 200

PieceKind = Literal["text", "place", "sign", "break"]
ChangeKind = Literal["same", "gone", "new"]

# A link with its words, a place that is filled in, code: what has to stand in the translation as it is here.
_PLACEABLE: Final = re.compile(
    r"\[[^\[\]]*\]\([^()\s]+\)|%\([A-Za-z_][A-Za-z0-9_]*\)[a-z]?|\{\{[^{}]*\}\}|\{[a-z_]+\}|`[^`\n]+`|https?://[^\s<>)\]]+"
)
_TOKEN: Final = re.compile(r"\s+|[\u3400-\u9fff\uf900-\ufaff]|\w+|[^\w\s]")

SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "\u00a0": ("⍽", N_("No-break space")),
    "\u202f": ("⍽", N_("Narrow no-break space")),
    "\u200b": ("∅", N_("Zero-width space")),
    "\u200c": ("∅", N_("Zero-width non-joiner")),
    "\u200d": ("∅", N_("Zero-width joiner")),
    "\u200e": ("→", N_("Left-to-right mark")),
    "\u200f": ("←", N_("Right-to-left mark")),
    "\u061c": ("←", N_("Arabic letter mark")),
    "\u2066": ("[→", N_("Begin left to right")),
    "\u2067": ("[←", N_("Begin right to left")),
    "\u2068": ("[?", N_("Begin in its own direction")),
    "\u2069": ("]", N_("End of the isolated part")),
    "\u00ad": ("-", N_("Soft hyphen")),
    "\u2011": ("-", N_("No-break hyphen")),
}
"""Signs that cannot be seen: how they are shown, and what they are called."""

NAMES: Final[Mapping[str, str]] = {
    "«": N_("Opening quotation mark"),
    "»": N_("Closing quotation mark"),
    "“": N_("Opening quotation mark"),
    "”": N_("Closing quotation mark"),
    "„": N_("Low opening quotation mark"),
    "‘": N_("Opening inner quotation mark"),
    "’": N_("Apostrophe, closing inner quotation mark"),
    "–": N_("Dash"),
    "—": N_("Long dash"),
    "…": N_("Three dots"),
    "¿": N_("Opening question mark"),
    "¡": N_("Opening exclamation mark"),
    "՞": N_("Armenian question mark"),
    "՜": N_("Armenian exclamation mark"),
    "՛": N_("Armenian emphasis mark"),
    "՝": N_("Armenian comma of breath"),
    "։": N_("Armenian full stop"),
    "،": N_("Arabic comma"),
    "؛": N_("Arabic semicolon"),
    "؟": N_("Arabic question mark"),
    "，": N_("Chinese comma"),
    "。": N_("Chinese full stop"),
    "、": N_("Chinese list comma"),
    "；": N_("Chinese semicolon"),
    "：": N_("Chinese colon"),
    "？": N_("Chinese question mark"),
    "！": N_("Chinese exclamation mark"),
    "《": N_("Opening title mark"),
    "》": N_("Closing title mark"),
    "É": N_("Capital E with acute"),
    "À": N_("Capital A with grave"),
    "Ç": N_("Capital C with cedilla"),
    "œ": N_("Ligature oe"),
}

_LATIN: Final = "“”‘’–…"
_KEYS: Final[Mapping[str, str]] = {
    "ar": "«»“”،؛؟…–\u2066\u2067\u2069\u00a0",
    "zh": "“”‘’，。、；：？！《》…—\u00a0",
    "fr": "«»“”’…–\u00a0\u202fÉÀÇœ",
    "ru": "«»„“—…\u00a0\u2011",
    "es": "«»“”¿¡—…\u00a0",
    "hy": "«»“”՞՜՛՝։–…\u00a0",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: plain, a placeable, a hidden sign (``shown`` with its ``name``, a msgid) or a line end."""

    kind: PieceKind
    text: str
    shown: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A run of words: in both texts, only in the old one, or only in the new one."""

    kind: ChangeKind
    text: str


@dataclass(frozen=True, slots=True)
class Key:
    """A sign to press: what it inserts, how it is shown and what it is called (a msgid; empty for a sign that says it)."""

    inserts: str
    shown: str
    name: str


def pieces(text: str) -> list[Piece]:
    """The text cut so that nothing in it stays unseen; joined, the parts' ``text`` is the text."""
    found: list[Piece] = []
    at = 0
    for match in _PLACEABLE.finditer(text):
        found += _plain(text[at : match.start()])
        found.append(Piece("place", match[0], match[0]))
        at = match.end()
    return found + list(_plain(text[at:]))


def _plain(text: str) -> Iterator[Piece]:
    run: list[str] = []
    for char in text:
        piece = _sign(char)
        if piece is None:
            run.append(char)
            continue
        if run:
            yield Piece("text", "".join(run))
            run = []
        yield piece
    if run:
        yield Piece("text", "".join(run))


def _sign(char: str) -> Piece | None:
    if char == "\n":
        return Piece("break", char, "↵", N_("Line end"))
    if char in SIGNS:
        return Piece("sign", char, *SIGNS[char])
    if unicodedata.category(char) in {"Cf", "Cc"} and char != "\t":
        return Piece("sign", char, f"U+{ord(char):04X}", N_("Hidden character"))
    return None


def placeables(text: str) -> list[str]:
    """The parts that have to stand in every translation, in order, each once."""
    return list(dict.fromkeys(match[0] for match in _PLACEABLE.finditer(text)))


def word_changes(old: str, new: str) -> list[Change]:
    """The differences of ``new`` from ``old``, in words; Han characters one by one. Joined without the gone, it is ``new``."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(before), len(after)) > MOST_TOKENS:
        return [Change("gone", old), Change("new", new)] if old != new else [Change("same", new)]
    changes: list[Change] = []
    for is_same, gone, added in _runs(before, after):
        if is_same:
            changes.append(Change("same", added))
            continue
        if gone:
            changes.append(Change("gone", gone))
        if added:
            changes.append(Change("new", added))
    return changes


def _runs(before: Sequence[str], after: Sequence[str]) -> list[tuple[bool, str, str]]:
    """Whether a stretch is the same, its old text and its new; words that changed in a row are one stretch."""
    runs: list[tuple[bool, str, str]] = []
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for number, (kind, a, b, c, d) in enumerate(steps):
        gone, added = "".join(before[a:b]), "".join(after[c:d])
        # A space between two changes would only tear a sentence into "not done failed nothing".
        is_same = kind == "equal" and (added.strip() != "" or not 0 < number < len(steps) - 1)
        if runs and not is_same and not runs[-1][0]:
            runs[-1] = (False, runs[-1][1] + gone, runs[-1][2] + added)
        else:
            runs.append((is_same, gone, added))
    return runs


def keys_of(locale: Locale) -> list[Key]:
    """The signs a translator into that language needs and may not find on a keyboard."""
    language = locale.bcp47.partition("-")[0]
    signs = _KEYS.get(language, _LATIN + "".join(quote.strip() for quote in locale.quotes))
    if locale.dir == "rtl" and language not in _KEYS:
        signs += "\u2066\u2067\u2069"
    return [_key(sign) for sign in dict.fromkeys(signs)]


def _key(sign: str) -> Key:
    shown, name = SIGNS.get(sign, (sign, NAMES.get(sign, "")))
    return Key(sign, shown, name)


@lru_cache(maxsize=64)
def plural_examples(plural: str, nplurals: int) -> tuple[tuple[int, ...], ...]:
    """The first numbers of each form of the registry's formula; a form without any has none here."""
    formula = gettext.c2py(plural.partition(" plural=")[2].rstrip("; "))
    found: list[list[int]] = [[] for _ in range(nplurals)]
    for number in range(_COUNTED_TO):
        form = found[formula(number)]
        if len(form) < EXAMPLES:
            form.append(number)
    return tuple(tuple(form) for form in found)


def sample_number(examples: Sequence[int]) -> int:
    """The number that shows a form at work: not 0 where there is another."""
    return next((number for number in examples if number), examples[0] if examples else 0)
