"""Hazards of a text from outside: placeholders that must survive, and characters that must not pass."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_PLACEHOLDER: Final = re.compile(r"%%|%\([A-Za-z_][A-Za-z0-9_]*\)[a-z]?|\{\{[^{}]*\}\}|\{[a-z_]+\}")
_PERCENT: Final = re.compile(r"%%|%(?!\([A-Za-z_][A-Za-z0-9_]*\)s)")
_OVERRIDES: Final = re.compile("[\u202a-\u202e]")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\U000e0000-\U000e007f]")
_ISOLATES: Final = frozenset("\u2066\u2067\u2068")
_ISOLATING: Final = re.compile("[\u2066-\u2069]")
_POP: Final = "\u2069"


HOST_LETTERS: Final = r"A-Za-z0-9\u00df-\u024f\u0370-\u052f"
"""Of the scripts that can pass for one another in a host; Han and Arabic letters may stand close to one."""
_DOTTED: Final = re.compile(rf"[^.]\.[^.]|[{HOST_LETTERS}][\u3002\uff0e\uff61][{HOST_LETTERS}]")
"""Browsers take three other signs for the dot of a host as well; in Chinese one of them ends a sentence."""


def is_host(text: str) -> bool:
    """Whether a browser could take for a host what stands behind ``//``; words of a sentence that go on there are none.

    >>> is_host("example.org"), is_host("localhost"), is_host("\u5f00\u5934\u3002\u6700\u591a"), is_host("\u0438")
    (True, True, False, False)
    """
    return text.strip(".") != "" and (text.isascii() or _DOTTED.search(text) is not None)


def placeholders(text: str) -> Counter[str]:
    """The number of times that each ``%(name)s``, ``{{fact}}`` and ``{name}`` stands in ``text``."""
    # "%%" is taken first: "%%(name)s" is shown as it stands, and fills nothing in.
    return Counter(found for found in _PLACEHOLDER.findall(text) if found != "%%")


def without_placeholders(text: str) -> str:
    """``text`` with every place to fill taken out."""
    return _PLACEHOLDER.sub("", text)


def bare_percents(text: str) -> int:
    """The number of percent signs in ``text`` that would break ``%`` formatting."""
    return sum(found != "%%" for found in _PERCENT.findall(text))


def has_override(text: str) -> bool:
    """Whether a bidirectional embedding or override (U+202A-202E) can turn the text about."""
    return _OVERRIDES.search(text) is not None


def has_control(text: str) -> bool:
    """Whether a control, separator or tag character stands in the text; line feeds and tabs are none."""
    return _CONTROLS.search(text) is not None


def isolates_balanced(text: str) -> bool:
    """Whether each bidirectional isolate (U+2066-2068) is closed within its paragraph, and nothing else is closed."""
    if _ISOLATING.search(text) is None:
        return True
    for line in text.split("\n"):
        depth = 0
        for char in line:
            depth += (char in _ISOLATES) - (char == _POP)
            if depth < 0:
                return False
        if depth:
            return False
    return True
