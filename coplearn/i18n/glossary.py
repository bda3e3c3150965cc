"""The terms of the field in one language: which words stand for them, and which must never be used."""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_NO_SPACES: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_QUOTED: Final = re.compile(r"«[^«»]*»|“[^“”]*”|„[^„“]*“|\"[^\"]*\"|《[^《》]*》")
_ENDING: Final = 6
"""Letters that a word may have after its stem: the endings of inflected languages."""
_PREFIX: Final = 3
"""Letters that an Arabic word may have before its stem: and, the, with, for."""
_GAP: Final = 3
"""Words that may stand between the words of a term: articles, possessives."""
_QUOTES: Final = re.compile('[«“„"《]')
_SPECIAL: Final = re.compile("[\u064b-\u0670\u0640\u0622-\u0649ёև]")
_ARABIC: Final = str.maketrans("\u0623\u0625\u0622\u0649\u0629", "\u0627\u0627\u0627\u064a\u0647")


@dataclass(frozen=True, slots=True)
class Term:
    """One row: any of ``targets`` may stand for ``source``; none of ``forbidden`` may stand anywhere."""

    source: str
    targets: tuple[str, ...]
    note: str = ""
    forbidden: tuple[str, ...] = ()


class Glossary:
    """The terms of one language, ready to be looked up in many texts."""

    def __init__(self, terms: Iterable[Term], locale: str) -> None:
        self.terms = tuple(terms)
        self._locale = locale
        self._sources = [(term, _stems(term.source, "en")) for term in self.terms if term.targets]
        self._targets = {term: [_stems(form, locale) for form in term.targets] for term in self.terms}
        self._first: dict[str, list[tuple[Term, tuple[str, ...]]]] = {}
        for term, stems in self._sources:
            if stems:
                self._first.setdefault(stems[0][:4], []).append((term, stems))
        self._telling = [
            (term, form, stems, _NO_SPACES.search(stems[0]) is not None, _meant(self.terms, form))
            for term in self.terms
            for form, stems in zip(term.targets, self._targets[term], strict=True)
            if len(stems) > 1 or (_NO_SPACES.search(form) and len(_flat(form)) > 3)
        ]
        self._forbidden = [(form, _stems(form, locale, whole=True)) for term in self.terms for form in term.forbidden]

    def in_source(self, source: str) -> Iterator[Term]:
        """The terms that the English text speaks of; of two where one is part of the other, the longer."""
        words = _words(source, "en")
        found: list[tuple[Term, int, int]] = []
        for at, word in enumerate(words):
            for term, stems in self._first.get(word[:4], ()):
                if _stands_at(words, at, stems):
                    found.append((term, at, at + len(stems)))
        for term, start, end in found:
            if not any(s <= start and end <= e and (s, e) != (start, end) for _, s, e in found):
                yield term

    def missing(self, source: str, target: str) -> list[Term]:
        """The terms of ``source`` for which none of the agreed words stands in ``target``."""
        wanted = list(dict.fromkeys(self.in_source(source)))
        if not wanted:
            return []
        words, joined = _words(target, self._locale), _joined(target, self._locale)
        return [
            term
            for term in wanted
            if not any(_found(target, words, joined, stems, self._locale) for stems in self._targets[term])
        ]

    def stray(self, source: str, target: str) -> tuple[Term, str] | None:
        """The first term that ``target`` uses and ``source`` does not speak of, with the form that stands there.

        Only forms of several words (or of four signs, without spaces) are looked for: one word is often an everyday one too.
        """
        words, joined = _words(target, self._locale), _joined(target, self._locale)
        english, flat = f" {_joined(source, 'en')}", _flat(target)
        for term, form, stems, is_run, meant in self._telling:
            # Asked of each text for hundreds of terms, of which nearly none is in it.
            if stems[0] not in (flat if is_run else joined):
                continue
            if _found(target, words, joined, stems, self._locale, gap=1) and not any(
                f" {one}" in english for one in meant
            ):
                return term, form
        return None

    def forbidden(self, target: str) -> str | None:
        """The first form in ``target`` that must not be used; what stands in quotation marks is a title or a quotation."""
        if not self._forbidden:
            return None
        unquoted = _QUOTED.sub(" ", target) if _QUOTES.search(target) else target
        words, joined = _words(unquoted, self._locale), _joined(unquoted, self._locale)
        for form, stems in self._forbidden:
            if _found(unquoted, words, joined, stems, self._locale, gap=0):
                return form
        return None


def _meant(terms: Iterable[Term], form: str) -> tuple[str, ...]:
    """The beginnings of the words that carry the meaning of the terms that ``form`` may stand for, and their initials."""
    alike = [term for term in terms if any(form in one or one in form for one in term.targets)]
    words = [_words(term.source, "en") for term in alike]
    begun = {word[:5] for source in words for word in source if len(word) > 2 and word not in ("and", "for", "with")}
    return tuple(begun | {"".join(word[0] for word in source) for source in words if len(source) > 2})


