"""A course as the site holds it: whole, checked and immutable."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coplearn.courses.bundles import Bundle
from coplearn.courses.facts import Fact, SourceEntry
from coplearn.courses.figures import Figure
from coplearn.courses.guarded import GuardedKind
from coplearn.courses.manifest import AssessmentEntry, EntryRule
from coplearn.courses.plugin import Item, Message, QuestionKind
from coplearn.courses.recordings import Recording
from coplearn.courses.texts import Catalog, completeness
from coplearn.kernel.words import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A part of a course. ``objectives`` maps id to text in order; a ``content_note`` makes it sensitive."""

    id: str
    folder: str
    title: str
    summary: str
    minutes: int
    objectives: Mapping[str, str]
    content_note: str | None
    sources: Mapping[str, SourceEntry]
    item_ids: tuple[str, ...]
    pre_question: QuestionKind | None = None
    """Asked before the module teaches; never scored."""
    recall: str | None = None
    """The earlier module whose check is asked about again before this one begins."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    critical_skills: tuple[str, ...] = ()
    """The ids of what a person must be able to do after it."""

    recordings: tuple[str, ...] = ()
    """The recordings of the whole module, besides those that its lessons play."""

    @property
    def asks_first(self) -> bool:
        """Whether it asks anything before it begins."""
        return self.pre_question is not None or self.recall is not None

    @property
    def prefix(self) -> str:
        """The beginning of the contexts of the module's own texts, before ``#``."""
        return f"module.{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptation:
    """A country's overlay as it was laid over a course (``courses.overlays``). ``own_items`` are ids of items that the course
    itself does not have: they are shown and kept, and nobody has to do them for a certificate."""

    id: str
    version: str
    upstream: str
    """The digest of the course that it was laid over."""
    country: str
    languages: tuple[str, ...]
    own_items: frozenset[str]
    catalogs: Mapping[str, Catalog]
    """The overlay's own translations; those of the course stand below them."""
    adapted_by: Mapping[str, str] = field(default_factory=dict)
    """Who did it, by language."""
    colours: tuple[str, str] = ("", "")
    """For light and for dark pages; empty where it has none of its own."""
    logo: Figure | None = None
    named: bool = False
    """Whether it says what the country calls its site (``course#brand``)."""
    greets: bool = False
    """Whether it has a title and a text for the start page (``course#home.title``, ``course#home.text``)."""


