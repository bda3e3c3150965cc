"""The three questions of three months later, and what may be shown of the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

MONTHS_LATER: Final = 3
SMALLEST_CELL: Final = 5
"""Fewer answers than this are not shown: they would tell who gave them."""
MAY_CHANGE_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Question:
    """A question with fixed answers: nobody can write about a case."""

    id: str
    text: str
    choices: Mapping[str, str]


QUESTIONS: Final = (
    Question(
        "held",
        N_("Have you held a session?"),
        {
            "several": N_("Yes, more than one"),
            "one": N_("Yes, one"),
            "planned": N_("Not yet, but it is planned"),
            "no": N_("No"),
        },
    ),
    Question(
        "referral",
        N_("Have you used the referral path?"),
        {
            "yes": N_("Yes, and it worked"),
            "hard": N_("Yes, and it was difficult"),
            "no": N_("No, there was no need"),
            "unsure": N_("I am not sure what it is"),
        },
    ),
    Question(
        "help",
        N_("What would help you next?"),
        {
            "practice": N_("Practising with another trainer"),
            "materials": N_("Materials in my language"),
            "time": N_("Time or a room for sessions"),
            "contacts": N_("Knowing whom to call"),
            "nothing": N_("Nothing at the moment"),
        },
    ),
)


def checked_answers(given: Mapping[str, str]) -> dict[str, str]:
    """One of the fixed answers to each question. Raises Refused when one is missing or made up."""
    answers = {question.id: given.get(question.id, "") for question in QUESTIONS}
    if any(answers[question.id] not in question.choices for question in QUESTIONS):
        raise Refused(N_("Choose an answer to each of the three questions. Nothing is lost."))
    return answers


def may_change(answered_at: datetime | None, now: datetime) -> bool:
    """Whether the answers may still be given or changed: for thirty days after the first time."""
    return answered_at is None or now <= answered_at + timedelta(days=MAY_CHANGE_DAYS)


@dataclass(frozen=True, slots=True)
class Results:
    """The answers, with how many were asked."""

    asked: int
    answered: int
    counts: Mapping[str, Mapping[str, int | None]]
    """By question and choice; None where fewer than :data:`SMALLEST_CELL` said so, or where it could be worked out."""

    @property
    def rate(self) -> float | None:
        """The share that answered; None when nobody was asked."""
        return self.answered / self.asked if self.asked else None


def results_of(asked: int, answers: Iterable[Mapping[str, str]]) -> Results:
    """Count the answers. With fewer than five in all, none are shown; a small cell is hidden, and when it is the only
    hidden one of its question the next smallest is hidden too, because the rest would give it away."""
    given = list(answers)
    counts: dict[str, dict[str, int | None]] = {}
    for question in QUESTIONS:
        exact = {choice: sum(one.get(question.id) == choice for one in given) for choice in question.choices}
        small = {choice for choice, count in exact.items() if 0 < count < SMALLEST_CELL}
        if len(small) == 1:
            rest = [choice for choice, count in exact.items() if count and choice not in small]
            if rest:
                small.add(min(rest, key=lambda choice: exact[choice]))
        hide_all = len(given) < SMALLEST_CELL
        counts[question.id] = {
            choice: None if hide_all or choice in small else count for choice, count in exact.items()
        }
    return Results(asked, len(given), counts)
