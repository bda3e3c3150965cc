"""The registry of languages as data, read from ``translations/locales.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Direction = Literal["ltr", "rtl"]
SOURCE_LOCALE = "en"
"""The code of the language the interface is written in."""


@dataclass(frozen=True, slots=True)
class Locale:
    """One language as the site knows it.

    ``code`` is Babel's (``zh_Hans_CN``), ``url`` the first part of a page's address (``zh``), ``bcp47`` the ``lang``
    attribute (``zh-Hans``), ``name`` the language's own name, ``plural`` the whole gettext ``Plural-Forms`` value,
    ``digits`` a CLDR numbering system, ``quotes`` the outer and inner pair, ``fallback`` the code to try before the source.
    """

    code: str
    url: str
    bcp47: str
    name: str
    dir: Direction
    plural: str
    digits: str
    quotes: tuple[str, str, str, str]
    status: str
    fallback: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether learners may choose it."""
        return self.status == "live"

    @property
    def nplurals(self) -> int:
        """How many plural forms a counted message has."""
        return int(self.plural.split("nplurals=", 1)[1].split(";", 1)[0])


class Locales:
    """All languages of a site, in the registry's order."""

    def __init__(self, locales: Iterable[Locale]) -> None:
        self._by_code: Mapping[str, Locale] = {locale.code: locale for locale in locales}
        self._by_url: Mapping[str, Locale] = {locale.url: locale for locale in self._by_code.values()}

    def __iter__(self) -> Iterator[Locale]:
        return iter(self._by_code.values())

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def get(self, code: str) -> Locale:
        """The locale of that exact code; raises KeyError."""
        return self._by_code[code]

    def by_url(self, url: str) -> Locale | None:
        """The locale whose addresses begin with ``url``, or None."""
        return self._by_url.get(url)

    @property
    def live(self) -> tuple[Locale, ...]:
        """The languages a learner may choose, in order."""
        return tuple(locale for locale in self if locale.is_live)

    @property
    def source(self) -> Locale:
        """The interface's source language."""
        return self._by_code[SOURCE_LOCALE]


def read_locales(path: Path) -> Locales:
    """Read the registry at ``path``. Raises KeyError or ValueError when a row lacks a field or has a wrong one."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    return Locales(_locale(code, row) for code, row in rows.items())


def _locale(code: str, row: Mapping[str, object]) -> Locale:
    quotes = row["quotes"]
    if not isinstance(quotes, list) or len(quotes) != 4:
        raise ValueError(f"{code}: quotes must be four strings")
    direction = row["dir"]
    if direction not in ("ltr", "rtl"):
        raise ValueError(f"{code}: dir must be ltr or rtl")
    fallback = row.get("fallback")
    return Locale(
        code=code,
        url=str(row["url"]),
        bcp47=str(row["bcp47"]),
        name=str(row["name"]),
        dir="rtl" if direction == "rtl" else "ltr",
        plural=str(row["plural"]),
        digits=str(row["digits"]),
        quotes=(str(quotes[0]), str(quotes[1]), str(quotes[2]), str(quotes[3])),
        status=str(row["status"]),
        fallback=None if fallback is None else str(fallback),
    )
