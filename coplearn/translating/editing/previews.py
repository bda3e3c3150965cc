"""The page a learner would see with a text in it: the kinds' own renderer over the course's words with one of them replaced."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import Any, Final

from markupsafe import Markup

from coplearn.courses.asked import AskedQuestion
from coplearn.courses.course import Course, Module
from coplearn.courses.guarded import GuardedKind
from coplearn.courses.html import element, join
from coplearn.courses.pages import CoursePage, PageHelpers
from coplearn.courses.plugin import Incomplete, Item, Outcome, View
from coplearn.courses.texts import Catalog, CatalogEntry, Texts, held_in, with_held
from coplearn.i18n import formats
from coplearn.i18n.glossary import Glossary
from coplearn.i18n.locales import Locale
from coplearn.translating.editing import marks

HERE: Final = "here"
"""The id of the shown text in the page."""
MOST_PAGES: Final = 150
"""How many states of an item are looked through for the one that shows the text."""


@dataclass(frozen=True, slots=True)
class Preview:
    """``html`` is what learners see, in ``locale``; ``found`` says whether the text stands in it where it is marked.

    ``is_source`` is True where learners get the source instead of this text, because a check keeps it back.
    """

    html: Markup
    found: bool
    is_source: bool = False


class _Marking(CoursePage):
    """Marks one message wherever a kind asks for it as HTML."""

    marked = ""

    def inline(self, context: str) -> Markup:
        """The page as a learner gets it, with the one message marked."""
        html = super().inline(context)
        return _mark(html) if context == self.marked else html

    def blocks(self, context: str) -> Markup:
        """The page as a learner gets it, with the one message in a frame."""
        html = super().blocks(context)
        return element("div", {"class": "shown", "id": HERE}, html) if context == self.marked else html


def _mark(html: Markup) -> Markup:
    return element("mark", {"class": "shown", "id": HERE}, html)


def texts_with(
    course: Course, locale: Locale, source: Locale, context: str, text: str, glossary: Glossary | None = None
) -> Texts:
    """The course's words for that language as they are live, but for one text that is shown whatever its group lacks."""
    messages = [
        replace(message, group=None, critical=False) if message.context == context else message
        for message in course.messages
    ]
    now = next((message.text for message in course.messages if message.context == context), "")
    live = course.catalogs.get(locale.code)
    entries = dict(live.entries) if live is not None else {}
    entries[context] = CatalogEntry(text, now)
    catalog = Catalog(locale.code, entries, "preview")
    held = held_in(course.messages, catalog, glossary, live)
    return Texts(messages, source, [(locale, with_held(catalog, held))])


def course_preview(course: Course, texts: Texts, source: Locale, site: PageHelpers, context: str) -> Preview:
    """The item's page (or the course's, for its titles) with the message marked. ``context`` must be the course's own."""
    item_id, _, facet = context.partition("#")
    item = course.items.get(item_id)
    shown = texts.get(context)
    if not course.modules:  # the words of a package's kinds, which no page of ours holds
        return Preview(element("p", {"class": "shown", "id": HERE}, shown.text), True, shown.fallback)
    before = next(
        (module for module in course.modules if f"{item_id}#{facet.partition('.')[0]}" == _before(module)), None
    )
    if before is not None:
        return _pre_question(course, before, texts, source, site, context)
    if item is None or facet == "title":
        return Preview(_outline(course, texts, context), True, shown.fallback)
    page = _Marking(course, item, texts, source, site)
    page.marked = context
    title = element("h2", {"class": "preview__title"}, texts.get(f"{item_id}#title").text)
    first: Markup | None = None
    for html in _states(course.kinds[item.kind], item, page):
        if f'id="{HERE}"' in html:
            return Preview(join((title, html)), True, shown.fallback)
        first = html if first is None else first
    # It stands where no mark can: in a drawing, on a button, in what a screen reader says.
    plain = element("p", {"class": "shown", "id": HERE}, page.plain(context))
    return Preview(join((plain, title, first)), False, shown.fallback)


def _before(module: Module) -> str:
    """The beginning of the contexts of the module's pre-question; empty for one that has none."""
    return f"{module.prefix}#{module.pre_question.id}" if module.pre_question is not None else ""


def _pre_question(
    course: Course, module: Module, texts: Texts, source: Locale, site: PageHelpers, context: str
) -> Preview:
    """The question before a module with all its reasons."""
    page = _Marking(course, course.items[module.item_ids[0]], texts, source, site)
    page.marked = context
    html = Markup("")
    if module.pre_question is not None:
        asked = AskedQuestion(module.pre_question, course.id, module.prefix, module.item_ids[0])
        html = asked.show(page, View(), None)
    title = element("h2", {"class": "preview__title"}, texts.get(f"{module.prefix}#title").text)
    return Preview(join((title, html)), f'id="{HERE}"' in html, texts.get(context).fallback)


