"""Rules of rosters: how one is read, what a line of it says about a person, and what that changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from coplearn.cohorts.common.rules.words import MemberState
from coplearn.cohorts.people.rules.columns import Column
from coplearn.cohorts.people.rules.headings import means_none, state_of
from coplearn.cohorts.people.rules.joining import (
    CARD_LENGTH,
    LONGEST_NAME,
    LONGEST_REGION,
    first_phone,
    person_key,
    read_code,
    stored_address,
    tidy,
    turns_writing,
    without_blanks,
)
from coplearn.kernel.short_codes import latin_digits
from coplearn.kernel.text import N_, Phrase

LONGEST_CELL: Final = 2_000
LONGEST_SOURCED_ID: Final = 255
NAMES: Final = (Column.FIRST, Column.PATRONYMIC, Column.LAST)
"""The parts of a name that may stand in columns of their own, in the order most languages say them."""
FACTS: Final = ("name", "organisation", "region", "phone")
"""What a list says of a person, besides their address, language, state and card: a column of ``Membership``, a field of
``PersonDraft``, ``Known`` and ``PersonForm`` by the same name, and gone when the person is forgotten."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_SHOWN: Final = 80

NO_STATE: Final = N_("This is none of the states people can be in. These words would do: %(words)s.")
NO_LANGUAGE: Final = N_(
    "No language of this site is known by this word. The person is written to in the cohort’s own language"
    " until you say what it means."
)


