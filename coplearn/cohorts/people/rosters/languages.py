"""The words of a column of languages: codes, own names, and names and abbreviations in any language of the site."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from babel import Locale as BabelLocale
from babel.core import get_global

from coplearn.cohorts.people.rules.headings import folded
from coplearn.i18n.locales import Locale

_SPOKEN: Final = ("en", "ar", "zh_Hans_CN", "fr", "ru", "es")
"""In these at least, whatever the site offers."""
_SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("英文",),
    "zh": ("汉语", "华语", "普通话", "国语", "mandarin", "mandarín", "путунхуа", "الماندرين"),
    "fr": ("фр",),
    "es": ("castellano", "castillan", "castilian", "кастильский", "القشتالية"),
}
"""As people say it, not as the CLDR does; by the language's code without region and script."""
_CODE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_PART: Final = re.compile(r"[/,;|+&()（）、،؛，；]|\s-\s")
_JUST_LANGUAGE: Final = frozenset(
    folded(word) for word in ("language", "اللغة", "لغة", "langue", "язык", "языке", "idioma", "lengua", "по")
)
_SHORTEST: Final = 3
"""Letters of an abbreviation: two could be a code."""


class Languages:
    """The languages somebody may be written to in, found by what people call them."""

    def __init__(self, offered: Iterable[Locale], words: Mapping[str, str]) -> None:
        """``words`` is what a person said words mean: folded, with a locale's code, or "" for the cohort's own language."""
        self._offered = [locale for locale in offered if not locale.is_pseudo]
        codes = {locale.code for locale in self._offered}
        self._words = {word: code for word, code in words.items() if not code or code in codes}
        self._names = _names(tuple(self._offered))
        self._found: dict[str, str | None] = {}

    def find(self, text: str) -> str | None:
        """The locale's code; "" when a person said that the word means the cohort's own, None when nobody knows it."""
        if text not in self._found:
            self._found[text] = self._look_up(text)
        return self._found[text]

    def _look_up(self, text: str) -> str | None:
        if (said := self._words.get(folded(text))) is not None:
            return said
        for part in (text, *_PART.split(text)):
            found = self._one(part.strip())
            if found is not None:
                return found
        return None

    def _one(self, text: str) -> str | None:
        word = " ".join(one for one in folded(text).split() if one not in _JUST_LANGUAGE)
        if not word:
            return None
        found = self._names.get(word)
        if found is None and _CODE.fullmatch(text):
            found = self._by_code(text)
        if found is None and len(word) >= _SHORTEST and " " not in word:
            # "рус.", "ingl.": the beginning of what one language alone is called.
            begun = {code for name, code in self._names.items() if name.startswith(word)}
            found = begun.pop() if len(begun) == 1 else None
        return found

    def _by_code(self, text: str) -> str | None:
        base, script = _parts(text)
        alike = [locale.code for locale in self._offered if _parts(locale.code)[0] == base]
        exact = [code for code in alike if _parts(code)[1] == script]
        return next(iter([*exact, *alike]), None)


def _parts(code: str) -> tuple[str, str]:
    """The language, by its shortest code, and its script, as far as that is told or likely."""
    first, *rest = code.replace("-", "_").split("_")
    base = str(get_global("language_aliases").get(first.lower(), first.lower())).partition("_")[0]
    script = next((part.title() for part in rest if len(part) == 4 and part.isalpha()), "")
    if not script:
        region = next((part.upper() for part in rest if len(part) in (2, 3)), "")
        likely = get_global("likely_subtags")
        whole = str(likely.get(f"{base}_{region}" if region else base) or likely.get(base) or "")
        script = next((part for part in whole.split("_")[1:] if len(part) == 4), "")
    return base, script


@lru_cache(maxsize=4)
def _names(offered: tuple[Locale, ...]) -> Mapping[str, str]:
    """The names of those languages, folded, with their codes. Made once: every piece of a list asks for them."""
    found: dict[str, str] = {}
    codes = sorted(locale.code for locale in offered)
    spoken = [BabelLocale.parse(code) for code in dict.fromkeys([*_SPOKEN, *codes])]
    for locale in offered:
        for name in _names_of(locale, spoken):
            found.setdefault(folded(name), locale.code)
    return found


def _names_of(locale: Locale, spoken: Iterable[BabelLocale]) -> Iterator[str]:
    base, _ = _parts(locale.code)
    yield from (locale.code, locale.url, locale.bcp47, locale.name, base)
    yield from _SAID.get(base, ())
    for one in spoken:
        # With scripts and regions: "Simplified Chinese", "español latinoamericano".
        for code, name in one.languages.items():
            if code.partition("_")[0] == base:
                yield name
                yield from _also(name, one.language)


def _also(name: str, language: str) -> Iterator[str]:
    """Other ways to say it in that language."""
    if language == "ar" and name.startswith("ال") and " " not in name:
        # With and without the article, of a tongue and of a person: العربية، عربية، عربي.
        yield name[2:]
        yield name[2:].removesuffix("ة")
        yield name.removesuffix("ة")
    if language == "zh" and name.endswith("语"):
        yield name[:-1] + "文"
        yield name[:-1] + "話"
