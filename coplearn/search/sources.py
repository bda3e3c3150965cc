"""Texts that can be found: those of courses, of the glossary and of the help page, each in one language, as learners see them.

A text that is not shown in a language (untranslated, or kept back by the gate) is not among that language's, so nobody finds
what they may not read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from coplearn.courses.course import Course
from coplearn.courses.guarded import KindFailed
from coplearn.courses.plugin import Item
from coplearn.courses.texts import Texts
from coplearn.helplines.directory import Directory
from coplearn.helplines.entries import Helpline
from coplearn.i18n.analysis import Word, words
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.formats import country_names
from coplearn.i18n.inline_marks import plain_text
from coplearn.i18n.live import LiveCatalogs
from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_
from coplearn.search.store import IndexedPage
from coplearn.search.terms import learners_terms
from coplearn.site import Site

GLOSSARY: Final = "glossary"
HELP: Final = "help"
COURSE: Final = "course"
"""The place of a course's own page, beside those of its items."""
HELP_TITLE: Final = N_("Get help now")
_HELP_WORDS: Final = (
    N_("Somebody to talk to (helpline)"),
    N_("Where to report (hotline or police)"),
    N_("If someone is in danger right now, call your local emergency number."),
    N_("If there are pictures of a child"),
    N_("Do not copy, save or send them on. Write down the address, the account names and the times."),
)


@dataclass(frozen=True, slots=True)
class FindableText:
    """A page as its readers in one language see it: where it is, its title and its texts, without marks."""

    place: str
    title: str
    texts: tuple[str, ...]


def texts_of(site: Site, domain: str, locale: Locale, today: date) -> Iterator[FindableText]:
    """Every page of a domain that has something in that language."""
    if domain == GLOSSARY:
        yield from _glossary(site, locale)
    elif domain == HELP:
        yield from _help(site.catalogs, site.helplines, locale, today)
    else:
        course = site.library.current().courses.get(domain)
        if course is not None:
            yield from course_texts(course, site.library.texts(course, locale))


def text_at(site: Site, domain: str, place: str, locale: Locale, today: date) -> FindableText | None:
    """The page at one place as it is now; None when there is none, or nothing of it in that language."""
    if domain in (GLOSSARY, HELP):
        return next((one for one in texts_of(site, domain, locale, today) if one.place == place), None)
    course = site.library.current().courses.get(domain)
    if course is None:
        return None
    texts = site.library.texts(course, locale)
    if place == COURSE:
        return _course_page(course, texts)
    item = course.items.get(place)
    return _item_page(course, item, texts) if item is not None else None


def course_texts(course: Course, texts: Texts) -> Iterator[FindableText]:
    """The course's own page and its items."""
    made = [_course_page(course, texts), *(_item_page(course, item, texts) for item in course.items.values())]
    yield from (one for one in made if one is not None)


def _course_page(course: Course, texts: Texts) -> FindableText | None:
    contexts = ["course#summary"]
    for module in course.modules:
        contexts += [f"{module.prefix}#title", f"{module.prefix}#summary"]
        contexts += [f"{module.prefix}#objective.{one}" for one in module.objectives]
    return _page(COURSE, "course#title", contexts, texts)


def _item_page(course: Course, item: Item[Any], texts: Texts) -> FindableText | None:
    try:
        contexts = course.kinds[item.kind].findable(item)
    except KindFailed:
        contexts = []
    return _page(item.id, f"{item.id}#title", [one for one in contexts if one != f"{item.id}#title"], texts)


def _page(place: str, title: str, contexts: Iterable[str], texts: Texts) -> FindableText | None:
    shown = [texts.get(one) for one in contexts if one in texts]
    own = tuple(" ".join(plain_text(one.text).split()) for one in shown if not one.fallback)
    name = texts.get(title)
    if name.fallback and not own:
        return None
    return FindableText(place, plain_text(name.text), own)


def _glossary(site: Site, locale: Locale) -> Iterator[FindableText]:
    source = locale.code == site.locales.source.code
    said = site.catalogs.translations(locale)
    for term in learners_terms(site.glossaries.of(locale.code), source):
        meaning = said.gettext(term.meaning)
        is_own = source or meaning != term.meaning
        if not term.is_source or is_own:
            yield FindableText(term.code, term.name, (*((meaning,) if is_own else ()), *term.others))


def _help(catalogs: LiveCatalogs, directory: Directory, locale: Locale, today: date) -> Iterator[FindableText]:
    said = catalogs.translations(locale)
    title = said.gettext(HELP_TITLE)
    words_here = tuple(said.gettext(one) for one in _HELP_WORDS)
    if locale.code != "en" and title == HELP_TITLE:
        return
    yield FindableText("", title, words_here)
    for code, name in country_names(sorted(COUNTRIES), locale):
        there = directory.help_for(code, today)
        lines = (*there.lines, *there.support, *there.reports, *there.emergencies)
        yield FindableText(code, name, tuple(dict.fromkeys(_called(line) for line in lines if line.name)))


def _called(line: Helpline) -> str:
    return " ".join(part for part in (line.name or "", line.phone or "") if part)


def digest_of(text: FindableText) -> str:
    """The digest of everything that an index makes of it."""
    return hashlib.sha256("\x1f".join((text.title, *text.texts)).encode()).hexdigest()[:32]


def words_in(text: FindableText, locale: str) -> Iterator[tuple[bool, Word]]:
    """Every word of a page, and whether it stands in its title."""
    for word in words(text.title, locale):
        yield True, word
    for one in text.texts:
        for word in words(one, locale):
            yield False, word


def indexed(domain: str, locale: str, found: FindableText) -> IndexedPage:
    """The page as the index keeps it."""
    heads: list[str] = []
    body: list[str] = []
    known: dict[str, str] = {}
    for in_title, word in words_in(found, locale):
        (heads if in_title else body).extend(word.tokens)
        known[word.plain] = " ".join(word.tokens)
    return IndexedPage(
        domain=domain,
        locale=locale,
        place=found.place,
        digest=digest_of(found),
        heads=" ".join(heads),
        body=" ".join(body),
        spelt=" ".join(sorted(known)),
        known=known,
    )
