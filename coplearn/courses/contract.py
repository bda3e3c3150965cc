"""The values that pass between the site and a kind of item or question; ``coplearn.courses.plugin`` offers all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, Protocol, TypeVar

from markupsafe import Markup

from coplearn.authoring.problems import Place
from coplearn.authoring.source import Json
from coplearn.kernel.text import Phrase


@dataclass(frozen=True, slots=True)
class Message:
    """One text a translator meets.

    ``context`` is the stable key (``<item>#<block>[.<facet>]``), ``text`` the source (inline Markdown), ``notes`` lines
    for the translator. Messages of one ``group`` are shown in one language or not at all (a quiz question).
    A ``critical`` message falls back to the current source instead of a stale translation. ``read_twice`` is for other
    texts that may hurt when they are wrong: like critical ones and those of a group, they go live once a second person
    (or a machine in a separate reading) has read them. A ``spoken`` one is on no page: it is heard in place of another.
    """

    context: str
    text: str
    place: Place
    notes: tuple[str, ...] = ()
    group: str | None = None
    critical: bool = False
    max_length: int | None = None
    read_twice: bool = False
    spoken: bool = False

    @property
    def needs_second_reading(self) -> bool:
        """Whether a translation goes live only after a second reading."""
        return self.critical or self.read_twice or self.group is not None


def digest_of(*values: Json) -> str:
    """A short digest of what an author wrote, which no comment and no other way to write the same changes."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


ContentT = TypeVar("ContentT")
Told = Callable[[str], list[str]]
"""Gives the paragraphs of a message, by its context, as plain text in a reader's language; marked where it is the source's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Generic[ContentT]):
    """One page of a course. ``content`` is what its kind made of the file; ``code`` is the opaque part of its address.

    ``digest`` changes with what the item asks and says, and with nothing else: not with its title, its place or its file's name.
    """

    id: str
    kind: str
    title: str
    minutes: int
    module: str
    path: str
    code: str
    content: ContentT
    digest: str = ""
    optional: bool = False
    """Nobody has to do it: it is offered after the other items of its module, to whoever has more time."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A publication a text refers to; owner and title stay in their own language ``lang``, written in direction ``dir``.

    ``note`` says in the reader's language when its page was read, or is empty. A page that ``is_second_hand`` has nobody's own
    words: its owner only reports them.
    """

    owner: str
    year: int
    title: str
    url: str
    lang: str
    dir: Literal["ltr", "rtl"]
    note: str = ""
    is_second_hand: bool = False


class Page(Protocol):
    """The page a kind renders into, for one course in one language."""

    @property
    def lang(self) -> str:
        """The page's BCP 47 language."""

    @property
    def dir(self) -> Literal["ltr", "rtl"]:
        """The page's direction."""

    @property
    def scored_here(self) -> bool:
        """Whether the page's own program scores what is answered on it, and no site scores it again (an exported course)."""

    def say(self, text: str, **params: object) -> str:
        """One of the kind's own ``words``, or a sentence of the site, in the reader's language, not escaped."""

    def text(self, text: str, **params: object) -> Markup:
        """The same as safe HTML; what is not in the reader's language is wrapped in a span with ``lang`` and ``dir``."""

    def phrase(self, phrase: Phrase) -> str:
        """The same for a phrase, such as an error of a form."""

    def inline(self, context: str) -> Markup:
        """The course message of that context as safe inline HTML; a fallback is wrapped in a span with ``lang`` and ``dir``."""

    def blocks(self, context: str) -> Markup:
        """The same for a text with blank lines: one ``<p>`` a paragraph."""

    def plain(self, context: str) -> str:
        """The same as text without markup, for an attribute; not escaped."""

    def attributes(self, context: str) -> Mapping[str, str]:
        """``lang``, ``dir`` and ``class`` for the element that holds the message, when it is a fallback or stale, and ``data-say``
        where it is said in other words than it is written; else empty."""

    def number(self, value: int | float) -> str:
        """A number in the reader's notation."""

    def href(self, target: str) -> str | None:
        """The address of ``ref:``, ``item:`` and ``help:`` targets and of https addresses; None for anything else."""

    def figure(self, name: str, alt_context: str) -> Markup:
        """The course's drawing ``name`` inlined, its labels translated, mirrored where it may be."""

    def source(self, source_id: str) -> Cited | None:
        """The publication that ``ref:<source_id>`` names in the item's module; None when there is none."""

    def fact(self, fact_id: str) -> Markup:
        """The fact of the item's module as it holds in the reader's country, else its general sentence; empty for none."""

    def recording(self, name: str) -> Markup:
        """The course's recording ``name`` with its player, captions and transcript; empty on paper."""

    def asset(self, name: str) -> str | None:
        """The address of a file in the plugin's ``static`` folder; None when there is no such file."""

    def of(self, part: str) -> Page:
        """The page as the question kind of that name sees it: with the texts and files of the plugin that brings it."""


@dataclass(frozen=True, slots=True)
class Earned:
    """The result of shown answers on the day they were given, and how the item stands to the one they were given to.

    ``unchanged`` is None where that is not known. ``changed_parts`` are the keys of :meth:`ItemKind.parts` that ask
    something else since, or were not there: an answer then must not be judged by them.
    """

    score: int | None
    passed: bool | None
    unchanged: bool | None = True
    changed_parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class View:
    """The state of an item for this learner when it is rendered.

    ``seed`` shuffles (same seed, same order); ``state`` is what the last outcome left; ``answers`` are the answers to show
    with their feedback (None before the first submission or when trying again), and ``earned`` is what they came to then:
    show that, and judge nothing anew; ``values`` and ``errors`` come from a submission that could not be taken: what was
    typed, and a phrase by field name. ``onward`` is the site's own ways on from a result (try again, next): a kind puts it
    below what it says of the result. ``tally`` comes with ``answers`` for a kind that counts votes: how many learners chose
    each key, in whole fives; a key that fewer than five chose is not in it. ``tries`` is how often the item was answered.
    ``beside`` is what the site has below a question, by its id, where answers are told before the whole is sent.
    """

    seed: int = 0
    state: Mapping[str, Json] = field(default_factory=dict)
    answers: Mapping[str, Json] | None = None
    earned: Earned | None = None
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Mapping[str, Phrase] = field(default_factory=dict)
    onward: Markup | None = None
    tally: Mapping[str, int] = field(default_factory=dict)
    tries: int = 0
    beside: Mapping[str, Markup] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a submission.

    ``done``: the item is finished. ``score``: whole percent 0-100, None when the kind is not scored. ``passed``: against
    the pass mark, None when not scored. ``answers``: JSON, by stable ids. ``state``: JSON that the next view starts from.
    ``votes``: which of the kind's ``tally_keys`` this learner's answers count for, in place of what they chose before.
    """

    done: bool
    answers: Mapping[str, Json]
    score: int | None = None
    passed: bool | None = None
    state: Mapping[str, Json] = field(default_factory=dict)
    votes: tuple[str, ...] = ()


class Incomplete(Exception):
    """A submission that cannot be taken yet: a phrase by field name. Nothing is lost; the form is shown again (HTTP 422)."""

    def __init__(self, errors: Mapping[str, Phrase]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


_NOTHING: Final = Markup("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """The choices that a group is given at once, on a screen or on paper: ids with their texts, in the order shown.

    ``right`` are those known to be right, none where there is no such thing. ``many``: one person may choose several.
    """

    options: tuple[tuple[str, Markup], ...]
    right: frozenset[str] = frozenset()
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """One idea of an item, large enough for a hall.

    ``key`` is its id in the item and stands for its ballot in what is kept. ``answer`` is shown after the rest, once whoever
    leads asks for it; ``notes`` are for them alone. ``leads`` gives by an option the key of the slide that it leads to, and
    under ``""`` that of the next one. An ``aside`` stands in no order: somebody has to choose it.
    """

    key: str
    html: Markup
    answer: Markup = _NOTHING
    notes: Markup = _NOTHING
    ballot: Ballot | None = None
    leads: Mapping[str, str] = field(default_factory=dict)
    aside: bool = False


TextUse = Literal["text", "story", "question"]
"""What translators are told a kind's texts belong to."""


class CourseView(Protocol):
    """The view of the whole course that a kind has when it checks an item."""

    @property
    def item_ids(self) -> frozenset[str]:
        """Every item id of the course."""

    @property
    def media(self) -> frozenset[str]:
        """The names of the course's drawings, without ``.svg``."""

    def source_ids(self, module: str) -> frozenset[str]:
        """The ids that ``ref:`` links of that module may name."""

    def critical_skills(self, module: str) -> frozenset[str]:
        """The ids of what a person must be able to do after that module."""

    @property
    def has_critical_skills(self) -> bool:
        """Whether a module of the course names critical skills: each of its checks then has two forms."""

    @property
    def pass_mark(self) -> int:
        """The course's own pass mark in percent."""
