"""Rules of asking a group: until when a vote is open, how it is counted, and what may be entered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from coplearn.kernel.text import N_, LabelledEnum

VOTE_FOR: Final = timedelta(minutes=5)
"""A vote that nobody closes is closed after that; showing the slide again opens it again."""
MOST_PHONES: Final = 400
"""Seats of a room; each phone that votes takes one."""
MOST_PEOPLE: Final = 5_000
"""More hands or sheets than anybody counts in a hall."""
LAST_STAGE: Final = 2
"""A slide is asked (0), then shows how the group voted (1), then the answer (2)."""
LONGEST_QUESTION: Final = 160
LONGEST_OPTION: Final = 90
SEAT: Final = "voter"
"""The part of every seat in a room where a module is presented."""
PEOPLE: Final = ""
"""Stands for an option where all who answered a question are counted."""

NOTHING_TYPED: Final = N_("Type at least one number.")
NUMBER_WANTED: Final = N_("Type a whole number from 0 to %(most)s.")

Counts = Mapping[str, int]


class VoteWay(LabelledEnum):
    """The ways in which a group answers."""

    PHONE = "phone", N_("By phone")
    HANDS = "hands", N_("Raised hands")
    PAPER = "paper", N_("On paper")


class PollMedium(LabelledEnum):
    """The occasions on which a group is asked."""

    SCREEN = "screen", N_("Presented")
    PAPER = "paper", N_("Check on paper")


def is_open(stage: int, opened_at: datetime | None, over_at: datetime | None, now: datetime) -> bool:
    """Whether phones may vote on the slide that is shown."""
    return over_at is None and stage == 0 and opened_at is not None and opened_at <= now < opened_at + VOTE_FOR


def chosen_of(sent: Iterable[str], options: Collection[str], *, many: bool) -> tuple[str, ...]:
    """The options that a phone sent, in the ballot's order; none where that is no vote."""
    found = tuple(option for option in options if option in set(sent))
    return found if many or len(found) == 1 else ()


def counted(votes: Iterable[str]) -> dict[str, int]:
    """The number of phones that chose each option, and of all that voted."""
    found = Counter[str]()
    for vote in votes:
        found.update([PEOPLE, *vote.split()])
    return dict(found)


def readable(sent: Mapping[str, object], options: Collection[str]) -> dict[str, int] | None:
    """The numbers that were entered for options; None where one is no number of people, or of no option."""
    found = {}
    for option, number in sent.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST_PEOPLE:
            return None
        if option not in options:
            return None
        found[option] = number
    return found


def number_typed(text: str) -> int | None:
    """A number of people as it was typed, in any script's digits; 0 for nothing, None for what is none."""
    typed = text.strip()
    if not typed:
        return 0
    return int(typed) if typed.isdecimal() and len(typed) <= 5 and int(typed) <= MOST_PEOPLE else None


def added(counts: Iterable[Counts]) -> dict[str, int]:
    """Counts of several ways together."""
    found = Counter[str]()
    for one in counts:
        found.update(one)
    return dict(found)
