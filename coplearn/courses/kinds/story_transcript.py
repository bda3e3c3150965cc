"""Every path through a story as a transcript that somebody can read from beginning to end."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

from coplearn.courses.kinds.story import Part, SceneChoice, Situation, Story
from coplearn.courses.kinds.walks import Key, Path, Step, Walks, craft_of, explore, paths
from coplearn.courses.plugin import Item, Told

WIDTH: Final = 100
_LABELS: Final[dict[Part, str]] = {"reason": "Why", "repair": "What can still be done", "support": "Help"}


def transcript(item: Item[Story], told: Told, *, once: bool) -> tuple[list[str], bool]:
    """The lines of a story's transcript in the language that is ``told``, and whether every path is in it.

    With ``once`` a path begins where it leaves the one before and ends where it comes to a scene in states that it was
    told in before, and what was told of a scene is not told again.
    """
    walks = explore(item.content)
    found, is_all = paths(walks)
    writer = _Writer(item.id, told, once=once)
    lines = [*_head(item, walks, found, writer)]
    before: tuple[Step, ...] = ()
    # In a story that leads back to where it was, what lies ahead of a scene depends on the path to it.
    opened: dict[Key, int] | None = {} if once and not _leads_back(walks) else None
    followed = len(found[0].steps) if found else 0
    for number, path in enumerate(found, 1):
        shared = _shared(path.steps, before) if once else 0
        before = path.steps
        if not once or number == 1 or shared < followed:
            followed = _followed(path, shared, opened, number)
            lines += _path(path, (shared, followed), (number, len(found)), opened or {}, writer)
    return lines, is_all


def _leads_back(walks: Walks) -> bool:
    try:
        TopologicalSorter({key: [target for _, target in steps] for key, steps in walks.ahead.items()}).prepare()
    except CycleError:
        return True
    return False


def _followed(path: Path, shared: int, opened: dict[Key, int] | None, number: int) -> int:
    """The number of steps until the path comes to what an earlier one came to; from there on both are the same.

    What it comes to first is noted in ``opened`` under its number; with None all its steps are followed.
    """
    if opened is not None:
        for count, (here, _) in enumerate(path.steps[shared + 1 :], shared + 1):
            if opened.setdefault(here.key, number) != number:
                return count
    return len(path.steps)


def _path(
    path: Path, told: tuple[int, int], number: tuple[int, int], opened: Mapping[Key, int], writer: _Writer
) -> Iterator[str]:
    shared, followed = told
    decisions = sum(here.is_decision for here, _ in path.steps)
    unsafe = ", something unsafe was done" if path.end.is_unsafe else ""
    yield f"## Path {number[0]} of {number[1]}: ends {path.end.scene.end}, {decisions} decisions{unsafe}"
    yield ""
    if shared:
        yield f"(as before: {', '.join(choice.id for _, choice in path.steps[:shared])})"
        yield ""
    situations = [*(here for here, _ in path.steps), path.end]
    for (here, choice), after in zip(path.steps[shared:followed], situations[shared + 1 :], strict=False):
        yield from writer.scene(here, number[0])
        yield from writer.choice(here, choice, after)
    if followed < len(path.steps):
        here = situations[followed]
        yield f"{here.scene.id}: from here on as on path {opened[here.key]} and those after it"
        yield ""
    else:
        yield from writer.scene(path.end, number[0])


def _head(item: Item[Story], walks: Walks, found: Sequence[Path], writer: _Writer) -> Iterator[str]:
    story = item.content
    good = sum(path.end.scene.end == "good" for path in found)
    craft = craft_of(walks)
    yield f"# {writer.text(f'{item.id}#title')} ({item.id})"
    yield ""
    yield (
        f"{len(story.scenes)} scenes, {len(walks.situations)} scenes in their states, {len(found)} paths: "
        f"{good} end good, {len(found) - good} fair; {craft.decisions} decisions on the shortest way to a good end."
    )
    for name, scenes in (
        ("Decide how it ends", craft.deciding),
        ("Two defensible choices", craft.dilemmas),
        ("A tempting choice", craft.tempting),
        ("It shows", story.shows),
    ):
        yield f"{name}: {', '.join(sorted(scenes)) or 'none'}"
    for state, values in story.states.items():
        yield f"It remembers {state}: {', '.join(values)}"
    yield ""
    if story.intro is not None:
        yield from writer.lines(f"{item.id}#intro", "")


def _shared(path: Sequence[Step], before: Sequence[Step]) -> int:
    count = 0
    for (_, one), (_, other) in zip(path, before, strict=False):
        if one is not other:
            break
        count += 1
    return count


class _Writer:
    """Writes scenes and choices in one language."""

    def __init__(self, item_id: str, told: Told, *, once: bool) -> None:
        self._id, self._paragraphs, self._once = item_id, told, once
        self._told: dict[tuple[str, ...], int] = {}

    def text(self, context: str) -> str:
        """The message as one line."""
        return " ".join(self._paragraphs(context))

    def lines(self, context: str, label: str) -> Iterator[str]:
        """The message paragraph by paragraph, indented below its scene."""
        for number, paragraph in enumerate(self._paragraphs(context)):
            yield from _wrapped(f"{label}: {paragraph}" if label and not number else paragraph, "  ")
        yield ""

    def scene(self, here: Situation, path: int) -> Iterator[str]:
        """A scene as it is shown in that situation, on the path of that number."""
        scene = here.scene
        name = f"{scene.id} (the end: {scene.end})" if scene.end else scene.id
        shown = [(part, found.facet) for part in scene.parts if (found := here.shown(part)) is not None]
        first = self._told.setdefault((scene.id, *(facet for _, facet in shown)), path)
        if self._once and first != path:
            yield f"{name}: as on path {first}"
            yield ""
            return
        yield name
        for part, facet in shown:
            yield from self.lines(f"{self._id}#{scene.id}.{facet}", _LABELS.get(part, ""))

    def choice(self, here: Situation, choice: SceneChoice, after: Situation) -> Iterator[str]:
        """The choice taken, what is said of it to an author, and the states after it."""
        context = f"{self._id}#{here.scene.id}.choice.{choice.id}"
        kinds = {"defensible": choice.is_defensible, "tempting": choice.is_tempting, "unsafe": choice.is_unsafe}
        said = ", ".join(name for name, holds in kinds.items() if holds)
        alone = "" if here.is_decision else "the only way on"
        note = f" [{said or alone}]" if said or alone else ""
        yield from _wrapped(f"> {choice.id}: {self.text(context)}{note}", "  ")
        if choice.cost is not None:
            yield from _wrapped(f"Cost: {self.text(f'{context}.cost')}", "    ")
        changed = ", ".join(f"{name} {value}" for name, value in after.states.items())
        if changed:
            yield from _wrapped(f"Now: {changed}", "    ")
        yield ""


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
