"""The slides of a module in the page's language, with what whoever leads is told beside each, and votes as bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flask import url_for
from markupsafe import Markup, escape

from coplearn.courses.asked import AskedQuestion
from coplearn.courses.course import Course, Module
from coplearn.courses.guarded import KindFailed
from coplearn.courses.html import element, join
from coplearn.courses.pages import text_shown
from coplearn.courses.plugin import Ballot, Item, Slide
from coplearn.guides.presenters import (
    CLOSING,
    LETTERS,
    OPENING,
    first_words,
    group_minutes,
    last_words,
    slides_of,
    talk,
)
from coplearn.kernel.text import N_
from coplearn.learning.plugin_parts import word_of
from coplearn.learning.presenters import minutes_words
from coplearn.learning.render_cache import log_failure, page_of
from coplearn.site import site
from coplearn.web.render import page_locale, say
from coplearn.web.squares import square_of

_NOTHING: Final = Markup("")


@dataclass(frozen=True, slots=True)
class DeckSlide:
    """A slide with where it stands: ``id`` in the page and in what is kept, ``place`` above it, ``until`` the minute by which
    the step that it belongs to is over. ``leads`` name other slides' ids."""

    id: str
    place: Markup
    html: Markup
    until: int
    answer: Markup = _NOTHING
    notes: Markup = _NOTHING
    question: str = ""
    ballot: Ballot | None = None
    leads: Mapping[str, str] = field(default_factory=dict)
    aside: bool = False

    @property
    def lettered(self) -> list[tuple[str, str, Markup, bool]]:
        """The options: letter, id, text, and whether it is right."""
        if self.ballot is None:
            return []
        return [
            (letter, option, text, option in self.ballot.right)
            for letter, (option, text) in zip(LETTERS, self.ballot.options, strict=False)
        ]


@dataclass(frozen=True, slots=True)
class Deck:
    """All slides of a module, in order; ``minutes`` are those that a group needs."""

    course: Course
    module: Module
    number: int
    title: Markup
    minutes: int
    slides: Sequence[DeckSlide]

    def asked(self, slide_id: str) -> DeckSlide | None:
        """The slide of that id, where a group votes on it."""
        return next((one for one in self.slides if one.id == slide_id and one.ballot is not None), None)

    def question(self, name: str) -> DeckSlide | None:
        """The slide that asks the question of that name."""
        return next((one for one in self.slides if one.question == name and one.ballot is not None), None)


def make_deck(course: Course, module: Module) -> Deck:
    """The slides of a module."""
    number = course.modules.index(module) + 1
    title = text_shown(site().library.texts(course, page_locale()), f"{module.prefix}#title")
    items = [course.items[item_id] for item_id in module.item_ids]
    slides = list(_opening(course, module, title))
    at = OPENING
    for item in items:
        at += group_minutes(course, item)
        slides += _steps(course, item, at)
    slides += _closing(title, at + CLOSING)
    return Deck(course, module, number, title, at + CLOSING, tuple(slides))


def _opening(course: Course, module: Module, title: Markup) -> Iterator[DeckSlide]:
    texts, first = site().library.texts(course, page_locale()), course.items[module.item_ids[0]]
    page = page_of(course, first)
    summary = element("p", None, text_shown(texts, f"{module.prefix}#summary"))
    words = join(element("p", None, said) for said in first_words())
    where = text_shown(texts, "course#title")
    yield DeckSlide("s-title", where, element("h2", None, title) + summary, OPENING, notes=words)
    if module.content_note:
        note = page.blocks(f"{module.prefix}#content_note")
        yield DeckSlide("s-note", title, element("aside", {"class": "callout callout--care"}, note), OPENING)
    goals = [element("li", None, page.inline(f"{module.prefix}#objective.{one}")) for one in module.objectives]
    head = element("h2", None, say(N_("After this module you can")))
    yield DeckSlide("s-goals", title, head + element("ul", None, *goals), OPENING)
    slide = first_question(course, module)
    if slide is not None:
        place = escape(say(N_("Before we begin: what do you think?")))
        yield DeckSlide(
            "s-first",
            place,
            slide.html,
            OPENING,
            notes=slide.notes,
            question=f"{module.prefix}#{slide.key}",
            ballot=slide.ballot,
        )


def first_question(course: Course, module: Module) -> Slide | None:
    """The question that the module asks before it teaches; None where there is none or its kind fails."""
    if module.pre_question is None:
        return None
    first = course.items[module.item_ids[0]]
    try:
        return AskedQuestion(module.pre_question, course.id, module.prefix, first.id).slide(page_of(course, first))
    except KindFailed as failed:
        log_failure(failed)
        return None


def _steps(course: Course, item: Item[Any], until: int) -> Iterator[DeckSlide]:
    texts = site().library.texts(course, page_locale())
    place, kind = text_shown(texts, f"{item.id}#title"), course.kinds[item.kind].kind
    told = element("p", None, word_of(course, item, kind.lead, texts))
    facts = element("p", {"class": "small"}, minutes_words(group_minutes(course, item)))
    for number, slide in enumerate(slides_of(course, item)):
        yield DeckSlide(
            id=_id(item, slide.key),
            place=place,
            html=slide.html,
            until=until,
            answer=slide.answer,
            notes=join((facts, told, slide.notes)) if number == 0 else slide.notes,
            question=question_name(item, slide),
            ballot=slide.ballot,
            leads={option: _id(item, key) for option, key in slide.leads.items()},
            aside=slide.aside,
        )


def question_name(item: Item[Any], slide: Slide) -> str:
    """The name under which votes on that slide are counted."""
    return f"{item.id}#{slide.key}"


def _id(item: Item[Any], key: str) -> str:
    return f"s-{item.code}-{key}"


def _closing(title: Markup, until: int) -> Iterator[DeckSlide]:
    head = element("h2", None, say(N_("To discuss")))
    yield DeckSlide("s-talk", title, head + join(talk()), until)
    address = url_for("pages.help_now", _external=True)
    width, path = square_of(address)
    square = Markup(
        '<svg class="door__square" viewBox="0 0 %(w)s %(w)s" role="img"><title>%(words)s</title>'
        '<rect width="%(w)s" height="%(w)s" class="door__paper"/><path d="%(path)s" class="door__ink"/></svg>'
    ) % {"w": width, "path": path, "words": say(N_("Square code that opens the page with the lines of help."))}
    head = element("h2", None, say(N_("Where help is")))
    where = element("p", None, element("bdi", {"dir": "ltr"}, address))
    words = element("p", None, last_words())
    yield DeckSlide("s-help", title, join((head, square, where)), until, notes=words)
