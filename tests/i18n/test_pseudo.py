"""The made-up languages change every word and nothing that must stay."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.i18n.inline_marks import link_targets, paragraphs
from coplearn.i18n.pseudo import CLOSING, OPENING, PseudoTranslations, pseudo


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("Call %(number)s now", "%(number)s"),
        ("70 %% or more", "%%"),
        ("[get help now](help:)", "](help:)"),
        ("([ITU, 2024](ref:itu-2024))", "](ref:itu-2024)"),
        ("Say `no`", "`no`"),
    ],
)
def test_places_and_targets_stay(source: str, kept: str) -> None:
    """What a program fills in or follows is untouched."""
    assert kept in pseudo(source)


def test_text_is_marked_accented_and_longer() -> None:
    """A third longer, between the marks, with no letter left plain but those of the padding."""
    found = pseudo("Keep your child safe")
    assert found.startswith(f"{OPENING} Ķééþ ýöûŕ çĥîļđ šåƒé")
    assert found.endswith(CLOSING)
    assert len(found) >= len("Keep your child safe") * 1.35


words = st.text(alphabet="abc %,", min_size=1, max_size=12)
linked = st.tuples(words, st.sampled_from(["help:", "ref:itu-2024", "item:first-hour"])).map(
    lambda pair: f"[{pair[0]}]({pair[1]})"
)
prose = st.lists(words | linked | st.just("\n\n"), max_size=8).map("".join)


@given(prose)
def test_structure_is_the_sources(source: str) -> None:
    """As many paragraphs and the same links as before, whatever the text."""
    found = pseudo(source)
    assert len(paragraphs(found)) == len(paragraphs(source))
    assert Counter(link_targets(found)) == Counter(link_targets(source))


def test_counted_sentences_are_marked_too() -> None:
    """Both forms go through the same change."""
    texts = PseudoTranslations()
    assert texts.ngettext("one step", "%(num)s steps", 1) == pseudo("one step")
    assert texts.npgettext("c", "one step", "%(num)s steps", 3) == pseudo("%(num)s steps")
