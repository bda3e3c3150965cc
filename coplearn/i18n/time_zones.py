"""Time zones: the names that people may choose from, and what a language calls each."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale as BabelLocale
from babel.core import get_global
from babel.dates import get_timezone_location

from coplearn.i18n import formats
from coplearn.i18n.locales import Locale

ZONES: Final = frozenset(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")) | {
    "UTC"
}
"""IANA names of places, and UTC."""


def local_day(now: datetime, zone: str) -> date:
    """The day that it is in that zone; in UTC for a name that is none."""
    return now.astimezone(ZoneInfo(zone if zone in ZONES else "UTC")).date()


@lru_cache(maxsize=64)
def zone_choices(locale: Locale) -> tuple[tuple[str, str], ...]:
    """Every zone as its IANA name and its city and country in that language, in the order of the names."""
    babel = BabelLocale.parse(locale.babel)
    territories = get_global("zone_territories")
    known = [zone for zone in ZONES if zone in territories or zone == "UTC"]
    return tuple(formats.in_order(((zone, _zone_name(zone, babel)) for zone in known), locale))


def _zone_name(zone: str, babel: BabelLocale) -> str:
    if zone == "UTC":
        return "UTC"
    city = get_timezone_location(zone, locale=babel, return_city=True)
    whole = get_timezone_location(zone, locale=babel)
    return whole if city in whole else f"{whole} ({city})"
