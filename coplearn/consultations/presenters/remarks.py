"""Remarks and what became of them, ready for the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from coplearn.cohorts.common.rules.words import AgeBand
from coplearn.consultations.presenters.texts import language_at
from coplearn.consultations.queries.asking import AskedVersion
from coplearn.consultations.queries.said import SaidLine
from coplearn.consultations.rules.saying import stage_of
from coplearn.consultations.rules.words import ConsultationStage, RemarkOutcome, RemarkState
from coplearn.i18n.formats import number
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.programme.rules.words import AudienceGroup, CountBasis, Qualifier
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.consultations.models import HeardGroup

_STATED = {
    Qualifier.MORE_THAN: N_("more than %(number)s"),
    Qualifier.ABOUT: N_("about %(number)s"),
    Qualifier.UP_TO: N_("up to %(number)s"),
}


@dataclass(frozen=True, slots=True)
class RemarkLine:
    """A remark as a page shows it."""

    id: str
    block: str
    text: str
    locale: Locale
    organisation: str
    """Empty for somebody who was not asked."""
    at: datetime
    state: RemarkState
    outcome: str
    """In the page's language; empty while there is no answer."""
    outcome_value: str
    reason: str
    theme: str
    why: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class HeardLine:
    """A group that was heard, in words."""

    id: int
    who: str
    age: str
    people: str
    countries: str
    basis: str
    place: str
    heard_on: date | None
    said: str
    source: str


def remark_lines(found: Sequence[SaidLine], asked_id: int | None = None) -> list[RemarkLine]:
    """Remarks for a page; with the row of an organisation, its own are marked."""
    return [_line(one, asked_id) for one in found]


def _line(one: SaidLine, asked_id: int | None) -> RemarkLine:
    remark, answer = one.remark, one.answer
    return RemarkLine(
        id=remark.public_id,
        block=remark.block,
        text=remark.text,
        locale=language_at(remark.locale),
        organisation=one.organisation,
        at=remark.at,
        state=RemarkState(remark.state),
        outcome=say(RemarkOutcome(answer.outcome).label) if answer is not None else "",
        outcome_value=answer.outcome if answer is not None else "",
        reason=answer.reason if answer is not None else "",
        theme=answer.theme if answer is not None else "",
        why=remark.why,
        is_own=asked_id is not None and remark.asked_id == asked_id,
    )


def heard_lines(found: Sequence[HeardGroup]) -> list[HeardLine]:
    """Groups that were heard, in words."""
    return [_heard(one) for one in found]


def _heard(row: HeardGroup) -> HeardLine:
    return HeardLine(
        id=row.id,
        who=say(AudienceGroup(row.audience).label),
        age=say(AgeBand(row.age_band).label) if row.age_band in set(AgeBand) else "",
        people=stated(row.number, row.qualifier),
        countries=stated(row.countries, row.countries_qualifier),
        basis=say(CountBasis(row.basis).label),
        place=row.place,
        heard_on=row.heard_on,
        said=row.said,
        source=row.source,
    )


def stated(count: int | None, qualifier: str) -> str:
    """A number with the word before it; "Not stated" for none."""
    if count is None:
        return say(CountBasis.NOT_STATED.label)
    written = number(count, page_locale())
    words = _STATED.get(Qualifier(qualifier))
    return say(words, number=written) if words is not None else written


def stage(asking: AskedVersion) -> ConsultationStage:
    """The place where a consultation stands now."""
    one = asking.consultation
    return stage_of(one.opens_on, one.closes_on, one.told_at, utcnow())
