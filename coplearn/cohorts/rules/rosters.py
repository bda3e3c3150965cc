"""How a roster is read, what one line of it says about a person, and what that changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from coplearn.cohorts.rules.headings import Column, folded, means_no_mail, state_of
from coplearn.cohorts.rules.joining import (
    CARD_LENGTH,
    LONGEST_NAME,
    LONGEST_REGION,
    latin_digits,
    person_key,
    read_code,
    stored_address,
    tidy,
)
from coplearn.cohorts.rules.words import MemberState
from coplearn.kernel.text import N_, Phrase

LONGEST_CELL: Final = 2_000


class Stage(StrEnum):
    """How far a roster file is on its way in."""

    LOOKING = "looking"
    LOOKED = "looked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is to be read; the person may change each part."""

    kind: str
    """``csv`` or ``xlsx`` (which was turned into a CSV of ours)."""
    encoding: str
    delimiter: str
    header: int
    """The line the headings stand in; what is above is left out. 0 for a file without."""
    columns: tuple[str, ...]
    """For each column a :class:`Column`, or empty for one that is left out."""
    take_part: bool = False
    """Whether new people with a mail address are in at once, instead of being invited."""
    sheet: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether it says where the names are."""
        return bool({Column.NAME, Column.FIRST, Column.LAST} & set(self.columns))


@dataclass(frozen=True, slots=True)
class Draft:
    """A person as a line of the file tells of them; empty for what it does not say."""

    line: int
    name: str
    email: str | None
    organisation: str
    region: str
    locale: str
    state: str
    card_code: str | None

    @property
    def key(self) -> str:
        """What makes them one person."""
        return person_key(self.name, self.email, self.organisation, self.card_code)

    @property
    def name_key(self) -> str:
        """The key they have, or had, without mail and card."""
        return person_key(self.name, None, self.organisation)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line was not taken."""

    line: int
    column: str
    """A :class:`Column`; empty for the line as a whole."""
    value: str
    reason: Phrase


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is in the cohort already."""

    id: int
    key: str
    name: str
    email: str | None
    organisation: str
    region: str
    locale: str
    state: str
    card_code: str | None
    user_id: int | None


@dataclass(slots=True)
class Tally:
    """What the lines of a file came to."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How many there were."""
        return self.added + self.changed + self.unchanged + self.refused


def read_person(line: int, cells: Mapping[Column, str], languages: Mapping[str, str]) -> Draft | Fault:
    """A line as a person, or why it is none. ``languages`` gives the locale's code for a folded name of a language."""
    name = _name(cells)
    if not name:
        return Fault(line, Column.NAME, "", Phrase(N_("There is no name.")))
    organisation, region = tidy(cells.get(Column.ORGANISATION, "")), tidy(cells.get(Column.REGION, ""))
    for column, text, longest in (
        (Column.NAME, name, LONGEST_NAME),
        (Column.ORGANISATION, organisation, LONGEST_NAME),
        (Column.REGION, region, LONGEST_REGION),
    ):
        if len(text) > longest:
            told = Phrase(N_("This is longer than %(count)s characters."), {"count": longest})
            return Fault(line, column, text[:80], told)
    email: str | None = None
    if "@" in cells.get(Column.EMAIL, "") or not means_no_mail(cells.get(Column.EMAIL, "")):
        try:
            email = stored_address(cells[Column.EMAIL])
        except ValueError:
            return Fault(line, Column.EMAIL, tidy(cells[Column.EMAIL])[:80], Phrase(N_("This is not a mail address.")))
    spoken = cells.get(Column.LANGUAGE, "")
    locale = languages.get(folded(spoken), "")
    if spoken.strip() and not locale:
        return Fault(line, Column.LANGUAGE, tidy(spoken)[:80], Phrase(N_("This site does not have that language.")))
    standing = cells.get(Column.STATE, "")
    state = state_of(standing)
    if standing.strip() and state is None:
        return Fault(
            line, Column.STATE, tidy(standing)[:80], Phrase(N_("This is none of the states people can be in."))
        )
    code = read_code(latin_digits(cells.get(Column.CODE, "")))
    return Draft(
        line, name, email, organisation, region, locale, state or "", code if len(code) == CARD_LENGTH else None
    )


def _name(cells: Mapping[Column, str]) -> str:
    whole = tidy(cells.get(Column.NAME, ""))
    if whole:
        return whole
    first, last = tidy(cells.get(Column.FIRST, "")), tidy(cells.get(Column.LAST, ""))
    if first and last and _is_han(first) and _is_han(last):
        return last + first
    return f"{first} {last}".strip()


def _is_han(text: str) -> bool:
    return all("\u3400" <= letter <= "\u9fff" for letter in text)


def changes_of(draft: Draft, known: Known) -> dict[str, Any]:
    """What the line says otherwise than the cohort does; what it does not say stays, and nobody's state is touched."""
    found: dict[str, Any] = {}
    for name in ("name", "organisation", "region", "locale"):
        told = getattr(draft, name)
        if told and told != getattr(known, name):
            found[name] = told
    if draft.email and draft.email != known.email and known.user_id is None:
        found |= {"email": draft.email, "key": draft.key}
    return found


def new_state(draft: Draft, take_part: bool) -> MemberState:
    """What somebody new is: what the file says; else invited, or in at once when they cannot be written to."""
    if draft.state:
        return MemberState(draft.state)
    return MemberState.INVITED if draft.email and not take_part else MemberState.ACTIVE
