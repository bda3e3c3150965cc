"""Every page in every language: what a program can find of barriers, and room on the smallest screen."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser

from tests.journeys.barriers import SMALLEST, barriers, bring_axe, too_tight
from tests.journeys.places import People, Place, enter_as, places
from tests.journeys.site import Site, is_whole, locales
from tests.sizes import WHOLE, whole_only

LANGS = [locale.url for locale in locales().live]
JUDGED = ("en", "ar", "zh")
STEP = len(JUDGED) * (1 if WHOLE else 8)
"""The suite judges every eighth of what comes by turns to a language."""


@pytest.mark.parametrize("lang", LANGS)
@whole_only
def test_pages_have_no_barrier_and_leave_no_english(lang: str, chromium: Browser, site: Site, people: People) -> None:
    """Every page and state fits on 320 px; axe finds nothing in English (also dark), Arabic (also at 1280 px) and Chinese.

    What differs between the other languages is how long their words are. A reader of Arabic or Chinese meets no English
    sentence, except where the page says that it is one.
    """
    found = _faults(chromium, site, people, lang, places())
    assert not found, "\n".join(found)


@pytest.mark.sampled
@pytest.mark.parametrize(("turn", "lang"), list(enumerate(JUDGED)))
def test_each_page_has_no_barrier_in_one_language(
    turn: int, lang: str, chromium: Browser, site: Site, people: People
) -> None:
    """The same of every page and state in one of the three, by turns."""
    found = _faults(chromium, site, people, lang, places()[turn::STEP])
    assert not found, "\n".join(found)


def _faults(chromium: Browser, site: Site, people: People, lang: str, chosen: Sequence[Place]) -> list[str]:
    found: list[str] = []
    here = {
        who: enter_as(chromium, site, people, who, lang, size=SMALLEST, reduced_motion="reduce")
        for who in {place.who for place in chosen}
    }
    for visitor in here.values():
        if lang in JUDGED:
            bring_axe(visitor)
    for place in chosen:
        visitor = here[place.who]
        place.enter(visitor, people)
        faults = barriers(visitor, wide=lang == "ar", dark=lang == "en") if lang in JUDGED else too_tight(visitor)
        found += [f"{place.name}: {one}" for one in faults]
        if lang in {"ar", "zh"} and is_whole(lang) and place.name != "style":
            found += [f"{place.name}: English: {text}" for text in visitor.english_left()]
    for visitor in here.values():
        visitor.context.close()
    return found
