"""The law by which records of a programme become the numbers of a report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from coplearn.period_reports.rules.facts import (
    BASES,
    EXACT,
    NOT_COUNTED,
    NOT_STATED,
    PEOPLE,
    UNDER_WAY,
    Belongs,
    ReachFact,
    RecordFact,
    belongs,
)
from coplearn.programme.rules.words import ActivityStatus


class Theme(StrEnum):
    """The chapters of the report, in their order."""

    RESOURCES = "resources"
    CAPACITY = "capacity"
    FRAMEWORKS = "frameworks"
    EVENTS = "events"
    SUPPORT = "support"
    PARTNERSHIPS = "partnerships"


class Unit(StrEnum):
    """The things that an indicator counts."""

    COUNTRIES = "countries"
    RECORDS = "records"
    UN_LANGUAGES = "un-languages"
    OTHER_LANGUAGES = "other-languages"
    ORGANISATIONS = "organisations"
    AMOUNTS = "amounts"
    """Numbers as sources give them, by how well they are known."""


UN_LANGUAGES: Final = ("ar", "zh", "en", "fr", "ru", "es")


@dataclass(frozen=True, slots=True)
class Indicator:
    """A thing that is counted of certain records. ``kinds`` empty takes every kind; ``trait`` and ``of`` narrow it."""

    key: str
    theme: Theme
    unit: Unit
    kinds: frozenset[str]
    trait: str = ""
    of: str = ""
    """Of amounts: the unit of the numbers."""

    def is_of(self, fact: RecordFact) -> bool:
        """Whether a record is of such a kind, with such a trait."""
        return (not self.kinds or fact.kind in self.kinds) and (not self.trait or self.trait in fact.traits)


def _numbered_units(fact: RecordFact) -> frozenset[str]:
    """The units of which a record gives a number."""
    return frozenset(one.unit for one in fact.reach if one.number is not None)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with what the source says before it: exact, more than, about or up to."""

    number: int
    qualifier: str
    words: str = ""
    """The source's own."""


@dataclass(frozen=True, slots=True)
class BasisSum:
    """Everything that is known on one basis: exact numbers added up (None where there is none), the others each by itself."""

    basis: str
    exact: int | None
    others: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class GroupReach:
    """Everything that is known of one group, a sum for each basis. Sums of different bases stand side by side."""

    group: str
    ages: str
    sums: tuple[BasisSum, ...]
    not_stated: int
    """In how many records the source says that the group was reached and gives no number."""

    @property
    def weakest(self) -> str:
        """The weakest basis that stands in it."""
        return NOT_STATED if self.not_stated or not self.sums else self.sums[-1].basis


def reach_of(facts: Iterable[RecordFact]) -> tuple[GroupReach, ...]:
    """The numbers of all groups, in the order of their names; an audience without a number is one that is not stated."""
    given: dict[tuple[str, str], list[ReachFact]] = {}
    silent: dict[tuple[str, str], int] = {}
    for fact in facts:
        told = {one.group for one in fact.reach if one.unit == PEOPLE}
        for one in fact.reach:
            if one.unit != PEOPLE:
                continue
            if one.number is None or one.basis == NOT_STATED:
                silent[one.group, one.ages] = silent.get((one.group, one.ages), 0) + 1
            else:
                given.setdefault((one.group, one.ages), []).append(one)
        for audience in dict.fromkeys(fact.audiences):
            if audience not in told:
                silent[audience, ""] = silent.get((audience, ""), 0) + 1
    return tuple(
        GroupReach(*key, _sums(given.get(key, ())), silent.get(key, 0)) for key in sorted({*given, *silent})
    )  # fmt: skip


def _sums(given: Iterable[ReachFact]) -> tuple[BasisSum, ...]:
    by_basis: dict[str, list[ReachFact]] = {}
    for one in given:
        by_basis.setdefault(one.basis, []).append(one)
    found = []
    for basis in sorted(by_basis, key=_rank):
        exact = [one.number or 0 for one in by_basis[basis] if one.qualifier == EXACT]
        others = [
            Amount(one.number or 0, one.qualifier, one.words) for one in by_basis[basis] if one.qualifier != EXACT
        ]
        others.sort(key=lambda one: (-one.number, one.qualifier))
        found.append(BasisSum(basis, sum(exact) if exact else None, tuple(others)))
    return tuple(found)


def _rank(basis: str) -> int:
    return BASES.index(basis) if basis in BASES else len(BASES)


@dataclass(frozen=True, slots=True)
class Count:
    """An indicator with its number and the records under it."""

    indicator: Indicator
    values: tuple[str, ...]
    """What is counted, each once: codes of countries or languages, names of organisations, keys of records."""
    under_way: tuple[str, ...]
    """Those of them that are known from what still goes on alone."""
    amounts: tuple[BasisSum, ...]
    records: tuple[RecordFact, ...]
    """The records that are counted."""
    perhaps: int
    """How many of these are dated only within a longer time."""
    nowhere: int
    """Where countries are counted: how many of these name none."""

    @property
    def number(self) -> int | None:
        """The exact number; None where only amounts are known."""
        return None if self.indicator.unit is Unit.AMOUNTS else len(self.values)


