"""A fact on a lesson's page: what holds in the reader's country, since when that is known, and by whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MakeSite
from tests.courses.makecourse import LESSON, MODULE
from tests.courses.test_facts import FACTS, SOURCE, TITLE
from tests.learning.test_new_version import Site

GENERAL, FRENCH = "In many countries some professions must report by law.", "Whoever holds an office must report."


@pytest.fixture
def site(make_app: MakeSite, tmp_path: Path, database_url: str) -> Site:
    made = Site(make_app, tmp_path, database_url)
    made.folder.add(MODULE, SOURCE + FACTS)
    made.folder.add(LESSON, "\n:::fact duty\n:::\n")
    made.release("1.0.0")
    return made


def test_reader_sees_what_holds_where_they_live(site: Site) -> None:
    """The general sentence with the way to say one's country; then that country's own, with its month and its owner's page.
    A country that is not filled in has the general one, and nobody sees another reader's country on a kept page."""
    lesson = site.path("first-page")
    page = site.read(lesson)
    assert GENERAL in page and FRENCH not in page and "Choose your country" in page
    for country, told in (("FR", FRENCH), ("DE", GENERAL), ("FR", FRENCH)):
        site.person.send("/en/help", country=country)
        page = site.read(lesson)
        assert told in page and "Choose your country" not in page
        assert ("France, as of November 2026: Légifrance" in page) == (country == "FR")
        assert ('href="https://www.legifrance.gouv.fr/codes"' in page) == (country == "FR")
    assert "فرنسا" in site.read(site.path("first-page", "ar")), "its name in the reader's language"


@pytest.mark.parametrize("undated", ["", "undated: true\n    "])
def test_reader_sees_who_reports_it_and_when_it_was_read(undated: str, site: Site) -> None:
    """Beside the fact and under the lesson, the month in the reader's language; of an owner's own page only the month."""
    site.folder.add(LESSON, "\nIt stands in [the code](ref:fr-code). {#bcodecod}\n")
    site.folder.swap(MODULE, "kind: law", f"{undated}kind: law")
    site.folder.swap(MODULE, "Légifrance", "R&D of Légifrance")
    site.folder.swap(MODULE, "    advice: true\n", "    source: fr-code\n")
    site.release("1.0.1")
    read = f"({'undated page, ' if undated else ''}read in November 2026)"
    cited = f'<bdi>2024</bdi> <a href="https://www.legifrance.gouv.fr/codes"><cite><bdi lang="en" dir="ltr">{TITLE}'
    lesson, page = site.path("first-page"), site.read(site.path("first-page"))
    assert f'<bdi lang="en" dir="ltr">R&amp;D of Légifrance</bdi> {cited}</bdi></cite></a> {read}</li>' in page
    assert "As of November 2026: R&amp;D of Légifrance" in page and "reported by" not in page
    site.release("1.0.2", (MODULE, "kind: law", "kind: law\n    voice: press\n    why: Its text was not read."))
    page = site.read(lesson)
    assert (
        f'<li>reported by <bdi lang="en" dir="ltr">R&amp;D of Légifrance</bdi> {cited}</bdi></cite></a> {read}</li>'
        in page
    )
    assert "As of November 2026, reported by R&amp;D of Légifrance" in page
    site.person.send("/en/help", country="FR")
    assert "France, as of November 2026, reported by R&amp;D of Légifrance" in site.read(lesson)
    assert f"({'صفحة بلا تاريخ، ' if undated else ''}قُرئت في نوفمبر 2026)" in site.read(site.path("first-page", "ar"))
