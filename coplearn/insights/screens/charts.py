"""Rows as the charts of ``macros.html`` take them: a label, numbers, and the numbers as the page's language writes them."""

from __future__ import annotations

from collections.abc import Sequence

from coplearn.i18n import formats
from coplearn.web.render import page_locale

Bar = tuple[str, int, str]
Parts = tuple[str, Sequence[int], Sequence[str]]


def bar(label: str, value: int) -> Bar:
    """One bar."""
    return label, value, formats.number(value, page_locale())


def parts(label: str, values: Sequence[int]) -> Parts:
    """One bar of several parts."""
    return label, values, [formats.number(value, page_locale()) for value in values]
