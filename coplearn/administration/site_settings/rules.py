"""The settings that an administrator may choose, and what is good for each."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any, Final

from coplearn.kernel.text import N_, Phrase
from coplearn.settings import Settings

CHOSEN: Final = (
    "site_name",
    "contact",
    "languages",
    "visitor_days",
    "letter_days",
    "contact_days",
    "cohorts_opened_by",
)
"""Names of settings, as the operator's variables have them."""
_DEFAULTS: Final = {one.name: one.default for one in fields(Settings)}
_ADDRESS: Final = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+")
_LONGEST: Final = 3650


def is_operators(settings: Settings, name: str) -> bool:
    """Whether the operator set it: then nobody changes it on the page."""
    return bool(getattr(settings, name) != _DEFAULTS[name])


def with_chosen(settings: Settings, chosen: Mapping[str, Any]) -> Settings:
    """The operator's settings with what was chosen where they say nothing; what is not good any more is left out."""
    good: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in chosen.items()
        if name in CHOSEN and not is_operators(settings, name) and problem_of(name, value) is None
    }
    return replace(settings, **good) if good else settings


def problem_of(name: str, value: Any, known: Collection[str] | None = None) -> Phrase | None:
    """The fault of a value in a sentence, or None for a good one; ``known`` are the codes of the languages there are."""
    if name == "site_name":
        good = isinstance(value, str) and 0 < len(value.strip()) <= 60 and value.isprintable()
        return None if good else Phrase(N_("Type a name of at most 60 letters."))
    if name == "contact":
        return None if isinstance(value, str) and _is_contact(value) else Phrase(_CONTACT)
    if name == "languages":
        good = isinstance(value, list | tuple) and (known is None or set(value) <= set(known))
        return None if good else Phrase(N_("Choose one from the list."))
    if name == "cohorts_opened_by":
        return None if value in ("trainers", "coordinators") else Phrase(N_("Choose one from the list."))
    if name == "contact_days":
        good = isinstance(value, int) and 0 <= value <= _LONGEST
        return None if good else Phrase(N_("Type a number of days from 0 to %(most)s; 0 is never."), {"most": _LONGEST})
    good = isinstance(value, int) and 1 <= value <= _LONGEST
    return None if good else Phrase(N_("Type a number of days from 1 to %(most)s."), {"most": _LONGEST})


_CONTACT: Final = N_("Type a mail address, or the https:// address of a page.")


def _is_contact(value: str) -> bool:
    is_page = value.startswith("https://") and value.isprintable() and " " not in value
    return not value or (len(value) <= 254 and (is_page or _ADDRESS.fullmatch(value) is not None))