@dataclass(frozen=True, slots=True)
class Position:
    """The position of an item. Numbers count from 1; ``previous`` and ``next`` are item ids through the whole course.

    Optional items are passed by: nobody is led to one, and from one to the module after its own.
    """

    module_number: int
    modules: int
    item_number: int
    items: int
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course that may be shown. ``locale`` is its source language's code, ``code`` the opaque part of its address.

    ``answers_at_once``: a check tells what each answer came to before the next question, where it may be tried without limit.
    ``retired`` are the ids of items that it does not have any more. ``items`` (by id) and ``messages`` are in reading
    order. ``digest`` is the SHA-256 of all but the translations.
    """

    id: str
    version: str
    digest: str
    code: str
    title: str
    summary: str
    audiences: tuple[Audience, ...]
    locale: str
    licence: str
    credit: str
    helplines: bool
    pass_mark: int
    answers_at_once: bool = False
    refresher: tuple[int, ...] = ()
    """So many days after it was finished its learners are asked a question again, if they wish."""
    retired: tuple[str, ...] = ()
    assessment: AssessmentEntry | None = None
    requires: EntryRule | None = None
    modules: tuple[Module, ...]
    items: Mapping[str, Item[Any]]
    kinds: Mapping[str, GuardedKind]
    figures: Mapping[str, Figure]
    messages: tuple[Message, ...]
    folder: Path
    catalogs: Mapping[str, Catalog] = field(default_factory=dict)
    recordings: Mapping[str, Recording] = field(default_factory=dict)
    question_bundles: Mapping[str, Bundle] = field(default_factory=dict)
    """The plugin that brings a kind of question, by its word; nothing for the built-in ones."""
    bundles: tuple[Bundle, ...] = ()
    """The plugins whose kinds its items and questions are of, each once."""
    adaptation: Adaptation | None = None
    """Who changed it for a country; None for the course itself."""

    @property
    def required(self) -> tuple[str, ...]:
        """The ids of the items that have to be done, in order: all but optional ones and those that a country added. Whatever
        counts, completes or certifies goes by them."""
        added = self.adaptation.own_items if self.adaptation is not None else frozenset()
        return tuple(item.id for item in self.items.values() if not item.optional and item.id not in added)

    @property
    def minutes(self) -> int:
        """About how long the whole course takes."""
        return sum(module.minutes for module in self.modules)

    @property
    def checks(self) -> tuple[str, ...]:
        """The ids of the items that count for the certificate of achievement, in order."""
        return tuple(one for one in self.required if self.kinds[self.items[one].kind].scored)

    def bundles_of(self, item: Item[Any]) -> list[tuple[Bundle, tuple[str, ...], tuple[str, ...]]]:
        """The plugins that an item's page needs, each with the scripts and the styles that it loads of it."""
        kind = self.kinds[item.kind]
        parts = [(kind.bundle, kind.kind.scripts, kind.kind.styles)]
        asked = {question.kind: question for question in kind.questions(item)}
        parts += [(self.question_bundles.get(name), one.scripts, one.styles) for name, one in asked.items()]
        return [(bundle, scripts, styles) for bundle, scripts, styles in parts if bundle is not None]

    def recording_code(self, name: str) -> str:
        """The opaque part of the addresses of a recording's captions."""
        return opaque_code(f"{self.id}/recording/{name}")

    def item_by_code(self, code: str) -> Item[Any] | None:
        """The item at that address, or None."""
        return next((item for item in self.items.values() if item.code == code), None)

    def had_item(self, code: str) -> bool:
        """Whether an item that was retired had that address."""
        return code in {opaque_code(f"{self.id}/{item_id}") for item_id in self.retired}

    def pass_marks(self) -> dict[str, int]:
        """The percent to reach, by the id of each check that has such a mark."""
        marks = {
            item_id: self.kinds[self.items[item_id].kind].pass_mark(self.items[item_id]) for item_id in self.checks
        }
        return {item_id: mark for item_id, mark in marks.items() if mark is not None}

    @property
    def has_critical_skills(self) -> bool:
        """Whether it says what a person must be able to do: each of its checks then has two forms."""
        return any(module.critical_skills for module in self.modules)

    def critical_skills(self, module: str) -> frozenset[str]:
        """The ids of what a person must be able to do after that module."""
        return frozenset(self.module(module).critical_skills)

    def module(self, module_id: str) -> Module:
        """The module of that id; raises KeyError."""
        for module in self.modules:
            if module.id == module_id:
                return module
        raise KeyError(module_id)

    def position(self, item_id: str) -> Position:
        """The item's position in the course; raises KeyError when it is not in it."""
        if item_id not in self.items:
            raise KeyError(item_id)
        order = [item.id for item in self.items.values() if not item.optional or item.id == item_id]
        at = order.index(item_id)
        number = next(number for number, module in enumerate(self.modules, 1) if item_id in module.item_ids)
        inside = [one for one in self.modules[number - 1].item_ids if one in order]
        return Position(
            module_number=number,
            modules=len(self.modules),
            item_number=inside.index(item_id) + 1,
            items=len(inside),
            previous=order[at - 1] if at else None,
            next=order[at + 1] if at + 1 < len(order) else None,
        )

    def completeness(self, locale: str) -> int:
        """Whole percent of the messages translated into that locale code; stale ones are not done."""
        return 100 if locale == self.locale else completeness(self.messages, self.catalogs.get(locale))

    # What a kind may know while it checks an item (plugin.CourseView).

    @property
    def item_ids(self) -> frozenset[str]:
        """Every item id."""
        return frozenset(self.items)

    @property
    def media(self) -> frozenset[str]:
        """The names of the drawings."""
        return frozenset(self.figures)

    def source_ids(self, module: str) -> frozenset[str]:
        """The ids that ``ref:`` links of that module may name."""
        return frozenset(self.module(module).sources)


def opaque_code(name: str, taken: Collection[str] = ()) -> str:
    """The opaque address of ``name``: six letters and digits of its hash, more when they are taken."""
    letters = base64.b32encode(hashlib.sha256(name.encode()).digest()).decode().lower().rstrip("=")
    length = 6
    while letters[:length] in taken and length < len(letters):
        length += 1
    return letters[:length]
