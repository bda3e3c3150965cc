"""The parts of a course's pages that the kinds of plugins bring: what they say, and the files that they load."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from markupsafe import Markup, escape

from coplearn.courses.course import Course
from coplearn.courses.pages import marked, own_word
from coplearn.courses.plugin import Item
from coplearn.courses.texts import Texts
from coplearn.courses.tree import Body
from coplearn.kernel.text import N_, Phrase
from coplearn.site import site
from coplearn.web.render import asset_url, fill_phrase, page_locale, say, translations
from coplearn.web.static_files import static_url


def word_of(
    course: Course, item: Item[Any], text: str, texts: Texts, numbers: Mapping[str, int] = MappingProxyType({})
) -> Markup:
    """A sentence of the item's kind, in the page's language; ``texts`` are the course's own."""
    own = own_word(course.kinds[item.kind].bundle, text, texts, words_in)
    template = translations().gettext(text) if own is None else own.text
    return marked(own, fill_phrase(template, Phrase(text, numbers)))


def place_of(course: Course, item: Item[Any], texts: Texts) -> Markup:
    """The line above the item's title: where it stands in the course, or that nobody has to read it."""
    if item.optional:
        return escape(say(N_("If you have more time")))
    at = course.position(item.id)
    numbers = {"module": at.module_number, "modules": at.modules, "item": at.item_number, "items": at.items}
    return word_of(course, item, course.kinds[item.kind].kind.place, texts, numbers)


def words_in(domain: str) -> Texts | None:
    """The words of a package's kinds in the page's language; None when there is no such package (any more)."""
    words = site().library.current().words.get(domain)
    return site().library.texts(words, page_locale()) if words is not None else None


def finish_of(course: Course, item: Item[Any], texts: Texts, *, has_next: bool) -> Markup | None:
    """The words of the button below the item; None for a kind with a button of its own."""
    words = course.kinds[item.kind].kind.finish
    return word_of(course, item, words[0 if has_next else 1], texts) if words is not None else None


def scripts_of(course: Course, item: Item[Any]) -> list[str]:
    """The addresses of the scripts of the item's page: the site's own for questions, then those of plugins."""
    own = [static_url("js/quiz.js")] if course.kinds[item.kind].questions(item) else []
    return own + _files(course, item, 1)


def styles_of(course: Course, item: Item[Any]) -> list[str]:
    """The addresses of the style sheets of the item's page beside the site's own: that of recordings, then those of plugins."""
    heard = isinstance(item.content, Body) and item.content.recordings
    return [static_url("css/recordings.css")] * bool(heard) + _files(course, item, 2)


def _files(course: Course, item: Item[Any], part: Literal[1, 2]) -> list[str]:
    named = [(needed[0], name) for needed in course.bundles_of(item) for name in needed[part]]
    addresses = dict.fromkeys(bundle.address(name) for bundle, name in named)
    return [asset_url(address) for address in addresses if address is not None]
