"""Finding countries and languages by the names that people and sources write, with near matches to offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from babel import Locale as BabelLocale
from babel.core import UnknownLocaleError, get_global

from coplearn.i18n.countries import COUNTRIES
from coplearn.programme.rules.records import text_key

SPOKEN: Final = ("en", "ar", "zh_Hans", "fr", "ru", "es", "hy")
"""Languages in which lists name countries and languages, beside that of the page."""
_NEAR: Final = 72
"""Alike enough to be offered, out of 100; a person decides."""
_NEAR_NAME: Final = 80
_MOST_NEAR: Final = 3
_ALSO: Final[Mapping[str, str]] = {
    "brunei darussalam": "BN",
    "cote d ivoire": "CI",
    "ivory coast": "CI",
    "cape verde": "CV",
    "czech republic": "CZ",
    "great britain": "GB",
    "holland": "NL",
    "islamic republic of iran": "IR",
    "korea": "KR",
    "lao pdr": "LA",
    "macedonia": "MK",
    "micronesia": "FM",
    "federated states of micronesia": "FM",
    "republic of korea": "KR",
    "republic of moldova": "MD",
    "russian federation": "RU",
    "state of palestine": "PS",
    "swaziland": "SZ",
    "syrian arab republic": "SY",
    "the bahamas": "BS",
    "the gambia": "GM",
    "turkey": "TR",
    "uk": "GB",
    "united republic of tanzania": "TZ",
    "united states of america": "US",
    "usa": "US",
    "viet nam": "VN",
}
"""Names in use that the CLDR does not list as such."""


def country_of(text: str, page: str, said: Mapping[str, str]) -> str | None:
    """The ISO 3166-1 code for a code or a name in any of the languages; None for a name that nobody knows.

    ``page`` is the page's language as Babel has it; ``said`` are names that a person explained before, by their key.
    """
    key = text_key(text)
    if key in said:
        return said[key]
    if text.strip().upper() in COUNTRIES:
        return text.strip().upper()
    if len(text.strip()) == 3 and text.strip().isascii():
        alias = get_global("territory_aliases").get(text.strip().upper(), [])
        if len(alias) == 1 and alias[0] in COUNTRIES:
            return str(alias[0])
    return _countries(page).get(key)


def near_countries(text: str, page: str) -> list[str]:
    """The codes of countries whose names look like that one, the likeliest first; empty when none does."""
    return _near(text, _countries(page))


def language_of(text: str, page: str) -> str | None:
    """The code for a code or a name of a language in any of the languages; None for one that nobody knows."""
    typed = text.strip().replace("-", "_")
    try:
        if 2 <= len(typed) <= 11 and BabelLocale.parse(typed) is not None:
            return typed
    except (UnknownLocaleError, ValueError):
        pass
    return _languages(page).get(text_key(text))


def near_languages(text: str, page: str) -> list[str]:
    """The codes of languages whose names look like that one."""
    return _near(text, _languages(page))


def near_names(text: str, names: Sequence[str], most: int = _MOST_NEAR) -> list[int]:
    """The places of the names that look like a text, the likeliest first: for a person to choose from, never to be taken."""
    from rapidfuzz import fuzz, process, utils  # for few pages, and 2 MB

    found = process.extract(
        text, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=most, score_cutoff=_NEAR
    )
    return [place for _, _, place in found]


def _near(text: str, names: Mapping[str, str]) -> list[str]:
    key = text_key(text)
    if not key:
        return []
    from rapidfuzz import fuzz, process

    found = process.extract(key, list(names), scorer=fuzz.WRatio, limit=12, score_cutoff=_NEAR_NAME)
    return list(dict.fromkeys(names[name] for name, _, _ in found))[:_MOST_NEAR]


@lru_cache(maxsize=16)
def _countries(page: str) -> Mapping[str, str]:
    names = _named(page, lambda locale: {code: name for code, name in locale.territories.items() if code in COUNTRIES})
    return {**dict(_ALSO), **names}


@lru_cache(maxsize=16)
def _languages(page: str) -> Mapping[str, str]:
    return _named(page, lambda locale: dict(locale.languages))


def _named(page: str, names: Callable[[BabelLocale], Mapping[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for code in dict.fromkeys((page, *SPOKEN)):
        for value, name in names(BabelLocale.parse(code)).items():
            found.setdefault(text_key(name), value)
    return found
