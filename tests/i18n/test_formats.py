"""Days of the week, languages and numbers are written as each language writes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from coplearn.i18n import formats
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.formats import country_names, language_names, weekdays
from coplearn.i18n.locales import Locale, read_locales

LOCALES = {locale.code: locale for locale in read_locales(Path(__file__).parents[2] / "translations" / "locales.toml")}


@pytest.fixture(params=sorted(LOCALES))
def locale(request: pytest.FixtureRequest) -> Locale:
    """Each language of the site in turn."""
    return LOCALES[request.param]


def test_no_country_is_told_by_its_code(locale: Locale) -> None:
    """A reader chooses a name; where the language has none yet, the English one."""
    named = country_names(sorted(COUNTRIES), locale)
    assert [name for code, name in named if name == code or not name.strip()] == []
    assert {code for code, _ in named} == COUNTRIES
    english = dict(country_names(sorted(COUNTRIES), LOCALES["en"]))
    latin = {name for code, name in named if name == english[code] and name.isascii()}
    assert locale.code not in {"ar", "ru", "zh_Hans_CN"} or not latin


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


@pytest.mark.parametrize(
    ("code", "four", "five"),
    [
        ("en", "3,421", "13,421"),
        ("es", "3421", "13.421"),
        ("es_419", "3,421", "13,421"),
        ("es_MX", "3,421", "13,421"),
        ("fr", "3\u202f421", "13\u202f421"),
        ("pl_PL", "3421", "13\u00a0421"),
        ("pt", "3.421", "13.421"),
        ("pt_PT", "3421", "13\u00a0421"),
    ],
)
def test_thousands_are_set_apart_where_the_language_does(code: str, four: str, five: str) -> None:
    """Some languages leave four digits together; the signs of a share and of less than nothing change nothing."""
    locale = replace(LOCALES["en"], code=code, thousands="")
    assert [formats.number(value, locale) for value in (3421, 13_421)] == [four, five]
    assert formats.number(-3421, locale) == f"-{four}"
    assert formats.percent(34.21, locale).startswith(four)
    assert formats.number(999, locale) == "999"


def test_thousands_are_set_apart_by_the_sign_of_the_registry() -> None:
    """In Spanish half the readers take a point for a decimal one, so the site writes what RAE and ISO ask for."""
    spanish = LOCALES["es"]
    assert formats.number(18_898, spanish) == "18\u202f898"
    assert formats.number(1200, spanish) == "1200"
    assert formats.number(18_898.5, spanish) == "18\u202f898,5"
    assert formats.percent(0.5, spanish) == "50\u00a0%"
    assert all(LOCALES[code].thousands for code in LOCALES)
