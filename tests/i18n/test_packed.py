"""Texts that are kept as one run of bytes are the texts that were given, in every script, and after another process read them."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from coplearn.courses.texts import CatalogEntry, PackedEntries
from coplearn.i18n.packed import PackedTexts

TEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=30), max_size=20)


@given(TEXTS)
def test_packed_texts_are_those_that_were_given(texts: dict[str, str]) -> None:
    """As a mapping in their order, and pickled as a start keeps them; what is not there is not there."""
    packed = PackedTexts(texts)
    assert dict(packed) == texts and list(packed) == list(texts)
    assert pickle.loads(pickle.dumps(packed)) == texts
    assert "another, longer than any" not in packed and packed.get("another, longer than any") is None


@given(TEXTS, st.data())
def test_packed_entries_are_those_that_were_given(texts: dict[str, str], data: st.DataObject) -> None:
    """Each with its source, and with what a person has to look at again."""
    fuzzy = data.draw(st.sets(st.sampled_from(sorted(texts)))) if texts else set()
    entries = {context: CatalogEntry(text, context[::-1], context in fuzzy) for context, text in texts.items()}
    assert PackedEntries(entries) == entries
    assert {**PackedEntries(entries)} == entries
