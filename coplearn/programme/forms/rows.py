"""The parts of a form that stand in rows or lines: partners, numbers, countries, languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from coplearn.cohorts.common.rules.words import AgeBand
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.programme.rules.reading import UnreadableText, read_number
from coplearn.programme.rules.records import CountryLine, PartnerLine, ReachLine
from coplearn.programme.rules.words import (
    AudienceGroup,
    CountBasis,
    CountUnit,
    PartRole,
    Qualifier,
)
from coplearn.web.render import say_phrase

MORE_ROWS: Final = 3
"""Empty rows offered below those that are filled in."""


@dataclass(frozen=True, slots=True)
class NameReader:
    """The functions that find a country and a language by a name, and those that look like one."""

    country: Callable[[str], str | None]
    near_countries: Callable[[str], list[str]]
    """Names, in the page's language, of countries that look like it."""
    language: Callable[[str], str | None]
    near_languages: Callable[[str], list[str]]
    country_name: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A row of the form for an organisation that had a part."""

    text: str = ""
    role: str = PartRole.PARTNER.value


@dataclass(frozen=True, slots=True)
class ReachRow:
    """A row of the form for a number, as it was typed."""

    group: str = ""
    qualifier: str = Qualifier.EXACT.value
    number: str = ""
    unit: str = CountUnit.PEOPLE.value
    basis: str = CountBasis.NOT_STATED.value
    age_band: str = ""
    words: str = ""
    error: str = ""


def partner_rows(form: Any) -> list[PartnerRow]:
    """The rows of partners as they were sent."""
    pairs = zip(form.getlist("partner-text"), form.getlist("partner-role"), strict=False)
    return [PartnerRow(text.strip(), role) for text, role in pairs if text.strip()]


def reach_rows(form: Any) -> list[ReachRow]:
    """The rows of numbers as they were sent; those in which nothing was chosen are left out."""
    names = ("group", "qualifier", "number", "unit", "basis", "age", "words")
    columns = [form.getlist(f"reach-{name}") for name in names]
    rows = [ReachRow(*(value.strip()[:200] for value in row)) for row in zip(*columns, strict=False)]
    return [row for row in rows if row.group or row.number]


def partner_lines(rows: Iterable[PartnerRow], known: Mapping[str, int]) -> tuple[PartnerLine, ...]:
    """The organisations. ``known`` are the names in the list that was offered: who typed one exactly chose it."""
    roles = {str(role.value): role for role in PartRole}
    return tuple(
        PartnerLine(row.text[:200], roles.get(row.role, PartRole.PARTNER), known.get(row.text)) for row in rows
    )


def reach_lines(rows: Iterable[ReachRow]) -> tuple[list[ReachLine], list[ReachRow]]:
    """The numbers, and the rows again with a sentence in each that cannot be."""
    lines: list[ReachLine] = []
    told: list[ReachRow] = []
    for row in rows:
        try:
            line, error = reach_line(row), ""
            lines.append(line)
        except UnreadableText as refused:
            error = say_phrase(refused.phrase)
        told.append(ReachRow(row.group, row.qualifier, row.number, row.unit, row.basis, row.age_band, row.words, error))
    return lines, told


def reach_line(row: ReachRow) -> ReachLine:
    """The number of a row. Raises UnreadableText for one that cannot be."""
    if row.group not in set(AudienceGroup):
        raise UnreadableText(Phrase(N_("Choose the group that this number counts.")))
    number, qualifier = read_number(row.number) if row.number else (None, Qualifier.EXACT)
    basis = CountBasis(row.basis) if row.basis in set(CountBasis) else CountBasis.NOT_STATED
    if number is not None and basis is CountBasis.NOT_STATED:
        raise UnreadableText(Phrase(N_("Say on which ground this number stands.")))
    if number is None and basis is not CountBasis.NOT_STATED:
        raise UnreadableText(Phrase(N_("There is no number. Write it, or choose “Not stated”: that is not 0.")))
    if row.age_band and (row.group != AudienceGroup.CHILDREN or row.age_band not in set(AgeBand)):
        raise UnreadableText(Phrase(N_("Age bands are for children.")))
    if qualifier is Qualifier.EXACT and row.qualifier in set(Qualifier) and number is not None:
        qualifier = Qualifier(row.qualifier)
    unit = CountUnit(row.unit) if row.unit in set(CountUnit) else CountUnit.PEOPLE
    return ReachLine(AudienceGroup(row.group), basis, number, qualifier, unit, row.age_band, row.words)


def country_lines(text: str, names: NameReader) -> tuple[CountryLine, ...]:
    """The countries of lines of text; a name that is not the page's own is kept as the source's. Raises Refused for others."""
    lines = []
    for typed in filter(None, (line.strip() for line in text.splitlines())):
        code = names.country(typed)
        if code is None:
            near = names.near_countries(typed)
            if near:
                raise Refused(
                    N_(
                        "No country is called %(name)s. Do you mean %(near)s? Write the name of one country on each line."
                    ),
                    name=typed[:80],
                    near=tuple(near),
                )
            raise Refused(
                N_("No country is called %(name)s. Write the name of one country on each line."), name=typed[:80]
            )
        same = typed in (names.country_name(code), code, code.lower())
        lines.append(CountryLine(code, "" if same else typed[:200]))
    return tuple(lines)


def language_codes(text: str, names: NameReader) -> tuple[str, ...]:
    """The languages of a text with commas. Raises Refused for a name that nobody knows."""
    found = []
    for typed in filter(None, (part.strip() for part in re.split("[,،，、]", text))):
        code = names.language(typed)
        if code is None:
            near = names.near_languages(typed)
            if near:
                raise Refused(
                    N_("No language is called %(name)s. Do you mean %(near)s?"), name=typed[:80], near=tuple(near)
                )
            raise Refused(N_("No language is called %(name)s."), name=typed[:80])
        found.append(code)
    return tuple(dict.fromkeys(found))
