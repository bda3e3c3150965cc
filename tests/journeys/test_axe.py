"""Every page in every language, light and dark: what a program can find of barriers, and room on the smallest screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.journeys.barriers import SMALLEST, barriers, bring_axe
from tests.journeys.places import STRANGER, People, enter_as, places
from tests.journeys.site import Site, is_whole, locales

LANGS = [locale.url for locale in locales().live]


@pytest.mark.parametrize("lang", LANGS)
def test_pages_have_no_barrier_and_leave_no_english(lang: str, chromium: Browser, site: Site, people: People) -> None:
    """Every page and state, at 320 px light and dark (Arabic also at 1280): axe finds nothing, all fits.

    A reader of Arabic or Chinese meets no English sentence, except where the page says that it is one.
    """
    found: list[str] = []
    here = {
        who: enter_as(chromium, site, people, who, lang, size=SMALLEST, reduced_motion="reduce")
        for who in (STRANGER, *people.states)
    }
    for visitor in here.values():
        bring_axe(visitor)
    for place in places():
        visitor = here[place.who]
        place.enter(visitor, people)
        found += [f"{place.name}: {one}" for one in barriers(visitor, wide=lang == "ar")]
        if lang in {"ar", "zh"} and is_whole(lang) and place.name != "style":
            found += [f"{place.name}: English: {text}" for text in visitor.english_left()]
    for visitor in here.values():
        visitor.context.close()
    assert not found, "\n".join(found)
