"""The text as such: is it there, is it a translation, is it clean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from coplearn.i18n.checks.base import Check, Finding, Hit, PairCheck, PatternCheck, Subject
from coplearn.i18n.checks.reading import COVER, CheckedText
from coplearn.kernel.text import N_

_CLASSES: Final = {
    **dict.fromkeys(".。։", "."),
    **dict.fromkeys(":：՝", ":"),  # Armenian announces with its comma of breath
    **dict.fromkeys("?？؟", "?"),
    **dict.fromkeys("!！", "!"),
    **dict.fromkeys(";；؛", ";"),
    "…": "…",
}
_CLOSING: Final = "*_`\"'”’»“)）]】」』 \u00a0\u202f\u200f\u200e\u2069"
_SPACES: Final = " \t\r\n\u00a0\u202f\u3000"
_BRACKET: Final = re.compile(r"[()\[\]（）【】「」『』《》]")
_PAIRS: Final = {")": "(", "]": "[", "）": "（", "】": "【", "」": "「", "』": "『", "》": "《"}
_SCRIPTS: Final = tuple(
    re.compile(f"[{letters}]")
    for letters in (
        "A-Za-z\u00aa\u00b2\u00b3\u00b5\u00b9\u00ba\u00bc-\u00be\u00c0-\u024f\u1e00-\u1eff",
        "\u0370-\u03ff",
        "\u0400-\u052f",
        "\u0530-\u058f",
    )
)
"""Letters of the scripts that are easily taken for one another, as :func:`_script` tells them apart."""
_SCRIPT_WORD: Final = re.compile(r"[^\W\d_]+")
_LATIN_RUN: Final = re.compile(
    r"(?<![A-Za-z])[A-Za-z]+(?:['\u2019][A-Za-z]+)?(?:[ ,]{1,2}[A-Za-z]+(?:['\u2019][A-Za-z]+)?){3,200}"
)
_LATIN_LANGUAGES: Final = frozenset({"fr", "es", "en", "pt", "de", "it", "nl", "pl", "tr", "vi", "id", "sw"})
_DOUBLED: Final = re.compile(r"(?<![\w'\u2019-])([^\W\d_]{2,40}) +\1(?![\w'\u2019-])", re.IGNORECASE)
_RIGHT_TWICE: Final = frozenset(
    {
        "nous",
        "vous",
        "muy",
        "очень",
        "чуть",
        "еле",
        "едва",
        "давно",
        "много",
        "рядом",
        "جدا",
        "جدًا",
        "خطوة",
        "شيئا",
        "شيئًا",
        "شيئاً",
        "շատ",
        "կամաց",
    }
)
_SENTENCE_END: Final = re.compile(r"[.!?…。！？։؟](?:(?<=[。！？])|(?=[\s\"'”’»*)）]|$))")


class Blank(PairCheck):
    """Spaces are no translation."""

    id = "blank"
    severity = "E"
    message = N_("There are only spaces here.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """No letter, digit, punctuation mark or symbol."""
        return None if any(unicodedata.category(char)[0] in "LNPS" for char in target.raw) else Hit()


class PluralForms(Check):
    """A number for which there is no form would be shown in English."""

    id = "plural-forms"
    severity = "E"
    message = N_("A plural form is missing: this language has %(count)s.")
    dismissable = False

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """Every form, once anything is written."""
        if not subject.plural or not any(subject.forms):
            return
        wanted = subject.nplurals or len(subject.forms)
        if len(subject.forms) != wanted or not all(subject.forms):
            empty = next((number for number, form in enumerate(subject.forms) if not form), 0)
            yield self.finding_of(Hit(params={"count": wanted}), subject, empty)


class PluralSame(Check):
    """Seldom right in a language with several forms; Armenian keeps the noun as it is after every number."""

    id = "plural-same"
    severity = "I"
    message = N_("All plural forms are the same.")

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """Only of two forms or more."""
        if subject.locale.startswith("hy"):
            return
        if subject.plural and len(subject.forms) > 1 and subject.forms[0] and len(set(subject.forms)) == 1:
            yield self.finding_of(Hit(), subject)


class Same(PairCheck):
    """Often forgotten, sometimes right."""

    id = "same"
    severity = "W"
    message = N_("The translation is the same as the source.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Over three letters; two languages of one script share many single words."""
        if source.raw.strip() != target.raw.strip() or source.letters <= 3:
            return None
        is_cognate = subject.locale.split("_")[0] in _LATIN_LANGUAGES and len(source.words) == 1
        return None if is_cognate and source.letters < 14 else Hit()


