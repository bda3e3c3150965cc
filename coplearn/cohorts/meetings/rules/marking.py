"""Rules of marking: when somebody may be marked, which of two marks wins, and the code at the door."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from coplearn.cohorts.common.rules.words import CANCELLED, Presence
from coplearn.kernel.text import N_, Phrase, counted

EARLY: Final = timedelta(minutes=30)
"""How long before its beginning a meeting may be marked, and the door opens."""
DOOR_CLOSES: Final = timedelta(minutes=30)
"""How long after its end the door closes."""
LATE_AFTER: Final = timedelta(minutes=10)
CORRECTIONS: Final = timedelta(days=14)
"""How long after its end whoever marks may correct without a reason."""
HALF_MINUTE: Final = 30
LONGEST_REASON: Final = 300
MOST_MARKS: Final = 500
"""In one sending; a device that has more sends again."""
LONGEST_OP: Final = 64
DOOR_TRIES: Final = 10
DOOR_TRIES_SECONDS: Final = 600
"""Wrong digits of one member in ten minutes."""
DOOR: Final = "door-"
"""How the names of marks made at the door begin."""


class Fate(StrEnum):
    """The fates of a mark that came in."""

    STANDS = "stands"
    SAME = "same"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Window:
    """Whether a meeting may be marked now."""

    refusal: Phrase | None
    """Why not; None when it may."""
    needs_reason: bool
    """Whether it is a late correction, which tells its reason."""


def window(starts_at: datetime, ends_at: datetime, state: str, now: datetime, *, decides: bool) -> Window:
    """Whether marks may be made now, by somebody who ``decides`` on outcomes or not."""
    if state == CANCELLED:
        return Window(Phrase(N_("This meeting was cancelled, so nobody is marked for it.")), False)
    if now < starts_at - EARLY:
        return Window(Phrase(N_("This meeting has not begun. Marking opens half an hour before.")), False)
    late = now > ends_at + CORRECTIONS
    if late and not decides:
        return Window(
            counted(
                "This meeting was more than %(num)s day ago. A lead trainer or coordinator can still correct it.",
                "This meeting was more than %(num)s days ago. A lead trainer or coordinator can still correct it.",
                CORRECTIONS.days,
            ),
            True,
        )
    return Window(None, late)


def fate_of(status: str, base_rev: int, now_status: str | None, now_rev: int, *, goes_on: bool = False) -> Fate:
    """The decision on a mark: the page showed ``base_rev``, and ``now_…`` is what the server has.

    A mark from what stands now becomes what stands. One that says the same is the same. Any other was made without
    knowing of the newer one: it is kept in the history, shown, and waits for somebody to choose. ``goes_on`` says
    that what stands is the same page's own earlier mark.
    """
    if status == now_status:
        return Fate.SAME
    if base_rev == now_rev or goes_on:
        return Fate.STANDS
    return Fate.STALE


def door_code(secret: str, now: datetime, step: int = 0) -> str:
    """The six digits at the door in this half minute; ``step`` -1 for the one before."""
    turn = int(now.timestamp()) // HALF_MINUTE + step
    digest = hmac.new(secret.encode(), str(turn).encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


def seconds_left(now: datetime) -> int:
    """The time for which the present code is shown."""
    return HALF_MINUTE - int(now.timestamp()) % HALF_MINUTE


def is_door_code(secret: str, typed: str, now: datetime) -> bool:
    """Whether those are the digits of this half minute or the one before."""
    known = [door_code(secret, now, step) for step in (0, -1)]
    return typed.isascii() and any(hmac.compare_digest(code, typed) for code in known)


def door_is_open(starts_at: datetime, ends_at: datetime, state: str, now: datetime) -> bool:
    """Whether people may check themselves in now."""
    return state != CANCELLED and starts_at - EARLY <= now <= ends_at + DOOR_CLOSES


def presence_at(starts_at: datetime, now: datetime) -> Presence:
    """The mark of somebody who checks in now."""
    return Presence.LATE if now > starts_at + LATE_AFTER else Presence.PRESENT
