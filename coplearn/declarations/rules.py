"""The law of declarations: what a draft may be, what the adopted file says, and how a recommendation stands on a day."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit

from coplearn.kernel.fixed_text import fixed_bytes, plain_lines
from coplearn.kernel.text import N_, LabelledEnum, Phrase

LONGEST_TITLE: Final = 200
LONGEST_BODY: Final = 40_000
MOST_RECOMMENDATIONS: Final = 40
LONGEST_RECOMMENDATION: Final = 600
LONGEST_WORDS: Final = 1_000
LONGEST_LINK: Final = 500
REMIND_BEFORE: Final = timedelta(days=30)
SILENT_AFTER: Final = timedelta(days=90)
"""So long without a report, the public page says since when nobody has reported."""
_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2100
_NUMBERED: Final = re.compile(r"^(?:[0-9]{1,2}|[٠-٩]{1,2}|[•*–-])[.)、．]?\s+")


class RecommendationState(LabelledEnum):
    """The ways a recommendation can stand."""

    NOT_BEGUN = "not-begun", N_("Not begun")
    GOING_ON = "going-on", N_("Going on")
    PARTLY = "partly-done", N_("Done in part")
    DONE = "done", N_("Done")
    LET_GO = "let-go", N_("Let go of")


OVER: Final = frozenset({RecommendationState.DONE, RecommendationState.LET_GO})
"""States after which nobody is reminded."""


@dataclass(frozen=True, slots=True)
class RoundTable:
    """Everything that is said of the round table itself."""

    title: str
    country: str
    place: str
    held_on: date | None
    programme_id: int | None = None


def problems_of_table(table: RoundTable, countries: Collection[str]) -> dict[str, Phrase]:
    """A sentence for each field of ``table`` that cannot stay as it is."""
    found = {}
    if not table.title:
        found["title"] = Phrase(N_("Give it a name."))
    if table.country not in countries:
        found["country"] = Phrase(N_("Choose one from the list."))
    if table.held_on is None or not is_bearable(table.held_on):
        found["held_on"] = Phrase(N_("That is no day. Write it as in 2027-03-31."))
    return found


def is_bearable(day: date) -> bool:
    """Whether a day is one that somebody means."""
    return _FIRST_YEAR <= day.year <= _LAST_YEAR


@dataclass(frozen=True, slots=True)
class DeclarationText:
    """A declaration in one language: its title, its text, and its recommendations in their order."""

    title: str
    body: str
    recommendations: tuple[str, ...]


def typed_text(title: str, body: str, recommendations: str) -> DeclarationText:
    """The text as it is kept. A recommendation is a line; a number or a dash before it is left out."""
    lines = (_NUMBERED.sub("", line).strip() for line in plain_lines(recommendations).split("\n"))
    return DeclarationText(" ".join(plain_lines(title).split()), plain_lines(body), tuple(one for one in lines if one))


def problems_of_text(text: DeclarationText) -> dict[str, Phrase]:
    """A sentence for each field of a draft that cannot be kept."""
    found = {}
    if not text.title:
        found["title"] = Phrase(N_("Give it a name."))
    elif len(text.title) > LONGEST_TITLE:
        found["title"] = Phrase(N_("Write at most %(most)s characters."), {"most": LONGEST_TITLE})
    if not text.body:
        found["body"] = Phrase(N_("Write the text of the declaration."))
    elif len(text.body) > LONGEST_BODY:
        found["body"] = Phrase(N_("Write at most %(most)s characters."), {"most": LONGEST_BODY})
    if len(text.recommendations) > MOST_RECOMMENDATIONS:
        found["recommendations"] = Phrase(N_("Write at most %(most)s recommendations."), {"most": MOST_RECOMMENDATIONS})
    elif any(len(one) > LONGEST_RECOMMENDATION for one in text.recommendations):
        told = N_("One recommendation is longer than %(most)s characters. Make it two, or shorten it.")
        found["recommendations"] = Phrase(told, {"most": LONGEST_RECOMMENDATION})
    return found


def why_not_adopt(
    texts: Mapping[str, DeclarationText], adopted_on: date | None, held_on: date, today: date
) -> Phrase | None:
    """The reason why those texts, by language, cannot be adopted on that day; None when they can."""
    if not texts:
        return Phrase(N_("Choose at least one language."))
    if adopted_on is None or not is_bearable(adopted_on):
        return Phrase(N_("That is no day. Write it as in 2027-03-31."))
    if adopted_on > today:
        return Phrase(N_("A declaration can be fixed once it is adopted, not before. That day is still to come."))
    if adopted_on < held_on:
        return Phrase(N_("That day is before the round table was held."))
    if len({len(text.recommendations) for text in texts.values()}) > 1:
        return Phrase(
            N_(
                "The languages do not have the same number of recommendations. Each must have its line in every language."
            )
        )
    return None


def adopted_file(text: DeclarationText, language: str, country: str, adopted_on: date) -> bytes:
    """The bytes that are fixed: the title, the language, the country and the day, then the text and the recommendations."""
    head = [
        ("Title", text.title),
        ("Language", language),
        ("Country", country),
        ("Adopted", adopted_on.isoformat()),
    ]
    numbered = [f"{number}. {one}" for number, one in enumerate(text.recommendations, 1)]
    return fixed_bytes(head, "\n\n".join([text.body, *(["\n".join(numbered)] if numbered else [])]))


class DatedReport(Protocol):
    """A report, as far as a standing depends on it."""

    @property
    def state(self) -> str:
        """A :class:`RecommendationState`."""

    @property
    def told_on(self) -> date:
        """The day it tells of."""


@dataclass(frozen=True, slots=True)
class RecommendationStanding:
    """The standing of a recommendation on a day."""

    state: RecommendationState
    told_on: date | None
    """The day of the newest report; None while nobody has reported."""
    is_overdue: bool
    silent_since: date | None
    """Since when nobody has reported, where that is long ago and something is still to be done."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done any more."""
        return self.state in OVER


