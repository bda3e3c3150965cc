"""Words and turns of phrase that a language does not use so: a table for each language, filled by readers of our texts."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Final

from coplearn.i18n.checks.base import Hit, PairCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

TABLES: Final = Path(__file__).with_name("wording")
_HEAD: Final = ["words", "better", "reason", "level", "source"]
_LEVELS: Final = ("always", "look")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LETTER: Final = r"[\w\u064b-\u0652]"
"""Signs that a word is made of; Arabic vowels are no letters to the regular expressions of Python."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A row: ``words`` that are not said so, what is said instead, and why.

    An ``always`` one is wrong wherever it stands; of the others somebody has to look. ``source`` limits the row to
    translations of texts that have those words.
    """

    words: str
    better: str
    reason: str
    is_always: bool
    pattern: re.Pattern[str]
    source: re.Pattern[str] | None
    pieces: tuple[str, ...]
    """The longest plain part of each of the words, in small letters: a text without any need not be searched."""


def read_wordings(path: Path) -> tuple[Wording, ...]:
    """The rows of the table at ``path``; none where there is no file.

    In ``words`` and ``source`` a ``*`` stands for letters of a word and ``|`` for "or"; case does not count. Raises
    ValueError for a row that cannot be meant.
    """
    if not path.is_file():
        return ()
    rows = csv.reader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    if next(rows, None) != _HEAD:
        raise ValueError(f"{path.name}: the first line must name the columns {', '.join(_HEAD)}")
    found: list[Wording] = []
    for number, row in enumerate(rows, 2):
        words, better, reason, level, source = (row + [""] * 5)[:5]
        if len(row) not in (4, 5) or not (words and better and reason) or level not in _LEVELS:
            raise ValueError(f"{path.name}:{number}: needs words, better ones, a reason, and always or look")
        meant = _compiled(source) if source else None
        found.append(Wording(words, better, reason, level == "always", _compiled(words), meant, _pieces(words)))
    return tuple(found)


def _compiled(words: str) -> re.Pattern[str]:
    return re.compile("|".join(_one(part.strip()) for part in words.split("|")), re.IGNORECASE)


def _pieces(words: str) -> tuple[str, ...]:
    parts = (re.split(r"[\s*'\u2019]+", part.strip().lower()) for part in words.split("|"))
    return tuple(max(part, key=len) for part in parts)


def _one(words: str) -> str:
    escaped = r"\s+".join(re.escape(word) for word in words.split()).replace("'", "['\u2019]")
    if _HAN.search(words):
        return escaped.replace(r"\*", r"[^\s。，；：？！]{0,60}")
    begin = "" if words[0] == "*" else rf"(?<!{_LETTER})"
    return rf"{begin}{escaped.replace(chr(92) + '*', _LETTER + '*')}(?!{_LETTER})"


@lru_cache(maxsize=64)
def _table(language: str, *, is_always: bool) -> tuple[Wording, ...]:
    return tuple(row for row in read_wordings(TABLES / f"{language}.tsv") if row.is_always == is_always)


class _Worded(PairCheck):
    message = N_("Not “%(words)s”, but “%(better)s”: %(reason)s.")
    is_always: ClassVar[bool]

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The first row that the text meets, where the source has the row's words if it names any."""
        text = target.masked.lower()
        for row in _table(subject.locale.split("_")[0], is_always=self.is_always):
            if not any(piece in text for piece in row.pieces):
                continue
            found = row.pattern.search(target.masked)
            if found is not None and (row.source is None or row.source.search(source.masked)):
                return Hit(found.span(), params={"words": found[0], "better": row.better, "reason": row.reason})
        return None


class WrongWording(_Worded):
    """A turn of phrase carried over from English: understood, and not believed."""

    id = "wording"
    severity = "W"
    is_always = True


class DoubtfulWording(_Worded):
    """Right in some sentences, and mostly not in ours."""

    id = "wording-doubtful"
    severity = "I"
    is_always = False


class BareVerb(PairCheck):
    """Report what? Block whom? English may leave it unsaid."""

    id = "bare-verb"
    severity = "I"
    message = N_("Say what or whom after “%(words)s”: here this language does not leave it out.")
    languages: ClassVar = frozenset({"es", "fr", "ru"})
    patterns: ClassVar = {
        # A short list that is right nearly always, and not a grammar.
        "es": re.compile(r"(?<!\w)(?<!lo )(?<!la )(?:bloquee|bloqueen|denuncien)(?=\s*(?:[.;:?!»]|$))", re.IGNORECASE),
        "fr": re.compile(
            r"(?<!\w)(?<!\bles )(?<!\ble )(?<!\bla )(?:(?:signalez|bloquez)(?=\s*(?:[.;?!»]|$)|\s+(?:puis|et)\s)"
            r"|(?:signalez-vous|enfants remarquent|questions qui ouvrent)(?=\s*(?:[.,;:?!»]|$)))",
            re.IGNORECASE,
        ),
        "ru": re.compile(
            r"(?<!\w)(?:заблокируйте|пожалуйтесь)(?=\s*(?:[.;:?!»]|$)|\s+(?:и|затем|потом)\s)", re.IGNORECASE
        ),
    }

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """A verb of the short list before the end of its sentence or the next verb."""
        found = self.patterns[subject.locale.split("_")[0]].search(target.masked)
        return Hit(found.span(), params={"words": found[0].strip()}) if found else None
