"""The law of saying something: when, how much, and what is not kept because a child may need help."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from coplearn.consultations.rules.words import (
    LONGEST_REASON,
    LONGEST_REMARK,
    LONGEST_WHY,
    MOST_LINKS,
    ConsultationStage,
    RemarkOutcome,
)
from coplearn.helplines.risk import tells_of_a_child
from coplearn.kernel.errors import Refused
from coplearn.kernel.fixed_text import plain_lines
from coplearn.kernel.text import N_
from coplearn.privacy.rules import TERMS

FIRST_DAY: Final = date(2000, 1, 1)
LONGEST: Final = timedelta(days=400)
REMIND_BEFORE: Final = timedelta(days=5)
"""Organisations that have said nothing are written to once more so long before the last day."""
CONTACT_FOR: Final = TERMS["asked_contact"].span
"""So long after the last day the addresses of letters are kept."""
_EARLIEST: Final = timedelta(hours=-14)
_LATEST: Final = timedelta(hours=36)
"""A day begins where it begins first and is over where it ends last: nobody is late by their clock."""
_ADDRESS: Final = re.compile(r"(?i)\b(?:https?://|www\.)\S")


class HelpFirst(Refused):
    """A refusal because what was written seems to tell of a child who is at risk: help is shown, and nothing is kept."""


def stage_of(opens_on: date, closes_on: date, told_at: datetime | None, now: datetime) -> ConsultationStage:
    """The place where a consultation stands at that instant."""
    if told_at is not None:
        return ConsultationStage.TOLD
    if now < datetime.combine(opens_on, time(), UTC) + _EARLIEST:
        return ConsultationStage.SOON
    return ConsultationStage.OPEN if now < closes_at(closes_on) else ConsultationStage.CLOSED


def closes_at(closes_on: date) -> datetime:
    """The instant at which the last day is over everywhere."""
    return datetime.combine(closes_on, time(), UTC) + _LATEST


def check_days(opens_on: date | None, closes_on: date | None) -> tuple[date, date]:
    """Both days. Raises Refused for a day that is missing, or an end before the start."""
    if opens_on is None or closes_on is None or not FIRST_DAY <= opens_on <= date(9990, 1, 1):
        raise Refused(N_("Give the first and the last day."))
    if closes_on < opens_on:
        raise Refused(N_("The last day is before the first. Correct one of the two."))
    if closes_on - opens_on > LONGEST:
        raise Refused(N_("A consultation is open for at most %(count)s days."), count=LONGEST.days)
    return opens_on, closes_on


def checked_remark(text: str) -> str:
    """The remark as it is kept. Raises HelpFirst where it seems to tell of a child at risk, and Refused for what cannot stay."""
    text = plain_lines(text)
    if not text:
        raise Refused(N_("Write your comment first."))
    if tells_of_a_child(text[:LONGEST_REMARK]):
        raise HelpFirst(N_("This reads as if a child may be in danger. Your text was not kept. Please get help first."))
    if len(text) > LONGEST_REMARK:
        raise Refused(
            N_("Your comment has %(length)s characters. A comment has at most %(count)s: shorten it, or send two."),
            length=len(text),
            count=LONGEST_REMARK,
        )
    if len(_ADDRESS.findall(text)) > MOST_LINKS:
        raise Refused(N_("Put at most %(count)s web addresses into one comment."), count=MOST_LINKS)
    return text


def checked_answer(outcome: str, reason: str) -> tuple[RemarkOutcome, str]:
    """The outcome and its reason. Raises Refused for none: whoever took the trouble to write is told why."""
    reason = plain_lines(reason)
    if outcome not in set(RemarkOutcome):
        raise Refused(N_("Choose what becomes of this comment."))
    if not reason:
        raise Refused(N_("Give the reason: whoever wrote the comment can read it."))
    if len(reason) > LONGEST_REASON:
        raise Refused(N_("Use at most %(count)s characters for the reason."), count=LONGEST_REASON)
    return RemarkOutcome(outcome), reason


def checked_why(why: str) -> str:
    """The reason in one line. Raises Refused for none, or one that is too long."""
    why = " ".join(plain_lines(why).split())
    if not why or len(why) > LONGEST_WHY:
        raise Refused(N_("Give the reason in at most %(count)s characters."), count=LONGEST_WHY)
    return why
