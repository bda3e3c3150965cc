"""An item's own body in the page's language: lessons rendered once and kept, the rest for each learner."""

from __future__ import annotations

from typing import Any, Final

from flask import current_app, url_for
from markupsafe import Markup

from coplearn.courses.course import Course
from coplearn.courses.pages import CoursePage, RenderedLessons, Site, rendered_key
from coplearn.courses.plugin import Item, View
from coplearn.courses.shelf import Shelf
from coplearn.courses.texts import Texts
from coplearn.i18n import formats
from coplearn.i18n.locales import Locales
from coplearn.learning.screens import item_href
from coplearn.web.render import page_locale, say, words_version

_KEPT: Final = RenderedLessons()
_SAME_FOR_ALL: Final = frozenset({"lesson"})


def body_of(course: Course, item: Item[Any], view: View) -> Markup:
    """The inside of the item's form for one learner."""
    page = _page(course, item)
    kind = course.kinds[item.kind]
    if item.kind not in _SAME_FOR_ALL:
        return kind.render(item, page, view)
    return _KEPT.get(_key(course, item), lambda: kind.render(item, page, view))


def paper_of(course: Course, item: Item[Any]) -> Markup:
    """What the item prints."""
    return course.kinds[item.kind].paper(item, _page(course, item))


def fallbacks_of(course: Course, item: Item[Any], texts: Texts) -> int:
    """How many parts of the item are not in the reader's language."""
    if page_locale().code == course.locale:
        return 0
    contexts = [f"{item.id}#title", *(message.context for message in course.kinds[item.kind].messages(item))]
    return texts.fallbacks(contexts)


def _key(course: Course, item: Item[Any]) -> tuple[str, ...]:
    return rendered_key(course, item, _texts(course), words_version())


def _texts(course: Course) -> Texts:
    shelf: Shelf = current_app.extensions["shelf"]
    return shelf.texts(course, page_locale())


def _page(course: Course, item: Item[Any]) -> CoursePage:
    locales: Locales = current_app.extensions["locales"]
    site = Site(
        say=say,
        item_url=lambda other: item_href(course, other),
        help_url=lambda: url_for("pages.help_now"),
        number=lambda value: formats.number(value, page_locale()),
    )
    return CoursePage(course, item, _texts(course), locales.get(course.locale), site)