def read_glossary(path: Path, locale: str) -> Glossary | None:
    """The glossary in the file at ``path`` (source, forms, note, forbidden forms; ``|`` between forms); None without one.

    Raises ValueError for a row without a source, or with more than four fields.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    rows = csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    terms: list[Term] = []
    for number, row in enumerate(rows, 1):
        if number == 1 or not row or row[0].startswith("#"):
            continue
        if len(row) > 4 or not row[0].strip():
            raise ValueError(f"{path.name}:{number}: a term needs a source and at most three more fields")
        source, targets, note, forbidden = (row + ["", "", ""])[:4]
        terms.append(Term(source.strip(), _forms(targets), note.strip(), _forms(forbidden)))
    return Glossary(terms, locale)


class Glossaries:
    """The glossaries under ``home``, read again when a file changes; one that cannot be read counts as none."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._held: dict[str, tuple[int, Glossary | None]] = {}
        self._digests: dict[str, tuple[int, str]] = {}

    def stamp(self, locale: str) -> int:
        """Changes when the locale's file does; 0 without one."""
        try:
            return glossary_path(self._home, locale).stat().st_mtime_ns
        except OSError:
            return 0

    def digest(self, locale: str) -> str:
        """The digest of the locale's file; empty without one."""
        stamp = self.stamp(locale)
        held = self._digests.get(locale)
        if held is None or held[0] != stamp:
            raw = glossary_path(self._home, locale).read_bytes() if stamp else b""
            held = self._digests[locale] = (stamp, hashlib.sha256(raw).hexdigest()[:16] if raw else "")
        return held[1]

    def of(self, locale: str) -> Glossary | None:
        """The terms of that locale's code, or None."""
        path, stamp = glossary_path(self._home, locale), self.stamp(locale)
        if not stamp:
            return None
        held = self._held.get(locale)
        if held is None or held[0] != stamp:
            try:
                held = (stamp, read_glossary(path, locale))
            except ValueError:
                held = (stamp, None)
            self._held[locale] = held
        return held[1]


def glossary_path(home: Path, locale: str) -> Path:
    """The file of a language's glossary."""
    return home / "translations" / locale / "glossary.tsv"


def _forms(text: str) -> tuple[str, ...]:
    return tuple(form.strip() for form in text.split("|") if form.strip())


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).lower()
    if _SPECIAL.search(text) is None:
        return text
    text = text.replace("ё", "е").replace("և", "եւ")
    text = "".join(char for char in text if not "\u064b" <= char <= "\u0670" and char != "\u0640")
    return text.translate(_ARABIC)


@lru_cache(maxsize=8192)
def _joined(text: str, locale: str) -> str:
    """The words in one string: a search through all of it is far quicker than one in each word."""
    return " ".join(_words(text, locale))


def _flat(text: str) -> str:
    return _folded(text).replace(" ", "")


@lru_cache(maxsize=8192)
def _words(text: str, locale: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_folded(text)))


def _stems(term: str, locale: str, *, whole: bool = False) -> tuple[str, ...]:
    """The beginnings that a term's words keep through their endings; one run for a script without spaces."""
    if _NO_SPACES.search(term):
        return (_flat(term),)
    words = _words(term, locale)
    if not whole and locale not in ("en", "ar"):
        # Articles and prepositions change with the sentence; the words that carry the meaning stay.
        words = tuple(word for word in words if len(word) > 3) or words
    return tuple(_stem(word, locale) for word in words)


def _stem(word: str, locale: str) -> str:
    if locale == "en":
        return word[:-1] if len(word) > 4 and word[-1] in "sye" else word
    if len(word) <= 3:
        return word
    if locale == "ar":
        word = word.removeprefix("\u0627\u0644") if len(word) > 5 else word
        return word[:-1] if word[-1] in "\u0647\u064a" and len(word) > 3 else word
    cut = 1 if len(word) <= 5 else 2 if len(word) <= 8 else 3
    return word[: len(word) - cut]


def _found(
    text: str, words: tuple[str, ...], joined: str, stems: tuple[str, ...], locale: str, gap: int = _GAP
) -> bool:
    if len(stems) == 1 and _NO_SPACES.search(stems[0]):
        return stems[0] in _flat(text)
    # Most terms are in no text.
    if stems[0] not in joined:
        return False
    prefix = _PREFIX if locale == "ar" else 0
    return any(_follow(words, at, stems, prefix, gap) for at in range(len(words)))


def _follow(words: tuple[str, ...], at: int, stems: tuple[str, ...], prefix: int, gap: int) -> bool:
    """Whether the stems stand in the words in their order from ``at`` on, with few others between."""
    if not _fits(words[at], stems[0], prefix):
        return False
    for stem in stems[1:]:
        at = next((n for n in range(at + 1, min(at + 2 + gap, len(words))) if _fits(words[n], stem, prefix)), -1)
        if at < 0:
            return False
    return True


def _fits(word: str, stem: str, prefix: int) -> bool:
    if not prefix:
        return word.startswith(stem) and len(word) <= len(stem) + _ENDING
    at = word.find(stem, 0, len(stem) + prefix)
    return at >= 0 and len(word) <= at + len(stem) + _ENDING


def _stands_at(words: tuple[str, ...], at: int, stems: tuple[str, ...]) -> bool:
    return at + len(stems) <= len(words) and all(
        word.startswith(stem) and len(word) <= len(stem) + 3 for word, stem in zip(words[at:], stems, strict=False)
    )
