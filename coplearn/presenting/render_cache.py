"""Decks as they were made once: a hall full of phones asks for the same one."""

from __future__ import annotations

from typing import Final

from flask import request

from coplearn.courses.course import Course, Module
from coplearn.courses.pages import RenderCache
from coplearn.learning.render_cache import course_key
from coplearn.presenting.presenters.deck import Deck, make_deck
from coplearn.web.languages import remembered_country

_DECKS: Final = RenderCache[Deck](24)


def deck_of(course: Course, module: Module) -> Deck:
    """The slides of a module in the page's language, as they hold in the reader's country."""
    key = (*course_key(course), remembered_country() or "", request.host_url, request.root_path, module.id)
    return _DECKS.get(key, lambda: make_deck(course, module))
