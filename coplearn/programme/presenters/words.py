"""Words and names that the pages of programme records show, in the page's language."""

from __future__ import annotations

from collections.abc import Iterable

from babel.dates import format_skeleton
from sqlalchemy.orm import Session

from coplearn.cohorts.common.presenters import country_choices, country_name
from coplearn.cohorts.common.rules.words import AgeBand
from coplearn.i18n import formats
from coplearn.kernel.text import N_
from coplearn.programme.forms.rows import NameReader
from coplearn.programme.queries.organisations import programmes
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.names import country_of, language_of, near_countries, near_languages
from coplearn.programme.rules.periods import Span
from coplearn.programme.rules.records import ReachLine
from coplearn.programme.rules.words import CountUnit, Precision, Qualifier
from coplearn.web.forms import Choices
from coplearn.web.render import page_locale, say

_QUALIFIED = {
    Qualifier.MORE_THAN: N_("more than %(number)s"),
    Qualifier.ABOUT: N_("about %(number)s"),
    Qualifier.UP_TO: N_("up to %(number)s"),
}
_IN_GROUP = {
    CountUnit.PEOPLE: N_("%(group)s: %(number)s"),
    CountUnit.ORGANISATIONS: N_("%(group)s, organisations: %(number)s"),
    CountUnit.COUNTRIES: N_("%(group)s, countries: %(number)s"),
    CountUnit.COPIES: N_("%(group)s, copies given out: %(number)s"),
}


def span_words(days: Span) -> str:
    """A period as exactly as its source tells it."""
    locale = page_locale()
    if days.precision is Precision.WITHIN:
        return say(
            N_("Some time from %(since)s to %(until)s"),
            since=formats.day(days.since, locale),
            until=formats.day(days.until, locale),
        )
    if days.precision is Precision.MONTH:
        first, last = formats.month(days.since, locale), formats.month(days.until, locale)
    elif days.precision is Precision.QUARTER:
        first, last = (format_skeleton("yQQQ", day, locale=locale.babel) for day in (days.since, days.until))
    else:
        first, last = formats.day(days.since, locale), formats.day(days.until, locale)
    return first if first == last else say(N_("%(since)s to %(until)s"), since=first, until=last)


def number_words(line: ReachLine) -> str:
    """A number as it is stated, and that none is stated where there is none."""
    if line.number is None:
        return say(N_("Not stated"))
    number = formats.number(line.number, page_locale())
    return say(_QUALIFIED[line.qualifier], number=number) if line.qualifier in _QUALIFIED else number


def reach_words(line: ReachLine) -> str:
    """A number with the group that it counts."""
    group = say(line.group.label)
    if line.age_band in set(AgeBand):
        group = say(N_("%(group)s, %(ages)s"), group=group, ages=say(AgeBand(line.age_band).label))
    return say(_IN_GROUP[line.unit], group=group, number=number_words(line))


def language_name(code: str) -> str:
    """A language in the page's language; a code that it has no name for stands as it is."""
    return formats.language_names([code], page_locale())


def country_words(country: str, as_source_says: str) -> str:
    """A country in the page's language, and beside it the name that the source gives it where that is another."""
    name = country_name(country)
    if not as_source_says or as_source_says == name:
        return name
    return say(N_("%(country)s (in the source: %(name)s)"), country=name, name=as_source_says)


def countries_to_choose(access: ProgrammeAccess) -> Choices:
    """The countries that somebody may write about or ask for, by name."""
    every = country_choices(page_locale())
    if access.countries is None or any(not seat.country for seat in access.seats):
        return list(every)
    reach = set(access.countries) | {seat.country for seat in access.seats}
    return [(code, name) for code, name in every if code in reach]


def programmes_to_choose(session: Session, access: ProgrammeAccess) -> Choices:
    """The programmes that somebody may put a record into: all for a coordinator, else those they have a seat in."""
    every = [(one.id, one.name) for one in programmes(session)]
    if access.countries is not None and not access.countries:
        seated = {seat.programme_id for seat in access.seats}
        every = [pair for pair in every if pair[0] in seated]
    return [(str(number), name) for number, name in every]


def name_reader(said: dict[str, str]) -> NameReader:
    """The functions that find countries and languages by what people write. ``said`` are names explained before."""
    babel = page_locale().babel

    def names(codes: Iterable[str]) -> list[str]:
        return [country_name(code) for code in codes]

    return NameReader(
        country=lambda text: country_of(text, babel, said),
        near_countries=lambda text: names(near_countries(text, babel)),
        language=lambda text: language_of(text, babel),
        near_languages=lambda text: [language_name(code) for code in near_languages(text, babel)],
        country_name=country_name,
    )
