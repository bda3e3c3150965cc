"""Every way through a story: what can be reached in which state, what cannot, and where somebody would be stranded."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from coplearn.courses.kinds.story import Scene, SceneChoice, Situation, Story, holds
from coplearn.courses.plugin import Fields

MOST_SITUATIONS: Final = 10_000
"""Scenes in their states that a story may come to. Ours have some hundreds; more could be read by nobody."""
MOST_STEPS: Final = 200_000
"""Steps that a search for whole paths takes at most."""

Key = tuple[str, tuple[str, ...], bool]
Step = tuple[Situation, SceneChoice]


class TooLarge(Exception):
    """A story with more situations than :data:`MOST_SITUATIONS`."""


@dataclass(frozen=True, slots=True)
class Walks:
    """Every situation that a story can come to, in the order in which it is first reached (the fewest steps first).

    ``ahead`` has the steps on from each, ``first`` the step by which each was first reached (none for the beginning).
    """

    story: Story
    situations: Mapping[Key, Situation]
    ahead: Mapping[Key, tuple[tuple[SceneChoice, Key], ...]]
    first: Mapping[Key, tuple[Key, SceneChoice]]

    def path(self, key: Key) -> list[Step]:
        """A shortest way to that situation."""
        steps: list[Step] = []
        while key in self.first:
            key, choice = self.first[key]
            steps.append((self.situations[key], choice))
        return steps[::-1]

    def leading_to(self, goals: Iterable[Key]) -> set[Key]:
        """The situations from which one of ``goals`` can be reached, those themselves among them."""
        behind: dict[Key, list[Key]] = {key: [] for key in self.situations}
        for key, steps in self.ahead.items():
            for _, target in steps:
                behind[target].append(key)
        found = set(goals)
        waiting = list(found)
        while waiting:
            for key in behind[waiting.pop()]:
                if key not in found:
                    found.add(key)
                    waiting.append(key)
        return found

    def ends(self, end: str | None = None) -> list[Key]:
        """The situations in which the story ends, or ends so."""
        return [
            key for key, here in self.situations.items() if here.scene.end is not None and end in (None, here.scene.end)
        ]


def explore(story: Story) -> Walks:
    """All situations of a story. Raises TooLarge."""
    begin = story.beginning
    situations, first = {begin.key: begin}, {}
    ahead: dict[Key, tuple[tuple[SceneChoice, Key], ...]] = {}
    waiting = deque([begin])
    while waiting:
        here = waiting.popleft()
        steps = []
        for choice in here.offered:
            there = story.after(here, choice)
            steps.append((choice, there.key))
            if there.key not in situations:
                situations[there.key], first[there.key] = there, (here.key, choice)
                waiting.append(there)
        ahead[here.key] = tuple(steps)
        if len(situations) > MOST_SITUATIONS:
            raise TooLarge
    return Walks(story, situations, ahead, first)


@dataclass(frozen=True, slots=True)
class Path:
    """A whole way through a story: the steps taken, and the situation in which it ends."""

    steps: tuple[Step, ...]
    end: Situation


def paths(walks: Walks) -> tuple[list[Path], bool]:
    """Every path to an end that comes to no situation twice, the author's first choice first; and whether those are all.

    No more than :data:`MOST_STEPS` steps are taken.
    """
    begin = walks.story.beginning
    found = [Path((), begin)] if begin.scene.end is not None else []
    taken: list[Step] = []
    on_path, here = [begin.key], begin
    waiting = [iter(walks.ahead[begin.key])]
    for _ in range(MOST_STEPS):
        step = next(waiting[-1], None)
        if step is None:
            waiting.pop()
            on_path.pop()
            if not taken:
                return found, True
            here, _choice = taken.pop()
            continue
        choice, target = step
        there = walks.situations[target]
        if there.scene.end is not None:
            found.append(Path((*taken, (here, choice)), there))
        elif target not in on_path:
            taken.append((here, choice))
            on_path.append(target)
            waiting.append(iter(walks.ahead[target]))
            here = there
    return found, False


def told(path: Iterable[Step]) -> str:
    """A path in the author's ids: each scene with the choice taken there."""
    return ", ".join(f"{here.scene.id}/{choice.id}" for here, choice in path) or "the beginning"


def check_walks(story: Story, fields: Fields) -> bool:
    """Note what nobody can reach, and every path that strands somebody, breaks what a scene needs, or ends too well.

    False for a story that is too large to be walked through.
    """
    try:
        walks = explore(story)
    except TooLarge:
        what = f"The scenes in their states come to more than {MOST_SITUATIONS}."
        fields.error("states", "story-too-big", what, "Let the story remember less.")
        return False
    _check_reached(walks, fields)
    _check_states(walks, fields)
    _check_paths(walks, fields)
    return True


def _check_reached(walks: Walks, fields: Fields) -> None:
    by_scene: dict[str, list[Situation]] = {identity: [] for identity in walks.story.scenes}
    for situation in walks.situations.values():
        by_scene[situation.scene.id].append(situation)
    mend = "Lead a choice to it, or remove it."
    for identity, reached in by_scene.items():
        if not reached:
            fields.error(f"nodes.{identity}", "unreachable-scene", f'No path leads to "{identity}".', mend)
            continue
        scene = walks.story.scenes[identity]
        shown = {found.facet for here in reached for part in scene.parts if (found := here.shown(part)) is not None}
        for variant in scene.variants:
            if variant.facet not in shown:
                what = f'No path comes here in a state in which "{variant.facet}" is shown.'
                fields.problems.error(variant.text.place, "unreachable-text", what, "Mend its `when`, or remove it.")
        _check_choices(scene, reached, fields)


