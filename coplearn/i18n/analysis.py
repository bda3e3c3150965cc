"""The analyser: how a text and a search are cut into words and brought to what both have in common, for both kinds of database.

A word becomes one or two *tokens*: its stem as it is written, and the stem of what is left without its accents, so that who
types none finds it as well. Arabic loses its vowel signs, its tatweel and the differences of alef, ya and ta marbuta; Han is
cut into pairs of neighbours. A token begins with its language, because the same letters are another word elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

VERSION: Final = 1
"""Raised when the analyser cuts otherwise: an index that an older one made is made anew."""
LONGEST_WORD: Final = 40
"""Letters of a word that count; what is longer is no word of a language."""
_STEMMERS: Final = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
"""The stemmers of snowball by language; a language without one is searched by whole words."""
_SAME: Final[dict[str, dict[str, str]]] = {
    "en": {"children": "child", "kid": "child", "men": "man", "women": "woman"},
    "ru": {"ребенок": "дет", "ребенк": "дет", "ребят": "дет"},
    "es": {"hij": "nin"},
    "ar": {
        "اطفال": "طفل",
        "اولاد": "ولد",
        "ابناء": "ابن",
        "بنات": "بنت",
        "صور": "صوره",
        "رسائل": "رساله",
        "مخاطر": "خطر",
        "اخطار": "خطر",
        "العاب": "لعب",
        "هواتف": "هاتف",
        "غرباء": "غريب",
    },
}
"""Stems of one word whose forms have not the beginning in common, as a stemmer has it."""
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_IS_HAN: Final = re.compile(f"[{_HAN}]")
_LETTERS: Final = str.maketrans(
    {
        "\u0623": "\u0627",
        "\u0625": "\u0627",
        "\u0622": "\u0627",
        "\u0671": "\u0627",
        "\u0649": "\u064a",
        "\u0629": "\u0647",
        "\u0624": "\u0648",
        "\u0626": "\u064a",
        "\u0640": "",
        "ё": "е",
        "և": "եւ",
        "œ": "oe",
        "æ": "ae",
        "ß": "ss",
        "ı": "i",
    }
)
_ARABIC_MARKS: Final = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands, as it is shown when somebody is asked whether they meant it, and its tokens."""

    start: int
    end: int
    plain: str
    tokens: tuple[str, ...]


def words(text: str, locale: str) -> list[Word]:
    """The words of a text in that locale's code, in their order; Han gives a word for each pair of neighbours."""
    return list(_words(text, locale))


def searched(text: str, locale: str) -> list[Word]:
    """The words of a search: of a run of Han signs the pairs alone, which say more than their signs."""
    language = _language(locale)
    found = [word for word in _words(text, locale) if len(word.plain) > 1 or _IS_HAN.match(word.plain)]
    kept: list[Word] = []
    for at, word in enumerate(found):
        if not _IS_HAN.match(word.plain):
            kept.append(word)
        elif len(word.plain) == 2:
            kept.append(Word(word.start, word.end, word.plain, (f"{language}_{word.plain}",)))
        elif at == 0 or found[at - 1].end != word.end or len(found[at - 1].plain) != 2:
            kept.append(word)
    return kept


def tokens(text: str, locale: str) -> list[str]:
    """The tokens of a text, in their order."""
    return [token for word in _words(text, locale) for token in word.tokens]


def _words(text: str, locale: str) -> Iterator[Word]:
    for match in _pattern().finditer(text):
        start, found = match.start(), match.group()
        if _IS_HAN.match(found):
            yield from _pairs(start, found, locale)
        else:
            plain, made = analysed(found[:LONGEST_WORD], locale)
            if plain:
                yield Word(start, match.end(), plain, made)


def _pairs(start: int, run: str, locale: str) -> Iterator[Word]:
    """One sign alone is a token too, for who searches for it; a text holds both."""
    language = _language(locale)
    modern = unicodedata.normalize("NFKC", run)
    if len(modern) != len(run):  # offsets must hold
        modern = run
    for at, sign in enumerate(modern):
        pair = modern[at : at + 2]
        both = (f"{language}_{pair}", f"{language}_{sign}") if len(pair) == 2 else (f"{language}_{sign}",)
        yield Word(start + at, start + at + len(pair), pair, both)


@lru_cache(maxsize=65_536)
def analysed(word: str, locale: str) -> tuple[str, tuple[str, ...]]:
    """A word as everybody may type it, and its tokens."""
    language = _language(locale)
    written = unicodedata.normalize("NFKC", word).casefold()
    written = _ARABIC_MARKS.sub("", written)
    plain = folded(written)
    same = _SAME.get(language, {})
    stems = dict.fromkeys(folded(_stem(one, language)) for one in (written.replace("ё", "е"), plain))
    stems = dict.fromkeys(same.get(stem, stem) for stem in stems)
    return plain, tuple(f"{language}_{stem}" for stem in stems if stem)


def folded(word: str) -> str:
    """The word without accents and other differences that people do not type."""
    if word.isascii():
        return word
    word = _ARABIC_MARKS.sub("", word)
    bare: list[str] = []
    for sign in unicodedata.normalize("NFC", word).translate(_LETTERS):
        apart = unicodedata.normalize("NFD", sign)
        # A Cyrillic й or an Indian vowel is a letter of its own; an accent on a Latin or Greek one is not.
        bare.append(apart[0] if len(apart) > 1 and apart[0] < "\u0400" else sign)
    return "".join(one for one in bare if not "\u0300" <= one <= "\u036f")


def _language(locale: str) -> str:
    return locale.partition("_")[0].partition("-")[0].lower()


def _stem(word: str, language: str) -> str:
    name = _STEMMERS.get(language)
    if name is None or len(word) <= 2:
        return word
    # Loaded by the first search or the first index, and not with the site. One a call, which takes two microseconds: it keeps
    # the word in hand, and threads would mix theirs.
    from Stemmer import Stemmer

    return str(Stemmer(name, 0).stemWord(word))


@cache
def _pattern() -> re.Pattern[str]:
    """A run of Han signs, or one of letters, digits and the marks that stand on them."""
    marks = "".join(chr(code) for code in range(0x300, 0x1000) if unicodedata.category(chr(code)) in {"Mn", "Mc"})
    letter = f"(?:(?![{_HAN}])[^\\W_]|[{re.escape(marks)}\u0640])"
    return re.compile(f"[{_HAN}]+|{letter}+")
