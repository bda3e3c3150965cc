"""Plural forms of a file from outside, in the order that the registry has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from gettext import c2py
from typing import Final

from coplearn.i18n.known import FORMULAS
from coplearn.i18n.locales import Locale

_NUMBERS: Final = (*range(201), 1_000_000)


@dataclass(frozen=True, slots=True)
class Forms:
    """How a file's forms become the registry's: ``order`` names the file's form for each of ours; None: as they stand."""

    count: int
    order: tuple[int, ...] | None = None

    def take(self, given: tuple[str, ...]) -> tuple[str, ...] | None:
        """The forms in our order; None when they are not as many as they must be."""
        if len(given) != self.count:
            return None
        return given if self.order is None else tuple(given[number] for number in self.order)


def forms_of(formula: str, locale: Locale) -> Forms:
    """How a file with that ``Plural-Forms`` header is read.

    The header itself is never evaluated: it is compared, letter for letter but for spaces and brackets, with the
    registry's formula and with those that tools are known to write. Any other counts as the registry's.
    """
    theirs = _squeezed(formula)
    if theirs and theirs != _squeezed(locale.plural):
        known = next((one for one in FORMULAS if _squeezed(one) == theirs), None)
        if known is not None:
            order = _order(locale.plural, known)
            if order is not None:
                return Forms(locale.nplurals, order)
    return Forms(locale.nplurals)


def is_unknown(formula: str, locale: Locale) -> bool:
    """Whether a file's formula is one that is never evaluated, so that its forms count as the registry's."""
    theirs = _squeezed(formula)
    return bool(theirs) and theirs not in {_squeezed(one) for one in (locale.plural, *FORMULAS)}


def _squeezed(text: str) -> str:
    return re.sub(r"[\s()]", "", text[:1000]).rstrip(";")


def _count(formula: str) -> int:
    return int(formula.split("nplurals=", 1)[1].split(";", 1)[0])


@lru_cache(maxsize=64)
def _order(ours: str, theirs: str) -> tuple[int, ...] | None:
    """For each of our forms the one of theirs that speaks of the same numbers; None when there is no such one."""
    mine, other = _rule(ours), _rule(theirs)
    found: dict[int, set[int]] = {}
    for number in _NUMBERS:
        found.setdefault(mine(number), set()).add(other(number))
    if any(len(forms) != 1 for forms in found.values()):
        return None
    order = tuple(next(iter(found[number])) for number in sorted(found))
    # One form is never spread over several: that would be a text nobody wrote.
    return order if sorted(order) == list(range(_count(ours))) and _count(theirs) == _count(ours) else None


def _rule(pinned: str) -> Callable[[int], int]:
    """One of our own pinned formulas as a function; never anything from a file."""
    return c2py(pinned.split("plural=", 1)[1].split(";", 1)[0])
