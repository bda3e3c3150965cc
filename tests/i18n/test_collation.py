"""Names stand where the readers of each language look for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.i18n.collation import sort_key

WANTED = {
    "fr": ["Allemagne", "Égypte", "Espagne", "États-Unis", "Thaïlande"],
    "es": ["Nauru", "Níger", "Noruega", "Ñandú", "Omán"],
    "ru": ["Ёлкино", "Ельск", "Индия", "Италия", "Йемен", "Казахстан"],
    "ar": ["إثيوبيا", "ألمانيا", "باكستان", "مصر"],
    "zh_Hans_CN": ["阿根廷", "埃及", "德国", "法国", "摩洛哥", "中国"],
    "en": ["Åland Islands", "Albania", "Côte d’Ivoire", "Croatia"],
}


@pytest.mark.parametrize("language", WANTED)
def test_countries_stand_where_they_are_looked_for(language: str) -> None:
    """Accents, hamza and ё change no place; ñ and й have one of their own; Chinese goes by pinyin."""
    mixed = list(reversed(WANTED[language]))
    assert sorted(mixed, key=lambda name: sort_key(name, language)) == WANTED[language]


@given(st.lists(st.text(max_size=12)), st.sampled_from(["en", "fr", "es", "ru", "ar", "hy", "zh_Hans_CN"]))
def test_any_text_has_its_place(texts: list[str], language: str) -> None:
    """The order is one and the same, however the list came."""
    safe = [text for text in texts if text.isprintable()]
    once = sorted(safe, key=lambda text: sort_key(text, language))
    turned = list(reversed(safe))
    assert sorted(turned, key=lambda text: sort_key(text, language)) == once
