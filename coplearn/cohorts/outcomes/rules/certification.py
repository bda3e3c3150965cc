"""The outcomes of a training, for how long they hold, and when it may be renewed or has to be spoken of."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final, TypedDict, TypeVar

from coplearn.cohorts.common.rules.words import Kind, TrainingOutcome
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

LONGEST_NOTE: Final = 2_000


class CourseTitles(TypedDict):
    """Name of a course: its title by language, and the language that it was written in, which is one of them."""

    language: str
    titles: dict[str, str]


TitlesOf = Callable[[str], CourseTitles | None]
"""What the course of an id is called now; None for one that is not on the site."""

REMIND_BEFORE: Final = (60, 14)
"""So many days before a right ends its holder is written to."""
RENEW_FROM_MONTHS: Final = 6
RENEW_UNTIL_MONTHS: Final = 12
REFRESHED_WITHIN_MONTHS: Final = 12


def valid_until(kind: str, months: int, start: datetime) -> datetime | None:
    """Until when a right holds that begins then. Only a training of trainers gives a right.

    A certificate of another training says what was done, which stays true: it has no end.
    """
    return add_months(start, months) if kind == Kind.TRAINERS else None


def renewal_start(ends: datetime, now: datetime) -> datetime:
    """The beginning of the renewed time: early renewal loses nobody a day, late renewal gives none back."""
    return max(ends, now)


def check_renewal(ends: datetime | None, refreshed_at: datetime | None, now: datetime) -> None:
    """Raise Refused unless a right that ends then may be renewed now.

    It may from six months before its end until twelve months after, when the person attended a meeting or passed a
    teach-back after it was issued and in the last twelve months. Later, the training is done again.
    """
    if ends is None:
        raise Refused(N_("This certificate has no end, so there is nothing to renew."))
    if now < add_months(ends, -RENEW_FROM_MONTHS):
        raise Refused(N_("This can be renewed from %(day)s."), day=add_months(ends, -RENEW_FROM_MONTHS).date())
    if now > add_months(ends, RENEW_UNTIL_MONTHS):
        raise Refused(
            N_("This ended more than a year ago. The training is done again, and a new certificate comes of it.")
        )
    if refreshed_at is None or refreshed_at < add_months(now, -REFRESHED_WITHIN_MONTHS):
        raise Refused(N_("A refresher meeting or a passed teach-back of the last twelve months is missing."))


def reminder_due(ends: datetime, now: datetime) -> int | None:
    """The reminder that is due, as its days before the end: the latest that has come; None before the first and after the end."""
    if now >= ends:
        return None
    return min((days for days in REMIND_BEFORE if now >= ends - timedelta(days=days)), default=None)


def checked_note(outcome: TrainingOutcome, note: str) -> str:
    """The words to the trainee. Raises Refused when they are missing where somebody is not certified, or too long."""
    words = note.strip()
    if outcome is not TrainingOutcome.CERTIFIED and not words:
        raise Refused(N_("Write a few kind words about what comes next. The trainee reads them."))
    if len(words) > LONGEST_NOTE:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_NOTE)
    return words


Day = TypeVar("Day", bound=date)


def add_months(start: Day, months: int) -> Day:
    """The same day of the month so many months later, or that month's last day when it is shorter; the hour stays."""
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
