"""What may come of a training, for how long it holds, and when it may be renewed or has to be spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from coplearn.cohorts.rules.months import add_months
from coplearn.cohorts.rules.words import Kind, Outcome
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

LONGEST_NOTE: Final = 2_000
LONGEST_REASON: Final = 300
REMIND_BEFORE: Final = (60, 14)
"""So many days before a right ends its holder is written to."""
RENEW_FROM_MONTHS: Final = 6
RENEW_UNTIL_MONTHS: Final = 12
REFRESHED_WITHIN_MONTHS: Final = 12


class Validity(StrEnum):
    """How a certificate stands when a stranger checks it."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


VALIDITIES: Final[Mapping[Validity, str]] = {
    Validity.VALID: N_("Valid"),
    Validity.EXPIRED: N_("Expired"),
    Validity.REVOKED: N_("No longer valid"),
}


def validity(valid_until: datetime | None, revoked_at: datetime | None, now: datetime) -> Validity:
    """How a certificate stands; one without an end does not expire."""
    if revoked_at is not None:
        return Validity.REVOKED
    return Validity.EXPIRED if valid_until is not None and valid_until <= now else Validity.VALID


def valid_until(kind: str, months: int, start: datetime) -> datetime | None:
    """Until when a right holds that begins then. Only a training of trainers gives a right.

    A certificate of another training says what was done, which stays true: it has no end.
    """
    return add_months(start, months) if kind == Kind.TRAINERS else None


def renewal_start(ends: datetime, now: datetime) -> datetime:
    """When the renewed time begins: early renewal loses nobody a day, late renewal gives none back."""
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
    """Which reminder is due, as its days before the end: the latest that has come; None before the first and after the end."""
    if now >= ends:
        return None
    return min((days for days in REMIND_BEFORE if now >= ends - timedelta(days=days)), default=None)


def checked_note(outcome: Outcome, note: str) -> str:
    """The words to the trainee. Raises Refused when they are missing where somebody is not certified, or too long."""
    kept = note.strip()
    if outcome is not Outcome.CERTIFIED and not kept:
        raise Refused(N_("Write a few kind words about what comes next. The trainee reads them."))
    if len(kept) > LONGEST_NOTE:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_NOTE)
    return kept


def checked_reason(reason: str) -> str:
    """A reason in words. Raises Refused when there is none or it is too long."""
    kept = " ".join(reason.split())
    if not kept:
        raise Refused(N_("Say why, in a few words. It is kept with the record."))
    if len(kept) > LONGEST_REASON:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_REASON)
    return kept
