"""Records as a report counts them, and to which period each belongs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter

from coplearn.programme.rules.words import ActivityStatus, CountBasis, CountUnit, Precision, Qualifier

UNDER_WAY: Final = ActivityStatus.UNDER_WAY.value
NOT_COUNTED: Final = frozenset({ActivityStatus.PLANNED.value, ActivityStatus.CANCELLED.value})
"""The states of what is told apart and never counted; everything else took place, goes on or is there."""
NOT_STATED: Final = CountBasis.NOT_STATED.value
BASES: Final = tuple(basis.value for basis in CountBasis if basis is not CountBasis.NOT_STATED)
"""How well a number is known, the firmest first. Who is counted in two of them is not known, so they are never added."""
EXACT: Final = Qualifier.EXACT.value
PEOPLE: Final = CountUnit.PEOPLE.value


@dataclass(frozen=True, slots=True)
class CountryFact:
    """A country by its code, and its name as the source says it (empty where it says the usual one)."""

    code: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class PartnerFact:
    """An organisation that took part, or a name that nobody has matched with one."""

    name: str
    kind: str = ""
    key: str = ""
    """By what it is the same organisation, however it is written."""


@dataclass(frozen=True, slots=True)
class ReachFact:
    """A number of people, or of other things, that was reached.

    ``number`` is None where the source states none; ``ages`` is an age band of children.
    """

    group: str
    basis: str
    number: int | None = None
    qualifier: str = EXACT
    unit: str = PEOPLE
    ages: str = ""
    words: str = ""
    """The source's own."""


# Not frozen, though nobody changes one: to set nineteen fields of a frozen one takes five times as long, and a report makes
# a hundred thousand.
@dataclass(slots=True, unsafe_hash=True)
class RecordFact:
    """One record as it stood when the report was made: everything that is counted of it or printed."""

    key: str
    """What its page is found by; with ``version`` it names one version for ever."""
    version: int
    kind: str
    state: str
    """Of the activity, or of what a country has: planned, under way, held, adopted …"""
    title: str
    first: date
    last: date
    precision: str = Precision.DAY.value
    is_confirmed: bool = True
    is_own: bool = False
    """Whether this site's own records tell of it (a cohort, a drill), and nobody typed it in."""
    about: str = ""
    """The own record that it tells of, such as ``cohort:12``."""
    place: str = ""
    countries: tuple[CountryFact, ...] = ()
    audiences: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    """What its source says of it beside its kind, among them what came of it."""
    partners: tuple[PartnerFact, ...] = ()
    reach: tuple[ReachFact, ...] = ()
    source: str = ""
    reason: str = ""
    """Why it was corrected; empty for a first version."""


_FACTS: Final = TypeAdapter(RecordFact)


def frozen(fact: RecordFact) -> str:
    """The record in one canonical line of JSON: the same record is the same line for ever."""
    return json.dumps(_FACTS.dump_python(fact, mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def thawed(line: str) -> RecordFact:
    """The record of such a line."""
    return _FACTS.validate_json(line)


def digest(line: str) -> str:
    """The SHA-256 of such a line, in hexadecimal digits."""
    return hashlib.sha256(line.encode()).hexdigest()


class Belongs(StrEnum):
    """Whether a record belongs to a period."""

    YES = "yes"
    PERHAPS = "perhaps"
    """Its source gives a longer time, of which the period is a part: it is counted, and that is said."""
    NO = "no"


def belongs(fact: RecordFact, first: date, last: date) -> Belongs:
    """A record belongs to every period that its days overlap."""
    if fact.first > last or fact.last < first:
        return Belongs.NO
    is_inside = first <= fact.first and fact.last <= last
    return Belongs.YES if is_inside or fact.precision != Precision.WITHIN else Belongs.PERHAPS


def once_each(typed: Iterable[RecordFact], own: Iterable[RecordFact]) -> tuple[RecordFact, ...]:
    """Both together, nothing twice: where somebody typed in what the site itself tells of, and a second person confirmed it,
    the typed words stand with the numbers that were counted here."""
    counted = {fact.about: fact for fact in own}
    found = []
    for fact in typed:
        same = counted.pop(fact.about, None) if fact.about and fact.is_confirmed else None
        if same is not None:
            groups = {(one.group, one.unit) for one in same.reach}
            kept = (one for one in fact.reach if (one.group, one.unit) not in groups)
            fact = replace(fact, reach=(*same.reach, *kept))
        found.append(fact)
    return (*found, *counted.values())


def to_hand_on(fact: RecordFact) -> RecordFact:
    """The record without the numbers of people that this site has counted: those are handed on in fives alone."""
    kept = tuple(one for one in fact.reach if one.unit != PEOPLE or one.basis != CountBasis.COUNTED)
    return fact if kept == fact.reach else replace(fact, reach=kept)
