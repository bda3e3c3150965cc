"""Sixty searches as parents and teachers type them, in six languages: what they need is among the first three."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine

from coplearn.kernel.clock import utcnow
from coplearn.search.engines import open_store
from coplearn.search.finding import TextFinder
from coplearn.search.indexing import SearchIndex
from coplearn.search.terms import code_of
from coplearn.site import site_of

SEARCHES = Path(__file__).parent / "wanted.txt"
FAVOURED = {"cop-parents": 1.3, "cop-educators": 1.15}
"""As for a visitor who has not said who they are."""
WANTED = 55


def searches() -> list[tuple[str, str, set[str]]]:
    """The language, what is typed, and the places of which one is wanted."""
    found = []
    for line in SEARCHES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            lang, typed, places = (part.strip() for part in line.split("|"))
            named = [place.strip() for place in places.split(";")]
            wanted = {code_of(one.removeprefix("word:")) if one.startswith("word:") else one for one in named}
            found.append((lang, typed, wanted))
    return found


@pytest.mark.whole
def test_what_people_need_is_among_the_first_three(shared_app: Flask, migrated_url: str, tmp_path: Path) -> None:
    """On each kind of database, with all courses in all languages indexed."""
    engine: Engine = create_engine(migrated_url or f"sqlite:///{tmp_path / 'site.sqlite3'}")
    site, today = site_of(shared_app), utcnow().date()
    store = open_store(engine, tmp_path)
    missed = []
    with shared_app.app_context():
        SearchIndex(lambda: site, lambda: store).rebuild(today)
        finder = TextFinder(lambda: site, lambda: store)
        for lang, typed, wanted in searches():
            locale = site.locales.by_url(lang)
            assert locale is not None
            found = finder.find(typed, locale, site.locales.live, today, FAVOURED)
            if not {one.place for one in found.own[:3]} & wanted:
                missed.append((lang, typed, [one.place for one in found.own[:3]]))
    store.drop()
    engine.dispose()
    assert len(searches()) == 60
    assert len(missed) <= 60 - WANTED, missed
