"""The contents of a guide and of a handout, in the page's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from coplearn.courses.course import Course, Module
from coplearn.courses.guarded import KindFailed
from coplearn.courses.html import element, join
from coplearn.courses.licences import licence_shown
from coplearn.courses.pages import text_shown
from coplearn.courses.plugin import Ballot, Item, Page, Slide
from coplearn.guides.documents import Paper, Sheet
from coplearn.i18n.formats import isolate, number
from coplearn.kernel.text import N_
from coplearn.learning.plugin_parts import word_of
from coplearn.learning.presenters import minutes_words
from coplearn.learning.render_cache import log_failure, page_of, paper_of, question_on_paper
from coplearn.site import site
from coplearn.web.render import DRAFT, page_locale, say

OPENING: Final = 5
CLOSING: Final = 5
FORMS: Final = ("a", "b")
"""The two forms of a check, as addresses name them."""
LETTERS: Final = "ABCDEFGHIJKL"
"""What an option is called in a hall and on paper, in every language."""
_TWO_FIT: Final = 10
"""So many questions at most let two answer sheets stand on one page."""
_SEVERAL: Final = N_("More than one can be right.")
_LONG: Final = 20
"""Minutes from which an item is a session of its own, with its talk in it."""
_UNDATED: Final = date(2026, 1, 1)
_FOR_TRAINERS: Final = N_("For trainers only: it holds the answers. Do not hand it out.")


Lettered = tuple[int, Slide, Ballot]
"""A question that is answered by letters: its number, its slide, and the options."""


@dataclass(frozen=True, slots=True)
class GuideLine:
    """A course in the list of guides: its title, its modules by number, and the exercises and checks in it."""

    course: Course
    title: Markup
    modules: Sequence[tuple[int, Markup]]
    exercises: Sequence[tuple[str, Markup]]
    checks: Sequence[tuple[str, Markup]]


def guide_lines() -> list[GuideLine]:
    """Every course of the site, for the list of guides."""
    found = []
    for course in site().library.current().courses.values():
        texts = site().library.texts(course, page_locale())
        modules = [(at, text_shown(texts, f"{one.prefix}#title")) for at, one in enumerate(course.modules, 1)]
        played = [item for item in course.items.values() if course.kinds[item.kind].exercise(item) is not None]
        exercises = [(item.code, text_shown(texts, f"{item.id}#title")) for item in played]
        checks = [(course.items[one].code, text_shown(texts, f"{one}#title")) for one in course.checks]
        found.append(GuideLine(course, text_shown(texts, "course#title"), modules, exercises, checks))
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


def booklet(course: Course, module: Module) -> Paper:
    """A module to read on small sheets: its steps without checks, and nothing of a key."""
    taught = [item for item in _items(course, module) if not course.kinds[item.kind].scored]
    texts = site().library.texts(course, page_locale())
    page = page_of(course, course.items[module.item_ids[0]])
    parts = [element("p", None, text_shown(texts, f"{module.prefix}#summary"))]
    if module.content_note:
        label = element("p", {"class": "callout__title"}, say(N_("Before you read on.")))
        note = page.blocks(f"{module.prefix}#content_note")
        parts.append(element("aside", {"class": "callout callout--care"}, label, note))
    parts += _goals(page, module, "h3", N_("After this module you can"))
    for item in taught:
        parts.append(element("h3", None, text_shown(texts, f"{item.id}#title")))
        parts.append(element("div", {"data-deeper": "2"}, paper_of(course, item)))
    sheet = Sheet(_words(course, f"{module.prefix}#title"), join(parts))
    title = say(N_("%(title)s: booklet"), title=sheet.title)
    paper = _paper(course, title, (sheet,), one_page=False)
    return replace(paper, size="a5", mark="", notes=())


def check_on_paper(course: Course, item: Item[Any], form: str) -> Paper:
    """A check in that form with letters to choose, and its answer sheets: without names, and without the key."""
    title = say(N_("%(title)s: form %(form)s"), title=_words(course, f"{item.id}#title"), form=form.upper())
    asked = lettered(course, item, form)
    questions = (_question(slide, ballot) for _, slide, ballot in asked)
    answers = element("section", {"class": "sheet"}, _answer_sheets(title, asked))
    sheet = Sheet(say(N_("Questions")), join((*questions, answers)))
    return replace(_paper(course, title, (sheet,), one_page=False), mark="", notes=())


def check_key(course: Course, item: Item[Any]) -> Paper:
    """The right letters of both forms, for whoever counts."""
    parts = []
    for form in FORMS:
        head = element("h3", None, say(N_("Form %(form)s"), form=form.upper()))
        parts += [head, _key(lettered(course, item, form))]
    title = _words(course, f"{item.id}#title")
    sheet = Sheet(say(N_("Answer key")), join(parts))
    return replace(_paper(course, title, (sheet,), one_page=False), notes=())


def lettered(course: Course, item: Item[Any], form: str) -> list[Lettered]:
    """The questions of a step in that form that are answered by letters, with their numbers among all."""
    slides = slides_of(course, item, FORMS.index(form))
    return [(at, slide, slide.ballot) for at, slide in enumerate(slides, 1) if slide.ballot is not None]


def slides_of(course: Course, item: Item[Any], tries: int = 0) -> list[Slide]:
    """The slides of a step as its kind makes them; where that fails, a sentence instead."""
    try:
        return course.kinds[item.kind].slides(item, page_of(course, item), tries)
    except KindFailed as failed:
        log_failure(failed)
        said = say(N_("This step cannot be shown at the moment."))
        return [Slide(key="1", html=element("p", {"class": "notice"}, said))]


def _question(slide: Slide, ballot: Ballot) -> Markup:
    rows = [
        element("p", None, element("strong", None, letter), " ", text)
        for letter, (_, text) in zip(LETTERS, ballot.options, strict=False)
    ]
    several = element("p", {"class": "small"}, say(_SEVERAL)) if ballot.many else None
    return element("section", {"class": "question"}, slide.html, several, *rows)


def _answer_sheets(title: str, asked: Sequence[Lettered]) -> Markup:
    """Two on a page, to be cut apart, where they fit."""
    most = max((len(ballot.options) for _, _, ballot in asked), default=0)
    rows = []
    for at, _, ballot in asked:
        letters = [*LETTERS[: len(ballot.options)], *[""] * (most - len(ballot.options))]
        rows.append(_row(number(at, page_locale()), *letters, say(_SEVERAL) if ballot.many else ""))
    head = element("tr", None, *(element("th", None, words) for words in (say(N_("Question")), *[""] * (most + 1))))
    parts = (
        element("h3", None, title),
        element("p", None, say(N_("Do not write your name. Draw a circle round your letter in each line."))),
        element("table", None, element("thead", None, head), element("tbody", None, *rows)),
    )
    return join((*parts, element("hr"), *parts) if len(asked) <= _TWO_FIT else parts)


def _key(asked: Sequence[Lettered]) -> Markup:
    rows = []
    for at, slide, ballot in asked:
        right = [letter for letter, (name, _) in zip(LETTERS, ballot.options, strict=False) if name in ballot.right]
        rows.append(_row(number(at, page_locale()), " ".join(right), element("div", None, slide.answer)))
    heads = (N_("Question"), N_("Right"), N_("Why"))
    head = element("tr", None, *(element("th", None, say(words)) for words in heads))
    return element("table", None, element("thead", None, head), element("tbody", None, *rows))


def _paper(course: Course, title: str, sheets: tuple[Sheet, ...], *, one_page: bool) -> Paper:
    locale = page_locale()
    licence = licence_shown(course.licence)
    version = say(N_("Version of the course: %(version)s"), version=course.version)
    read = [entry.read for module in course.modules for entry in module.sources.values() if entry.read is not None]
    return Paper(
        title=title,
        subtitle=f"{isolate(_words(course, 'course#title'))} · {version}",
        mark="" if one_page else say(_FOR_TRAINERS),
        notes=() if one_page else first_words(),
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
        draft=tuple(dict.fromkeys((say(DRAFT), DRAFT))) if locale.is_draft else (),
    )


def first_words() -> tuple[str, ...]:
    """The sentences for whoever leads, before they begin."""
    return (
        say(
            N_(
                "Tell the group before you begin what it is about, that everybody may pass or leave without a reason, and what"
                " you cannot keep secret. Two of you lead; one follows whoever leaves."
            )
        ),
        say(N_("Nobody tells what happened to them in front of the group: speak of a person in a story.")),
    )


def last_words() -> str:
    """The sentence for whoever leads, at the end."""
    return say(N_("Each says one thing that they will do. Thank them; show once more where help is."))


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
    parts = _goals(page, module, "h2", N_("After this module you can"))
    for item in _items(course, module):
        taken = _made(course, item, "handout")
        if taken:
            title = element("h2", None, page.inline(f"{item.id}#title"))
            parts += [title, element("div", {"data-deeper": "1"}, taken)]
    return join(parts)


def _goals(page: Page, module: Module, heading: str, words: str) -> list[Markup]:
    """The heading and the list of what the module teaches."""
    rows = [element("li", None, page.inline(f"{module.prefix}#objective.{one}")) for one in module.objectives]
    return [element(heading, None, say(words)), element("ul", None, *rows)]


# The guide


def _module_sheet(course: Course, module: Module) -> Sheet:
    texts = site().library.texts(course, page_locale())
    page = page_of(course, course.items[module.item_ids[0]])
    note = None
    if module.content_note:
        label = element("p", {"class": "callout__title"}, say(N_("Say this first")))
        note = element("aside", {"class": "callout callout--care"}, label, page.blocks(f"{module.prefix}#content_note"))
    parts = [
        element("p", None, text_shown(texts, f"{module.prefix}#summary")),
        note,
        *_goals(page, module, "h3", N_("After it, each of them can")),
        element("h3", None, say(N_("The run of the session"))),
        _run(course, module),
        *_first_question(course, module),
        element("h3", None, say(N_("To discuss"))),
        *talk(),
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
    yield _row(_from_to(0, OPENING), say(N_("Opening")), first)
    at, texts, told = OPENING, site().library.texts(course, page_locale()), set[str]()
    for item in items:
        until = at + group_minutes(course, item)
        how = (
            say(N_("Likewise"))
            if item.kind in told
            else word_of(course, item, course.kinds[item.kind].kind.lead, texts)
        )
        told.add(item.kind)
        yield _row(_from_to(at, until), text_shown(texts, f"{item.id}#title"), how)
        at = until
    yield _row(_from_to(at, at + CLOSING), say(N_("Closing")), last_words())


def _sessions(course: Course, items: Sequence[Item[Any]]) -> Iterator[Markup]:
    """The rows of a module with sessions of their own, each of which has its opening and its close in its script."""
    texts = site().library.texts(course, page_locale())
    for item in items:
        how: str = word_of(course, item, course.kinds[item.kind].kind.lead, texts)
        if item.minutes >= _LONG:
            how = say(N_("On a day of its own, by the script below."))
        yield _row(number(group_minutes(course, item), page_locale()), text_shown(texts, f"{item.id}#title"), how)


def _from_to(start: int, until: int) -> str:
    return isolate(f"{number(start, page_locale())}–{number(until, page_locale())}")


def _row(*cells: str) -> Markup:
    return element("tr", None, *(element("td", None, cell) for cell in cells))


def group_minutes(course: Course, item: Item[Any]) -> int:
    """The minutes of a group: the item's own and those of its talk."""
    return item.minutes + (course.kinds[item.kind].kind.talk if item.minutes < _LONG else 0)


def _first_question(course: Course, module: Module) -> Iterator[Markup]:
    """The question that the module asks before it teaches, with its key."""
    question = question_on_paper(course, module, with_key=True)
    if question:
        yield element("h3", None, say(N_("To ask before you begin")))
        yield question


def talk() -> Iterator[Markup]:
    """The questions that a group talks about after a module."""
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
    facts = (word_of(course, item, kind.label, texts), " · ", minutes_words(group_minutes(course, item)))
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
