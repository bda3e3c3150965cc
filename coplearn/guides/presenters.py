"""The contents of a guide and of a handout, in the page's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from coplearn.courses.asked import AskedQuestion
from coplearn.courses.course import Course, Module
from coplearn.courses.guarded import KindFailed
from coplearn.courses.html import element, join
from coplearn.courses.licences import licence_shown
from coplearn.courses.pages import text_shown
from coplearn.courses.plugin import Item
from coplearn.guides.documents import Paper, Sheet
from coplearn.i18n.formats import isolate, number
from coplearn.kernel.text import N_
from coplearn.learning.plugin_parts import word_of
from coplearn.learning.presenters import minutes_words
from coplearn.learning.render_cache import log_failure, page_of
from coplearn.site import site
from coplearn.web.render import page_locale, say

OPENING: Final = 5
CLOSING: Final = 5
_LONG: Final = 20
"""Minutes from which an item is a session of its own, with its talk in it."""
_UNDATED: Final = date(2026, 1, 1)
_FOR_TRAINERS: Final = N_("For trainers only: it holds the answers. Do not hand it out.")


@dataclass(frozen=True, slots=True)
class GuideLine:
    """A course in the list of guides: its title, its modules by number, and the exercises in it."""

    course: Course
    title: Markup
    modules: Sequence[tuple[int, Markup]]
    exercises: Sequence[tuple[str, Markup]]


def guide_lines() -> list[GuideLine]:
    """Every course of the site, for the list of guides."""
    found = []
    for course in site().library.current().courses.values():
        texts = site().library.texts(course, page_locale())
        modules = [(at, text_shown(texts, f"{one.prefix}#title")) for at, one in enumerate(course.modules, 1)]
        played = [item for item in course.items.values() if course.kinds[item.kind].exercise(item) is not None]
        exercises = [(item.code, text_shown(texts, f"{item.id}#title")) for item in played]
        found.append(GuideLine(course, text_shown(texts, "course#title"), modules, exercises))
    return found


def handout(course: Course, modules: Sequence[Module]) -> Paper:
    """One page a module: what to be able to do, to remember, to say and to do; no key and no story."""
    sheets = tuple(Sheet(_words(course, f"{module.prefix}#title"), _taken_home(course, module)) for module in modules)
    title = say(N_("%(title)s: handout"), title=_title(course, modules))
    return _paper(course, title, sheets, one_page=True)


def guide(course: Course, modules: Sequence[Module]) -> Paper:
    """The script of those modules for whoever leads a group, with every key."""
    sheets = tuple(_module_sheet(course, module) for module in modules)
    title = say(N_("%(title)s: guide for trainers"), title=_title(course, modules))
    return _paper(course, title, sheets, one_page=False)


def guide_of_item(course: Course, item: Item[Any]) -> Paper:
    """The guide of one step alone, such as an exercise."""
    title = _words(course, f"{item.id}#title")
    sheet = Sheet(title, _led(course, item, deeper=False))
    return _paper(course, say(N_("%(title)s: guide for trainers"), title=title), (sheet,), one_page=False)


def _paper(course: Course, title: str, sheets: tuple[Sheet, ...], *, one_page: bool) -> Paper:
    locale = page_locale()
    licence = licence_shown(course.licence)
    version = say(N_("Version of the course: %(version)s"), version=course.version)
    read = [entry.read for module in course.modules for entry in module.sources.values() if entry.read is not None]
    notes = (
        say(
            N_(
                "Tell the group before you begin what it is about, that everybody may pass or leave without a reason, and what"
                " you cannot keep secret. Two of you lead; one follows whoever leaves."
            )
        ),
        say(N_("Nobody tells what happened to them in front of the group: speak of a person in a story.")),
    )
    return Paper(
        title=title,
        subtitle=f"{isolate(_words(course, 'course#title'))} · {version}",
        mark="" if one_page else say(_FOR_TRAINERS),
        notes=() if one_page else notes,
        contents="" if one_page else say(N_("What is in it")),
        sheets=sheets,
        foot=f"{isolate(_words(course, 'course#credit'))} · {isolate(licence.name)}",
        help=say(N_("Somebody to talk to, in your country: scan this, or open the help page of this site.")),
        help_address=url_for("pages.help_now", _external=True),
        help_alt=say(N_("Square code that opens the page with the lines of help.")),
        one_page=one_page,
        language=locale.bcp47,
        dir=locale.dir,
        made=max(read, default=_UNDATED),
    )


def _title(course: Course, modules: Sequence[Module]) -> str:
    whole = len(modules) == len(course.modules)
    return _words(course, "course#title" if whole else f"{modules[0].prefix}#title")


def _words(course: Course, context: str) -> str:
    """A line of the course as plain text."""
    return site().library.texts(course, page_locale()).get(context).text


def _items(course: Course, module: Module) -> list[Item[Any]]:
    return [course.items[item_id] for item_id in module.item_ids]


# The handout


def _taken_home(course: Course, module: Module) -> str:
    page = page_of(course, course.items[module.item_ids[0]])
    objectives = [element("li", None, page.inline(f"{module.prefix}#objective.{one}")) for one in module.objectives]
    parts = [
        element("h2", None, say(N_("After this module you can"))),
        element("ul", None, *objectives),
    ]
    for item in _items(course, module):
        taken = _made(course, item, "handout")
        if taken:
            title = element("h2", None, page.inline(f"{item.id}#title"))
            parts += [title, element("div", {"data-deeper": "1"}, taken)]
    return join(parts)


# The guide


def _module_sheet(course: Course, module: Module) -> Sheet:
    texts = site().library.texts(course, page_locale())
    page = page_of(course, course.items[module.item_ids[0]])
    objectives = [element("li", None, page.inline(f"{module.prefix}#objective.{one}")) for one in module.objectives]
    note = None
    if module.content_note:
        label = element("p", {"class": "callout__title"}, say(N_("Say this first")))
        note = element("aside", {"class": "callout callout--care"}, label, page.blocks(f"{module.prefix}#content_note"))
    parts = [
        element("p", None, text_shown(texts, f"{module.prefix}#summary")),
        note,
        element("h3", None, say(N_("After it, each of them can"))),
        element("ul", None, *objectives),
        element("h3", None, say(N_("The run of the session"))),
        _run(course, module),
        *_first_question(course, module),
        element("h3", None, say(N_("To discuss"))),
        *_talk(),
        *(part for item in _items(course, module) for part in _step(course, item)),
    ]
    return Sheet(_words(course, f"{module.prefix}#title"), join(parts))


def _run(course: Course, module: Module) -> Markup:
    """The table of the session: from which minute, what is done, and how a group does it."""
    items = _items(course, module)
    rows = _sessions(course, items) if any(item.minutes >= _LONG for item in items) else _one_session(course, items)
    heads = (N_("Minutes"), N_("What is done"), N_("How a group does it"))
    head = element("tr", None, *(element("th", None, say(words)) for words in heads))
    return element("table", None, element("thead", None, head), element("tbody", None, *rows))


def _one_session(course: Course, items: Sequence[Item[Any]]) -> Iterator[Markup]:
    first = say(N_("The rules, the way out, where help is. Then the question."))
    last = say(N_("Each says one thing that they will do. Thank them; show once more where help is."))
    yield _row(_from_to(0, OPENING), say(N_("Opening")), first)
    at, texts, told = OPENING, site().library.texts(course, page_locale()), set[str]()
    for item in items:
        until = at + _minutes(course, item)
        how = (
            say(N_("Likewise"))
            if item.kind in told
            else word_of(course, item, course.kinds[item.kind].kind.lead, texts)
        )
        told.add(item.kind)
        yield _row(_from_to(at, until), text_shown(texts, f"{item.id}#title"), how)
        at = until
    yield _row(_from_to(at, at + CLOSING), say(N_("Closing")), last)


def _sessions(course: Course, items: Sequence[Item[Any]]) -> Iterator[Markup]:
    """The rows of a module with sessions of their own, each of which has its opening and its close in its script."""
    texts = site().library.texts(course, page_locale())
    for item in items:
        how: str = word_of(course, item, course.kinds[item.kind].kind.lead, texts)
        if item.minutes >= _LONG:
            how = say(N_("On a day of its own, by the script below."))
        yield _row(number(_minutes(course, item), page_locale()), text_shown(texts, f"{item.id}#title"), how)


def _from_to(start: int, until: int) -> str:
    return isolate(f"{number(start, page_locale())}–{number(until, page_locale())}")


def _row(*cells: str) -> Markup:
    return element("tr", None, *(element("td", None, cell) for cell in cells))


def _minutes(course: Course, item: Item[Any]) -> int:
    """The minutes of a group: the item's own and those of its talk."""
    return item.minutes + (course.kinds[item.kind].kind.talk if item.minutes < _LONG else 0)


