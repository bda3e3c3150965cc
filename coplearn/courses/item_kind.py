"""The base of every kind of item."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Generic

from markupsafe import Markup

from coplearn.authoring.problems import Problems
from coplearn.authoring.schema import Schema
from coplearn.authoring.source import Json, SourceFile
from coplearn.courses.contract import (
    ContentT,
    CourseView,
    Item,
    Message,
    Outcome,
    Page,
    Slide,
    TextUse,
    Told,
    View,
)
from coplearn.courses.exercise import Exercise
from coplearn.courses.question import NUMBER, Form, QuestionKind, Setting
from coplearn.kernel.text import N_, Phrase

PLACE = N_("Module %(module)s of %(modules)s · Step %(item)s of %(items)s")
"""Where an item stands in its course."""
LEAD = N_("Tell it in your own words, read out what you want to be remembered, and take one question.")
"""What is done in a group with an item of a kind that says nothing else."""


class ItemKind(ABC, Generic[ContentT]):
    """A kind of item. Subclass it, and name the class in ``kinds`` of a plugin to bring your own."""

    name: ClassVar[str]
    """The word after ``kind:``."""
    label: ClassVar[str]
    """What the page calls it, in English; translated with ``words``."""
    place: ClassVar[str] = PLACE
    """The line above the title, as a sentence with ``%(module)s``, ``%(modules)s``, ``%(item)s`` and ``%(items)s``."""
    icon: ClassVar[str] = "note"
    """One of the site's icons: lesson, story, quiz, action, note, care, support, try."""
    extension: ClassVar[str]
    """``.md`` (front matter and Markdown) or ``.yaml``."""
    keys: ClassVar[frozenset[str]]
    """The keys its file may have besides ``id``, ``kind``, ``title`` and ``minutes``."""
    schema: ClassVar[Schema] = MappingProxyType({})
    """What editors may know of those keys, as ``properties`` and ``required`` of a JSON Schema."""
    scored: ClassVar[bool] = False
    """Whether it is a check: passing it counts for the certificate of achievement."""
    has_result: ClassVar[bool] = False
    """Whether an answer leads to a page that shows ``view.answers``; a scored kind always has one. Without, it leads on."""
    stepwise: ClassVar[bool] = False
    """Whether an answer goes on from the state before: the same form sent again may then come to something else."""
    same_for_all: ClassVar[bool] = False
    """Whether ``render`` gives every reader the same, whatever the view: the site then keeps it, and the page around it."""
    only_read: ClassVar[bool] = False
    """Whether its page holds nothing but what ``render_body`` writes, and buttons: less style is loaded then."""
    may_be_optional: ClassVar[bool] = False
    """Whether a course may make an item of it ``optional``: one that teaches something and asks for nothing."""
    anchor: ClassVar[str] = ""
    """The id of the element in ``render`` at which the page goes on after an answer."""
    finish: ClassVar[tuple[str, str] | None] = None
    """The words of the site's own button below the item, with a next item and without, for a kind that has no button."""
    lead: ClassVar[str] = LEAD
    """What whoever leads a group does with it, in English; translated with ``words``."""
    talk: ClassVar[int] = 3
    """The minutes of talk that a group needs besides the item's own."""
    text_use: ClassVar[TextUse] = "text"
    """What translators are told its texts belong to."""
    words: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The kind's own sentences by an id that never changes, for translators: in English, or for a course's own kind in the
    language of the course. They are said with ``page.text`` and ``page.say``."""
    scripts: ClassVar[tuple[str, ...]] = ()
    """Files of the plugin's ``static`` folder that its page loads as modules. The page must work without them."""
    styles: ClassVar[tuple[str, ...]] = ()
    """Style sheets of that folder."""
    state_version: ClassVar[int] = 1
    """Raise it when ``state`` gets another form, and write :meth:`migrate`."""
    question_kinds: Mapping[str, type[QuestionKind]] = MappingProxyType({})
    """Every kind of question there is, by its word; the site sets it before ``parse``."""

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

    def offline_body(self, item: Item[ContentT], page: Page) -> Markup | None:
        """The inside of its form on a page that is kept on a phone and works without a network, the same for everybody; None
        where it needs the network.

        The page's program keeps what is sent from there till there is a network, takes the step as done, and goes on to the
        next; an answer that :meth:`answer` refuses then is told later. Feedback on questions is closed with :func:`ask_kept`.
        """
        return None

    @abstractmethod
    def answer(self, item: Item[ContentT], form: Mapping[str, Sequence[str]], state: Mapping[str, Json]) -> Outcome:
        """Turn a submitted form into an outcome. Unknown fields are ignored; ``state`` is empty unless the kind is
        ``stepwise``. Raises :class:`Incomplete`."""

    @abstractmethod
    def paper(self, item: Item[ContentT], page: Page) -> Markup:
        """The item on paper: no controls, addresses written out by the style sheet."""

    def guide(self, item: Item[ContentT], page: Page) -> Markup:
        """The item for whoever leads a group through it, with the keys that nobody else may see; on paper alone."""
        return self.paper(item, page)

    def handout(self, item: Item[ContentT], page: Page) -> Markup | None:
        """The part of it that a learner takes home on the one page of its module; None for nothing. No key is in it."""
        return None

    def slides(self, item: Item[ContentT], page: Page, tries: int = 0) -> Sequence[Slide]:
        """The item for a projector, one idea a slide; the whole as it is on paper by default.

        ``tries`` is how often the group was asked before, as in :class:`View`. The same slides make the check on paper.
        """
        return (Slide(key="1", html=self.paper(item, page)),)

    def attempts_allowed(self, item: Item[ContentT]) -> int:
        """The number of times it may be answered; 0 is without limit. Asked once, when the course is read."""
        return 0

    def pass_mark(self, item: Item[ContentT]) -> int | None:
        """The percent to reach, which the pages of the course tell; None for a kind that is not scored or has no such mark."""
        return None

    def parts(self, item: Item[ContentT]) -> Mapping[str, str]:
        """A digest of each part that is answered by itself, by its key in the answers.

        After a new version of the course an old result is shown beside those parts alone that are as they were.
        """
        return {}

    def migrate(self, state: Mapping[str, Json], version: int) -> Mapping[str, Json]:
        """A state that was kept under an older ``state_version``, as the present one has it; nothing by default."""
        return {}

    def follow_up(self, item: Item[ContentT]) -> str | None:
        """The context of the message that asks, a week after the item was done, what came of it; None for one that asks nothing."""
        return None

    def findable(self, item: Item[ContentT]) -> Sequence[str]:
        """The contexts of the texts by which it is found, besides its title. Whoever searches may read them before they have
        begun, so that no answer and nothing that comes later is among them: by default whatever is in no group."""
        asked_later = self.follow_up(item)
        return [one.context for one in self.messages(item) if one.group is None and one.context != asked_later]

    def check_all(self, items: Sequence[Item[ContentT]], problems: Problems) -> None:
        """Note faults that show only when all items of the kind in a course are seen together; asked once a course."""

    def shortest_words(self, item: Item[ContentT]) -> int | None:
        """The words that even the quickest reader meets, which the item's minutes are held to; None for a kind that has no more
        than a body, whose words are counted by the site."""
        return None

    def transcript(self, item: Item[ContentT], told: Told, *, once: bool) -> tuple[list[str], bool] | None:
        """Everything that can happen in the item, as lines that somebody can read from beginning to end, and whether it is all
        there; with ``once`` nothing is told twice. None for a kind that has one way only."""
        return None

    def questions(self, item: Item[ContentT]) -> Sequence[QuestionKind]:
        """The questions that the item asks; each is then numbered, may be told at once, and its checks and files count."""
        return ()

    def exercise(self, item: Item[ContentT]) -> Exercise | None:
        """The exercise that a facilitator runs with people in a room; None for a kind that has none."""
        return None

    def tally_keys(self, item: Item[ContentT]) -> Sequence[str]:
        """The keys under which answers are counted over all learners; those of the questions by default."""
        return [f"{question.id}.{key}" for question in self.questions(item) for key in question.tally_keys()]

    def settings(self, item: Item[ContentT], page: Page, view: View) -> list[tuple[QuestionKind, Setting]]:
        """Each question with where it is drawn."""
        asked = self.questions(item)
        return [
            (question, Setting(page.of(question.kind), view, item.id, number, len(asked)))
            for number, question in enumerate(asked, start=1)
        ]

    def feedback(self, item: Item[ContentT], page: Page, form: Form, question_id: str, seed: int) -> Markup | None:
        """The feedback on the answer to one question, before the whole is sent; None for a question it does not have. Raises
        Incomplete."""
        for question, setting in self.settings(item, page, View(seed=seed, values=form)):
            if question.id == question_id:
                return question.review(setting, question.read(form))
        return None

    def where(self, item: Item[ContentT], field: str) -> Phrase | None:
        """The part of the page that a field of its form belongs to; None when it needs no saying."""
        ids = [question.id for question in self.questions(item)]
        found = field.partition(".")[0]
        return Phrase(NUMBER, {"number": ids.index(found) + 1, "total": len(ids)}) if found in ids else None
