"""The law of certificates: who has earned which, what a number looks like, what a name may be."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection, Iterable
from typing import Final

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import CertificateKind
from coplearn.learning.rules import Completion, Edition

NUMBER_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No letter that is mistaken for a digit or another letter when read aloud or copied by hand."""
_GROUPS, _GROUP = 4, 5
NUMBER_LENGTH: Final = _GROUPS * _GROUP
NAME_LENGTH: Final = 100
OF_PACKAGE: Final = "package:"
"""Begins what a certificate is for where that is no course of this site's own but a package; no course's id has a colon."""


def is_of_package(course_id: str) -> bool:
    """Whether that, as a certificate names it, is a package, so that the result is what the package itself said.

    >>> is_of_package("package:0a1b2c"), is_of_package("cop-parents")
    (True, False)
    """
    return course_id.startswith(OF_PACKAGE)


def earned(completion: Completion) -> tuple[CertificateKind, ...]:
    """The certificates that progress has earned."""
    kinds: list[CertificateKind] = []
    if completion.took_part:
        kinds.append(CertificateKind.PARTICIPATION)
    if completion.achieved:
        kinds.append(CertificateKind.ACHIEVEMENT)
    return tuple(kinds)


def earned_in(
    editions: Iterable[Edition], done: Collection[str], passed: Collection[str]
) -> tuple[Edition, Completion] | None:
    """The edition of a course in which what was done and passed earns most, the first of equals; None when it earns nothing."""
    reached = [(edition, edition.completion(done, passed)) for edition in editions]
    best = max(reached, key=lambda one: len(earned(one[1])), default=None)
    return best if best is not None and earned(best[1]) else None


def new_number() -> str:
    """A fresh number of 98 random bits, in four groups of five."""
    return "-".join("".join(secrets.choice(NUMBER_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def canonical_number(typed: str) -> str:
    """The number as stored, from what somebody typed: any case, any separators; not a number gives something that matches none."""
    letters = [char for char in unicodedata.normalize("NFKC", typed).upper() if char in NUMBER_LETTERS][
        : _GROUPS * _GROUP + 1
    ]
    return "-".join("".join(letters[start : start + _GROUP]) for start in range(0, len(letters), _GROUP))


def checked_name(typed: str) -> str:
    """The name as it will stand on a certificate: NFC, single spaces, no control or direction marks.

    Raises Refused when nothing readable is left or it is longer than :data:`NAME_LENGTH`.
    """
    visible = "".join(
        char
        for char in unicodedata.normalize("NFC", typed)
        if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or char in "\u200c\u200d"
    )
    name = " ".join(visible.split())
    if not any(unicodedata.category(char).startswith("L") for char in name):
        raise Refused(N_("Type your name as you want it on the certificate."))
    if len(name) > NAME_LENGTH:
        raise Refused(N_("Use at most %(count)s characters for the name."), count=NAME_LENGTH)
    return name
