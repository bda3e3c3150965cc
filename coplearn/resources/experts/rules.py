"""The law of nominations: consent first, one vote each, a quorum, a majority, and nothing told before the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from coplearn.kernel.text import N_, LabelledEnum, Phrase
from coplearn.resources.hub.rules import LONGEST_TEXT, LONGEST_TITLE, same_organisation, too_long

ASKED_LETTER, VOTE_LETTER, RESULT_LETTER = "expert-asked", "expert-vote", "expert-result"
"""Kinds of letters."""
ANSWER_WITHIN: Final = timedelta(days=30)
"""A nominee who does not answer in that time is forgotten."""
VOTE_FOR: Final = timedelta(days=14)
LEAST_PANEL: Final = 3
"""Members who may vote, below whom no vote is opened."""
WITHDRAW_WITHIN: Final = timedelta(days=3650)


class NominationState(LabelledEnum):
    """The way of a nomination."""

    ASKED = "asked", N_("Asked whether they agree")
    AGREED = "agreed", N_("Agreed; the vote is not open yet")
    DECLINED = "declined", N_("Declined")
    LAPSED = "lapsed", N_("Did not answer")
    VOTING = "voting", N_("Voted on now")
    ELECTED = "elected", N_("Elected")
    NOT_ELECTED = "not-elected", N_("Not elected")
    WITHDRAWN = "withdrawn", N_("Withdrew")


class VoteChoice(LabelledEnum):
    """The choices of a member of the panel."""

    YES = "yes", N_("Yes")
    NO = "no", N_("No")
    ABSTAIN = "abstain", N_("Abstain")
    RECUSED = "recused", N_("Conflict of interest")


@dataclass(frozen=True, slots=True)
class PanelResult:
    """The result of a vote, in numbers."""

    yes: int
    no: int
    abstained: int
    recused: int
    silent: int
    """Members who did not vote."""

    @property
    def panel(self) -> int:
        """Members who could vote: those with a conflict of interest do not count."""
        return self.yes + self.no + self.abstained + self.silent

    @property
    def is_quorate(self) -> bool:
        """Whether more than half of those who could vote did, abstaining included."""
        return 2 * (self.yes + self.no + self.abstained) > self.panel

    @property
    def is_elected(self) -> bool:
        """Whether there was a quorum and more said yes than no."""
        return self.is_quorate and self.yes > self.no


def result_of(choices: Iterable[str]) -> PanelResult:
    """The result of the choices of a whole panel; an empty one is a member who did not vote."""
    counts = Counter(choices)
    return PanelResult(
        counts[VoteChoice.YES],
        counts[VoteChoice.NO],
        counts[VoteChoice.ABSTAIN],
        counts[VoteChoice.RECUSED],
        counts[""],
    )


def has_conflict(
    user_id: int, organisation: str, nominator: int | None, nominee_organisation: str, nominators_organisation: str
) -> bool:
    """Whether a member of the panel may not vote: they nominated, or work for the nominee's or the nominator's organisation."""
    return user_id == nominator or same_organisation(organisation, (nominee_organisation, nominators_organisation))


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationDetails:
    """Everything that a nominator says."""

    name: str
    organisation: str
    country: str
    subject: str
    reason: str
    by_organisation: str


def problems_of(details: NominationDetails, countries: Iterable[str]) -> dict[str, Phrase]:
    """A sentence for each field that is not as it must be."""
    problems = {}
    for name in ("name", "subject", "by_organisation", "organisation", "reason"):
        text, most = getattr(details, name), LONGEST_TEXT if name == "reason" else LONGEST_TITLE
        if not text.strip() and name != "organisation":
            problems[name] = Phrase(N_("Please fill this in."))
        elif len(text) > most:
            problems[name] = too_long(most)
    if details.country not in set(countries):
        problems["country"] = Phrase(N_("Choose from the list."))
    return problems
