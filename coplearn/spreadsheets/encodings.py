"""The encoding of a text file: what decodes strictly and reads like the languages of the cohort."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

ENCODINGS: Final[Mapping[str, str]] = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1256": "Windows-1256",
    "cp1251": "Windows-1251",
    "cp1252": "Windows-1252",
    "gb18030": "GB 18030",
}
"""Python's name and the one that people know."""

_LANGUAGES: Final[Mapping[str, frozenset[str]]] = {
    "cp1256": frozenset({"ar", "fa", "ur"}),
    "cp1251": frozenset({"ru", "uk", "be", "bg", "kk", "ky", "mk", "mn", "sr", "tg"}),
    "cp1252": frozenset({"fr", "es", "pt", "it", "de", "en", "nl", "sv", "da", "no", "fi"}),
    "gb18030": frozenset({"zh"}),
}
_SCRIPT: Final[Mapping[str, str]] = {"cp1256": "ARABIC", "cp1251": "CYRILLIC", "cp1252": "LATIN", "gb18030": "CJK"}
_SAMPLE: Final = 1 << 18
_LIKELY: Final = 0.25
"""What a cohort's language weighs: enough to decide between two that read equally well, not to overrule a clear one."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_MARKS: Final = frozenset("«»“”„‘’–—…•№°،؛؟·¿¡ºª、。，；：？！（）《》\u00a0\u3000\u200c\u200e\u200f")


def guess_encoding(path: Path, languages: Iterable[str]) -> str:
    """Python's name of the encoding. ``languages`` are codes of locales. Raises Refused when it is no text at all."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in sample:
        return _wide(sample)
    if decodes(path, "utf-8-sig"):
        return "utf-8-sig"
    bases = {code.partition("_")[0] for code in languages}
    scores = {encoding: _score(sample, encoding, bases) for encoding in _LANGUAGES}
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] > float("-inf") else "cp1252"


def _wide(sample: bytes) -> str:
    """UTF-16 without its mark: ASCII in it shows which half is empty."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 8 < len(sample) // 2:
        raise Refused(N_("This is not a table. Save the list as CSV or as an Excel workbook (.xlsx)."))
    return "utf-16-be" if even > odd else "utf-16-le"


def decodes(path: Path, encoding: str) -> bool:
    """Whether the whole file can be read in that encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        try:
            for piece in iter(lambda: file.read(1 << 20), b""):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _score(sample: bytes, encoding: str, bases: set[str]) -> float:
    """The share of what is not ASCII that makes words of the encoding's own script; less than nothing when it does not decode."""
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeError:
        return float("-inf")
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    strange = sum(1 for letter in text if letter > "\x7f" and not letter.isalnum() and letter not in _MARKS)
    good = sum(len(word) for word in words if _reads(word, encoding))
    total = sum(map(len, words)) + 2 * strange
    return (good / total if total else 0.0) + (_LIKELY if bases & _LANGUAGES[encoding] else 0.0)


def _reads(word: str, encoding: str) -> bool:
    script = _SCRIPT[encoding]
    if script == "CJK":
        return _usual_han(word)
    if any(not unicodedata.name(letter, "").startswith(script) for letter in word):
        return False
    if script == "LATIN":
        # Words of Latin languages are mostly plain letters; another script's bytes are hardly ever.
        plain = sum(letter.isascii() for letter in word)
        if plain * 2 < len(word) and len(word) > 2:
            return False
    return script == "ARABIC" or word in (word.lower(), word.upper(), word.capitalize())


def _usual_han(word: str) -> bool:
    """Whether most of it is in the first level of GB 2312, which nine in ten letters of names and words are."""
    usual = 0
    for letter in word:
        raw = letter.encode("gb18030", "replace")
        usual += letter.isascii() or (len(raw) == 2 and 0xB0 <= raw[0] <= 0xD7 and raw[1] >= 0xA1)
    return usual * 3 >= len(word) * 2
