"""Every page in every language, light and dark: what a program can find of barriers, and room on the smallest screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.journeys.barriers import barriers
from tests.journeys.browser import PHONE
from tests.journeys.places import STRANGER, People, enter_as, places
from tests.journeys.site import Site, is_whole, locales

LANGS = [locale.url for locale in locales().live]


@pytest.mark.parametrize("lang", LANGS)
def test_pages_have_nothing_axe_finds(lang: str, chromium: Browser, site: Site, people: People) -> None:
    """Every page and state, at 390 px light and dark (English and Arabic also at 1280), is clean and fits 320 px."""
    found: list[str] = []
    here = {
        who: enter_as(chromium, site, people, who, lang, size=PHONE, reduced_motion="reduce")
        for who in (STRANGER, *people.states)
    }
    for place in places():
        visitor = here[place.who]
        place.enter(visitor, people)
        found += [f"{place.name}: {one}" for one in barriers(visitor, wide=lang in {"en", "ar"})]
    for visitor in here.values():
        visitor.context.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("lang", ["ar", "zh"])
def test_pages_leave_no_english(lang: str, chromium: Browser, site: Site, people: People) -> None:
    """A reader of a finished translation meets no English sentence, except where the page says that it is one."""
    if not is_whole(lang):
        pytest.skip(f"the catalogs of {lang} are not complete")
    found: list[str] = []
    here = {who: enter_as(chromium, site, people, who, lang) for who in (STRANGER, *people.states)}
    for place in places():
        if place.name != "style":
            place.enter(here[place.who], people)
            found += [f"{place.name}: {text}" for text in here[place.who].english_left()]
    for visitor in here.values():
        visitor.context.close()
    assert not found, "\n".join(found)
