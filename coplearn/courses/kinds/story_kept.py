"""A story on a page without a network: every scene with every text, and the law by which one follows another.

The page's program (``js/kept-story.js``) has the same law as :class:`~coplearn.courses.kinds.story.Story`. What choices are and
cost is not in the page: learners do not see it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from coplearn.courses.kinds.story import LONGEST_PATH, PARTS, Part, Scene, SceneChoice, Story, Variant
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
from coplearn.courses.plugin import Item, Page, element, join


def law_of(story: Story) -> Mapping[str, Any]:
    """The law of a story as plain data: what it remembers at first, and scenes with their texts and choices."""
    return {
        "start": story.start,
        "longest": LONGEST_PATH,
        "states": {name: values[0] for name, values in story.states.items()},
        "scenes": {identity: _scene_law(scene) for identity, scene in story.scenes.items()},
    }


def _scene_law(scene: Scene) -> Mapping[str, Any]:
    texts = {part: [[one.facet, one.when] for one in scene.parts[part]] for part in PARTS if part in scene.parts}
    return {"end": scene.end, "texts": texts, "choices": [_choice_law(choice) for choice in scene.choices]}


def _choice_law(choice: SceneChoice) -> Mapping[str, Any]:
    ways = [[way.node, way.when] for way in choice.ways]
    return {"id": choice.id, "when": choice.when, "sets": choice.sets, "ways": ways}


def kept_story(item: Item[Story], page: Page) -> Markup:
    """The whole story; all scenes but the first are hidden till the page's program comes to them."""
    intro = None
    if item.content.intro is not None:
        intro = element("div", {"class": "intro", "data-intro": True}, page.blocks(f"{item.id}#intro"))
    law = element("template", {"id": "kept-law"}, json.dumps(law_of(item.content), ensure_ascii=False))
    title = element("h2", {"class": "trail__title", "id": "trail-title"}, page.say(TRAIL))
    way = element("ol", {"class": "trail", "aria-labelledby": "trail-title"})
    trail = element("div", {"data-trail": True, "hidden": True}, title, way)
    scenes = [_scene(item, page, scene) for scene in item.content.scenes.values()]
    moves = (quiet(BACK, page.say(GO_BACK)), quiet(RESTART, page.say(START_AGAIN)))
    return join((law, intro, trail, *scenes, element("p", {"class": "actions"}, *moves)))


def _scene(item: Item[Story], page: Page, scene: Scene) -> Markup:
    title, is_start = f"scene-{scene.id}-title", scene.id == item.content.start
    titles = [(scene_title(scene.end, first=False), "later")]
    titles += [(scene_title(scene.end, first=True), "first")] if is_start else []
    said = [element("span", {"data-title": when}, page.say(sentence)) for sentence, when in reversed(titles)]
    parts = [_text(item, page, scene, part, one) for part in PARTS for one in scene.parts.get(part, ())]
    # The words of an end stand above the support.
    end = element("p", {"class": "scene__end"}, page.say(END_SENTENCES[scene.end])) if scene.end else None
    above = sum(part != "support" for part in PARTS for _ in scene.parts.get(part, ()))
    return element(
        "div",
        {
            "class": "scene",
            "data-scene": scene.id,
            "tabindex": "-1",
            "role": "group",
            "aria-labelledby": title,
            "hidden": not is_start,
        },
        element("h2", {"class": "scene__title", "id": title}, *said),
        *parts[:above],
        end,
        *parts[above:],
        _choices(item, page, scene) if scene.choices else None,
    )


def _text(item: Item[Story], page: Page, scene: Scene, part: Part, variant: Variant) -> Markup:
    blocks = page.blocks(f"{item.id}#{scene.id}.{variant.facet}")
    if part == "text":
        shown: Markup | None = element("div", {"class": "scene__text"}, blocks)
    elif part == "support":
        shown = support(page, (variant,), blocks)
    else:
        shown = labelled(page, part, blocks)
    return element("div", {"data-text": variant.facet}, shown)


def _choices(item: Item[Story], page: Page, scene: Scene) -> Markup:
    said = [
        element("span", {"data-asked": name}, page.say(sentence))
        for name, sentence in (("decide", DECIDE), ("on", GOES_ON))
    ]
    title = f"scene-{scene.id}-moves"
    buttons = [choice_button(page, f"{item.id}#{scene.id}.choice.{choice.id}", choice.id) for choice in scene.choices]
    heading = element("h3", {"class": "moves__title", "id": title}, *said)
    return element("div", {"class": "moves", "role": "group", "aria-labelledby": title}, heading, *buttons)
