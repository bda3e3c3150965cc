"""Where people need help: plain rules with their reasons, and no model that guesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from coplearn.cohorts.rules.attendance import Standing
from coplearn.kernel.text import N_, Phrase, counted

START_WITHIN: Final = timedelta(days=7)
IDLE_AFTER: Final = timedelta(days=14)
FAILED_TIMES: Final = 3


class Need(StrEnum):
    """Why somebody may need help, the most urgent first."""

    DANGER = "danger"
    FAILED = "failed"
    NO_ACCOUNT = "no-account"
    NOT_STARTED = "not-started"
    IDLE = "idle"


NEEDS: Final = {
    Need.DANGER: N_("Attendance in danger"),
    Need.FAILED: N_("The same check failed again and again"),
    Need.NO_ACCOUNT: N_("No account yet"),
    Need.NOT_STARTED: N_("Online course not begun"),
    Need.IDLE: N_("Nothing done for a while"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one active member."""

    joined_at: datetime
    has_way: bool
    """Whether they can take online courses: with an account, or with a card."""
    wants_courses: bool
    """Whether the cohort asks for online courses that they have not finished."""
    done: int
    """Items done in those courses."""
    last_at: datetime | None
    """When they last did something in them."""
    failed: Sequence[str]
    """Titles of the checks failed at least :data:`FAILED_TIMES` times and not passed."""
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to write to somebody, in words for a trainer."""

    need: Need
    phrase: Phrase


def reasons_of(facts: Facts, now: datetime) -> list[Reason]:
    """Why that person may need help, the most urgent first; empty when nothing says so."""
    found = []
    if facts.standing is not None and not facts.standing.can_reach and not facts.standing.came_late:
        found.append(Reason(Need.DANGER, _danger(facts.standing)))
    if facts.failed:
        failed = counted(
            "Failed the check “%(check)s” %(num)s time or more, and has not passed it.",
            "Failed the check “%(check)s” %(num)s times or more, and has not passed it.",
            FAILED_TIMES,
            check=facts.failed[0],
        )
        found.append(Reason(Need.FAILED, failed))
    if not facts.wants_courses:
        return found
    if not facts.has_way:
        if now - facts.joined_at >= START_WITHIN:
            found.append(Reason(Need.NO_ACCOUNT, Phrase(N_("Has not taken the place over with an account yet."))))
    elif not facts.done and facts.last_at is None:
        if now - facts.joined_at >= START_WITHIN:
            text = N_("Joined on %(day)s and has not begun the online course.")
            found.append(Reason(Need.NOT_STARTED, Phrase(text, {"day": facts.joined_at})))
    elif facts.last_at is not None and now - facts.last_at >= IDLE_AFTER:
        text = N_("Has done nothing in the online course since %(day)s.")
        found.append(Reason(Need.IDLE, Phrase(text, {"day": facts.last_at})))
    return found


def _danger(standing: Standing) -> Phrase:
    if standing.waits_for_marks:
        return Phrase(
            N_("Cannot reach the attendance that is needed, unless meetings that nobody marked were attended.")
        )
    return Phrase(
        N_("Cannot reach the attendance that is needed any more, even by coming to all meetings that are left.")
    )
