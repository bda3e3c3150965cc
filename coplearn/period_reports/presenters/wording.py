"""Words of records and numbers, in the page's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from flask import url_for

from coplearn.cohorts.common.presenters import country_name
from coplearn.cohorts.common.rules.words import AgeBand
from coplearn.i18n import formats
from coplearn.kernel.text import N_
from coplearn.period_reports.documents.report import RecordLine, RecordLines
from coplearn.period_reports.rules.counting import Amount, BasisSum
from coplearn.period_reports.rules.facts import CountryFact, ReachFact, RecordFact
from coplearn.programme.rules.words import (
    ActivityKind,
    ActivityStatus,
    AudienceGroup,
    CountBasis,
    CountryRecordKind,
    CountryStatus,
    CountUnit,
    Precision,
    Qualifier,
)
from coplearn.web.render import page_locale, say

MOST_NAMES: Final = 40
_LABELS: Final[Mapping[str, str]] = {
    word.value: word.label
    for words in (CountryStatus, ActivityStatus, CountryRecordKind, ActivityKind)
    for word in words
}
_QUALIFIED: Final[Mapping[str, str]] = {
    Qualifier.MORE_THAN: N_("more than %(number)s"),
    Qualifier.ABOUT: N_("about %(number)s"),
    Qualifier.UP_TO: N_("up to %(number)s"),
}
_BASES: Final[Mapping[str, str]] = {basis.value: basis.label for basis in CountBasis}
_GROUPS: Final[Mapping[str, str]] = {group.value: group.label for group in AudienceGroup}
_UNITS: Final[Mapping[str, str]] = {unit.value: unit.label for unit in CountUnit}
_AGES: Final[Mapping[str, str]] = {band.value: band.label for band in AgeBand}


def number(value: int) -> str:
    """A number as the page's language writes it."""
    return formats.number(value, page_locale())


def named(labels: Mapping[str, str], word: str) -> str:
    """The label of a stored word; one that is not known stands as it is."""
    return say(labels[word]) if word in labels else word


def state_name(state: str) -> str:
    """The state of an activity, or of what a country has."""
    return named(_LABELS, state)


def basis_name(basis: str) -> str:
    """The basis of a number."""
    return named(_BASES, basis)


def group_name(group: str, ages: str = "") -> str:
    """A group of people; of children with their ages."""
    name = named(_GROUPS, group)
    return say(N_("%(group)s, %(ages)s"), group=name, ages=named(_AGES, ages)) if ages else name


def amount(one: Amount) -> str:
    """A number with the words before it."""
    shown = number(one.number)
    return say(_QUALIFIED[one.qualifier], number=shown) if one.qualifier in _QUALIFIED else shown


def sum_text(one: BasisSum) -> str:
    """Everything that is known on one basis: the exact sum, and beside it what is not exact."""
    exact = [number(one.exact)] if one.exact is not None else []
    return " · ".join([*exact, *map(amount, one.others)])


def place_name(one: CountryFact) -> str:
    """A country in the page's language, and as the source names it where that differs."""
    name = country_name(one.code)
    if not one.said or one.said == name:
        return name
    return say(N_("%(country)s (in the source: %(words)s)"), country=name, words=one.said)


def listed(names: Iterable[str]) -> str:
    """Names as the page's language joins them; of very many the first."""
    found = list(dict.fromkeys(names))
    shown = [formats.isolate(name) for name in found[:MOST_NAMES]]
    if len(found) > MOST_NAMES:
        shown.append(say(N_("%(count)s more"), count=number(len(found) - MOST_NAMES)))
    return formats.listing(shown, page_locale()) if shown else ""


def country_list(codes: Iterable[str]) -> str:
    """Countries by name, in the order of the page's language."""
    return listed(name for _, name in formats.in_order(((code, country_name(code)) for code in codes), page_locale()))


def when(fact: RecordFact) -> str:
    """The days of a record, as exactly as its source tells them."""
    locale = page_locale()
    if fact.precision == Precision.WITHIN:
        return say(
            N_("some time from %(first)s to %(last)s"),
            first=formats.day(fact.first, locale),
            last=formats.day(fact.last, locale),
        )
    shown = formats.day if fact.precision == Precision.DAY else formats.month
    first, last = shown(fact.first, locale), shown(fact.last, locale)
    return first if first == last else say(N_("from %(first)s to %(last)s"), first=first, last=last)


def reach_text(one: ReachFact) -> str:
    """One number of a record with its group and its basis; the source's own words where there are any."""
    who = group_name(one.group, one.ages) if one.unit == CountUnit.PEOPLE else named(_UNITS, one.unit)
    if one.number is None:
        return say(N_("%(group)s: not stated"), group=who)
    shown = amount(Amount(one.number, one.qualifier))
    if one.words:
        return say(
            N_("%(group)s: %(number)s, in the source “%(words)s” (%(basis)s)"),
            group=who,
            number=shown,
            words=one.words,
            basis=basis_name(one.basis),
        )
    return say(N_("%(group)s: %(number)s (%(basis)s)"), group=who, number=shown, basis=basis_name(one.basis))


def number_texts(fact: RecordFact) -> list[str]:
    """Numbers of a record, each with its basis; then the groups of which nothing is stated."""
    told = {one.group for one in fact.reach if one.unit == CountUnit.PEOPLE}
    silent = [group_name(one) for one in fact.audiences if one not in told]
    return [*map(reach_text, fact.reach), *(say(N_("%(group)s: not stated"), group=one) for one in silent)]


def record_line(fact: RecordFact) -> RecordLine:
    """A record as lists show it."""
    kind = named(_LABELS, fact.kind)
    places = [place_name(one) for one in fact.countries]
    return RecordLine(
        key=fact.key,
        title=say(N_("%(kind)s: %(title)s"), kind=kind, title=fact.title) if fact.title else kind,
        when=when(fact),
        where=listed([*places, *([fact.place] if fact.place else [])]),
        state=state_name(fact.state),
        numbers=" · ".join(number_texts(fact)),
        partners=listed(one.name for one in fact.partners),
        source=fact.source or (say(N_("Records of this site")) if fact.is_own else say(N_("Not stated"))),
        address=_address(fact),
    )


def record_lines(facts: Sequence[RecordFact]) -> RecordLines:
    """Records as lists show them."""
    return RecordLines(len(facts), lambda first, last: [record_line(one) for one in facts[first:last]])


def _address(fact: RecordFact) -> str:
    """The page of what somebody wrote, where the site has one."""
    kind, _, name = fact.key.partition(":")
    if kind == "activity":
        return url_for("programme.activity", activity_id=name)
    return url_for("programme.country", code=fact.countries[0].code) if kind == "country" else ""
