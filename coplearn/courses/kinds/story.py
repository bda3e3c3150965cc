"""A scenario as written: scenes, what the story remembers, and what of it is shown in which state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from coplearn.courses.plugin import Place, Text

ENDS: Final = ("good", "fair")
SHOWS: Final = ("service-fails", "says-no")
"""What a story can show that every course needs once: a service that fails, and a child or colleague who says no."""

LONGEST_PATH: Final = 60
"""So many choices after one another are taken; then a story has to be started again."""

Part = Literal["text", "reason", "repair", "support"]
PARTS: Final[tuple[Part, ...]] = ("text", "reason", "repair", "support")

States = Mapping[str, str]
"""The value of each state that the story remembers."""
Condition = Mapping[str, tuple[str, ...]]
"""The values that states may have, by state; empty holds always."""


def holds(condition: Condition, states: States) -> bool:
    """Whether each state that the condition names has one of its values."""
    return all(states[name] in values for name, values in condition.items())


@dataclass(frozen=True, slots=True)
class Variant:
    """A text that is shown while ``when`` holds; ``facet`` is its key in the scene, ``text`` or ``text.<id>``."""

    facet: str
    text: Text
    when: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NextScene:
    """The scene that a choice leads to while ``when`` holds."""

    node: str
    place: Place
    when: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneChoice:
    """One way on from a scene. It is offered while ``when`` holds, changes the states by ``sets``, and then leads to the first
    of its ``ways`` that holds.

    ``cost`` is for transcripts and for whoever leads the talk about a story; a learner does not see it.
    """

    id: str
    text: Text
    ways: tuple[NextScene, ...]
    place: Place
    when: Condition = field(default_factory=dict)
    sets: States = field(default_factory=dict)
    cost: Text | None = None
    is_defensible: bool = False
    is_tempting: bool = False
    is_unsafe: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One node of the story; ``end`` is ``good`` or ``fair`` where the story ends, and then there are no choices.

    ``parts`` holds each part that the scene has with its texts, of which the first that holds is shown. Nobody comes to the
    scene while ``needs`` does not hold.
    """

    id: str
    parts: Mapping[Part, tuple[Variant, ...]]
    end: str | None
    choices: tuple[SceneChoice, ...]
    place: Place
    needs: Condition = field(default_factory=dict)

    @property
    def variants(self) -> Iterator[Variant]:
        """Every text of the scene besides its choices', in reading order."""
        for texts in self.parts.values():
            yield from texts

    def texts(self) -> list[tuple[str, Text]]:
        """Facet and source of every text, in reading order."""
        found = [(variant.facet, variant.text) for variant in self.variants]
        for choice in self.choices:
            found.append((f"choice.{choice.id}", choice.text))
            if choice.cost is not None:
                found.append((f"choice.{choice.id}.cost", choice.cost))
        return found


@dataclass(frozen=True, slots=True)
class Situation:
    """A scene as somebody comes to it: with what the story remembers by then, and whether something unsafe was done."""

    scene: Scene
    states: States
    is_unsafe: bool = False

    @property
    def key(self) -> tuple[str, tuple[str, ...], bool]:
        """The key that tells it from every other situation of its story."""
        return self.scene.id, tuple(self.states.values()), self.is_unsafe

    @property
    def offered(self) -> tuple[SceneChoice, ...]:
        """The choices that can be made here."""
        return tuple(choice for choice in self.scene.choices if holds(choice.when, self.states))

    @property
    def is_decision(self) -> bool:
        """Whether there is something to decide."""
        return len(self.offered) > 1

    def shown(self, part: Part) -> Variant | None:
        """The text of that part that is shown here, None when there is none."""
        texts = self.scene.parts.get(part, ())
        return next((variant for variant in texts if holds(variant.when, self.states)), None)

    def choice(self, identity: object) -> SceneChoice | None:
        """The offered choice of that id, None when there is none such."""
        return next((choice for choice in self.offered if choice.id == identity), None)


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario as written: scenes by id, and by name the values of each state, both in the author's order.

    Each state begins with its first value. ``shows`` are words of :data:`SHOWS`.
    """

    start: str
    scenes: Mapping[str, Scene]
    intro: Text | None = None
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shows: frozenset[str] = frozenset()

    @property
    def is_measured(self) -> bool:
        """Whether the author says anything of the story's craft, so that it is judged by it."""
        choices = [choice for scene in self.scenes.values() for choice in scene.choices]
        said = any(choice.is_defensible or choice.is_tempting or choice.is_unsafe for choice in choices)
        return bool(self.states or self.shows) or said

    @property
    def beginning(self) -> Situation:
        """The situation in which everybody begins."""
        return Situation(self.scenes[self.start], {name: values[0] for name, values in self.states.items()})

    def after(self, here: Situation, choice: SceneChoice) -> Situation:
        """The situation that a choice leads to: first the states change, and then its ways are judged by them."""
        states = {**here.states, **choice.sets}
        way = next(way for way in choice.ways if holds(way.when, states))
        return Situation(self.scenes[way.node], states, here.is_unsafe or choice.is_unsafe)

    def walk(self, path: Iterable[object]) -> tuple[list[tuple[Situation, SceneChoice]], Situation]:
        """The situations passed with the choice taken in each, and the one arrived at.

        Stops before the first step that the story does not offer there (any more).
        """
        here, taken = self.beginning, []
        for step in path:
            choice = here.choice(step)
            if choice is None:
                break
            taken.append((here, choice))
            here = self.after(here, choice)
        return taken, here
