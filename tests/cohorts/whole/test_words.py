"""Words that are stored are found by what is stored, and each is shown by a label."""

from __future__ import annotations

import json
import pickle
from enum import StrEnum

import pytest
from flask import Flask

from coplearn.kernel.text import LabelledEnum


def vocabularies() -> list[type[LabelledEnum]]:
    """Every vocabulary with labels that the site knows, once it is loaded."""
    return LabelledEnum.__subclasses__()


def test_every_word_has_a_label_and_is_found_by_its_value(shared_app: Flask) -> None:
    """A label that was forgotten would leave an empty place on a page."""
    assert len(vocabularies()) >= 10
    for vocabulary in vocabularies():
        assert [word.name for word in vocabulary if not word.label] == [], vocabulary
        assert [vocabulary(word.value) for word in vocabulary] == list(vocabulary)
        assert len({word.label for word in vocabulary}) == len(vocabulary), vocabulary


def test_word_is_stored_and_sent_as_its_value(shared_app: Flask) -> None:
    """In JSON, in a text and in another process it is the plain word, and the label goes nowhere."""
    for vocabulary in vocabularies():
        for word in vocabulary:
            assert (json.dumps(word), f"{word}", str(word)) == (f'"{word.value}"', word.value, word.value)
            assert pickle.loads(pickle.dumps(word)) is word
            assert word == word.value
            assert hash(word) == hash(word.value)


def test_word_that_is_none_is_refused(shared_app: Flask) -> None:
    """As by any other vocabulary."""
    assert all(issubclass(vocabulary, StrEnum) for vocabulary in vocabularies())
    for vocabulary in vocabularies():
        with pytest.raises(ValueError, match="not a valid"):
            vocabulary("no such word")