class ImportStage(StrEnum):
    """The stages of a roster file on its way in."""

    LOOKING = "looking"
    LOOKED = "looked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileShape:
    """The reading of a file; the person may change each part."""

    kind: str
    """``csv``, or ``xlsx`` or ``oneroster``, whose sheets or classes were turned into CSVs of ours."""
    encoding: str = ""
    """Empty, like the delimiter, until the file was opened."""
    delimiter: str = ""
    header: int = 0
    """The line the headings stand in; what is above is left out. 0 for a file without."""
    columns: tuple[str, ...] = ()
    """For each column a :class:`Column`, or empty for one that is left out."""
    take_part: bool = False
    """Whether new people with a mail address are in at once, instead of being invited."""
    sheet: int = 0
    sheets: tuple[tuple[str, int], ...] = ()
    """The workbook's sheets in their order: the name, and how many lines hold anything."""
    headings: tuple[str, ...] = ()
    """The headings, folded: by them the next list of the same make is known."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What a person said words for languages mean: folded, with a locale's code, or "" for the cohort's own."""
    told: bool = False
    """Whether a person said how it is read, so that nobody doubts it any more."""

    @property
    def is_read(self) -> bool:
        """Whether the file was opened, and a way to read it found."""
        return bool(self.delimiter)

    @property
    def is_complete(self) -> bool:
        """Whether it says where the names are."""
        return bool({Column.NAME, Column.FIRST, Column.LAST} & set(self.columns))


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark about a cell of a line."""

    column: str
    """A :class:`Column`; empty for the line as a whole."""
    value: str
    reason: Phrase


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """A person as a line of the file tells of them; empty for what it does not say."""

    line: int
    name: str
    email: str | None
    organisation: str
    region: str
    locale: str
    state: str
    card_code: str | None
    phone: str = ""
    notices: tuple[Remark, ...] = ()
    """What was taken in otherwise than it stands there, or looks strange."""
    unknown_language: str = ""
    """The word for a language that nobody knows yet."""
    sourced_id: str | None = None
    """Their number in a register of another system (OneRoster's ``sourcedId``)."""
    organisation_number: str = ""
    """The number that it gives their organisation; empty for none, also where there is no organisation."""

    @property
    def key(self) -> str:
        """The key that makes them one person."""
        return person_key(self.name, self.email, self.organisation, self.card_code, self.sourced_id)

    @property
    def name_key(self) -> str:
        """The key they have, or had, without mail, card and number in a register."""
        return person_key(self.name, None, self.organisation)


@dataclass(frozen=True, slots=True)
class Fault:
    """The faults of a line that was not taken: everything that is wrong with it."""

    line: int
    remarks: tuple[Remark, ...]

    @classmethod
    def of(cls, line: int, column: str, value: str, reason: Phrase) -> Fault:
        """A fault with one thing wrong."""
        return cls(line, (Remark(column, value, reason),))


@dataclass(frozen=True, slots=True)
class Known:
    """A person who is in the cohort already."""

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
    phone: str = ""
    sourced_id: str | None = None
    public_id: str = ""
    organisation_number: str = ""

    @property
    def number(self) -> str:
        """The number that they have in rosters that leave: of the register that they came from, else our own."""
        return self.sourced_id or self.public_id


@dataclass(frozen=True, slots=True)
class Marked:
    """A remark with the line it is about, as reports keep it; one without a line is about the file as a whole."""

    line: int
    remark: Remark
    is_fault: bool


@dataclass(slots=True)
class Tally:
    """The results of a file's lines."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    noticed: int = 0
    """Lines that were taken with something to be said."""
    remarks: list[Marked] = field(default_factory=list)
    words: dict[str, int] = field(default_factory=dict)
    """Words for languages that nobody knows, and how many people have them."""

    @property
    def lines(self) -> int:
        """The number that there were."""
        return self.added + self.changed + self.unchanged + self.refused


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts of a site and a cohort that are needed to understand a line."""

    language_of: Callable[[str], str | None]
    """A locale's code for a word; "" for the cohort's own language, None for a word that nobody knows."""
    country: str = ""
    """ISO 3166-1: telephone numbers without a country's code are of it."""


def read_person(line: int, cells: Mapping[Column, str], reading: Reading) -> PersonDraft | Fault:
    """A line as a person, or all that is wrong with it. The order of ``cells`` is that of the file's columns."""
    wrong: list[Remark] = []
    notices: list[Remark] = []
    name = _name(cells)
    if not name:
        wrong.append(Remark(Column.NAME, "", Phrase(N_("There is no name."))))
    organisation, region = tidy(cells.get(Column.ORGANISATION, "")), tidy(cells.get(Column.REGION, ""))
    sourced_id = tidy(cells.get(Column.SOURCED_ID, "")) or None
    number = tidy(cells.get(Column.ORGANISATION_NUMBER, "")) if organisation else ""
    wrong += _too_long(name, organisation, region, sourced_id or "", number)
    for column, cell in cells.items():
        notices += _strange(column, cell)
    email = _email(cells.get(Column.EMAIL, ""), wrong)
    locale, unknown = _language(cells.get(Column.LANGUAGE, ""), reading, notices)
    state = _state(cells.get(Column.STATE, ""), wrong)
    phone = _phone(cells.get(Column.PHONE, ""), reading.country, notices)
    if wrong:
        return Fault(line, tuple(wrong))
    code = read_code(latin_digits(cells.get(Column.CODE, "")))
    card = code if len(code) == CARD_LENGTH else None
    said = tuple(notices)
    return PersonDraft(
        line, name, email, organisation, region, locale, state, card, phone, said, unknown, sourced_id, number
    )


def _too_long(name: str, organisation: str, region: str, sourced_id: str, number: str) -> list[Remark]:
    remarks: list[Remark] = []
    for column, text, longest in (
        (Column.NAME, name, LONGEST_NAME),
        (Column.ORGANISATION, organisation, LONGEST_NAME),
        (Column.REGION, region, LONGEST_REGION),
        (Column.SOURCED_ID, sourced_id, LONGEST_SOURCED_ID),
        (Column.ORGANISATION_NUMBER, number, LONGEST_SOURCED_ID),
    ):
        if len(text) > longest:
            sentence = Phrase(N_("This is longer than %(count)s characters."), {"count": longest})
            remarks.append(Remark(column, text[:_SHOWN], sentence))
    return remarks


def _strange(column: Column, cell: str) -> list[Remark]:
    """The warnings of a cell that is kept: it looks like a formula, or held signs that turn the direction of writing."""
    remarks: list[Remark] = []
    if column is not Column.PHONE and column is not Column.EMAIL and _is_formula(cell):
        sentence = N_("This begins as a formula does. It is kept as text, and nothing is calculated.")
        remarks.append(Remark(column, tidy(cell)[:_SHOWN], Phrase(sentence)))
    if column is not Column.EMAIL and turns_writing(cell):
        sentence = N_(
            "Hidden signs that turn the direction of writing stood here. They were taken out; check how it reads now."
        )
        remarks.append(Remark(column, tidy(cell)[:_SHOWN], Phrase(sentence)))
    return remarks


def _is_formula(cell: str) -> bool:
    # A dash alone is how people write that there is nothing.
    starts = cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA)
    return starts and any(letter.isalnum() for letter in cell)


