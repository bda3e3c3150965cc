"""The page that a kind renders into: one course, one item, one language; and the store of rendered lessons."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, Literal, Protocol, TypeVar

from markupsafe import Markup, escape

from coplearn.courses.bundles import Bundle
from coplearn.courses.course import Course
from coplearn.courses.drawing import FigureWords, draw
from coplearn.courses.facts import Told
from coplearn.courses.html import element, join
from coplearn.courses.inline import inline_html
from coplearn.courses.plugin import Cited, Item
from coplearn.courses.spoken import FACET as SAY
from coplearn.courses.texts import Texts, Translated
from coplearn.i18n.inline_marks import paragraphs, plain_text
from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_, Phrase


class Say(Protocol):
    """Translates an interface sentence and fills its named places; plain text comes back."""

    def __call__(self, text: str, **params: object) -> str: ...


@dataclass(frozen=True, slots=True)
class PageHelpers:
    """The site's words, addresses and numbers, as plain callables.

    ``item_url`` gives the address of an item of the course, ``help_url`` that of the help page, ``number`` writes a
    number in the reader's notation. ``fill`` puts a phrase's values into its translation, and ``words`` gives what a
    package's kinds say, by the domain of their words; ``asset_url`` is the address of a plugin's file. ``country`` is the
    code of the reader's country, where it is known, ``country_name`` its name, and ``month`` writes a month with its year.
    ``pictures_url`` is where a page shows its pictures, for a reader to whom they are not sent until then.
    ``recording`` is the player of a recording of the course; ``scored_here`` as :class:`~coplearn.courses.plugin.Page` has it.
    """

    say: Say
    item_url: Callable[[Item[Any]], str]
    help_url: Callable[[], str]
    number: Callable[[float], str]
    say_phrase: Callable[[Phrase], str]
    fill: Callable[[str, Phrase], str]
    words: Callable[[str], Texts | None]
    asset_url: Callable[[str], str]
    country: str | None = None
    pictures_url: Callable[[Item[Any]], str] | None = None
    country_name: Callable[[str], str] = str
    month: Callable[[date], str] = str
    recording: Callable[[str], Markup] = lambda _name: Markup("")
    scored_here: bool = False


class CoursePage:
    """:class:`coplearn.courses.plugin.Page` for ``item`` of ``course`` in the language of ``texts``.

    ``source`` is the locale the course is written in; cited titles stay in it.
    """

    def __init__(self, course: Course, item: Item[Any], texts: Texts, source: Locale, site: PageHelpers) -> None:
        self._course = course
        self._item = item
        self._module = course.module(item.module)
        self._texts = texts
        self._source = source
        self._site = site
        self._bundle = course.kinds[item.kind].bundle

    @property
    def lang(self) -> str:
        """The page's BCP 47 language."""
        return self._texts.locale.bcp47

    @property
    def dir(self) -> Literal["ltr", "rtl"]:
        """The page's direction."""
        return self._texts.locale.dir

    @property
    def scored_here(self) -> bool:
        """Whether no site scores again what is answered on the page."""
        return self._site.scored_here

    def say(self, text: str, **params: object) -> str:
        """A word of the kind, or an interface sentence, in the reader's language, not escaped."""
        own = self._own(text)
        return self._site.say(text, **params) if own is None else self._site.fill(own.text, Phrase(text, params))

    def text(self, text: str, **params: object) -> Markup:
        """The same as HTML; what is not in the reader's language is wrapped in a span that says so."""
        return marked(self._own(text), self.say(text, **params))

    def phrase(self, phrase: Phrase) -> str:
        """The same for a phrase."""
        own = self._own(phrase.text)
        return self._site.say_phrase(phrase) if own is None else self._site.fill(own.text, phrase)

    def _own(self, text: str) -> Translated | None:
        return own_word(self._bundle, text, self._texts, self._site.words)

    def asset(self, name: str) -> str | None:
        """The address of a file that the plugin brings; None when there is no such file."""
        address = self._bundle.address(name) if self._bundle is not None else None
        return self._site.asset_url(address) if address is not None else None

    def of(self, part: str) -> CoursePage:
        """The page as the question kind of that name sees it."""
        seen = copy(self)
        seen._bundle = self._course.question_bundles.get(part)
        return seen

    def inline(self, context: str) -> Markup:
        """The message as safe inline HTML; a fallback or stale text is wrapped in a span that says so."""
        html = inline_html(self._texts.get(context).text, self.href)
        attributes = self.attributes(context)
        return element("span", attributes, html) if attributes else html

    def blocks(self, context: str) -> Markup:
        """One ``<p>`` a paragraph."""
        found = self._texts.get(context)
        html = join(element("p", _attributes(found), inline_html(part, self.href)) for part in paragraphs(found.text))
        said = self._said(context, found)
        return element("div", said, html) if said else html

    def plain(self, context: str) -> str:
        """The message without markup, not escaped."""
        return plain_text(self._texts.get(context).text)

    def attributes(self, context: str) -> Mapping[str, str]:
        """``lang``, ``dir`` and ``class`` for the element that holds a fallback or stale message, and how it is said."""
        found = self._texts.get(context)
        return _attributes(found) | self._said(context, found)

    def _said(self, context: str, found: Translated) -> dict[str, str]:
        """The attribute with what is said in place of the text; none where only another language has it."""
        said = self._texts.get(f"{context}{SAY}") if f"{context}{SAY}" in self._texts else None
        return {"data-say": plain_text(said.text)} if said is not None and said.lang == found.lang else {}

    def number(self, value: float) -> str:
        """A number in the reader's notation."""
        return self._site.number(value)

    def href(self, target: str) -> str | None:
        """The address a link's target leads to, or None when it leads nowhere we allow."""
        kind, colon, name = target.partition(":")
        if kind == "item" and colon and name in self._course.items:
            return self._site.item_url(self._course.items[name])
        if kind == "ref" and colon and name in self._module.sources:
            return self._module.sources[name].url
        if target == "help:":
            return self._site.help_url()
        return target if target.startswith("https://") else None

    def figure(self, name: str, alt_context: str) -> Markup:
        """The drawing inlined with its labels translated, or what it shows and the way to see it; empty when the course has none
        of that name."""
        figure = self._course.figures.get(name)
        if figure is None:
            return Markup("")
        alt = self._words(alt_context)
        if self._site.pictures_url is None:
            return draw(figure, alt, self._words, self.dir)
        language = {"lang": alt.lang, "dir": alt.dir} if alt.lang is not None else None
        said = self._site.say(N_("Show the pictures of this page"))
        link = element("a", {"href": self._site.pictures_url(self._item)}, said)
        return element("p", {"class": "notice"}, element("span", language, alt.text), element("br"), link)

    def recording(self, name: str) -> Markup:
        """The recording with its player; empty where there are none to be played."""
        return self._site.recording(name)

    def _words(self, context: str) -> FigureWords:
        found = self._texts.get(context)
        return FigureWords(plain_text(found.text), found.lang if found.fallback else None, found.dir)

    def source(self, source_id: str) -> Cited | None:
        """The publication that ``ref:<source_id>`` names in this module."""
        entry = self._module.sources.get(source_id)
        if entry is None:
            return None
        lang, direction, note = self._source.bcp47, self._source.dir, ""
        if entry.read is not None:
            words = N_("(undated page, read in %(month)s)") if entry.undated else N_("(read in %(month)s)")
            note = self._site.say(words, month=self._site.month(entry.read))
        return Cited(entry.owner, entry.year, entry.title, entry.url, lang, direction, note, entry.is_second_hand)

    def fact(self, fact_id: str) -> Markup:
        """The fact as a box: what holds, since when that is known and by whom, and the way to say where one is."""
        fact = self._module.facts.get(fact_id)
        if fact is None:
            return Markup("")
        facet, told = fact.told(self._site.country)
        title = element("p", {"class": "callout__title"}, self._site.say(N_("What holds where you live")))
        text = self.blocks(f"module.{self._module.id}#fact.{fact_id}{facet}")
        choose = None
        if fact.countries and self._site.country is None:
            said = self._site.say(N_("Choose your country, and you see here what is known of it."))
            choose = element("p", None, element("a", {"href": self._site.help_url()}, said))
        as_of = self._as_of(told, facet.removeprefix("."))
        return element("aside", {"class": "callout callout--note"}, title, text, as_of, choose)

    def _as_of(self, told: Told, country: str) -> Markup | None:
        source = self._module.sources.get(told.source or "")
        if source is None or source.read is None:
            return None
        month, owner = self._site.month(source.read), source.owner
        if country:
            words = N_("%(country)s, as of %(month)s: %(owner)s")
            if source.is_second_hand:
                words = N_("%(country)s, as of %(month)s, reported by %(owner)s")
            said = self._site.say(words, country=self._site.country_name(country), month=month, owner=owner)
        else:
            words = N_("As of %(month)s: %(owner)s")
            if source.is_second_hand:
                words = N_("As of %(month)s, reported by %(owner)s")
            said = self._site.say(words, month=month, owner=owner)
        return element("p", {"class": "fact__source"}, element("a", {"href": source.url}, said))