def _first_question(course: Course, module: Module) -> Iterator[Markup]:
    """The question that the module asks before it teaches, with its key."""
    if module.pre_question is None:
        return
    first = course.items[module.item_ids[0]]
    asked = AskedQuestion(module.pre_question, course.id, module.prefix, first.id)
    yield element("h3", None, say(N_("To ask before you begin")))
    try:
        yield asked.print_key(page_of(course, first))
    except KindFailed as failed:
        log_failure(failed)


def _talk() -> Iterator[Markup]:
    lead = N_("Take one thing that they will be able to do, in pairs first and then together:")
    yield element("p", None, say(lead))
    questions = (
        N_("What makes this hard where you live or work?"),
        N_("What has helped somebody to do it?"),
        N_("What is the first thing that you will do, and on which day?"),
    )
    yield element("ol", None, *(element("li", None, say(words)) for words in questions))


def _step(course: Course, item: Item[Any]) -> Iterator[Markup]:
    texts = site().library.texts(course, page_locale())
    kind = course.kinds[item.kind].kind
    facts = (word_of(course, item, kind.label, texts), " · ", minutes_words(_minutes(course, item)))
    yield element("h3", None, text_shown(texts, f"{item.id}#title"))
    yield element("p", {"class": "small"}, *facts)
    yield Markup(_led(course, item, deeper=True))  # noqa: S704 - from the guard


def _led(course: Course, item: Item[Any], *, deeper: bool) -> str:
    return element("div", {"data-deeper": "2" if deeper else "1"}, _made(course, item, "guide"))


def _made(course: Course, item: Item[Any], what: str) -> Markup:
    """The item as its kind makes it for the guide or the handout; where that fails, a sentence instead of the step."""
    kind = course.kinds[item.kind]
    try:
        return kind.guide(item, page_of(course, item)) if what == "guide" else kind.handout(item, page_of(course, item))
    except KindFailed as failed:
        log_failure(failed)
        return element("p", {"class": "notice"}, say(N_("This step cannot be printed at the moment.")))
