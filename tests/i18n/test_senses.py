"""A word with two senses is two messages, because other languages have two words for it."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

HOME = Path(__file__).resolve().parents[2]
LETTER, TO_TRANSLATE = (None, "Message"), ("a text to translate", "Message")
RESULT, HOW_MANY = (None, "Passed"), (None, "Passed so far")
COUNT, CHOICE = (None, "person is invited"), (None, "get an invitation")


@pytest.fixture(scope="module")
def places() -> dict[tuple[str | None, str], tuple[str, ...]]:
    """Where each message of the interface stands, by its context and text."""
    # The template is what the code says: `coplearn i18n check` refuses one that is not.
    template = polib.pofile(str(HOME / "translations" / "messages.pot"))
    return {(one.msgctxt, one.msgid): tuple(place for place, _ in one.occurrences) for one in template}


@pytest.mark.parametrize(
    ("first", "second"),
    [(LETTER, TO_TRANSLATE), (RESULT, HOW_MANY), (COUNT, CHOICE)],
    ids=["a letter, a text to translate", "a result, how many", "a count, a choice"],
)
def test_each_sense_has_its_own_message(
    places: dict[tuple[str | None, str], tuple[str, ...]],
    first: tuple[str | None, str],
    second: tuple[str | None, str],
) -> None:
    """And no file has it in both."""
    assert places[first] and places[second]
    assert not set(places[first]) & set(places[second])


def test_how_far_a_training_is_from_the_authors_is_called_a_step(
    places: dict[tuple[str | None, str], tuple[str, ...]],
) -> None:
    """Everywhere: a page that said tier where the others say step would be taken to mean something else."""
    assert [text for _, text in places if re.search(r"\btiers?\b", text, re.IGNORECASE)] == []
