"""The lesson: a page to read, done once the reader says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import ClassVar

from markupsafe import Markup

from coplearn.courses.plugin import (
    N_,
    Body,
    Callout,
    Item,
    ItemKind,
    Json,
    Message,
    Outcome,
    Page,
    Paragraph,
    Problems,
    Slide,
    SourceFile,
    View,
    body_messages,
    body_slides,
    parse_body,
    render_body,
    render_sources,
)


class LessonKind(ItemKind[Body]):
    """Text, lists, call-outs, tables and drawings."""

    name: ClassVar[str] = "lesson"
    label: ClassVar[str] = N_("Lesson")
    extension: ClassVar[str] = ".md"
    keys: ClassVar[frozenset[str]] = frozenset()
    place: ClassVar[str] = N_("Module %(module)s of %(modules)s · Step %(item)s of %(items)s: lesson")
    icon: ClassVar[str] = "lesson"
    same_for_all: ClassVar[bool] = True
    only_read: ClassVar[bool] = True
    may_be_optional: ClassVar[bool] = True
    finish: ClassVar[tuple[str, str]] = (N_("I have read this: next"), N_("I have read this"))

    def parse(self, source: SourceFile, problems: Problems) -> Body | None:
        """The tree of the body; an empty lesson is a problem."""
        body = parse_body(source, problems)
        if not body.blocks:
            problems.error(
                source.place(), "lesson-empty", "This lesson has no text.", "Write something after the second ---."
            )
            return None
        return body

    def messages(self, item: Item[Body]) -> Iterator[Message]:
        """One message a block."""
        return body_messages(item.id, item.path, item.content)

    def render(self, item: Item[Body], page: Page, view: View) -> Markup:
        """The body and its sources; the same for every learner, so the site may keep it."""
        return self._shown(item, item.content, page)

    def offline_body(self, item: Item[Body], page: Page) -> Markup:
        """The same."""
        return self.paper(item, page)

    def answer(self, item: Item[Body], form: Mapping[str, Sequence[str]], state: Mapping[str, Json]) -> Outcome:
        """Any submission says that the lesson was read."""
        return Outcome(done=True, answers={})

    def handout(self, item: Item[Body], page: Page) -> Markup | None:
        """The words to say, and the sentence to remember, where the last paragraph begins with strong words."""
        blocks = item.content.blocks
        last = (one for one in blocks[-1:] if isinstance(one, Paragraph) and one.text.source.startswith("**"))
        words = (one for one in blocks if isinstance(one, Callout) and one.kind == "try")
        taken: tuple[Paragraph | Callout, ...] = (*last, *islice(words, 1))
        return render_body(item.id, replace(item.content, blocks=taken), page) if taken else None

    def slides(self, item: Item[Body], page: Page, tries: int = 0) -> Sequence[Slide]:
        """A slide a block."""
        return body_slides(item.id, item.content, page)

    def paper(self, item: Item[Body], page: Page) -> Markup:
        """The same body and sources, without what is to be heard."""
        return self._shown(item, item.content.on_paper, page)

    @staticmethod
    def _shown(item: Item[Body], body: Body, page: Page) -> Markup:
        return Markup("\n").join(
            part for part in (render_body(item.id, body, page), render_sources(body, page)) if part
        )
