"""Names and docstrings are plain: one name means one thing, and the first word says what a thing is or does."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "coplearn"
LONGEST_SENTENCE = 45
QUESTIONS = {"what", "who", "whom", "whose", "how", "where", "which", "when", "why", "whoever", "wherever"}
PRONOUNS = {"it", "they", "he", "she", "this", "that", "these", "those", "its", "their", "something", "nothing"}
PEOPLE = {"somebody", "anybody", "nobody", "everybody"}
LINKS = {"and", "or", "but", "if", "so", "because", "as", "for", "of", "from", "to", "with", "after", "before", "in"}
PRIVATE = {
    "desk",
    "deed",
    "vouching",
    "aside",
    "footing",
    "lent",
    "salvage",
    "screens",
    "intake",
    "interchange",
    "spot",
    "theirs",
}
PRIVATE |= {"town", "shelf"}
"""Words of our own for what the field has a name for: each was one of ours once, and was renamed."""
RIDDLES = QUESTIONS | PRONOUNS | PEOPLE | LINKS


def test_no_two_public_classes_have_one_name() -> None:
    """Whoever meets a class in a room need not ask which of several is meant."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in re.findall(r"^class ([A-Za-z]\w*)", path.read_text(encoding="utf-8"), re.MULTILINE):
            places[name].append(path.relative_to(PACKAGE).as_posix())
    assert len(places) > 300
    assert {name: rooms for name, rooms in places.items() if len(rooms) > 1} == {}


def test_no_name_is_a_private_word() -> None:
    """A newcomer guesses from its name what a file, a class or a function is."""
    for path in sorted(PACKAGE.rglob("*.py")):
        named = re.findall(r"^ *(?:async )?(?:class|def) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        for name in (*path.relative_to(PACKAGE).with_suffix("").parts, *named):
            words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}
            assert not words & PRIVATE, f"{path}: {name}"


def test_docstrings_begin_with_a_noun_or_an_imperative() -> None:
    """A reader whose first language is another one sees at the first word what a thing is or does."""
    found = [(place, text) for place, text in _docstrings() if text.split()[0].strip("`,.:;").lower() in RIDDLES]
    assert found == []


def test_docstrings_begin_with_a_sentence_that_can_be_read_at_one_go() -> None:
    """The first sentence of each has at most forty-five words."""
    firsts = ((place, re.split(r"(?<=[.!?])\s", " ".join(text.split()))[0]) for place, text in _docstrings())
    assert [(place, first) for place, first in firsts if len(first.split()) > LONGEST_SENTENCE] == []


@cache
def _docstrings() -> list[tuple[str, str]]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node)
                if text:
                    found.append((f"{path.relative_to(PACKAGE).as_posix()}:{getattr(node, 'name', '')}", text))
    assert len(found) > 2_000
    return found