def _check_choices(scene: Scene, reached: list[Situation], fields: Fields) -> None:
    mend = "Mend its `when`, or remove it."
    for choice in scene.choices:
        offered = [here for here in reached if choice in here.offered]
        if not offered:
            what = f'No path comes here in a state in which "{choice.id}" is offered.'
            fields.problems.error(choice.place, "unreachable-choice", what, mend)
            continue
        states = [{**here.states, **choice.sets} for here in offered]
        taken = [next(way for way in choice.ways if holds(way.when, one)) for one in states]
        for way in choice.ways:
            if not any(way is one for one in taken):
                what = f'No path takes this way to "{way.node}".'
                fields.problems.error(way.place, "unreachable-way", what, mend)


def _check_states(walks: Walks, fields: Fields) -> None:
    held = {(name, value) for here in walks.situations.values() for name, value in here.states.items()}
    asked = {name for condition in _conditions(walks.story) for name in condition}
    for name, values in walks.story.states.items():
        for value in values:
            if (name, value) not in held:
                mend = "Let a choice `set` it, or remove it."
                fields.error(f"states.{name}", "unreachable-state", f'No path makes "{name}" "{value}".', mend)
        if name not in asked:
            what = f'Nothing depends on the state "{name}".'
            fields.problems.warning(fields.place(f"states.{name}"), "state-unused", what, "Ask for it, or remove it.")


def _conditions(story: Story) -> Iterator[Mapping[str, tuple[str, ...]]]:
    for scene in story.scenes.values():
        yield scene.needs
        yield from (variant.when for variant in scene.variants)
        for choice in scene.choices:
            yield choice.when
            yield from (way.when for way in choice.ways)


def _check_paths(walks: Walks, fields: Fields) -> None:
    """Each fault of a path once a scene, with a shortest path that shows it."""
    stopped = {key for key, here in walks.situations.items() if here.scene.end is None and not here.offered}
    ending = walks.leading_to([*walks.ends(), *stopped])
    rules: tuple[tuple[str, str, str, Callable[[Key, Situation], bool]], ...] = (
        (
            "needs-broken",
            'The path {path} comes to "{scene}" in a state in which nobody may: {states}.',
            "Lead that path elsewhere, or let the scene tell it otherwise.",
            lambda _, here: not holds(here.scene.needs, here.states),
        ),
        (
            "dead-end",
            'The path {path} comes to "{scene}" and finds no choice there: {states}.',
            "Offer one of its choices in every state.",
            lambda key, _: key in stopped,
        ),
        (
            "endless-path",
            'From "{scene}" the story can never end.',
            "Give it a choice that leads on towards an end.",
            lambda key, _: key not in ending,
        ),
        (
            "unsafe-good-end",
            'The path {path} does something unsafe and still ends well in "{scene}".',
            "Let the story remember it, and end fair.",
            lambda _, here: here.is_unsafe and here.scene.end == "good",
        ),
    )
    for code, what, mend, is_fault in rules:
        told_of: set[str] = set()
        for key, here in walks.situations.items():
            if here.scene.id not in told_of and is_fault(key, here):
                told_of.add(here.scene.id)
                states = ", ".join(f"{name} {value}" for name, value in here.states.items()) or "it remembers nothing"
                words = what.format(path=told(walks.path(key)), scene=here.scene.id, states=states)
                fields.error(f"nodes.{here.scene.id}", code, words, mend)


@dataclass(frozen=True, slots=True)
class Craft:
    """Measures of a story's build, for its author.

    ``deciding`` are the scenes in which one choice keeps an ending that another loses; ``dilemmas`` those that offer two
    defensible choices; ``decisions`` the fewest on a way to a good end, or to any where none is good.
    """

    deciding: frozenset[str]
    dilemmas: frozenset[str]
    tempting: frozenset[str]
    decisions: int


def craft_of(walks: Walks) -> Craft:
    """The measures of a story."""
    keeping = {end: walks.leading_to(walks.ends(end)) for end in ("good", "fair")}
    deciding, dilemmas, tempting = set(), set(), set()
    for key, here in walks.situations.items():
        left = {tuple(target in reach for reach in keeping.values()) for _, target in walks.ahead[key]}
        if len(left) > 1:
            deciding.add(here.scene.id)
        if sum(choice.is_defensible for choice in here.offered) > 1:
            dilemmas.add(here.scene.id)
        if any(choice.is_tempting for choice in here.offered):
            tempting.add(here.scene.id)
    decisions = lightest(walks, walks.ends("good") or walks.ends(), lambda here: int(here.is_decision))
    return Craft(frozenset(deciding), frozenset(dilemmas), frozenset(tempting), decisions)


def lightest(walks: Walks, goals: Iterable[Key], weight: Callable[[Situation], int]) -> int:
    """The least that a way to one of ``goals`` weighs, all its situations together; 0 where none can be reached."""
    begin = walks.story.beginning
    waiting, done, ends = [(weight(begin), begin.key)], set[Key](), set(goals)
    while waiting:
        total, key = heapq.heappop(waiting)
        if key in ends:
            return total
        if key not in done:
            done.add(key)
            for _, target in walks.ahead[key]:
                heapq.heappush(waiting, (total + weight(walks.situations[target]), target))
    return 0