def _email(cell: str, wrong: list[Remark]) -> str | None:
    if "@" not in cell and means_none(cell):
        return None
    typed = tidy(cell)
    if typed.startswith(_FORMULA):
        reason = N_("A mail address does not begin with this sign, and a spreadsheet would take it for a formula.")
        wrong.append(Remark(Column.EMAIL, typed[:_SHOWN], Phrase(reason)))
        return None
    try:
        return stored_address(cell)
    except ValueError:
        wrong.append(Remark(Column.EMAIL, typed[:_SHOWN], _why_no_address(typed)))
        return None


def _why_no_address(told: str) -> Phrase:
    if told.count("@") > 1 and (" " in told or any(sign in told for sign in ",;/")):
        return Phrase(N_("There is more than one mail address here. Keep one."))
    meant = without_blanks(told) if " " in told else None
    if meant is not None:
        return Phrase(N_("There is a blank in this address. If %(address)s is meant, write it so."), {"address": meant})
    return Phrase(N_("This is not a mail address."))


def _language(cell: str, reading: Reading, notices: list[Remark]) -> tuple[str, str]:
    """The locale's code, and the word when nobody knows it."""
    typed = tidy(cell)
    if means_none(typed):
        return "", ""
    code = reading.language_of(typed)
    if code is None:
        notices.append(Remark(Column.LANGUAGE, typed[:_SHOWN], Phrase(NO_LANGUAGE)))
        return "", typed[:_SHOWN]
    return code, ""


def _state(cell: str, wrong: list[Remark]) -> str:
    state = state_of(cell)
    if cell.strip() and state is None:
        # Which words would do is said in the reader's language.
        wrong.append(Remark(Column.STATE, tidy(cell)[:_SHOWN], Phrase(NO_STATE, {"words": ""})))
    return state or ""


def _phone(cell: str, country: str, notices: list[Remark]) -> str:
    if means_none(cell):
        return ""
    phone, remark = first_phone(cell, country)
    if remark:
        notices.append(Remark(Column.PHONE, tidy(cell)[:_SHOWN], Phrase(remark)))
    return phone


def _name(cells: Mapping[Column, str]) -> str:
    """The whole name. Parts are put together as the file has them in Cyrillic, else as most languages say them."""
    whole = tidy(cells.get(Column.NAME, ""))
    parts = {column: tidy(cells.get(column, "")) for column in NAMES}
    if whole:
        more = parts[Column.PATRONYMIC]
        return whole if not more or more in whole else f"{whole} {more}"
    filled = [part for part in parts.values() if part]
    if len(filled) > 1 and all(map(_is_han, filled)):
        return parts[Column.LAST] + parts[Column.FIRST] + parts[Column.PATRONYMIC]
    order = [column for column in cells if column in parts] if any(map(_is_cyrillic, filled)) else list(NAMES)
    return " ".join(parts[column] for column in order if parts[column])


def _is_han(text: str) -> bool:
    return all("\u3400" <= letter <= "\u9fff" for letter in text)


def _is_cyrillic(text: str) -> bool:
    return any("\u0400" <= letter <= "\u04ff" for letter in text)


def made_up_number(organisation: str) -> str:
    """The number that our own rosters give an organisation that no register has given one. What is written differently is not one
    organisation to us."""
    return f"org-{hashlib.sha256(organisation.encode()).hexdigest()[:16]}"


def changes_of(draft: PersonDraft, known: Known) -> dict[str, Any]:
    """The changes that the line asks for; what it does not say stays, and nobody's state is touched."""
    changes: dict[str, Any] = {}
    for name in (*FACTS, "locale"):
        value = getattr(draft, name)
        if value and value != getattr(known, name):
            changes[name] = value
    # A number is that of an organisation: it goes when another one is named.
    if ("organisation" in changes or draft.organisation_number) and (
        draft.organisation_number != known.organisation_number
    ):
        changes["organisation_number"] = draft.organisation_number
    if draft.email and draft.email != known.email and known.user_id is None:
        changes |= {"email": draft.email, "key": draft.key}
    if draft.sourced_id and not known.sourced_id and draft.sourced_id != known.public_id:
        changes["sourced_id"] = draft.sourced_id
        if known.key == draft.name_key:
            changes["key"] = draft.key
    return changes


def new_state(draft: PersonDraft, take_part: bool) -> MemberState:
    """The state of somebody new: what the file says; else invited, or in at once when they cannot be written to."""
    if draft.state:
        return MemberState(draft.state)
    return MemberState.INVITED if draft.email and not take_part else MemberState.ACTIVE
