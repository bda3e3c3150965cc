"""The base of every kind of item."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Generic

from markupsafe import Markup

from coplearn.courses.contract import ContentT, CourseView, Item, Json, Message, Outcome, Page, SourceFile, View
from coplearn.courses.problems import Problems


class ItemKind(ABC, Generic[ContentT]):
    """A kind of item. Subclass it, and name the class in ``kinds`` of the course's ``plugin.py`` to bring your own."""

    name: ClassVar[str]
    """The word after ``kind:``."""
    label: ClassVar[str]
    """What the page calls it, an interface message marked with ``N_``."""
    extension: ClassVar[str]
    """``.md`` (front matter and Markdown) or ``.yaml``."""
    scored: ClassVar[bool] = False
    """Whether passing it counts for the certificate of achievement."""
    stepwise: ClassVar[bool] = False
    """Whether an answer goes on from the state before: the same form sent again may then come to something else."""
    keys: ClassVar[frozenset[str]]
    """The keys its file may have besides ``id``, ``kind``, ``title`` and ``minutes``."""

    @abstractmethod
    def parse(self, source: SourceFile, problems: Problems) -> ContentT | None:
        """Make the content from the file; note every fault in ``problems``; None when nothing usable remains."""

    def settle(self, content: ContentT, course: CourseView) -> ContentT:
        """The content completed by what only the course knows, such as its pass mark; called once the course is read."""
        return content

    @abstractmethod
    def messages(self, item: Item[ContentT]) -> Iterator[Message]:
        """The texts for translators, in reading order, without the title."""

    def check(self, item: Item[ContentT], course: CourseView, problems: Problems) -> None:
        """Note faults that need the whole course to see (links to items, sources, drawings)."""

    @abstractmethod
    def render(self, item: Item[ContentT], page: Page, view: View) -> Markup:
        """The inside of the page: safe HTML without a ``<form>`` element of its own, without the title, inline code or style.

        The site wraps it in one form that posts back to the item, with the CSRF token and the attempt's key; a kind that
        collects answers renders its fields and its submit button. Nothing here may betray an answer before ``view.answers``.
        """

    @abstractmethod
    def answer(self, item: Item[ContentT], form: Mapping[str, Sequence[str]], state: Mapping[str, Json]) -> Outcome:
        """Turn a submitted form into an outcome. Unknown fields are ignored. Raises :class:`Incomplete`."""

    @abstractmethod
    def paper(self, item: Item[ContentT], page: Page) -> Markup:
        """What the item prints on paper: no controls, addresses written out by the style sheet."""

    def attempts_allowed(self, item: Item[ContentT]) -> int:
        """How many times it may be answered; 0 is without limit."""
        return 0

    def pass_mark(self, item: Item[ContentT]) -> int | None:
        """The percent to reach, which the pages of the course tell; None for a kind that is not scored or has no such mark."""
        return None

    def parts(self, item: Item[ContentT]) -> Mapping[str, str]:
        """A digest of each part that is answered by itself, by its key in the answers.

        After a new version of the course an old result is shown beside those parts alone that are as they were.
        """
        return {}
