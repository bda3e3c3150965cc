"""What a translator is shown of a changed source: word by word, whole, and with words that belong together in one piece."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coplearn.translating.editing.marks import word_changes

TEXTS = st.text(alphabet="ab .世界\n", max_size=24)


def test_words_changed_in_a_row_are_one_change() -> None:
    """What is gone stands whole before what is new, also when there are spaces between its words."""
    changes = word_changes(
        "If so, you have not failed. Very many do.", "If so, you have done nothing wrong. Very many do."
    )
    assert [(one.kind, one.text) for one in changes] == [
        ("same", "If so, you have "),
        ("gone", "not failed"),
        ("new", "done nothing wrong"),
        ("same", ". Very many do."),
    ]


def test_words_that_stayed_between_two_changes_are_shown_as_they_were() -> None:
    """Two changes far apart stay two."""
    kinds = [one.kind for one in word_changes("one and two", "three and four")]
    assert kinds == ["gone", "new", "same", "gone", "new"]


@given(TEXTS, TEXTS)
def test_changes_hold_both_texts(old: str, new: str) -> None:
    """Without the gone it is the new text; without the new it is the old one."""
    changes = word_changes(old, new)
    assert "".join(one.text for one in changes if one.kind != "gone") == new
    assert "".join(one.text for one in changes if one.kind != "new") == old
