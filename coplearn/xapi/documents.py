"""The words of statements and of our profile, from the catalogs and the courses."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from coplearn.courses.course import Course
from coplearn.site import Site, site
from coplearn.xapi.rules.profile import WORDS, profile_of
from coplearn.xapi.rules.records import VERBS, LanguageMap, Telling, Words
from coplearn.xapi.rules.statements import Json


def interface_map(here: Site, text: str) -> LanguageMap:
    """A text of the interface in its own language and in each live one that has it, by BCP 47 tag."""
    found = {here.locales.source.bcp47: text}
    for locale in here.locales.live:
        said = here.catalogs.translations(locale).gettext(text)
        if said != text:
            found[locale.bcp47] = said
    return found


def profile_document(iri: str) -> Json:
    """Our own profile, with its words in every live language."""
    here = site()
    return profile_of(iri, {name: interface_map(here, text) for name, text in WORDS.items()})


def telling_of(here: Site, used: Collection[tuple[str, str]]) -> Telling:
    """Everything that the statements of those courses and items need; ``used`` are ids of courses with those of items, or empty."""
    courses = here.library.current().courses
    titles: dict[str, LanguageMap] = {}
    items: dict[tuple[str, str], LanguageMap] = {}
    for course_id, item_id in used:
        course = courses.get(course_id)
        if course is None:
            continue
        if course_id not in titles:
            titles[course_id] = _tagged(here, here.library.titles(course))
        name = _item_name(here, course, item_id)
        if name:
            items[course_id, item_id] = name
    verbs = {name: interface_map(here, WORDS[name]) for name in VERBS}
    return Telling(here.settings.address, here.settings.site_name, Words(verbs, titles, items))


def _tagged(here: Site, texts: Mapping[str, str]) -> LanguageMap:
    return {here.locales.get(code).bcp47: text for code, text in texts.items() if code in here.locales}


def _item_name(here: Site, course: Course, item_id: str) -> LanguageMap:
    if item_id not in course.items:
        return {}
    context, source = f"{item_id}#title", course.items[item_id].title
    found = {here.locales.get(course.locale).bcp47: source}
    for locale in here.locales.live:
        texts = here.library.texts(course, locale)
        if context in texts and not (said := texts.get(context)).fallback and not said.stale:
            found[locale.bcp47] = said.text
    return found
