"""Checks of all stories of a course: how they are built, and how long one takes to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coplearn.courses.kinds.story import PARTS, SHOWS, Situation, Story
from coplearn.courses.kinds.walks import Craft, Walks, craft_of, explore, lightest
from coplearn.courses.plugin import Item, Place, Problems, words_in

FEWEST_DECISIONS: Final = 4
MOST_DECISIONS: Final = 7
_DILEMMAS: Final = 2
_SHOWN: Final = {"service-fails": "a service fails", "says-no": "a child or a colleague says no"}


def check_stories(stories: Sequence[Item[Story]], problems: Problems) -> None:
    """Note how a course's stories are built, if one of them says anything of it.

    A course whose stories have none of those keys was written before them, or by somebody who does without.
    """
    if not any(item.content.is_measured for item in stories):
        return
    for item in stories:
        walks = explore(item.content)
        _check_craft(Place(item.path, 1), craft_of(walks), problems)
        _check_repairs(walks, problems)
    for shown in SHOWS:
        if not any(shown in item.content.shows for item in stories):
            what = f"In no story of the course {_SHOWN[shown]}."
            mend = f"Let one show it, and say so: shows: [{shown}]."
            problems.warning(Place("course.yaml", 1), "story-too-kind", what, mend)


def _check_craft(place: Place, craft: Craft, problems: Problems) -> None:
    if len(craft.deciding) < 2:
        where = "Nothing decides" if not craft.deciding else f'Only "{next(iter(craft.deciding))}" decides'
        mend = "Let what was done earlier change where it can end."
        problems.warning(place, "story-decided-at-once", f"{where} how the story ends.", mend)
    if len(craft.dilemmas) < _DILEMMAS:
        what = f"{len(craft.dilemmas)} nodes offer two defensible choices; {_DILEMMAS} are wanted."
        mend = "Give two ways that are right, each at another cost."
        problems.warning(place, "story-without-dilemma", what, mend)
    if not craft.tempting:
        mend = "Mark the wrong one that a kind and tired person would take, or write it."
        problems.warning(place, "story-without-temptation", "No choice is tempting.", mend)
    if not FEWEST_DECISIONS <= craft.decisions <= MOST_DECISIONS:
        what = f"The shortest way to a good end has {craft.decisions} decisions."
        problems.warning(place, "story-length", what, f"Let it have {FEWEST_DECISIONS} to {MOST_DECISIONS}.")


def _check_repairs(walks: Walks, problems: Problems) -> None:
    # One warning for a scene, in whichever of its states nothing is shown.
    bare = {
        here.scene.id: here.scene
        for here in map(walks.situations.__getitem__, walks.ends("fair"))
        if here.shown("repair") is None
    }
    for scene in bare.values():
        what = f'Whoever comes to the end "{scene.id}" is not told what can still be mended.'
        problems.warning(scene.place, "story-without-repair", what, "Write repair: and a sentence.")


def shortest_reading(story: Story) -> int:
    """The words of the shortest way through a story: what is shown in each scene, and the choices offered there."""

    def words(here: Situation) -> int:
        shown = [variant.text for part in PARTS if (variant := here.shown(part)) is not None]
        return words_in("\n".join(text.text for text in (*shown, *(choice.text for choice in here.offered))))

    walks = explore(story)
    intro = words_in(story.intro.text) if story.intro is not None else 0
    return intro + lightest(walks, walks.ends(), words)
