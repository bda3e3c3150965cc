"""The page of what was found, put together from the index, the courses as they are now, and the reader's cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, url_for
from sqlalchemy.exc import SQLAlchemyError

from coplearn.cohorts.common.guards import person_or_none
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.authorisation import countries_of
from coplearn.courses.course import Course
from coplearn.helplines.directory import Help
from coplearn.helplines.risk import suggests_risk
from coplearn.i18n.analysis import searched, tokens
from coplearn.i18n.collation import sort_key
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.kernel.words import Audience, Permission
from coplearn.search.finding import Found, FoundRecord
from coplearn.search.queries import cohorts_seen_by
from coplearn.search.ranking import SnippetPart
from coplearn.search.records import circles_of
from coplearn.search.sources import COURSE, GLOSSARY, HELP, HELP_TITLE
from coplearn.search.stopwords import is_common
from coplearn.search.terms import LearnersTerm, learners_terms
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.languages import offered_here, remembered_audience, remembered_country
from coplearn.web.render import page_locale, say

GLOSSARY_TITLE = N_("What the words mean")


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One result: its page, where that stands, and the lines that say what was searched for; ``locale`` where it is not the
    reader's."""

    href: str
    title: str
    where: Sequence[str]
    parts: Sequence[SnippetPart]
    icon: str = "note"
    locale: Locale | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchScreen:
    """The page: what was typed, and what was found. ``words`` is None where nothing was searched for yet."""

    words: str | None = None
    is_over: bool = False
    """Whether an address was opened whose words are not to be had any more."""
    lines: Sequence[FoundLine] = field(default_factory=tuple)
    elsewhere: Sequence[FoundLine] = field(default_factory=tuple)
    cohorts: Sequence[FoundLine] = field(default_factory=tuple)
    records: Sequence[FoundLine] = field(default_factory=tuple)
    """Resources, activities, countries, statements, declarations and series that the reader may see."""
    meant: str = ""
    help: Help | None = None
    """Shown before everything else."""
    is_preparing: bool = False
    """Whether there is no index yet."""


def search_screen(words: str) -> SearchScreen:
    """Everything found for those words, for the reader of this request."""
    locale, today = page_locale(), utcnow().date()
    others = offered_here(site().locales)
    favoured = {
        course.id: _favour(course, remembered_audience()) for course in site().library.current().courses.values()
    }
    codes = tuple(dict.fromkeys((locale.code, *(one.code for one in others))))
    person = person_or_none()
    cohorts = cohort_lines(words, locale, person)
    try:
        found = site().finder.find(words, locale, others, today, favoured)
        records = record_lines(words, locale, person)
    except SQLAlchemyError:
        return SearchScreen(words=words, cohorts=cohorts, help=_help_first(words, codes), is_preparing=True)
    return SearchScreen(
        words=words,
        is_preparing=not found.is_ready,
        lines=_lines(found.own, locale),
        elsewhere=_lines(found.elsewhere, locale),
        cohorts=cohorts,
        records=records,
        meant=found.meant,
        # Whoever is frightened mistypes.
        help=_help_first(words, codes) or _help_first(found.meant, codes),
    )


def _help_first(words: str, codes: tuple[str, ...]) -> Help | None:
    """The help of the reader's country, where those words suggest that a child is at risk."""
    if not suggests_risk(words, codes):
        return None
    return site().helplines.help_for(remembered_country(), utcnow().date())


def _favour(course: Course, audience: Audience | None) -> float:
    """A course for this reader comes first; else those for parents and educators, whom most readers are."""
    if audience is not None and audience in course.audiences and len(course.audiences) == 1:
        return 1.4
    if audience is None and course.audiences == (Audience.PARENTS,):
        return 1.3
    return 1.15 if {*course.audiences} <= {Audience.PARENTS, Audience.EDUCATORS} else 1.0


def _lines(found: Sequence[Found], locale: Locale) -> list[FoundLine]:
    lines = [_line(one, locale) for one in found]
    return [line for line in lines if line is not None]


def _line(found: Found, reader: Locale) -> FoundLine | None:
    other = found.locale if found.locale.code != reader.code else None
    lang = found.locale.url
    if found.domain == GLOSSARY:
        href = url_for("search.glossary", lang=lang, _anchor=found.place)
        return FoundLine(href, found.title, [say(GLOSSARY_TITLE)], found.parts, "note", other)
    if found.domain == HELP:
        href = url_for("pages.help_now", lang=lang, country=found.place or None)
        where = [say(HELP_TITLE)] if found.place else []
        return FoundLine(href, found.title, where, found.parts, "help", other)
    course = site().library.current().courses.get(found.domain)
    if course is None:
        return None
    texts = site().library.texts(course, found.locale)
    if found.place == COURSE:
        href = url_for("learning.course", lang=lang, course_code=course.code)
        return FoundLine(href, found.title, [], found.parts, "note", other)
    item = course.items[found.place]
    href = url_for("learning.item", lang=lang, course_code=course.code, item_code=item.code)
    module = texts.get(f"{course.module(item.module).prefix}#title").text
    icon = course.kinds[item.kind].kind.icon
    return FoundLine(href, found.title, [texts.get("course#title").text, module], found.parts, icon, other)


def record_lines(words: str, reader: Locale, person: Person | None) -> list[FoundLine]:
    """The records that say every word and that the reader may see, whichever of the site's languages they are in."""
    session, sources = current_session(current_app), site().findable
    circles = circles_of(session, sources, person.id if person else None, person.grants if person else ())
    locales = [reader, *(one for one in site().locales if one.code != reader.code and not one.is_pseudo)]
    return [_record_line(one, reader) for one in site().finder.find_records(words, locales, circles, session)]


def _record_line(found: FoundRecord, reader: Locale) -> FoundLine:
    record = found.record
    other = site().locales.get(record.locale) if record.locale and record.locale != reader.code else None
    known = {one.code: one.url for one in site().locales}
    values: dict[str, Any] = {name: known.get(value, value) for name, value in record.values.items()}
    href = url_for(record.endpoint, **values)
    return FoundLine(href, record.title, [say(found.source.label)], found.parts, "note", other)


def cohort_lines(words: str, locale: Locale, person: Person | None) -> list[FoundLine]:
    """The cohorts of the reader's own list whose name or country says every telling word."""
    if person is None:
        return []
    wanted = [set(one.tokens) for one in searched(words, locale.code) if not is_common(one.plain, locale.code)]
    seen = cohorts_seen_by(current_session(current_app), person.id, countries_of(person.grants, Permission.SEE_COUNTRY))
    lines = []
    for cohort in seen:
        here = set(tokens(cohort.title, locale.code))
        if wanted and all(group & here for group in wanted):
            page = "cohorts.cohort" if cohort.works else "cohorts.mine"
            lines.append(FoundLine(url_for(page, cohort_id=cohort.public_id), cohort.title, [], [], "person"))
    return lines[:10]


def glossary_lines(locale: Locale) -> list[LearnersTerm]:
    """Every word that is explained, in the order of the reader's alphabet."""
    is_source = locale.code == site().locales.source.code
    terms = learners_terms(site().glossaries.of(locale.code), is_source)
    return sorted(terms, key=lambda term: sort_key(term.name, locale.code))
