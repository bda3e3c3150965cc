"""Rules of a session: who may register when, when its link shows, what its notes may hold, and organisations counted once."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from coplearn.cohorts.common.rules.words import CANCELLED, NotesRule, Sector, State
from coplearn.cohorts.meetings.rules.meetings import is_safe_link
from coplearn.cohorts.people.rules.joining import tidy
from coplearn.kernel.text import N_, Phrase

MOST_SEATS: Final = 100_000
MOST_MINUTES: Final = 7 * 24 * 60
LONGEST_AGENDA: Final = 4_000
LONGEST_NOTES: Final = 12_000
MOST_PARTS: Final = 60
"""Speakers, materials or actions of one session."""
SHORTEST_NAME: Final = 3
"""Shorter names are words of many languages, and no notes could be written beside them."""

WRONG_LINK: Final = Phrase(N_("A link begins with https:// and has at most %(count)s characters."), {"count": 500})
_JOINED: Final = re.compile("[\u0600-\u06ff\u3040-\u9fff]")
"""Scripts that write small words and a name as one word, or nothing between words."""


class SessionStatus(StrEnum):
    """The standing of a session for whoever counts sessions."""

    PLANNED = "planned"
    UNDER_WAY = "under-way"
    HELD = "held"
    CANCELLED = "cancelled"


def status_of(state: str, starts_at: datetime, ends_at: datetime, now: datetime) -> SessionStatus:
    """The standing of a session: only one that is over, or is on, is anything but planned."""
    if state == CANCELLED:
        return SessionStatus.CANCELLED
    if now < starts_at:
        return SessionStatus.PLANNED
    return SessionStatus.UNDER_WAY if now < ends_at else SessionStatus.HELD


def why_no_place(
    cohort_state: str, archived_at: datetime | None, state: str, ends_at: datetime, now: datetime
) -> Phrase | None:
    """The reason why nobody can register for a session now; None when somebody can."""
    if state == CANCELLED:
        return Phrase(N_("This session does not take place."))
    if ends_at <= now:
        return Phrase(N_("This session is over. What came of it stands on this page."))
    if archived_at is not None or cohort_state not in (State.OPEN, State.RUNNING):
        return Phrase(N_("Nobody can register for this series now."))
    return None


def link_shows(link_minutes: int | None, starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether the link to join shows now to who has a place: until the end, and where it was said only near the beginning."""
    if now >= ends_at:
        return False
    return link_minutes is None or now >= starts_at - timedelta(minutes=link_minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSetup:
    """The way that people register for a session, and its agenda."""

    capacity: int | None = None
    needs_approval: bool = False
    waiting_list: bool = False
    link_minutes: int | None = None
    agenda: str = ""


def setup_problems(setup: SessionSetup, taken: int) -> dict[str, Phrase]:
    """The faults by field; ``taken`` have a place already."""
    problems: dict[str, Phrase] = {}
    if setup.capacity is not None and not max(1, taken) <= setup.capacity <= MOST_SEATS:
        low = max(1, taken)
        problems["capacity"] = Phrase(N_("Choose a number from %(low)s to %(high)s."), {"low": low, "high": MOST_SEATS})
    if setup.link_minutes is not None and not 0 <= setup.link_minutes <= MOST_MINUTES:
        limits = {"low": 0, "high": MOST_MINUTES}
        problems["link_minutes"] = Phrase(N_("Choose a number from %(low)s to %(high)s."), limits)
    if len(setup.agenda) > LONGEST_AGENDA:
        problems["agenda"] = Phrase(N_("Use at most %(count)s characters."), {"count": LONGEST_AGENDA})
    return problems


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNotes:
    """The notes on a session, and the rule under which they are told."""

    notes_rule: str = NotesRule.CHATHAM
    notes: str = ""
    recording: str = ""


def notes_problems(
    written: SessionNotes, before: SessionNotes, names: Iterable[str], *, has_begun: bool
) -> dict[str, Phrase]:
    """The faults by field. Under the Chatham House Rule no name of ``names`` stands in the notes, and the rule is not lifted
    once people spoke under it."""
    problems: dict[str, Phrase] = {}
    if written.notes_rule not in set(NotesRule):
        problems["notes_rule"] = Phrase(N_("Choose the rule under which the notes stand."))
    elif has_begun and before.notes_rule == NotesRule.CHATHAM != written.notes_rule:
        problems["notes_rule"] = Phrase(
            N_("People spoke under the Chatham House Rule, so it cannot be lifted any more.")
        )
    if len(written.notes) > LONGEST_NOTES:
        problems["notes"] = Phrase(N_("Use at most %(count)s characters."), {"count": LONGEST_NOTES})
    elif written.notes_rule == NotesRule.CHATHAM:
        named = name_in(written.notes, names)
        if named:
            text = N_("Under the Chatham House Rule nobody is named beside what was said. Please take out “%(name)s”.")
            problems["notes"] = Phrase(text, {"name": named})
    if written.recording and not is_safe_link(written.recording):
        problems["recording"] = WRONG_LINK
    return problems


def name_in(text: str, names: Iterable[str]) -> str:
    """The first of those names that stands in the text as words of its own; empty for none."""
    held = _same(text)
    for name in names:
        wanted = _same(name)
        before, after, shortest = (r"(?<!\w)", r"(?!\w)", SHORTEST_NAME) if not _JOINED.search(wanted) else ("", "", 2)
        if len(wanted) >= shortest and re.search(f"{before}{re.escape(wanted)}{after}", held):
            return name
    return ""


def _same(text: str) -> str:
    return tidy(unicodedata.normalize("NFKC", text)).casefold()


def counted_once(stated: Iterable[tuple[str, str]]) -> Mapping[str, int]:
    """Organisations by sector from (name, sector) as people stated them: one name, however written, is one organisation.

    Where people of one disagree about its sector, the one that most of them said counts. Who named none is of none.
    """
    sectors: dict[str, Counter[str]] = {}
    for name, sector in stated:
        if _same(name):
            sectors.setdefault(_same(name), Counter())[sector if sector in set(Sector) else Sector.OTHER] += 1
    return Counter(max(counts, key=lambda one: (counts[one], one)) for counts in sectors.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A person as they register."""

    name: str = ""
    organisation: str = ""
    sector: str = ""


def entrant_problems(entrant: Entrant) -> dict[str, Phrase]:
    """The faults by field."""
    problems: dict[str, Phrase] = {}
    for name, told in (("name", N_("Type your name.")), ("organisation", N_("Type the name of your organisation."))):
        value = tidy(getattr(entrant, name))
        if not value:
            problems[name] = Phrase(told)
        elif len(value) > 200:
            problems[name] = Phrase(N_("Use at most %(count)s characters."), {"count": 200})
    if entrant.sector not in set(Sector):
        problems["sector"] = Phrase(N_("Choose what kind of organisation it is."))
    return problems


class PagePart(StrEnum):
    """The kinds of lines on a session's page."""

    SPEAKER = "speakers"
    MATERIAL = "materials"
    ACTION = "actions"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDraft:
    """A line that somebody types: a speaker, a material or an action; what a kind has no use for stays empty."""

    text: str = ""
    """A speaker's name, a material's title, or what is to be done."""
    organisation: str = ""
    link: str = ""
    yes: bool = False
    """That a speaker agreed to be named, or that everybody may see a material."""
    due_on: date | None = None


def part_problem(part: PagePart, draft: PartDraft) -> Phrase | None:
    """The reason why that line cannot be taken; None when it can."""
    if not tidy(draft.text):
        return Phrase(N_("Type something first."))
    longest = 500 if part is PagePart.ACTION else 200
    if len(tidy(draft.text)) > longest or len(tidy(draft.organisation)) > 200:
        return Phrase(N_("Use at most %(count)s characters."), {"count": longest})
    if part is PagePart.MATERIAL and not is_safe_link(draft.link):
        return WRONG_LINK
    return None