def standing_on(
    today: date, reports: Iterable[DatedReport], due_on: date | None, adopted_on: date
) -> RecommendationStanding:
    """The standing on ``today``: what the newest report says that tells of no later day; of one day, the one written last."""
    newest: DatedReport | None = None
    for one in reports:
        if one.told_on <= today and (newest is None or one.told_on >= newest.told_on):
            newest = one
    state = RecommendationState(newest.state) if newest is not None else RecommendationState.NOT_BEGUN
    heard = newest.told_on if newest is not None else None
    since = heard or adopted_on
    return RecommendationStanding(
        state,
        heard,
        is_overdue=is_overdue(state, due_on, today),
        silent_since=since if state not in OVER and today - since >= SILENT_AFTER else None,
    )


def is_overdue(state: RecommendationState, due_on: date | None, today: date) -> bool:
    """Whether something is still to be done, and its day is past."""
    return state not in OVER and due_on is not None and due_on < today


@dataclass(frozen=True, slots=True)
class RecommendationReport:
    """A report as somebody sends it."""

    state: str
    told_on: date | None
    words: str
    link: str


def problems_of_report(report: RecommendationReport, adopted_on: date, today: date) -> dict[str, Phrase]:
    """A sentence for each field of a report that cannot be kept."""
    found = {}
    if report.state not in set(RecommendationState):
        found["state"] = Phrase(N_("Choose how it stands."))
    if report.told_on is None or not is_bearable(report.told_on):
        found["told_on"] = Phrase(N_("That is no day. Write it as in 2027-03-31."))
    elif report.told_on > today:
        found["told_on"] = Phrase(N_("That day is still to come."))
    elif report.told_on < adopted_on:
        found["told_on"] = Phrase(N_("That day is before the declaration was adopted."))
    if len(report.words) > LONGEST_WORDS:
        found["words"] = Phrase(N_("Write at most %(most)s characters."), {"most": LONGEST_WORDS})
    elif report.state == RecommendationState.LET_GO and not report.words.strip():
        found["words"] = Phrase(N_("Say in a sentence why it was let go of."))
    if report.link and not is_link(report.link):
        found["link"] = Phrase(N_("That is no address of a page. It begins with https://."))
    return found


def is_link(address: str) -> bool:
    """Whether that is an address of a page that a browser may be led to."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    printable = all("!" <= char <= "~" or (char > "\xa0" and char.isprintable()) for char in address)
    return parts.scheme in ("https", "http") and "." in host and len(address) <= LONGEST_LINK and printable


def reminders(due_on: date, today: date) -> Sequence[str]:
    """The reminders that are due on ``today``, where whoever reads it is: "before" within thirty days, "due" on the day and
    for two weeks after, should the site have stood still."""
    if due_on - REMIND_BEFORE <= today < due_on:
        return ("before",)
    if due_on <= today <= due_on + timedelta(days=14):
        return ("due",)
    return ()
