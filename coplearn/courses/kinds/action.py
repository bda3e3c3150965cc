"""The action: a small thing to do away from the screen, finished by saying that it is done or planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Final

from markupsafe import Markup

from coplearn.courses.plugin import (
    N_,
    Body,
    Fields,
    Incomplete,
    Item,
    ItemKind,
    Json,
    ListBlock,
    Message,
    Outcome,
    Page,
    Phrase,
    Problems,
    Setting,
    Slide,
    SourceFile,
    Text,
    View,
    body_messages,
    body_slides,
    box,
    element,
    field_error,
    inline_html,
    join,
    one_of,
    parse_body,
    render_body,
    render_sources,
)

DONE: Final = "done"
PLANNED: Final = "planned"

_BUTTONS: Final[Mapping[str, str]] = {DONE: N_("I have done this"), PLANNED: N_("I plan to do this")}
_ASKED_LATER: Final = ("Asked a week later. The answers are: yes; not yet; I changed my plan.",)
_SAID: Final[Mapping[str, str]] = {
    DONE: N_("You said that you have done this. Well done."),
    PLANNED: N_("You said that you plan to do this. When it is done, come back and say so."),
}


@dataclass(frozen=True, slots=True)
class ActionBody(Body):
    """The text of an action, and the question that is asked of it some days later, if any."""

    follow_up: Text | None = None


class ActionKind(ItemKind[ActionBody]):
    """A text with a list of things to do. State and answers are ``{"did": "done" | "planned"}``; both finish it."""

    name: ClassVar[str] = "action"
    label: ClassVar[str] = N_("Take it home")
    extension: ClassVar[str] = ".md"
    keys: ClassVar[frozenset[str]] = frozenset({"follow_up"})
    place: ClassVar[str] = N_("Module %(module)s of %(modules)s · Step %(item)s of %(items)s: to do")
    icon: ClassVar[str] = "action"
    lead: ClassVar[str] = N_("Each person begins it here, on paper, and says aloud what they will do and when.")
    talk: ClassVar[int] = 2

    def parse(self, source: SourceFile, problems: Problems) -> ActionBody | None:
        """The tree of the body; an action without a text is a problem, one without a list deserves a look."""
        body = parse_body(source, problems)
        if not body.blocks:
            problems.error(source.place(), "action-empty", "This action has no text.", "Write it after the second ---.")
            return None
        if not any(isinstance(block, ListBlock) for block in body.blocks):
            mend = "Write what to do as a small list."
            problems.warning(source.place(), "action-without-list", "This action has no list of things to do.", mend)
        asked = Fields.whole(source, problems).text("follow_up", required=False)
        parts: dict[str, Any] = {part.name: getattr(body, part.name) for part in fields(Body)}
        return ActionBody(**parts, follow_up=asked)

    def messages(self, item: Item[ActionBody]) -> Iterator[Message]:
        """One message a block, and the question of later."""
        yield from body_messages(item.id, item.path, item.content)
        if item.content.follow_up is not None:
            asked = item.content.follow_up
            yield Message(f"{item.id}#follow_up", asked.text, asked.place, _ASKED_LATER)

    def follow_up(self, item: Item[ActionBody]) -> str | None:
        """Asked of an action that has such a question."""
        return f"{item.id}#follow_up" if item.content.follow_up is not None else None

    def render(self, item: Item[ActionBody], page: Page, view: View) -> Markup:
        """The text, what was said before, and the two ways to finish."""
        said = view.state.get("did")
        sentence = _SAID.get(said) if isinstance(said, str) else None
        status = element("p", {"class": "feedback feedback--right"}, page.say(sentence)) if sentence else None
        error = field_error(Setting(page, view, item.id), "did")
        body = _body(item, page, "steps-done", None) if said == DONE else render_body(item.id, item.content, page)
        return join(
            (body, render_sources(item.content, page), status, error, self._buttons(page, has_error=bool(error)))
        )

    def offline_body(self, item: Item[ActionBody], page: Page) -> Markup:
        """The text, what may have been said on this phone, and the two ways to finish."""
        told = [
            element(
                "p",
                {"class": "feedback feedback--right", "data-told": f"did={said}", "hidden": True},
                page.say(sentence),
            )
            for said, sentence in _SAID.items()
        ]
        body = (render_body(item.id, item.content, page), render_sources(item.content, page))
        return join((*body, *told, self._buttons(page, has_error=False)))

    def _buttons(self, page: Page, *, has_error: bool) -> Markup:
        buttons = [
            element(
                "button",
                {
                    "type": "submit",
                    "name": "did",
                    "value": value,
                    "class": f"button button--{'primary' if value == DONE else 'quiet'}",
                    "aria-describedby": "did-error" if has_error else None,
                },
                page.say(text),
            )
            for value, text in _BUTTONS.items()
        ]
        return element("p", {"class": "actions"}, Markup(" ").join(buttons))

    def answer(self, item: Item[ActionBody], form: Mapping[str, Sequence[str]], state: Mapping[str, Json]) -> Outcome:
        """Remember which was said; what is done stays done. Raises Incomplete for anything else."""
        said = one_of(form, "did", _BUTTONS)
        if said is None:
            raise Incomplete({"did": Phrase(N_("Say whether you have done this or plan to do it."))})
        return Outcome(done=True, answers={"did": said}, state={"did": said})

    def guide(self, item: Item[ActionBody], page: Page) -> Markup:
        """The same, and what is asked a week later."""
        asked = self.follow_up(item)
        if asked is None:
            return self.paper(item, page)
        later = element("strong", None, page.say(N_("Asked a week later:")))
        return join((self.paper(item, page), element("p", None, later, " ", page.inline(asked))))

    def handout(self, item: Item[ActionBody], page: Page) -> Markup | None:
        """The text with its boxes."""
        return _body(item, page, "boxes", box())

    def slides(self, item: Item[ActionBody], page: Page, tries: int = 0) -> Sequence[Slide]:
        """A slide a block."""
        return body_slides(item.id, item.content, page)

    def paper(self, item: Item[ActionBody], page: Page) -> Markup:
        """The text with a box to tick before each thing to do."""
        return join((_body(item, page, "boxes", box()), render_sources(item.content, page)))


def _body(item: Item[ActionBody], page: Page, look: str, mark: Markup | None) -> Markup:
    """The body with its lists of things to do in class ``look``, each entry after ``mark``."""
    return join(
        _to_do(item, block, page, look, mark)
        if isinstance(block, ListBlock)
        else render_body(item.id, replace(item.content, blocks=(block,)), page)
        for block in item.content.blocks
    )


def _to_do(item: Item[ActionBody], block: ListBlock, page: Page, look: str, mark: Markup | None) -> Markup:
    rows = []
    for text in block.items:
        translated = text.translate and text.key
        words = page.inline(f"{item.id}#{text.key}") if translated else inline_html(text.source, page.href)
        rows.append(element("li", None, mark, " " if mark else None, words))
    return element("ul", {"class": look}, *rows)
