"""The content of a record, and the law of its numbers."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from coplearn.cohorts.common.rules.words import AgeBand
from coplearn.kernel.errors import Refused
from coplearn.kernel.fixed_text import plain_lines
from coplearn.kernel.text import N_
from coplearn.programme.rules.periods import Span
from coplearn.programme.rules.words import (
    IS_COUNTED,
    ActivityKind,
    ActivityStatus,
    AudienceGroup,
    CountBasis,
    CountUnit,
    PartRole,
    Qualifier,
    Trait,
)

LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 4_000
MOST_ROWS: Final = 60
"""Countries, partners or numbers of one activity."""
LARGEST_NUMBER: Final = 2_000_000_000


@dataclass(frozen=True, slots=True)
class ReachLine:
    """A number that was reached in one group, with the ground it stands on; or that the source states none."""

    group: AudienceGroup
    basis: CountBasis
    number: int | None = None
    qualifier: Qualifier = Qualifier.EXACT
    unit: CountUnit = CountUnit.PEOPLE
    age_band: str = ""
    """An :class:`coplearn.cohorts.common.rules.words.AgeBand`; empty when not stated."""
    words: str = ""
    """The source's own, such as "over 40 organisations"."""

    @property
    def adds_up(self) -> bool:
        """Whether it may be added to others of its basis: only exact numbers are."""
        return self.number is not None and self.qualifier is Qualifier.EXACT


def number_keys(numbers: Iterable[tuple[str, str, str, str]]) -> list[str]:
    """The numbers of a record by group, unit, ages and basis, each by a key that stays when the number alone is corrected.

    >>> number_keys([("parents", "people", "", "partner"), ("parents", "people", "", "partner")])
    ['parents people partner', 'parents people partner 2']
    """
    seen: Counter[str] = Counter()
    keys = []
    for parts in numbers:
        key = " ".join(filter(None, parts))
        seen[key] += 1
        keys.append(key if seen[key] == 1 else f"{key} {seen[key]}")
    return keys


@dataclass(frozen=True, slots=True)
class CountryLine:
    """A country as ISO 3166-1 has it, and as the source names it where that differs."""

    country: str
    as_source_says: str = ""


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """An organisation that had a part, in the source's words, and the record that a person matched with it."""

    text: str
    role: PartRole = PartRole.PARTNER
    organisation_id: int | None = None


@dataclass(frozen=True, slots=True)
class ActivityContent:
    """Everything that one version of an activity says. Empty fields are not stated."""

    title: str
    kind: ActivityKind
    status: ActivityStatus
    span: Span
    countries: tuple[CountryLine, ...] = ()
    place: str = ""
    audiences: tuple[AudienceGroup, ...] = ()
    audience_words: str = ""
    partners: tuple[PartnerLine, ...] = ()
    languages: tuple[str, ...] = ()
    """Codes of languages, such as ``hy``."""
    reach: tuple[ReachLine, ...] = ()
    traits: tuple[Trait, ...] = ()
    course_ids: tuple[str, ...] = ()
    about: str = ""
    """What of this site it is about, as a plain word: ``cohort:12``, ``drill:7``, ``declaration:5``."""
    summary: str = ""
    source: str = ""
    """The source's name or address, in one line."""


@dataclass(frozen=True, slots=True)
class OwnActivity:
    """An activity that this site knows from its own records."""

    about: str
    kind: ActivityKind
    status: ActivityStatus
    span: Span
    countries: tuple[str, ...]
    title: str
    reach: tuple[ReachLine, ...] = ()
    """With the basis ``counted``."""
    part_of: str = ""
    """The activity that it is a part of, such as the cohort of a meeting; parts are shown and never counted beside the whole."""
    languages: tuple[str, ...] = ()
    traits: tuple[Trait, ...] = ()
    endpoint: str = ""
    """The page of it, for whoever may open that; empty for none."""
    values: Mapping[str, str] = field(default_factory=dict)


class Countable(Protocol):
    """An activity with a state of its own, typed or known from records."""

    @property
    def status(self) -> ActivityStatus:
        """The state."""


def is_counted(one: Countable) -> bool:
    """Whether it may be counted: it was held, has ended or is under way."""
    return one.status in IS_COUNTED