def own_word(bundle: Bundle | None, text: str, texts: Texts, words: Callable[[str], Texts | None]) -> Translated | None:
    """A plugin's own word (its English) for readers of the course's ``texts``; None for what is no word of it.

    ``words`` gives what packages' kinds say, by the domain of their words.
    """
    context = bundle.contexts.get(text) if bundle is not None else None
    if bundle is None or context is None:
        return None
    where = words(bundle.domain) if bundle.is_installed else texts
    return where.get(context) if where is not None and context in where else None


def marked(own: Translated | None, said: str) -> Markup:
    """The word as HTML; one that is not in the reader's language is wrapped in a span that says so."""
    attributes = _attributes(own) if own is not None else {}
    return element("span", attributes, said) if attributes else escape(said)


def text_shown(texts: Texts, context: str) -> Markup:
    """A title or another line of the course, as HTML; marked where it is not in the reader's language."""
    found = texts.get(context)
    return marked(found, found.text)


def _attributes(found: Translated) -> dict[str, str]:
    if found.fallback:
        return {"lang": found.lang, "dir": found.dir, "class": "untranslated stale" if found.stale else "untranslated"}
    return {"class": "stale"} if found.stale else {}


RenderedKey = tuple[str, ...]


def rendered_key(course: Course, item: Item[Any], texts: Texts, words_version: str = "") -> RenderedKey:
    """The key of everything that a rendered lesson depends on; ``words_version`` changes when the interface's own words do."""
    return course.id, course.digest, texts.version, texts.locale.code, item.id, words_version


Kept = TypeVar("Kept")


class RenderCache(Generic[Kept]):
    """The last ``size`` rendered pages that are the same for every reader. Safe to share between threads."""

    def __init__(self, size: int = 512) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._pages: OrderedDict[RenderedKey, Kept] = OrderedDict()

    def get(self, key: RenderedKey, render: Callable[[], Kept]) -> Kept:
        """The page of ``key``, rendered by ``render`` when it is not held."""
        with self._lock:
            held = self._pages.get(key)
            if held is not None:
                self._pages.move_to_end(key)
                return held
        made = render()
        with self._lock:
            self._pages[key] = made
            while len(self._pages) > self._size:
                self._pages.popitem(last=False)
        return made
