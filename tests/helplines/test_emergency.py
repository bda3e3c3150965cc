"""The number to dial in danger stands first, and says where it is from."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from coplearn.helplines.emergency import emergency_numbers
from coplearn.i18n.countries import COUNTRIES


@pytest.mark.parametrize(
    ("country", "first"), [("MA", "15"), ("FR", "112"), ("US", "911"), ("GB", "999"), ("AU", "000"), ("CN", "110")]
)
def test_country_s_own_number_comes_first(country: str, first: str) -> None:
    """What people there know by heart."""
    assert emergency_numbers(country)[0] == first


def test_every_country_has_few_numbers_that_can_be_dialled() -> None:
    """Nobody in danger should read a range of a hundred numbers."""
    for country in COUNTRIES:
        numbers = emergency_numbers(country)
        assert len(numbers) <= 12, country
        assert all(re.fullmatch(r"\d{2,5}", number) for number in numbers), country
    assert emergency_numbers("XX") == ()


def test_emergency_numbers_are_known_nearly_everywhere() -> None:
    """What the data lacks are places where nobody lives, and two countries; a new gap would be a change to look at."""
    missing = {country for country in COUNTRIES if not emergency_numbers(country)}
    assert missing == {"AQ", "BV", "CP", "DG", "GN", "GQ", "GS", "HM", "IO", "PN", "TF", "TK", "UM"}
    assert emergency_numbers("EA") == emergency_numbers("ES")


def test_help_page_of_every_country_says_what_to_do_in_danger(client: FlaskClient) -> None:
    """A number that dials, or the sentence for where none is known; and the world-wide services under it."""
    for country in sorted(COUNTRIES):
        page = client.get(f"/en/help?country={country}").text
        assert f'<option value="{country}" selected>' in page
        if emergency_numbers(country):
            assert re.search(r'href="tel:\d{2,5}"', page), country
        else:
            assert "has no emergency number for this place" in page, country
        for service in ("childhelplineinternational.org", "report.iwf.org.uk", "takeitdown.ncmec.org", "stopncii.org"):
            assert service in page


def test_help_page_shows_them_big_and_says_whose_word_it_is(client: FlaskClient) -> None:
    """Before anything else; apart from the lines that were confirmed; each a link that dials and that no line breaks."""
    page = client.get("/en/help?country=NG").text
    first = f'href="tel:{emergency_numbers("NG")[0]}"'
    assert page.index(first) < page.index('id="country"') < page.index("Cece Yara")
    assert "telephone numbering data" in page
    assert '<bdi class="phone" dir="ltr">0800 800 8001</bdi>' in page


def test_country_without_a_confirmed_line_is_offered_all_the_same(client: FlaskClient) -> None:
    """Mexico has no line yet: its emergency numbers are shown, and the international directories."""
    page = client.get("/es/help?country=MX").text
    assert '<option value="MX" selected>' in page
    assert 'href="tel:911"' in page
    assert "https://childhelplineinternational.org/helplines/" in page
    assert client.get("/es/help?country=ZZ").status_code == 200


@pytest.mark.parametrize("country", ["CA", "GB", "EE", "UY", "MA"])
def test_sentences_about_a_line_do_not_run_together(client: FlaskClient, country: str) -> None:
    """Hours, price, chat and source are sentences of their own, also when they are read aloud or copied."""
    page = client.get(f"/en/help?country={country}").text
    facts = re.findall(r'<p class="small">\s*(<span>.*?)</p>', page, re.DOTALL)
    assert (country == "MA") == (not facts)
    assert not [fact for fact in facts if "</span><span>" in fact]
