"""Words to be said in place of a text where a page is read aloud: numbers and abbreviations as words, by the key ``say``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from coplearn.authoring.problems import Problems
from coplearn.authoring.source import SourceFile, mend_key
from coplearn.courses.contract import Message

FACET: Final = ".say"
"""What the context of such a message ends with, after that of the text it is said for."""
_NOTE: Final = (
    "Not shown: it is heard in place of the text %s where a page is read aloud. Say the same as that text does in your language,"
    " with numbers and abbreviations as words."
)
_DIGIT: Final = re.compile(r"\d")


def spoken_messages(source: SourceFile, prefix: str, texts: Sequence[Message], problems: Problems) -> Iterator[Message]:
    """The messages of the item's ``say``, a mapping from what stands after ``prefix`` in the context of one of its texts; every
    fault of it noted."""
    data = source.data.get("say", {})
    if not isinstance(data, dict):
        mend = "Write the id of a text and a colon, and behind it how it is said."
        problems.error(source.place("say"), "bad-value", "say is not a mapping.", mend)
        return
    known = {text.context.removeprefix(prefix): text for text in texts if not text.context.endswith(".alt")}
    for name, words in data.items():
        place = source.place(f"say.{name}")
        if name not in known:
            problems.error(place, "say-unknown", f"Nothing here is called {name!r}.", mend_key(str(name), known))
        elif not isinstance(words, str) or not words.strip():
            problems.error(
                place, "bad-value", f"No words are given for {name!r}.", "Write how it is said, or take it out."
            )
        else:
            if _DIGIT.search(words):
                mend = "Write it as it is said."
                problems.warning(place, "say-digits", "A number stands in what is to be said.", mend)
            text = known[name]
            yield Message(f"{text.context}{FACET}", words.strip(), place, (_NOTE % text.context,), spoken=True)
