"""Dates, numbers and lists as each language writes them, and names isolated from the text around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale as BabelLocale
from babel.dates import (
    format_date,
    format_datetime,
    format_skeleton,
    format_time,
    get_datetime_format,
    get_timezone_name,
)
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent, get_group_symbol

from coplearn.i18n.collation import sort_key
from coplearn.i18n.locales import Locale

FIRST_STRONG_ISOLATE = "\u2068"
POP_ISOLATE = "\u2069"


def day(value: date | datetime, locale: Locale) -> str:
    """A date in full, without the weekday: "4 November 2026"."""
    return format_date(value, "long", locale=locale.babel)


def month(value: date, locale: Locale) -> str:
    """A month with its year: "November 2026"."""
    return format_skeleton("yMMMM", value, locale=locale.babel)


def weekday(value: date | datetime, locale: Locale) -> str:
    """A date in full with its weekday."""
    return format_date(value, "full", locale=locale.babel)


def clock_time(value: time, locale: Locale) -> str:
    """An hour of the day: "9:00 AM", "21:00"."""
    return format_time(value, "short", locale=locale.babel)


def moment(value: datetime, zone: str, locale: Locale) -> str:
    """An instant in full as somebody in that zone (an IANA name) reads it: weekday, day, time, and the zone's name.

    A zone nobody knows is taken for UTC.
    """
    place = _zone(zone)
    there = value.astimezone(place)
    pattern = str(get_datetime_format("long", locale=locale.babel)).replace("'", "")
    parts = (format_time(there, "short", tzinfo=place, locale=locale.babel), weekday(there, locale))
    name = get_timezone_name(there, width="long", locale=locale.babel)
    return f"{pattern.format(*parts)} ({name})"


def instant(value: datetime, locale: Locale) -> str:
    """An instant in short, in UTC: for lists that staff read."""
    return format_datetime(value, "short", tzinfo=_zone("UTC"), locale=locale.babel)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


_EVERYWHERE_TOGETHER: Final = frozenset({"bg", "et", "hu", "it", "lv", "pl", "sl"})
_FOUR_TOGETHER: Final = frozenset(
    [
        "es",
        "es_EA",
        "es_ES",
        "es_GQ",
        "es_IC",
        "es_PH",
        "pt_CH",
        "pt_CV",
        "pt_GQ",
        "pt_GW",
        "pt_LU",
        "pt_MO",
        "pt_MZ",
        "pt_PT",
        "pt_ST",
        "pt_TL",
        "ru_UA",
    ]
)
"""Where CLDR asks for two digits before the first separator (``minimumGroupingDigits``), which Babel's data leave out: in
Spanish and Portuguese not in America."""


def number(value: int | float, locale: Locale) -> str:
    """A number in the locale's notation and digits."""
    return _decimal(value, locale.babel, locale.digits, locale.thousands)


# A page writes the same few small numbers again and again, and Babel takes its time over each.
@lru_cache(maxsize=2048, typed=True)
def _decimal(value: int | float, code: str, digits: str, thousands: str) -> str:
    text = format_decimal(value, locale=code, numbering_system=digits, group_separator=_is_grouped(value, code))
    return _apart(text, code, digits, thousands)


def percent(value: float, locale: Locale) -> str:
    """A share (0.7 is 70 %) in the locale's notation, without decimals."""
    return _percent(value, locale.babel, locale.digits, locale.thousands)


@lru_cache(maxsize=2048, typed=True)
def _percent(value: float, code: str, digits: str, thousands: str) -> str:
    text = format_percent(value, locale=code, numbering_system=digits, group_separator=_is_grouped(value * 100, code))
    return _apart(text, code, digits, thousands)


def _apart(text: str, code: str, digits: str, thousands: str) -> str:
    """The number with the registry's sign between thousands, where it names one."""
    group = get_group_symbol(code, numbering_system=digits)
    if not thousands or thousands == group or group not in text:
        return text
    # A percent sign may be set off by the same kind of space.
    return re.sub(rf"(?<=\d){re.escape(group)}(?=\d)", thousands, text)


def _is_grouped(value: float, code: str) -> bool:
    """Whether thousands are set apart in a number of that size: some languages leave four digits together."""
    return abs(value) >= 10_000 or not (code in _FOUR_TOGETHER or code.partition("_")[0] in _EVERYWHERE_TOGETHER)


def listing(parts: Sequence[str], locale: Locale) -> str:
    """ "a, b and c" as the locale joins it."""
    return format_list(list(parts), locale=locale.babel)


def country_names(codes: Sequence[str], locale: Locale) -> list[tuple[str, str]]:
    """Pairs (ISO 3166 code, name in the locale), in the order of the names; where the locale has no name, the English one."""
    return list(_country_names(tuple(codes), locale))


@lru_cache(maxsize=64)
def _country_names(codes: tuple[str, ...], locale: Locale) -> tuple[tuple[str, str], ...]:
    # Two hundred and fifty names are put in order for every reader of the help page otherwise.
    names: Mapping[str, str] = BabelLocale.parse(locale.babel).territories
    english: Mapping[str, str] = BabelLocale("en").territories
    return tuple(in_order(((code, names.get(code) or english.get(code, code)) for code in codes), locale))


def in_order(pairs: Iterable[tuple[str, str]], locale: Locale) -> list[tuple[str, str]]:
    """Pairs (value, name) in the order in which the locale's readers look for a name."""
    return sorted(pairs, key=lambda pair: sort_key(pair[1], locale.babel))


def isolate(text: object) -> str:
    """The text between isolating marks, for plain text (a mail, a PDF, an attribute)."""
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"


def weekday_name(number: int, locale: Locale) -> str:
    """The name of a day of the week by itself; 0 is Monday."""
    names: Mapping[int, str] = BabelLocale.parse(locale.babel).days["stand-alone"]["wide"]
    return names[number]


def weekdays(days: tuple[int, int], locale: Locale) -> str:
    """A run of days of the week in short, from the first to the last: "Mon–Fri", or one day alone; 0 is Monday."""
    first, last = days
    names: Mapping[int, str] = BabelLocale.parse(locale.babel).days["stand-alone"]["abbreviated"]
    return names[first] if first == last else f"{names[first]}–{names[last]}"


def language_names(tags: Sequence[str], locale: Locale) -> str:
    """The names of languages in the locale, joined as it joins them; a tag that it has no name for stands as it is."""
    names: Mapping[str, str] = BabelLocale.parse(locale.babel).languages
    return listing([names.get(tag.replace("-", "_"), tag) for tag in tags], locale)