class EdgeSpace(PairCheck):
    """Spaces at the ends come from the source, or from nowhere."""

    id = "edge-space"
    severity = "W"
    message = N_("The spaces at the beginning or the end differ from the source.")
    fixes = True

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same spaces and line breaks at both ends."""
        text, model = target.raw, source.raw
        core = text.strip(_SPACES)
        if not core or not model.strip(_SPACES):
            return None
        begin, end = model[: len(model) - len(model.lstrip(_SPACES))], model[len(model.rstrip(_SPACES)) :]
        fix = f"{begin}{core}{end}".replace("\r", "")  # a control character, which no translation may hold
        return None if fix == text else Hit(fix=fix)


class DoubleSpace(PatternCheck):
    """A slip of the thumb."""

    id = "double-space"
    severity = "W"
    message = N_("There are two spaces in a row.")
    fixes = True
    pattern = re.compile(r"(?<=\S) {2,1000}(?=\S)")
    repair = " "

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Unless the source has them too."""
        if "  " not in target.raw or self.pattern.search(source.masked):
            return None
        return super().hit(source, target, subject)


class EndPunctuation(PairCheck):
    """A colon promises something; a question asks."""

    id = "end-punctuation"
    severity = "I"
    message = N_("The translation does not end as the source does: with a full stop, a colon, a question mark.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """By classes: 。 and ։ are full stops, ؟ is a question mark."""
        wanted, found = _ends(source), _ends(target)
        if subject.locale.startswith("hy") and (wanted | found) & {"?", "!"}:
            return None  # Armenian marks a question inside its word
        return None if wanted & found else Hit()


def _ends(text: CheckedText) -> set[str]:
    """The class of the last sign, and of the one inside the closing quotation mark where it stands outside."""
    stripped = (text.plain if "](" in text.raw else text.raw).rstrip(_CLOSING)
    if stripped.endswith("..."):
        return {"…"}
    last = stripped[-1:]
    inner = stripped[:-1].rstrip(_CLOSING)[-1:] if last == "." and stripped[-2:-1] in _CLOSING else last
    return {_CLASSES.get(last, ""), _CLASSES.get(inner, "")}


class DoubledWord(PairCheck):
    """The eye jumps over it."""

    id = "doubled-word"
    severity = "W"
    message = N_("A word stands here twice: %(word)s.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Unless the source doubles a word too, or the language does so rightly."""
        for found in _DOUBLED.finditer(target.masked):
            if found[1].lower() not in _RIGHT_TWICE and not _DOUBLED.search(source.masked):
                return Hit(found.span(), params={"word": found[1]})
        return None


class Brackets(PairCheck):
    """One that is opened is closed."""

    id = "brackets"
    severity = "W"
    message = N_("A bracket has no partner.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Pairs within the text, where the source has its own in order."""
        return Hit() if not _balanced(target.masked) and _balanced(source.masked) else None


def _balanced(text: str) -> bool:
    if _BRACKET.search(text) is None:
        return True
    open_: list[str] = []
    for char in text:
        if char in "([（【「『《":
            open_.append(char)
        elif char in _PAIRS and (not open_ or _folded(open_.pop()) != _folded(_PAIRS[char])):
            return False
    return not open_


def _folded(bracket: str) -> str:
    return "(" if bracket == "（" else bracket


class SentenceCount(PairCheck):
    """A sentence left out is seen by counting."""

    id = "sentence-count"
    severity = "I"
    message = N_("The translation has another number of sentences: is everything there?")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Two fewer or two more are told; joining and cutting a sentence is a translator's right."""
        wanted = len(_SENTENCE_END.findall(source.plain))
        if subject.locale.startswith("hy"):
            return None  # its question and exclamation marks do not end sentences, so they cannot be counted so
        return Hit() if wanted and abs(len(_SENTENCE_END.findall(target.plain)) - wanted) > 1 else None


def _script(char: str) -> str:
    code = ord(char)
    if code < 0x250 or 0x1E00 <= code < 0x1F00:
        return "Latin"
    if 0x370 <= code < 0x400:
        return "Greek"
    if 0x400 <= code < 0x530:
        return "Cyrillic"
    return "Armenian" if 0x530 <= code < 0x590 else ""


class MixedScript(PairCheck):
    """A Cyrillic о in a Latin word looks right, cannot be found, and may be meant to deceive."""

    id = "mixed-script"
    severity = "W"
    message = N_("Letters of two scripts stand in one word: %(word)s.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Latin, Greek, Cyrillic and Armenian do not mix in a word."""
        if sum(script.search(target.masked) is not None for script in _SCRIPTS) < 2:
            return None
        for found in _SCRIPT_WORD.finditer(target.masked):
            word = found[0]
            if not word.isascii() and len({_script(char) for char in word} - {""}) > 1 and word not in source.raw:
                return Hit(found.span(), params={"word": word})
        return None


class Untranslated(PairCheck):
    """Four English words in a row were forgotten."""

    id = "untranslated"
    severity = "W"
    message = N_("Some words are still in English: %(words)s.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Words of the source in languages of another script."""
        if subject.locale.split("_")[0] in _LATIN_LANGUAGES:
            return None
        for found in _LATIN_RUN.finditer(target.masked):
            if found[0] in source.raw and COVER not in found[0] and not found[0].istitle():
                return Hit(found.span(), params={"words": found[0]})
        return None