_SAID_BY: Final[Mapping[Unit, Callable[[RecordFact], tuple[Any, ...]]]] = {
    Unit.COUNTRIES: attrgetter("countries"),
    Unit.UN_LANGUAGES: attrgetter("languages"),
    Unit.OTHER_LANGUAGES: attrgetter("languages"),
    Unit.ORGANISATIONS: attrgetter("partners"),
}
"""What of a record is counted, where it is not the record itself."""


def _values(unit: Unit, said: tuple[Any, ...], places: frozenset[str] | None) -> list[tuple[str, str]]:
    """The values that such a part of a record adds to an indicator: (by what it is the same, as it is shown)."""
    if unit is Unit.ORGANISATIONS:
        return [(one.key or one.name, one.name) for one in said]
    if unit is Unit.COUNTRIES:
        found = [one.code for one in said if places is None or one.code in places]
    elif unit is Unit.UN_LANGUAGES:
        main = {_main(code) for code in said}
        found = [one for one in UN_LANGUAGES if one in main]
    else:
        found = [one for one in said if _main(one) not in UN_LANGUAGES]
    return [(one, one) for one in found]


@lru_cache(maxsize=1024)
def _main(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()


@dataclass(frozen=True, slots=True)
class Sorted:
    """The records of a period by what becomes of them in its report; of each period every record is in one list at most."""

    counted: tuple[RecordFact, ...]
    planned: tuple[RecordFact, ...]
    cancelled: tuple[RecordFact, ...]
    waiting: tuple[RecordFact, ...]
    """Nobody has confirmed them yet."""
    perhaps: frozenset[str]
    """Keys of those that are counted and dated only within a longer time."""


_KEY: Final = attrgetter("key")


def in_order(facts: Iterable[RecordFact]) -> list[RecordFact]:
    """The records in order of their days, those of one kind together."""
    # Of one day and kind there are very many: to order such groups takes a quarter of the time that to order all of them does.
    groups: defaultdict[tuple[date, date, str], list[RecordFact]] = defaultdict(list)
    for fact in facts:
        groups[fact.first, fact.last, fact.kind].append(fact)
    return [fact for group in sorted(groups) for fact in sorted(groups[group], key=_KEY)]


def sort_out(facts: Iterable[RecordFact], first: date, last: date) -> Sorted:
    """The records that belong to the period, in order of their days."""
    lists: dict[str, list[RecordFact]] = {name: [] for name in ("counted", "planned", "cancelled", "waiting")}
    perhaps = set()
    for fact in in_order(facts):
        place = belongs(fact, first, last)
        if place is Belongs.NO:
            continue
        name = _list_of(fact)
        lists[name].append(fact)
        if name == "counted" and place is Belongs.PERHAPS:
            perhaps.add(fact.key)
    return Sorted(**{name: tuple(found) for name, found in lists.items()}, perhaps=frozenset(perhaps))


def _list_of(fact: RecordFact) -> str:
    if not fact.is_confirmed:
        return "waiting"
    if fact.state not in NOT_COUNTED:
        return "counted"
    return "cancelled" if fact.state == ActivityStatus.CANCELLED else "planned"


def count(indicator: Indicator, sorted_out: Sorted, places: frozenset[str] | None = None) -> Count:
    """The indicator's number: each country, language, organisation or record once, whatever number of records tell of it.

    ``places`` are the countries of the report (None: all); what a record says of others is not counted.
    """
    return count_all((indicator,), sorted_out, places)[indicator.key]


def count_all(
    indicators: Iterable[Indicator], sorted_out: Sorted, places: frozenset[str] | None = None
) -> dict[str, Count]:
    """The number of each of those indicators by its key, as :func:`count` has it, in one pass over the records."""
    taken: dict[str, tuple[Indicator, list[RecordFact]]] = {one.key: (one, []) for one in indicators}
    alike: dict[tuple[str, tuple[str, ...]], list[tuple[Indicator, list[RecordFact]]]] = {}
    # Very many records share what they say of numbers, as one thing in memory: each is looked at once.
    numbered: dict[int, frozenset[str]] = {}
    for fact in sorted_out.counted:
        those = alike.get((fact.kind, fact.traits))
        if those is None:
            # Of one kind and with the same traits there are very many records, and few indicators are of them.
            those = [pair for pair in taken.values() if pair[0].is_of(fact)]
            alike[fact.kind, fact.traits] = those
        units = numbered.get(id(fact.reach))
        if units is None:
            units = numbered[id(fact.reach)] = _numbered_units(fact)
        for one, records in those:
            if not one.of or one.of in units:
                records.append(fact)
    return {key: _counted(one, records, sorted_out.perhaps, places) for key, (one, records) in taken.items()}


def _counted(
    indicator: Indicator, records: Sequence[RecordFact], perhaps: frozenset[str], places: frozenset[str] | None
) -> Count:
    records = _telling(indicator.unit, records, places)
    shown, firm = _known(indicator.unit, records, places)
    return Count(
        indicator,
        # Records are in order already, and very many.
        tuple(shown.values() if indicator.unit is Unit.RECORDS else sorted(shown.values())),
        tuple(sorted(name for same, name in shown.items() if same not in firm)),
        _sums(_amounts(indicator, records)) if indicator.unit is Unit.AMOUNTS else (),
        tuple(records),
        sum(fact.key in perhaps for fact in records) if perhaps else 0,
        sum(not fact.countries for fact in records) if indicator.unit is Unit.COUNTRIES else 0,
    )


def _telling(unit: Unit, records: Sequence[RecordFact], places: frozenset[str] | None) -> Sequence[RecordFact]:
    """Records, of those given, that add a language or an organisation: the others are no records of that number. One that names no
    country is told beside a number of countries, so it stays."""
    said_by = _SAID_BY.get(unit)
    if said_by is None or unit is Unit.COUNTRIES:
        return records
    every = {id(said): said for said in map(said_by, records)}
    telling = {key for key, said in every.items() if _values(unit, said, places)}
    return [fact for fact in records if id(said_by(fact)) in telling]


def _known(
    unit: Unit, records: Sequence[RecordFact], places: frozenset[str] | None
) -> tuple[dict[str, str], frozenset[str]]:
    """The values of records with their names, and those of them that are not known from what goes on alone."""
    said_by = _SAID_BY.get(unit)
    ended_records = [fact for fact in records if fact.state != UNDER_WAY]
    if said_by is None:
        return {fact.key: fact.key for fact in records}, frozenset(map(_KEY, ended_records))
    # Very many records share the same few countries, languages or partners, as one thing in memory: each is looked at once.
    every = {id(said): said for said in map(said_by, records)}
    ended = {id(said): said for said in map(said_by, ended_records)}
    shown: dict[str, str] = {}
    for said in every.values():
        for same, name in _values(unit, said, places):
            shown.setdefault(same, name)
    return shown, frozenset(same for said in ended.values() for same, _ in _values(unit, said, places))


def _amounts(indicator: Indicator, records: Iterable[RecordFact]) -> list[ReachFact]:
    return [
        one
        for fact in records
        for one in fact.reach
        if one.unit == indicator.of and one.number is not None and one.basis != NOT_STATED
    ]


def count_group(key: str, sorted_out: Sorted, group: str, ages: str) -> Count | None:
    """The numbers of people of a group, with every record that tells of it; None where none does."""
    found = next((one for one in reach_of(sorted_out.counted) if (one.group, one.ages) == (group, ages)), None)
    if found is None:
        return None
    records = tuple(
        fact for fact in sorted_out.counted if any((one.group, one.ages) == (group, ages) for one in reach_of([fact]))
    )
    perhaps = sum(fact.key in sorted_out.perhaps for fact in records)
    indicator = Indicator(key, Theme.PARTNERSHIPS, Unit.AMOUNTS, frozenset(), of=PEOPLE)
    return Count(indicator, (), (), found.sums, records, perhaps, 0)


def in_country(indicator: Indicator, sorted_out: Sorted, country: str) -> Count | None:
    """The indicator in one country alone; None where no record tells of it there."""
    there = tuple(fact for fact in sorted_out.counted if any(one.code == country for one in fact.countries))
    found = count(indicator, replace(sorted_out, counted=there), frozenset({country}))
    return found if found.records else None


def by_country(counts: Sequence[Count], places: frozenset[str] | None = None) -> dict[str, tuple[int, ...]]:
    """The number of records under each of the indicators, by country: a record of two countries stands in both rows."""
    found: dict[str, list[int]] = {}
    for place, one in enumerate(counts):
        # Very many records name the same countries.
        for named, records in Counter(fact.countries for fact in one.records).items():
            for country in {country.code for country in named}:
                if places is None or country in places:
                    found.setdefault(country, [0] * len(counts))[place] += records
    return {country: tuple(numbers) for country, numbers in found.items()}


@dataclass(frozen=True, slots=True)
class Correction:
    """A record that an earlier edition told otherwise. ``now`` is None where it is told no more."""

    before: RecordFact | None
    """None where it told nothing of it, and should have."""
    now: RecordFact | None


def corrections(before: Mapping[str, RecordFact], now: Mapping[str, RecordFact]) -> tuple[Correction, ...]:
    """The records that an earlier edition told otherwise than its days are told now, by key.

    A newer version that says the same is none.
    """
    found = []
    for key in sorted({*before, *now}):
        then, present = before.get(key), now.get(key)
        if then is None or present is None or _said(then) != _said(present):
            found.append(Correction(then, present))
    return tuple(found)


def _said(fact: RecordFact) -> RecordFact:
    return replace(fact, version=0, reason="")
