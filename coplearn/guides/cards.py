"""The take-aways of a course as cards to send on, in the page's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from flask import request, url_for
from markupsafe import Markup

from coplearn.courses.course import Course
from coplearn.courses.guarded import KindFailed
from coplearn.courses.pages import RenderCache, RenderedKey, text_shown
from coplearn.courses.plugin import Item
from coplearn.guides.documents import blocks_of
from coplearn.guides.pictures import MADE
from coplearn.guides.rules import Line, fitted, lines_of, message_of, plain, room_for
from coplearn.i18n.paper import clean, common
from coplearn.kernel.text import N_
from coplearn.learning.render_cache import log_failure, page_of
from coplearn.site import site
from coplearn.web.render import page_locale, say

_FOREIGN: Final = 'class="untranslated'
"""Stands in the HTML of a text that is not in the page's language."""


@dataclass(frozen=True, slots=True)
class TakeAway:
    """A take-away to send on: its title and lines, all of it as a text for a message, and what its picture says."""

    item: Item[Any]
    title: str
    lines: Sequence[Line]
    message: str
    alt: str


@dataclass(frozen=True, slots=True)
class CardsScreen:
    """The cards of a course by the title of their module; ``missing`` are those that are not in the reader's language yet."""

    title: Markup
    parts: Sequence[tuple[Markup, Sequence[TakeAway]]]
    missing: int


_SCREENS: Final = RenderCache[CardsScreen](64)


def cards_screen(course: Course, key: RenderedKey) -> CardsScreen:
    """The page of a course's cards; ``key`` changes with all that it shows."""
    return _SCREENS.get(key, lambda: _cards_screen(course))


def _cards_screen(course: Course) -> CardsScreen:
    texts = site().library.texts(course, page_locale())
    parts, missing = [], 0
    for module in course.modules:
        taken = [(item, *_take_away(course, item)) for item in (course.items[one] for one in module.item_ids)]
        found = [card_of(course, item, lines) for item, lines, is_shown in taken if is_shown]
        missing += sum(bool(lines) and not is_shown for _, lines, is_shown in taken)
        if found:
            parts.append((text_shown(texts, f"{module.prefix}#title"), found))
    return CardsScreen(text_shown(texts, "course#title"), parts, missing)


def _take_away(course: Course, item: Item[Any]) -> tuple[Sequence[Line], bool]:
    """The lines to remember of a step, and whether it is there in the reader's language."""
    try:
        html = course.kinds[item.kind].handout(item, page_of(course, item))
    except KindFailed as failed:
        log_failure(failed)
        return (), False
    lines = list(lines_of(blocks_of(html)))
    title = site().library.texts(course, page_locale()).get(f"{item.id}#title")
    return lines, bool(lines) and not title.fallback and _FOREIGN not in html


def card(course: Course, item: Item[Any]) -> TakeAway | None:
    """The take-away of a step as a card; None for a step that has none, or none in the reader's language."""
    lines, is_shown = _take_away(course, item)
    return card_of(course, item, lines) if is_shown else None


def card_of(course: Course, item: Item[Any], lines: Sequence[Line]) -> TakeAway:
    """The card with those lines, as far as they fit."""
    title = _words(course, f"{item.id}#title")
    at = url_for("learning.item", course_code=course.code, item_code=item.code, _external=True)
    source = say(N_("From the course “%(course)s”: %(address)s"), course=_words(course, "course#title"), address=at)
    helped = say(N_("Help where you live: %(address)s"), address=url_for("pages.help_now", _external=True))
    ending = [plain(source), plain(helped)]
    kept = fitted(lines, room_for(title, ending))
    alt = say(N_("A card with these words: %(words)s"), words=" ".join([title, *(line.words for line in kept)]))
    return TakeAway(item, title, kept, message_of(title, kept, ending), plain(alt))


def words_of_card(course: Course, shown: TakeAway) -> Mapping[str, object]:
    """The words that the picture of the card is made of."""
    locale = page_locale()
    lines = [
        {"k": line.kind, "c": [{"s": words, "b": strong} for words, strong in line.pieces]} for line in shown.lines
    ]
    about = common(language=locale.bcp47, direction=locale.dir, title=shown.title, made=MADE)
    return about | {
        "title": clean(shown.title),
        "lines": lines,
        "course": clean(_words(course, "course#title")),
        "address": urlsplit(request.host_url).netloc,
    }


def _words(course: Course, context: str) -> str:
    """A line of the course as plain text."""
    return site().library.texts(course, page_locale()).get(context).text
