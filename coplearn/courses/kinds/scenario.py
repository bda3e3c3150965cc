"""The scenario: a story in scenes, with choices, kind reasons, ways back, and help at every end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from markupsafe import Markup

from coplearn.courses.kinds.story import STORY_KEYS, Scene, SceneChoice, Story, read_story
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
    SourceFile,
    TextUse,
    View,
    classes,
    element,
    field_error,
    join,
    values,
)

BACK: Final = ":back"
RESTART: Final = ":restart"
_LONGEST_PATH: Final = 60
_LONGEST_HISTORY: Final = 300
_HELP: Final = "help:"

_END_SENTENCES: Final[Mapping[str, str]] = {
    "good": N_("The story ends here, and it ends well."),
    "fair": N_("The story ends here. There is also another way through it."),
}


class ScenarioKind(ItemKind[Story]):
    """A branching story.

    Its state is ``{"path": [choice ids from the start], "history": [every move], "seen_end": bool}``, where a move is a
    choice id, ``:back`` or ``:restart``; the answers are the path. Done once an end has been seen, and stays done.
    """

    name: ClassVar[str] = "scenario"
    label: ClassVar[str] = N_("Story with choices")
    extension: ClassVar[str] = ".yaml"
    place: ClassVar[str] = N_("Module %(module)s of %(modules)s · Step %(item)s of %(items)s: story")
    icon: ClassVar[str] = "story"
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
                yield Message(f"{item.id}#{scene.id}.{facet}", text.text, text.place, critical=facet == "support")

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
        seen_end = state.get("seen_end") is True or here.end is not None
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
        if len(path) >= _LONGEST_PATH:
            raise Incomplete(
                {"choice": Phrase(N_("You have walked a long way through this story. Please start it again."))}
            )
        seen_end = seen_end or item.content.scenes[choice.to].end is not None
        return _outcome([*path, choice.id], [*history, choice.id], seen_end)

    def paper(self, item: Item[Story], page: Page) -> Markup:
        """All scenes numbered, each choice with the number to go to."""
        numbers = {identity: number for number, identity in enumerate(_reading_order(item.content), start=1)}
        scenes = [self._printed(item, page, item.content.scenes[identity], numbers) for identity in numbers]
        intro = page.blocks(f"{item.id}#intro") if item.content.intro is not None else None
        return join((intro, *scenes))

    def _trail(self, item: Item[Story], page: Page, taken: Sequence[tuple[Scene, SceneChoice]]) -> Markup | None:
        if not taken:
            return None
        steps = [
            element("li", {"class": "trail__step"}, page.inline(f"{item.id}#{scene.id}.choice.{choice.id}"))
            for scene, choice in taken
        ]
        title = element("h2", {"class": "trail__title", "id": "trail-title"}, page.say(N_("Your choices so far")))
        return join((title, element("ol", {"class": "trail", "aria-labelledby": "trail-title"}, *steps)))

    def _scene(self, item: Item[Story], page: Page, scene: Scene, *, first: bool) -> Markup:
        title = page.say(_scene_title(scene, first=first))
        ending = element("p", {"class": "scene__end"}, page.say(_END_SENTENCES[scene.end])) if scene.end else None
        return element(
            "div",
            {"class": "scene", "id": "scene", "tabindex": "-1", "role": "group", "aria-labelledby": "scene-title"},
            element("h2", {"class": "scene__title", "id": "scene-title"}, title),
            element("div", {"class": "scene__text"}, page.blocks(f"{item.id}#{scene.id}.text")),
            self._part(item, page, scene, "reason", N_("Why it went this way")),
            self._part(item, page, scene, "repair", N_("What you can still do")),
            ending,
            self._support(item, page, scene),
        )

    def _part(self, item: Item[Story], page: Page, scene: Scene, facet: str, title: str) -> Markup | None:
        if getattr(scene, facet) is None:
            return None
        heading = element("h3", {"class": "scene__label"}, page.say(title))
        return element("div", {"class": f"scene__{facet}"}, heading, page.blocks(f"{item.id}#{scene.id}.{facet}"))

    def _support(self, item: Item[Story], page: Page, scene: Scene) -> Markup | None:
        if scene.support is None:
            return None
        address = page.href(_HELP)
        link = None
        if address is not None and f"({_HELP})" not in scene.support.text:
            link = element("p", None, element("a", {"href": address}, page.say(N_("Get help now"))))
        heading = element("h3", {"class": "scene__label"}, page.say(N_("If this touches your own family")))
        return element("div", {"class": "scene__support"}, heading, page.blocks(f"{item.id}#{scene.id}.support"), link)

    def _moves(self, item: Item[Story], page: Page, view: View, here: Scene, steps: int) -> Markup:
        error = field_error(Setting(page, view, item.id), "choice")
        ask = None
        if here.choices:
            said = N_("What do you do?") if len(here.choices) > 1 else N_("How it goes on")
            ask = element("h3", {"class": "moves__title", "id": "moves-title"}, page.say(said))
        labelled = {"aria-labelledby": "moves-title"} if ask is not None else {"aria-labelledby": "scene-title"}
        buttons = [self._button(item, page, here, choice) for choice in here.choices]
        quiet = []
        if steps:
            quiet.append(_quiet(BACK, page.say(N_("Go one step back"))))
        if here.end is not None or steps >= _LONGEST_PATH:
            quiet.append(_quiet(RESTART, page.say(N_("Start the story again"))))
        return element(
            "div",
            {"class": "moves", "role": "group", **labelled, "aria-describedby": "choice-error" if error else None},
            ask,
            error,
            element("input", {"type": "hidden", "name": "at", "value": steps}),
            element("input", {"type": "hidden", "name": "scene", "value": here.id}),
            *buttons,
            element("p", {"class": "actions"}, *quiet) if quiet else None,
        )

    def _button(self, item: Item[Story], page: Page, scene: Scene, choice: SceneChoice) -> Markup:
        context = f"{item.id}#{scene.id}.choice.{choice.id}"
        fallback = dict(page.attributes(context))
        look = classes("button", "button--choice", fallback.pop("class", None))
        attributes = {**fallback, "type": "submit", "name": "choice", "value": choice.id, "class": look}
        return element("button", attributes, page.plain(context))

    def _printed(self, item: Item[Story], page: Page, scene: Scene, numbers: Mapping[str, int]) -> Markup:
        ways = []
        for choice in scene.choices:
            going = page.say(N_("If you choose this, go to %(number)s."), number=page.number(numbers[choice.to]))
            ways.append(element("li", None, page.inline(f"{item.id}#{scene.id}.choice.{choice.id}"), " ", going))
        return element(
            "section",
            {"class": "scene"},
            element("h2", {"class": "scene__title"}, page.number(numbers[scene.id])),
            element("div", {"class": "scene__text"}, page.blocks(f"{item.id}#{scene.id}.text")),
            self._part(item, page, scene, "reason", N_("Why it went this way")),
            self._part(item, page, scene, "repair", N_("What you can still do")),
            element("p", {"class": "scene__end"}, page.say(_END_SENTENCES[scene.end])) if scene.end else None,
            self._support(item, page, scene),
            element("ul", {"class": "scene__ways"}, *ways) if ways else None,
        )


def _scene_title(scene: Scene, *, first: bool) -> str:
    if first:
        return N_("How the story begins")
    return N_("What happens next") if scene.end is None else N_("How the story ends")


def _quiet(move: str, said: str) -> Markup:
    return element("button", {"type": "submit", "name": "choice", "value": move, "class": "button button--quiet"}, said)


def _path(state: Mapping[str, Json]) -> list[Json]:
    path = state.get("path")
    return path if isinstance(path, list) else []


def _history(state: Mapping[str, Json]) -> list[Json]:
    history = state.get("history")
    return list(history) if isinstance(history, list) else []


def _is_stale(form: Mapping[str, Sequence[str]], steps: int, here: Scene) -> bool:
    """Whether the form comes from another page of the story; after going back, equal steps can mean another scene."""
    at, scene = values(form, "at"), values(form, "scene")
    return (bool(at) and at != (str(steps),)) or (bool(scene) and scene != (here.id,))


def _outcome(path: list[str], history: list[Json], seen_end: bool) -> Outcome:
    state = {"path": path, "history": history[-_LONGEST_HISTORY:], "seen_end": seen_end}
    return Outcome(done=seen_end, answers={"path": path}, state=state)


def _reading_order(story: Story) -> list[str]:
    order = [story.start]
    for identity in order:
        for choice in story.scenes[identity].choices:
            if choice.to not in order:
                order.append(choice.to)
    return order
