"""The contents of a declaration's pages: its text in a reader's language, who took part, and how each recommendation stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from coplearn.cohorts.common.presenters import country_name
from coplearn.cohorts.common.rules.words import AgeBand
from coplearn.cohorts.people.presenters.members import locale_of
from coplearn.declarations.queries import FollowedRecommendation
from coplearn.i18n import formats
from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_, LabelledEnum
from coplearn.programme.rules.words import AudienceGroup, CountBasis, Qualifier
from coplearn.site import site
from coplearn.translating.editing.marks import Change, word_changes
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.declarations.models import AdoptedText, Declaration, DeclarationDraft, DeclarationGroup

_NUMBERS = {
    Qualifier.MORE_THAN: N_("More than %(number)s"),
    Qualifier.ABOUT: N_("About %(number)s"),
    Qualifier.UP_TO: N_("Up to %(number)s"),
}


@dataclass(frozen=True, slots=True)
class WordsShown:
    """Words with the language that they are in, for the attributes of their element."""

    words: str
    locale: Locale


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group that took part, in the page's language."""

    id: int
    name: str
    number: str
    basis: str


@dataclass(frozen=True, slots=True)
class RecommendationShown:
    """A recommendation in the reader's language, with its state in words."""

    line: FollowedRecommendation
    said: WordsShown
    state: str

    @property
    def is_put_off(self) -> bool:
        """Whether the day was first another one."""
        first, now = self.line.row.first_due_on, self.line.row.due_on
        return first is not None and now is not None and first != now


@dataclass(frozen=True, slots=True)
class FixedText:
    """An adopted text with the language it is in and what fixes it."""

    locale: Locale
    title: str
    paragraphs: Sequence[str]
    sha256: str


@dataclass(frozen=True, slots=True)
class PublicDeclaration:
    """The public page of a declaration."""

    declaration: Declaration
    country: str
    text: FixedText
    languages: Sequence[FixedText]
    groups: Sequence[GroupLine]
    recommendations: Sequence[RecommendationShown]

    @property
    def done(self) -> int:
        """The number of recommendations that are done."""
        return sum(one.line.standing.state == "done" for one in self.recommendations)


@dataclass(frozen=True, slots=True)
class PublicLine:
    """A declaration in the public list."""

    declaration: Declaration
    title: WordsShown
    country: str
    done: int
    total: int


Adopted = Mapping[str, tuple["AdoptedText", "DeclarationDraft"]]


def writing_languages() -> list[Locale]:
    """The languages in which a declaration can be written here, drafts of languages among them."""
    return [one for one in site().locales if one.is_reachable and not one.is_pseudo]


def chosen_language(codes: Iterable[str], asked: str = "") -> str:
    """The code of ``codes`` (never empty) to show: the one asked for by its code or address, else the page's, else the first."""
    codes = list(codes)
    if asked in codes:
        return asked
    by_url = {locale_of(code).url: code for code in reversed(codes)}
    if asked in by_url:
        return by_url[asked]
    return page_locale().code if page_locale().code in codes else codes[0]


def in_my_language(said: Mapping[str, str]) -> WordsShown:
    """The words in the page's language where they are, else in the first that they were adopted in."""
    if not said:
        return WordsShown("", page_locale())
    code = chosen_language(said)
    return WordsShown(said[code], locale_of(code))


def group_lines(groups: Sequence[DeclarationGroup]) -> list[GroupLine]:
    """The groups in the page's language."""
    return [GroupLine(one.id, _group_name(one), _number(one), _label(CountBasis, one.basis)) for one in groups]


def _group_name(one: DeclarationGroup) -> str:
    name = _label(AudienceGroup, one.group)
    if not one.age_band:
        return name
    return say(N_("%(group)s, %(ages)s"), group=name, ages=_label(AgeBand, one.age_band))


def _number(one: DeclarationGroup) -> str:
    if one.number is None:
        return say(N_("Not stated"))
    shown = formats.number(one.number, page_locale())
    words = _NUMBERS.get(Qualifier(one.qualifier))
    return say(words, number=shown) if words else shown


def _label(kind: type[LabelledEnum], stored: str) -> str:
    return say(kind(stored).label)


def shown_recommendations(lines: Iterable[FollowedRecommendation], locale: str = "") -> list[RecommendationShown]:
    """Recommendations in that language, else in the page's."""
    found = []
    for line in lines:
        said = WordsShown(line.words[locale], locale_of(locale)) if locale in line.words else in_my_language(line.words)
        found.append(RecommendationShown(line, said, say(line.standing.state.label)))
    return found


def fixed_text(adopted: AdoptedText, draft: DeclarationDraft) -> FixedText:
    """An adopted text."""
    return FixedText(locale_of(adopted.locale), draft.title, draft.body.split("\n\n"), adopted.sha256)


def public_declaration(
    declaration: Declaration,
    adopted: Adopted,
    groups: Sequence[DeclarationGroup],
    lines: Sequence[FollowedRecommendation],
    asked: str,
) -> PublicDeclaration:
    """The public page, its text in the language asked for."""
    code = chosen_language(adopted, asked)
    return PublicDeclaration(
        declaration,
        country_name(declaration.country),
        fixed_text(*adopted[code]),
        [fixed_text(*one) for one in adopted.values()],
        group_lines(groups),
        shown_recommendations(lines, code),
    )


def public_lines(
    declarations: Sequence[Declaration],
    titles: Mapping[int, Mapping[str, str]],
    lines: Iterable[FollowedRecommendation],
) -> list[PublicLine]:
    """The public list."""
    counts: dict[int, list[bool]] = {}
    for line in lines:
        counts.setdefault(line.row.declaration_id, []).append(line.standing.state == "done")
    return [
        PublicLine(
            one,
            in_my_language(titles.get(one.id, {})),
            country_name(one.country),
            sum(counts.get(one.id, ())),
            len(counts.get(one.id, ())),
        )
        for one in declarations
    ]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a draft, part by part, with what changed in words."""

    older: DeclarationDraft
    newer: DeclarationDraft
    title: Sequence[Change]
    paragraphs: Sequence[Sequence[Change]]
    recommendations: Sequence[Sequence[Change]]


def compared(older: DeclarationDraft, newer: DeclarationDraft) -> Comparison:
    """The differences of two versions in one language."""
    lines = range(max(len(older.recommendations), len(newer.recommendations)))
    return Comparison(
        older,
        newer,
        word_changes(older.title, newer.title),
        [word_changes(older.body, newer.body)],
        [word_changes(_at(older.recommendations, at), _at(newer.recommendations, at)) for at in lines],
    )


def _at(lines: Sequence[str], place: int) -> str:
    return lines[place] if place < len(lines) else ""


def day_words(day: date | None) -> str:
    """A day in the page's language; empty for none."""
    return formats.day(day, page_locale()) if day is not None else ""
