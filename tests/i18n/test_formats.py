"""Days of the week and languages are named as each language names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from coplearn.i18n.formats import language_names, weekdays
from coplearn.i18n.locales import Locale, read_locales

LOCALES = {locale.code: locale for locale in read_locales(Path(__file__).parents[2] / "translations" / "locales.toml")}


@pytest.fixture(params=sorted(LOCALES))
def locale(request: pytest.FixtureRequest) -> Locale:
    """Each language of the site in turn."""
    return LOCALES[request.param]


def test_weekdays_run_from_the_first_to_the_last(locale: Locale) -> None:
    """A run names both its ends, a single day itself, and no two runs look alike."""
    days = {weekdays((first, last), locale) for first in range(7) for last in range(first, 7)}
    assert len(days) == 28
    monday, friday = weekdays((0, 0), locale), weekdays((4, 4), locale)
    assert weekdays((0, 4), locale) == f"{monday}–{friday}"


def test_weekdays_in_english_are_short() -> None:
    """They stand before the hours of a helpline."""
    assert weekdays((0, 4), LOCALES["en"]) == "Mon–Fri"
    assert weekdays((5, 5), LOCALES["en"]) == "Sat"


def test_language_names_are_joined_and_unknown_tags_stay(locale: Locale) -> None:
    """A reader sees which languages are spoken; a tag that CLDR has no name for is better than a gap."""
    assert language_names(["en", "fr"], LOCALES["en"]) == "English and French"
    assert "qqx" in language_names(["en", "qqx"], locale)
    assert language_names([], locale) == ""
