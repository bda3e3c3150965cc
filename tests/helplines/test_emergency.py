"""The number to dial in danger stands first, and says where it is from."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from coplearn.helplines.emergency import countries_with_emergency_numbers, emergency_numbers


@pytest.mark.parametrize(
    ("country", "first"), [("MA", "15"), ("FR", "112"), ("US", "911"), ("GB", "999"), ("AU", "000"), ("CN", "110")]
)
def test_country_s_own_number_comes_first(country: str, first: str) -> None:
    """What people there know by heart."""
    assert emergency_numbers(country)[0] == first


def test_every_country_has_few_numbers_that_can_be_dialled() -> None:
    """Nobody in danger should read a range of a hundred numbers."""
    for country in countries_with_emergency_numbers():
        numbers = emergency_numbers(country)
        assert len(numbers) <= 12, country
        assert all(re.fullmatch(r"\d{2,5}", number) for number in numbers), country
    assert emergency_numbers("XX") == ()


def test_help_page_shows_them_big_and_says_whose_word_it_is(client: FlaskClient) -> None:
    """Before anything else; apart from the lines that were confirmed; each a link that dials and that no line breaks."""
    page = client.get("/en/help?country=MA").text
    for number in ("15", "19", "177"):
        assert f'href="tel:{number}"' in page
    assert page.index('href="tel:19"') < page.index('id="country"') < page.index("EMC-Helpline")
    assert "telephone numbering data" in page
    assert '<bdi class="phone" dir="ltr">+212 6 24 40 58 89</bdi>' in page


def test_country_without_a_confirmed_line_is_offered_all_the_same(client: FlaskClient) -> None:
    """China has no line yet: its emergency numbers are shown, and the international directories."""
    page = client.get("/zh/help?country=CN").text
    assert '<option value="CN" selected>' in page
    assert 'href="tel:110"' in page
    assert "https://childhelplineinternational.org/helplines/" in page
    assert client.get("/zh/help?country=ZZ").status_code == 200