def _outline(course: Course, texts: Texts, context: str) -> Markup:
    """The course's own page in short: only the part that the message belongs to is written out."""

    def says(one: str) -> Markup:
        text = Markup("%s") % texts.get(one).text
        return _mark(text) if one == context else text

    parts = [element("h2", None, says("course#title")), element("p", {"class": "lead"}, says("course#summary"))]
    for module in course.modules:
        prefix = f"module.{module.id}#"
        own = [f"{item_id}#title" for item_id in module.item_ids]
        goals = [f"{prefix}objective.{key}" for key in module.objectives]
        note = f"{prefix}content_note"
        if context not in (*own, *goals, f"{prefix}title", f"{prefix}summary", note):
            continue
        parts.append(element("h3", None, says(f"{prefix}title")))
        parts.append(element("p", None, says(f"{prefix}summary")))
        if module.content_note is not None:
            parts.append(element("aside", {"class": "content-note"}, element("p", None, says(note))))
        parts.append(element("ul", None, *(element("li", None, says(one)) for one in goals)))
        parts.append(element("ol", None, *(element("li", None, says(one)) for one in own)))
    html = join(parts)
    if f'id="{HERE}"' in html:
        return html
    return join((element("p", {"class": "shown", "id": HERE}, texts.get(context).text), html))


def _states(kind: GuardedKind, item: Item[Any], page: CoursePage) -> Iterator[Markup]:
    """The item as it looks at first, in both forms where it has two, and then after each answer its own controls allow,
    nearest first."""
    waiting: deque[Mapping[str, Any]] = deque([{}])
    seen: set[str] = set()
    shown = 0
    while waiting and shown < MOST_PAGES:
        state = waiting.popleft()
        tries = (0,) if state else (0, 1)
        for html in dict.fromkeys(kind.render(item, page, View(state=state, tries=one)) for one in tries):
            shown += 1
            yield html
            for outcome in _outcomes(kind, item, html, state):
                name = repr((outcome.answers, outcome.state))
                if name in seen or len(seen) > MOST_PAGES:
                    continue
                seen.add(name)
                shown += 1
                yield kind.render(item, page, View(state=outcome.state, answers=outcome.answers))
                if outcome.state:
                    waiting.append(outcome.state)


def _outcomes(kind: GuardedKind, item: Item[Any], html: Markup, state: Mapping[str, Any]) -> Iterator[Outcome]:
    for form in _answers(html):
        with suppress(Incomplete):
            yield kind.answer(item, form, state)


class _Controls(HTMLParser):
    """The controls of a page, with the values each can take."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, list[str]] = {}
        self.one: dict[str, list[str]] = {}
        self.many: dict[str, list[str]] = {}
        self.typed: list[str] = []
        self.buttons: list[tuple[str, str]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the control offers."""
        found = {name: value or "" for name, value in attrs}
        name, value = found.get("name", ""), found.get("value", "")
        if tag == "option" and self._select and value:
            self.one.setdefault(self._select, []).append(value)
        elif tag == "select":
            self._select = name
        elif tag == "textarea" and name:
            self.typed.append(name)
        elif tag == "button" and name:
            self.buttons.append((name, value))
        elif tag == "input" and name:
            kind = found.get("type", "text")
            kept = {"hidden": self.hidden, "radio": self.one, "checkbox": self.many}.get(kind)
            if kept is None:
                self.typed.append(name)
            else:
                kept.setdefault(name, []).append(value)


def _answers(html: Markup) -> Iterator[dict[str, Sequence[str]]]:
    """A few ways to fill the page's form in, so that each option is chosen at least once."""
    controls = _Controls()
    controls.feed(str(html))
    written = {name: ["…"] for name in controls.typed}
    most = max((len(values) for values in controls.one.values()), default=1)
    # Orders and pairs want each value once, so that row n takes another value than row n + 1.
    for turn in range(min(most, 8)):
        chosen = {name: [values[turn % len(values)]] for name, values in controls.one.items()}
        turned = {name: [values[(turn + row) % len(values)]] for row, (name, values) in enumerate(controls.one.items())}
        for picked in (chosen, turned):
            form: dict[str, Sequence[str]] = {**controls.hidden, **written, **picked, **controls.many}
            if not controls.buttons:
                yield form
            for name, value in controls.buttons:
                yield {**form, name: [value]}


def words_of(catalog: NullTranslations) -> Callable[..., str]:
    """The site's own sentences in the preview's language, as the learner's page says them."""

    def said(text: str, **params: object) -> str:
        values = {name: formats.isolate(value) for name, value in params.items()}
        try:
            return catalog.gettext(text) % values if values else catalog.gettext(text)
        except (KeyError, ValueError, TypeError):
            return text % values

    return said


def filled(translated: str, params: Mapping[str, object]) -> str:
    """A kind's own sentence with its values, as it is where they do not fit."""
    try:
        return translated % {name: formats.isolate(value) for name, value in params.items()} if params else translated
    except (KeyError, ValueError, TypeError):
        return translated


_SAMPLES: Final[Mapping[str, str]] = {
    "name": "Ani",
    "day": "24.11.2026",
    "date": "24.11.2026",
    "share": "70 %",
    "mark": "80 %",
    "site": "coplearn",
    "site_name": "coplearn",
    "email": "ani@example.org",
    "link": "https://example.org/",
}


def sample_sentence(text: str, number: int | None) -> str:
    """An interface sentence with values a reader might meet in its places; as it is where they do not fit."""
    values = {}
    for place in marks.placeables(text):
        if place.startswith("%("):
            name = place[2 : place.index(")")]
            values[name] = formats.isolate(_SAMPLES.get(name, str(5 if number is None else number)))
    if not values:
        return text
    try:
        return text % values
    except (KeyError, ValueError, TypeError):
        return text
