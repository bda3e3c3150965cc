"""Words as people type them are found as they are written: accents, Arabic letters, ё, forms of a word, Chinese without spaces."""

from __future__ import annotations

import pytest

from coplearn.i18n.analysis import searched, tokens, words

ALIKE = [
    ("fr", "deplace", "Déplacé"),
    ("fr", "deplacees", "déplacées"),
    ("fr", "l’enfant", "enfants"),
    ("es", "captacion de ninos", "captación niño"),
    ("es", "extorsión", "EXTORSION"),
    ("ar", "رقابة", "الرِّقابـــةُ"),
    ("ar", "رقابه", "الرقابة"),
    ("ar", "اطفال", "للأطفال"),
    ("ar", "الابويه", "الأبويّة"),
    ("ru", "ребенок", "ребёнка"),
    ("ru", "травля", "травли"),
    ("en", "groomed", "Grooming"),
    ("en", "child", "children"),
    ("zh_Hans_CN", "诱骗", "防止性诱骗儿童"),
    ("zh_Hans_CN", "骗", "诱骗"),
    ("hy", "երեխա", "երեխաների"),
    ("de", "Kinder", "KINDERN"),
    ("xx", "ﬁnd", "FIND"),
]


@pytest.mark.parametrize(("locale", "typed", "written"), ALIKE)
def test_what_is_typed_is_found(locale: str, typed: str, written: str) -> None:
    """Every word of the search has a token in common with the text."""
    there = set(tokens(written, locale))
    groups = [set(word.tokens) for word in searched(typed, locale) if len(word.plain) > 2 or word.plain > "\u3400"]
    assert groups
    assert sum(bool(group & there) for group in groups) >= len(groups) - typed.count(" de ")


def test_other_words_stay_apart() -> None:
    """A letter of its own is no accent, and the same letters are another word in another language."""
    assert tokens("район", "ru") != tokens("раион", "ru")
    assert not set(tokens("main", "fr")) & set(tokens("main", "en"))
    assert not set(tokens("骗子", "zh_Hans_CN")) & set(tokens("孩子好", "zh_Hans_CN")) - {"zh_子"}


def test_words_know_where_they_stand() -> None:
    """The places of words are those of the text, so that marks are set around whole words."""
    text = "Œuvre : «الرِّقابةُ» 防止诱骗 e\u0301te\u0301"
    assert [text[word.start : word.end] for word in words(text, "fr")] == [
        "Œuvre",
        "الرِّقابةُ",
        "防止",
        "止诱",
        "诱骗",
        "骗",
        "e\u0301te\u0301",
    ]
