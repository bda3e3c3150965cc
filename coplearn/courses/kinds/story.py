"""The map of a scenario: its scenes, and the faults a map can have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from coplearn.courses.plugin import Fields, Place, Schema, Text, distinct, schema

ENDS: Final = ("good", "fair")
_MOST_CHOICES: Final = 4
_CHOICE: Final = schema.mapping({"id": schema.ID, "text": schema.TEXT, "to": schema.ID}, ("id", "text", "to"))
_SCENE: Final[Mapping[str, Schema]] = {
    "text": schema.TEXT,
    "reason": schema.TEXT,
    "repair": schema.TEXT,
    "support": schema.TEXT,
    "end": schema.one_word(ENDS),
    "choices": schema.rows(_CHOICE, 1, _MOST_CHOICES),
}
STORY_KEYS: Final[Mapping[str, Schema]] = {
    "intro": schema.TEXT,
    "start": schema.ID,
    "nodes": schema.by_id(schema.mapping(_SCENE, ("text",))),
}


@dataclass(frozen=True, slots=True)
class SceneChoice:
    """One way on from a scene, to the scene ``to``."""

    id: str
    text: Text
    to: str
    place: Place


@dataclass(frozen=True, slots=True)
class Scene:
    """One node of the story; ``end`` is ``good`` or ``fair`` where the story ends, and then there are no choices."""

    id: str
    text: Text
    reason: Text | None
    repair: Text | None
    support: Text | None
    end: str | None
    choices: tuple[SceneChoice, ...]
    place: Place

    def texts(self) -> list[tuple[str, Text]]:
        """Facet and source of every text, in reading order."""
        named = (("text", self.text), ("reason", self.reason), ("repair", self.repair), ("support", self.support))
        choices = [(f"choice.{choice.id}", choice.text) for choice in self.choices]
        return [(facet, text) for facet, text in named if text is not None] + choices

    def choice(self, identity: str) -> SceneChoice | None:
        """The choice of that id, None when the scene has none such."""
        return next((choice for choice in self.choices if choice.id == identity), None)


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario as written: scenes by id, in the author's order."""

    start: str
    scenes: Mapping[str, Scene]
    intro: Text | None = None

    def walk(self, path: Iterable[object]) -> tuple[list[tuple[Scene, SceneChoice]], Scene]:
        """The scenes passed with the choice taken in each, and the scene arrived at.

        Stops before the first step that the story does not have (any more).
        """
        here, taken = self.scenes[self.start], []
        for step in path:
            choice = here.choice(step) if isinstance(step, str) else None
            if choice is None:
                break
            taken.append((here, choice))
            here = self.scenes[choice.to]
        return taken, here


def read_story(fields: Fields) -> Story | None:
    """Read the story and note every fault; None when it could not be walked."""
    intro, start = fields.text("intro", required=False), fields.identifier("start")
    table = fields.table("nodes")
    read = {identity: _scene(identity, entry) for identity, entry in table.items()}
    scenes = {identity: scene for identity, scene in read.items() if scene is not None}
    whole = bool(table) and _check_targets(fields, start, table, scenes)
    if start is None or len(scenes) < len(table) or not whole:
        return None
    _check_ways(fields, start, scenes)
    return Story(start, scenes, intro)


def _scene(identity: str, fields: Fields) -> Scene | None:
    fields.only(*_SCENE)
    text = fields.text("text")
    reason, repair = fields.text("reason", required=False), fields.text("repair", required=False)
    support = fields.text("support", required=False)
    end = fields.word("end", ENDS) if "end" in fields.data else None
    choices = _end(fields, support) if "end" in fields.data else _way_on(fields, reason, support)
    if repair is not None and reason is None:
        fields.error(
            "repair", "repair-without-reason", "This scene has a repair but no reason.", "Say kindly why it went so."
        )
    if text is None or choices is None or ("end" in fields.data and end is None):
        return None
    return Scene(identity, text, reason, repair, support, end, choices, fields.place())


def _end(fields: Fields, support: Text | None) -> tuple[SceneChoice, ...]:
    if "choices" in fields.data:
        fields.error("choices", "end-with-choices", "An end has no choices.", "Remove the choices, or the end.")
    if support is None and "support" not in fields.data:
        mend = "Add `support`: where help is if this touches the learner's own family."
        fields.error("end", "end-without-support", "This end does not say where help is.", mend)
    return ()


def _way_on(fields: Fields, reason: Text | None, support: Text | None) -> tuple[SceneChoice, ...] | None:
    if support is not None:
        fields.error("support", "support-without-end", "Only an end has support.", "Move it to an end, or add `end`.")
    if "choices" not in fields.data:
        mend = "Add `choices`, or `end: good` or `end: fair`."
        fields.error("", "no-way-on", "This scene has neither choices nor an end.", mend)
        return None
    rows = fields.rows("choices", 1, _MOST_CHOICES)
    if len(rows) == 1 and reason is None:
        mend = "Give 2 to 4 choices; a single way on is for scenes with a reason."
        fields.error("choices", "one-choice", "A decision needs something to decide.", mend)
    alone = distinct(rows, "choice")
    choices = tuple(choice for choice in map(_choice, rows) if choice is not None)
    return choices if rows and alone and len(choices) == len(rows) else None


def _choice(fields: Fields) -> SceneChoice | None:
    fields.only("id", "text", "to")
    identity, text, to = fields.identifier(), fields.text("text"), fields.identifier("to")
    if text is not None and "](" in text.text:
        fields.error("text", "choice-with-link", "A choice cannot hold a link.", "Put the link into the scene's text.")
    return None if identity is None or text is None or to is None else SceneChoice(identity, text, to, fields.place())


def _check_targets(fields: Fields, start: str | None, table: Mapping[str, Fields], scenes: Mapping[str, Scene]) -> bool:
    whole = True
    if start is not None and start not in table:
        fields.error("start", "unknown-scene", f'The start "{start}" is not a node.', "Name one of the nodes.")
        whole = False
    for identity, scene in scenes.items():
        for index, choice in enumerate(scene.choices):
            if choice.to not in table:
                what = f'The choice "{choice.id}" leads to "{choice.to}", which is not a node.'
                table[identity].error(f"choices.{index}.to", "unknown-scene", what, "Name one of the nodes.")
                whole = False
    return whole


def _check_ways(fields: Fields, start: str, scenes: Mapping[str, Scene]) -> None:
    ahead = {identity: {choice.to for choice in scene.choices} for identity, scene in scenes.items()}
    behind: dict[str, set[str]] = {identity: set() for identity in scenes}
    for identity, targets in ahead.items():
        for target in targets:
            behind[target].add(identity)
    reached = _closure({start}, ahead)
    ending = _closure({identity for identity, scene in scenes.items() if scene.end is not None}, behind)
    for identity in scenes:
        key = f"nodes.{identity}"
        if identity not in reached:
            mend = "Lead a choice to it, or remove it."
            fields.error(key, "unreachable-scene", f'No path leads to "{identity}".', mend)
        elif identity not in ending:
            mend = "Give it a choice that leads on towards an end."
            fields.error(key, "endless-path", f'From "{identity}" the story can never end.', mend)


def _closure(first: set[str], edges: Mapping[str, set[str]]) -> set[str]:
    found, waiting = set(first), list(first)
    while waiting:
        for target in edges[waiting.pop()] - found:
            found.add(target)
            waiting.append(target)
    return found