def weakest(lines: Iterable[ReachLine]) -> CountBasis | None:
    """The weakest basis of those that are stated; None when nothing is."""
    order = list(CountBasis)
    stated = [line.basis for line in lines if line.number is not None]
    return max(stated, key=order.index, default=None)


def not_typed_in(own: Iterable[OwnActivity], typed: Iterable[str]) -> list[OwnActivity]:
    """The activities of our own that no record is about, nor about the whole that they are a part of."""
    told = {about for about in typed if about}
    return [one for one in own if one.about not in told and one.part_of not in told]


def with_counted(content: ActivityContent, own: OwnActivity | None) -> ActivityContent:
    """The record's words with our own numbers: what we counted stands in place of what was typed for the same group."""
    if own is None or not own.reach:
        return content
    counted = {(line.group, line.unit) for line in own.reach}
    kept = tuple(line for line in content.reach if (line.group, line.unit) not in counted)
    return replace(content, reach=(*own.reach, *kept))


def text_key(text: str) -> str:
    """A name in the one spelling by which it is the same name: no case, accents' forms, marks or spaces make a difference.

    >>> text_key(" ICT  Centre, e.V. ") == text_key("ict centre e.v")
    True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    # What nobody sees, such as a mark of direction, parts no words.
    seen = (letter for letter in folded if unicodedata.category(letter) != "Cf")
    words = "".join(letter if unicodedata.category(letter)[0] in "LNM" else " " for letter in seen)
    return " ".join(words.split())[:200]


def one_line(text: str) -> str:
    """The text in one line, without what nobody sees and no document can hold."""
    return " ".join(plain_lines(text).split())


def _tidied(content: ActivityContent) -> ActivityContent:
    return replace(
        content,
        title=one_line(content.title),
        place=one_line(content.place),
        audience_words=one_line(content.audience_words),
        summary=plain_lines(content.summary),
        source=one_line(content.source),
        countries=tuple(replace(line, as_source_says=one_line(line.as_source_says)) for line in content.countries),
        partners=tuple(replace(line, text=one_line(line.text)) for line in content.partners),
        reach=tuple(replace(line, words=one_line(line.words)) for line in content.reach),
    )


def checked(content: ActivityContent) -> ActivityContent:
    """The same, tidied. Raises Refused with a sentence for whoever wrote it."""
    content = _tidied(content)
    title = content.title
    if not title:
        raise Refused(N_("Give the activity a title."))
    if len(title) > LONGEST_TITLE or len(content.place) > LONGEST_TITLE or len(content.audience_words) > LONGEST_TITLE:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_TITLE)
    if len(content.summary) > LONGEST_TEXT or len(content.source) > LONGEST_TEXT:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_TEXT)
    if max(len(content.countries), len(content.partners), len(content.reach)) > MOST_ROWS:
        raise Refused(N_("Give at most %(count)s countries, partners or numbers."), count=MOST_ROWS)
    for line in content.reach:
        check_reach(line)
    countries = {line.country: line for line in content.countries}
    partners = {(text_key(line.text), line.role): line for line in content.partners if text_key(line.text)}
    return replace(content, countries=tuple(countries.values()), partners=tuple(partners.values()))


def check_reach(line: ReachLine) -> None:
    """Raise Refused unless the number and its basis go together."""
    if (line.number is None) != (line.basis is CountBasis.NOT_STATED):
        raise Refused(N_("Give each number its basis. Where there is no number, choose “Not stated”: it is not 0."))
    if line.number is not None and not 0 <= line.number <= LARGEST_NUMBER:
        raise Refused(N_("Write the number with digits alone, such as 120."))
    if line.age_band and (line.group is not AudienceGroup.CHILDREN or line.age_band not in set(AgeBand)):
        raise Refused(N_("Age bands are for children."))


def same_thing(content: ActivityContent, title: str, place: str, countries: Collection[str]) -> bool:
    """Whether a record of the same kind and first day, with that title, place and those countries, reads like the same activity.
    A place that only one of them names tells nothing apart."""
    places = {text_key(one) for one in (content.place, place) if text_key(one)}
    is_named_so = text_key(content.title) == text_key(title)
    return is_named_so and len(places) < 2 and {line.country for line in content.countries} == set(countries)
