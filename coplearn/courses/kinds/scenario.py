"""The scenario: a story in scenes, with choices, kind reasons, ways back, and help at every end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from markupsafe import Markup

from coplearn.courses.kinds.story import LONGEST_PATH, Part, SceneChoice, Situation, Story
from coplearn.courses.kinds.story_checks import check_stories, shortest_reading
from coplearn.courses.kinds.story_kept import kept_story
from coplearn.courses.kinds.story_paper import printed, told_to_group
from coplearn.courses.kinds.story_parts import (
    BACK,
    DECIDE,
    END_SENTENCES,
    GO_BACK,
    GOES_ON,
    RESTART,
    START_AGAIN,
    TRAIL,
    choice_button,
    labelled,
    quiet,
    scene_title,
    support,
)
from coplearn.courses.kinds.story_reading import STORY_KEYS, read_story
from coplearn.courses.kinds.story_slides import story_slides
from coplearn.courses.kinds.story_transcript import transcript
from coplearn.courses.plugin import (
    N_,
    Fields,
    Incomplete,
    Item,
    ItemKind,
    Json,
    Message,
    Outcome,
    Page,
    Phrase,
    Problems,
    Schema,
    Setting,
    Slide,
    SourceFile,
    TextUse,
    Told,
    View,
    element,
    field_error,
    join,
    values,
)

_LONGEST_HISTORY: Final = 300
_COST_NOTE: Final = "Learners do not see this. It tells whoever leads a talk about the story what the choice costs."


class ScenarioKind(ItemKind[Story]):
    """A branching story that remembers.

    What it remembers follows from the path and is kept nowhere. Its state is ``{"path": [choice ids from the start],
    "history": [every move], "seen_end": bool}``, where a move is a choice id, ``:back`` or ``:restart``; the answers are the
    path. Done once an end has been seen, and stays done.
    """

    name: ClassVar[str] = "scenario"
    label: ClassVar[str] = N_("Story with choices")
    extension: ClassVar[str] = ".yaml"
    place: ClassVar[str] = N_("Module %(module)s of %(modules)s · Step %(item)s of %(items)s: story")
    icon: ClassVar[str] = "story"
    lead: ClassVar[str] = N_("Read each scene aloud. Pairs decide before you read on; you keep the slip for all.")
    talk: ClassVar[int] = 8
    stepwise: ClassVar[bool] = True
    anchor: ClassVar[str] = "scene"
    text_use: ClassVar[TextUse] = "story"
    schema: ClassVar[Schema] = {"properties": STORY_KEYS, "required": ["start", "nodes"]}
    keys: ClassVar[frozenset[str]] = frozenset(STORY_KEYS)

    def parse(self, source: SourceFile, problems: Problems) -> Story | None:
        """Read the scenes and check the whole map: every scene reachable, every path with an end."""
        return read_story(Fields.whole(source, problems))

    def messages(self, item: Item[Story]) -> Iterator[Message]:
        """The intro, then scene by scene in the author's order."""
        if item.content.intro is not None:
            yield Message(f"{item.id}#intro", item.content.intro.text, item.content.intro.place)
        for scene in item.content.scenes.values():
            for facet, text in scene.texts():
                notes = (_COST_NOTE,) if facet.endswith(".cost") else ()
                critical = facet.partition(".")[0] == "support"
                yield Message(f"{item.id}#{scene.id}.{facet}", text.text, text.place, notes, critical=critical)

    def findable(self, item: Item[Story]) -> list[str]:
        """The intro and the scene it begins with: what comes of a choice is told to whoever makes it."""
        story = item.content
        begins = [f"{item.id}#{story.start}.{variant.facet}" for variant in story.scenes[story.start].variants]
        return [f"{item.id}#intro", *begins] if story.intro is not None else begins

    def check_all(self, items: Sequence[Item[Story]], problems: Problems) -> None:
        """Note how the stories are built."""
        check_stories(items, problems)

    def shortest_words(self, item: Item[Story]) -> int:
        """The words of the shortest way through the story."""
        return shortest_reading(item.content)

    def transcript(self, item: Item[Story], told: Told, *, once: bool) -> tuple[list[str], bool]:
        """Every path through the story."""
        return transcript(item, told, once=once)

    def render(self, item: Item[Story], page: Page, view: View) -> Markup:
        """The way so far, the present scene, and its choices as buttons."""
        taken, here = item.content.walk(_path(view.state))
        intro = None
        if not taken and item.content.intro is not None:
            intro = element("div", {"class": "intro"}, page.blocks(f"{item.id}#intro"))
        return join(
            (
                intro,
                self._trail(item, page, taken),
                self._scene(item, page, here, first=not taken),
                self._moves(item, page, view, here, len(taken)),
            )
        )

    def answer(self, item: Item[Story], form: Mapping[str, Sequence[str]], state: Mapping[str, Json]) -> Outcome:
        """One move. A press from a page that is no longer the present one changes nothing."""
        taken, here = item.content.walk(_path(state))
        path, history = [choice.id for _, choice in taken], _history(state)
        seen_end = state.get("seen_end") is True or here.scene.end is not None
        if _is_stale(form, len(path), here):
            return _outcome(path, history, seen_end)
        sent = values(form, "choice")
        move = sent[0] if len(sent) == 1 else ""
        if move == BACK:
            history += [BACK] if path else []
            return _outcome(path[:-1], history, seen_end)
        if move == RESTART:
            return _outcome([], [*history, RESTART] if path else history, seen_end)
        choice = here.choice(move)
        if choice is None:
            raise Incomplete({"choice": Phrase(N_("Choose one of the ways to go on."))})
        if len(path) >= LONGEST_PATH:
            raise Incomplete(
                {"choice": Phrase(N_("You have walked a long way through this story. Please start it again."))}
            )
        seen_end = seen_end or item.content.after(here, choice).scene.end is not None
        return _outcome([*path, choice.id], [*history, choice.id], seen_end)

    def offline_body(self, item: Item[Story], page: Page) -> Markup:
        """Every scene with every text, and the law by which one follows another."""
        return kept_story(item, page)

    def guide(self, item: Item[Story], page: Page) -> Markup:
        """The same as the facilitator reads it, with what each choice is and costs."""
        return told_to_group(item, page)

    def slides(self, item: Item[Story], page: Page, tries: int = 0) -> Sequence[Slide]:
        """Every situation that the story can come to, each decision as a vote."""
        return story_slides(item, page) or super().slides(item, page, tries)

    def paper(self, item: Item[Story], page: Page) -> Markup:
        """All scenes numbered, each choice with the number to go to."""
        return printed(item, page)

    def _trail(self, item: Item[Story], page: Page, taken: Sequence[tuple[Situation, SceneChoice]]) -> Markup | None:
        if not taken:
            return None
        steps = [
            element("li", {"class": "trail__step"}, page.inline(f"{item.id}#{past.scene.id}.choice.{choice.id}"))
            for past, choice in taken
        ]
        title = element("h2", {"class": "trail__title", "id": "trail-title"}, page.say(TRAIL))
        return join((title, element("ol", {"class": "trail", "aria-labelledby": "trail-title"}, *steps)))

    def _scene(self, item: Item[Story], page: Page, here: Situation, *, first: bool) -> Markup:
        end, shown = here.scene.end, here.shown("support")
        helps = (shown,) if shown is not None else ()
        return element(
            "div",
            {"class": "scene", "id": "scene", "tabindex": "-1", "role": "group", "aria-labelledby": "scene-title"},
            element("h2", {"class": "scene__title", "id": "scene-title"}, page.say(scene_title(end, first=first))),
            element("div", {"class": "scene__text"}, self._blocks(item, page, here, "text")),
            labelled(page, "reason", self._blocks(item, page, here, "reason")),
            labelled(page, "repair", self._blocks(item, page, here, "repair")),
            element("p", {"class": "scene__end"}, page.say(END_SENTENCES[end])) if end else None,
            support(page, helps, self._blocks(item, page, here, "support")),
        )

    def _blocks(self, item: Item[Story], page: Page, here: Situation, part: Part) -> Markup | None:
        shown = here.shown(part)
        return page.blocks(f"{item.id}#{here.scene.id}.{shown.facet}") if shown is not None else None

    def _moves(self, item: Item[Story], page: Page, view: View, here: Situation, steps: int) -> Markup:
        error = field_error(Setting(page, view, item.id), "choice")
        ask = None
        if here.offered:
            said = DECIDE if here.is_decision else GOES_ON
            ask = element("h3", {"class": "moves__title", "id": "moves-title"}, page.say(said))
        title = {"aria-labelledby": "moves-title" if ask is not None else "scene-title"}
        begin = f"{item.id}#{here.scene.id}.choice"
        buttons = [choice_button(page, f"{begin}.{choice.id}", choice.id) for choice in here.offered]
        ways = []
        if steps:
            ways.append(quiet(BACK, page.say(GO_BACK)))
        if here.scene.end is not None or steps >= LONGEST_PATH:
            ways.append(quiet(RESTART, page.say(START_AGAIN)))
        return element(
            "div",
            {"class": "moves", "role": "group", **title, "aria-describedby": "choice-error" if error else None},
            ask,
            error,
            element("input", {"type": "hidden", "name": "at", "value": steps}),
            element("input", {"type": "hidden", "name": "scene", "value": here.scene.id}),
            *buttons,
            element("p", {"class": "actions"}, *ways) if ways else None,
        )


def _path(state: Mapping[str, Json]) -> list[Json]:
    path = state.get("path")
    return path if isinstance(path, list) else []


def _history(state: Mapping[str, Json]) -> list[Json]:
    history = state.get("history")
    return list(history) if isinstance(history, list) else []


def _is_stale(form: Mapping[str, Sequence[str]], steps: int, here: Situation) -> bool:
    """Whether the form comes from another page of the story; after going back, equal steps can mean another scene."""
    at, scene = values(form, "at"), values(form, "scene")
    return (bool(at) and at != (str(steps),)) or (bool(scene) and scene != (here.scene.id,))


def _outcome(path: list[str], history: list[Json], seen_end: bool) -> Outcome:
    state = {"path": path, "history": history[-_LONGEST_HISTORY:], "seen_end": seen_end}
    return Outcome(done=seen_end, answers={"path": path}, state=state)
