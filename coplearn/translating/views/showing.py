"""What is asked of other rooms while a message is shown: its page, its terms, and what was translated before."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, url_for
from markupsafe import Markup

from coplearn.courses.course import Course
from coplearn.courses.html import element, join
from coplearn.courses.pages import Site
from coplearn.courses.plugin import Item
from coplearn.i18n import formats
from coplearn.i18n.glossary import Glossary, Term
from coplearn.i18n.locales import Locale, Locales
from coplearn.translating import marks, previews, rules, stock
from coplearn.translating.domains import course_of
from coplearn.translating.memory import Look, Memory, facet_of
from coplearn.translating.previews import Preview
from coplearn.translating.rows import OneMessage
from coplearn.translating.views.base import Desk, the_session


def preview_of(desk: Desk, one: OneMessage, forms: tuple[str, ...]) -> Preview:
    """The learner's page with that text in it; for the interface the sentence with values in its places."""
    course = course_of(desk.domain)
    if course is None or one.context not in (message.context for message in course.messages):
        return _sentences(desk.locale, one, forms)
    locales: Locales = current_app.extensions["locales"]
    source = locales.get(course.locale)
    texts = previews.texts_with(
        course, desk.locale, source, one.context, forms[0] if forms else "", _glossary(desk.locale)
    )
    return previews.course_preview(course, texts, source, _site(course, desk.locale), one.context)


def _site(course: Course, locale: Locale) -> Site:
    def item_url(item: Item[Any]) -> str:
        return url_for("learning.item", lang=locale.url, course_code=course.code, item_code=item.code)

    return Site(
        say=previews.words_of(g.catalogs.translations(locale)),
        item_url=item_url,
        help_url=lambda: url_for("pages.help_now", lang=locale.url),
        number=lambda value: formats.number(value, locale),
    )


def _sentences(locale: Locale, one: OneMessage, forms: tuple[str, ...]) -> Preview:
    counts = [marks.sample_number(numbers) for numbers in marks.plural_examples(locale.plural, locale.nplurals)]
    shown: list[Markup] = []
    for number, form in enumerate(forms or ("",)):
        sample = counts[number] if one.plural and number < len(counts) else None
        text = previews.sample_sentence(form or one.msgid, sample)
        shown.append(element("p", {"class": "shown", "id": previews.HERE if not number else None}, text))
    blocked = rules.blocked(rules.subject_of(one, one.locale, forms, glossary=_glossary(locale)))
    return Preview(join(shown), True, blocked or not any(forms))


def memos_of(desk: Desk, one: OneMessage) -> Look:
    """What was translated before and is like this text."""
    memory: Memory = current_app.extensions["memory"]
    return memory.look(the_session(), desk.locale.code, one.msgid, facet=facet_of(one.context), exclude=one.id)


def ready_the_memory(locale: Locale) -> None:
    """Let the memory of a language be read while somebody is still looking about."""
    memory: Memory = current_app.extensions["memory"]
    memory.prepare(the_session(), locale.code)


def terms_of(desk: Desk, one: OneMessage) -> list[Term]:
    """The glossary's terms that the source speaks of, each once."""
    glossary = _glossary(desk.locale)
    return list(dict.fromkeys(glossary.in_source(one.msgid))) if glossary is not None else []


def _glossary(locale: Locale) -> Glossary | None:
    return stock.glossary_of(the_session(), locale.code)
