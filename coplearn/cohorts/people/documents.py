"""Cards with codes for people without mail, and the poster from which people join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

from coplearn.i18n.paper import checked_address, code_svg, common, direction_of, name_on_paper, typeset, within

MOST: Final = 400
"""Cards in one file: fifty sheets."""


@dataclass(frozen=True, slots=True)
class Card:
    """The values on one person's card besides the sentences."""

    name: str
    organisation: str
    code: str
    """As a person reads it out."""
    address: str
    """What scanning opens."""


@dataclass(frozen=True, slots=True)
class CardWords:
    """The sentences of all cards, in the language ``language`` (BCP 47)."""

    title: str
    cohort: str
    how: str
    """What to do with the card."""
    address: str
    """The page where the code is typed."""
    code_alt: str
    language: str
    dir: Literal["ltr", "rtl"]
    made: date


def typeset_cards(cards: Sequence[Card], words: CardWords) -> bytes:
    """The cards as PDF/UA-1, eight on an A4 sheet. Raises PaperError for an address that cannot be scanned."""
    drawn = [
        {
            "name": name_on_paper(card.name, 120),
            "name_dir": direction_of(card.name, words.dir),
            "organisation": within(card.organisation, 80),
            "spelled": card.code,
            "code": code_svg(checked_address(card.address)),
        }
        for card in cards[:MOST]
    ]
    return typeset(
        _template("cards.typ"),
        common(language=words.language, direction=words.dir, title=words.title, made=words.made)
        | {
            "cards": drawn,
            "cohort": within(words.cohort, 90),
            "how": within(words.how, 200),
            "address": within(words.address, 120),
            "code_alt": within(words.code_alt, 120),
        },
        words.made,
    )


@dataclass(frozen=True, slots=True)
class Poster:
    """The words of the poster, in the language ``language`` (BCP 47)."""

    title: str
    cohort: str
    steps: tuple[str, ...]
    code_label: str
    code: str
    until: str
    """Until when, as a sentence; empty for no end."""
    address: str
    """What scanning opens."""
    typed: str
    """The page where the code is typed."""
    code_alt: str
    language: str
    dir: Literal["ltr", "rtl"]
    made: date


def typeset_poster(poster: Poster) -> bytes:
    """The poster as PDF/UA-1, one A4 page. Raises PaperError for an address that cannot be scanned."""
    return typeset(
        _template("poster.typ"),
        common(language=poster.language, direction=poster.dir, title=poster.title, made=poster.made)
        | {
            "title": within(poster.title, 120),
            "cohort": within(poster.cohort, 200),
            "cohort_dir": direction_of(poster.cohort, poster.dir),
            "steps": [within(step, 240) for step in poster.steps],
            "code_label": within(poster.code_label, 80),
            "spelled": poster.code,
            "until": within(poster.until, 160),
            "typed": within(poster.typed, 160),
            "code": code_svg(checked_address(poster.address)),
            "code_alt": within(poster.code_alt, 120),
        },
        poster.made,
    )


@lru_cache(maxsize=4)
def _template(name: str) -> bytes:
    return files("coplearn.cohorts").joinpath("templates").joinpath(name).read_bytes()
