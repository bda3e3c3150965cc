"""The choice of a visitor's language: one pure function, and its order in its docstring."""

from __future__ import annotations

import re
from collections.abc import Sequence

from babel import Locale as BabelLocale
from babel.core import UnknownLocaleError

from coplearn.i18n.locales import Locale, Locales

_RANGE = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?")


def negotiate(locales: Locales, *, remembered: str | None, accepted: str) -> Locale:
    """The best live language for a visitor.

    In this order: the one remembered from an earlier choice (a locale's ``url``); the browser's ``Accept-Language``
    header by its weights, each tag first with its likely script, then without region, then by language alone;
    the source language.
    """
    if remembered:
        chosen = locales.by_url(remembered)
        if chosen is not None and chosen in locales.live:
            return chosen
    for tag in _tags(accepted):
        found = match(tag, locales.live)
        if found is not None:
            return found
    return locales.source


def match(tag: str, live: Sequence[Locale]) -> Locale | None:
    """The live locale that serves a BCP 47 tag (``zh-CN``, ``fr-CA``), or None (``zh-Hant`` is not served by ``zh-Hans``)."""
    try:
        wanted = BabelLocale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return None
    for locale in live:
        offered = BabelLocale.parse(locale.babel)
        if offered.language != wanted.language:
            continue
        if wanted.script is None or offered.script is None or wanted.script == offered.script:
            return locale
    return None


def _tags(header: str) -> list[str]:
    weighted: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")):
        found = _RANGE.fullmatch(part.strip())
        if found is None or found[1] == "*":
            continue
        weight = float(found[2] or 1)
        if weight > 0:
            weighted.append((-weight, place, found[1]))
    return [tag for _, _, tag in sorted(weighted)]
