"""What the checker says of a story is what somebody meets who walks through it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.courses.kinds.scenario import ScenarioKind
from coplearn.courses.kinds.story import Situation, Story, holds
from coplearn.courses.kinds.walks import craft_of, explore, paths
from coplearn.courses.plugin import Problems, SourceFile, View
from coplearn.testing import filled, item_of, page_of, parsed, tree
from tests.courses.memory_story import STORY, changed, way

KIND = ScenarioKind()
STATES = {"trust": ["unsure", "open", "closed"], "chat": ["here", "gone"]}
SCENES = [f"n{number}" for number in range(6)]


def made(seed: int) -> dict[str, Any]:
    """A story that may hold any fault of a path: dead ends, loops, broken needs, unsafe ways to a good end."""
    chance = random.Random(seed)
    scenes = [f"n{number}" for number in range(chance.randint(1, 6))]
    nodes = {scene: _scene(chance, scene, [*scenes, "good", "fair"]) for scene in scenes}
    return {"start": "n0", "states": dict(STATES), "nodes": {**nodes, "good": _end("good"), "fair": _end("fair")}}


stories = st.integers(0, 2**32).map(made)


def _end(end: str) -> dict[str, Any]:
    return {"text": "The end.", "end": end, "support": "Ask."}


def _scene(chance: random.Random, name: str, nodes: list[str]) -> dict[str, Any]:
    scene: dict[str, Any] = {"text": f"Scene {name}.", "reason": "So.", "choices": []}
    if chance.random() < 0.2:
        scene["needs"] = _condition(chance)
    for number in range(chance.randint(1, 3)):
        choice = way(f"c{number}", chance.choice(nodes), unsafe=chance.random() < 0.2)
        if chance.random() < 0.3:
            choice["when"] = _condition(chance)
        if chance.random() < 0.6:
            state = chance.choice(list(STATES))
            choice["set"] = {state: chance.choice(STATES[state])}
        if chance.random() < 0.3:
            ways = chance.sample(nodes, 2)
            choice["to"] = [{"when": _condition(chance), "node": ways[0]}, {"node": ways[1]}]
        scene["choices"].append(choice)
    return scene


def _condition(chance: random.Random) -> dict[str, list[str]]:
    names = chance.sample(list(STATES), chance.randint(1, len(STATES)))
    return {name: chance.sample(STATES[name], chance.randint(1, len(STATES[name]) - 1)) for name in names}


def read(data: dict[str, Any]) -> Story:
    """The story, whatever the checker says of it."""
    story = KIND.parse(SourceFile("it.yaml", data, {}), Problems())
    assert story is not None
    return story


def mended(data: dict[str, Any]) -> dict[str, Any]:
    """The story with what the checker names mended one by one, until it has no fault."""
    for _ in range(100):
        faults = parsed(KIND, data)[1]
        if not faults:
            return data
        code, key = faults[0].split(" ")
        _mend(data, code, key.split("."))
    raise AssertionError(f"still faulty: {faults}")


def _mend(data: dict[str, Any], code: str, key: list[str]) -> None:
    nodes, name = data["nodes"], key[1]
    if code in ("unreachable-state", "state-unused"):
        _forget(data, name)
    elif code == "unreachable-scene":
        del nodes[name]
        _lead_to_an_end(nodes, name)
    elif code == "needs-broken":
        del nodes[name]["needs"]
    elif code == "unsafe-good-end":
        nodes[name]["end"] = "fair"
    elif code == "unreachable-choice":
        nodes[name]["choices"][int(key[3])].pop("when")
    elif code == "unreachable-way":
        ways = nodes[name]["choices"][int(key[3])]["to"]
        nodes[name]["choices"][int(key[3])]["to"] = ways[1 - int(key[5])]["node"]
    else:
        assert code in ("dead-end", "endless-path"), code
        nodes.setdefault("fair", _end("fair"))
        nodes[name]["choices"][0] = way("c0", "fair")


def _lead_to_an_end(nodes: dict[str, Any], gone: str) -> None:
    """Choices that nobody could make may still name a scene that is gone."""
    for scene in list(nodes.values()):
        for choice in scene.get("choices", ()):
            for holder, key in ((choice, "to"), *((one, "node") for one in choice["to"] if isinstance(one, dict))):
                if holder[key] == gone:
                    holder[key] = "fair"
                    nodes.setdefault("fair", _end("fair"))


def _forget(data: dict[str, Any], state: str) -> None:
    """Take a state out of the whole story."""
    del data["states"][state]
    if not data["states"]:
        del data["states"]
    for scene in data["nodes"].values():
        for holder in (scene, *scene.get("choices", ())):
            for name in ("needs", "when", "set"):
                _without(holder, name, state)
            if isinstance(holder.get("to"), list) and not _without(holder["to"][0], "when", state):
                holder["to"] = holder["to"][0]["node"]


def _without(holder: dict[str, Any], name: str, state: str) -> bool:
    holder.get(name, {}).pop(state, None)
    if not holder.get(name):
        holder.pop(name, None)
    return name in holder


@given(data=stories, seed=st.integers(0, 2**32))
def test_walks_whatever_somebody_meets_was_told(data: dict[str, Any], seed: int) -> None:
    """A walk by chance comes only to what was explored, and meets no fault that the checker did not tell."""
    story, faults = read(data), set(parsed(KIND, data)[1])
    walks, chance = explore(story), random.Random(seed)
    for _ in range(20):
        here, unsafe = story.beginning, False
        for _ in range(20):
            assert walks.situations[here.key] == here
            told = {fault for fault in faults if fault.endswith(f" nodes.{here.scene.id}")}
            if not holds(here.scene.needs, here.states):
                assert f"needs-broken nodes.{here.scene.id}" in told
            if here.scene.end is not None:
                assert (unsafe and here.scene.end == "good") <= (f"unsafe-good-end nodes.{here.scene.id}" in told)
                break
            if not here.offered:
                assert f"dead-end nodes.{here.scene.id}" in told
                break
            choice = chance.choice(here.offered)
            unsafe = unsafe or choice.is_unsafe
            here = story.after(here, choice)


@given(data=stories)
def test_walks_every_fault_has_a_path_that_shows_it(data: dict[str, Any]) -> None:
    """The path that the checker names leads there when it is walked."""
    story = read(data)
    walks = explore(story)
    for key, situation in walks.situations.items():
        taken, here = story.walk([choice.id for _, choice in walks.path(key)])
        assert here.key == situation.key
        assert here.is_unsafe == any(choice.is_unsafe for _, choice in taken)


@given(data=stories, moves=st.lists(st.integers(0, 5), max_size=30))
def test_walks_accepted_story_never_strands_a_learner(data: dict[str, Any], moves: list[int]) -> None:
    """After any presses there is a button on the page that leads nearer to an end, until one is reached."""
    item = item_of(KIND, mended(data))
    page, state = page_of(KIND, item), dict[str, Any]()

    def press(pick: int | None) -> bool:
        nonlocal state
        root = tree(KIND.render(item, page, View(state=state)))
        offered = [one.attributes["value"] for one in root.all("button", name="choice")]
        here = item.content.walk(state.get("path", []))[1]
        if here.scene.end is None:
            assert [one for one in offered if not one.startswith(":")], "stranded"
        elif pick is None:
            return False
        chosen = offered[pick % len(offered)] if pick is not None else _nearer(item.content, here)
        state = dict(KIND.answer(item, filled(root, {"choice": [chosen]}), state).state)
        return True

    for move in moves:
        press(move)
    presses = sum(1 for _ in iter(lambda: press(None), False))
    assert presses <= len(explore(item.content).situations)
    assert state.get("seen_end", presses == 0)


def _nearer(story: Story, here: Situation) -> str:
    """The choice on a shortest way from here to an end, found by trying all ways breadth first."""
    waiting, seen = [(choice.id, story.after(here, choice)) for choice in here.offered], {here.key}
    for first, there in waiting:
        if there.scene.end is not None:
            return first
        if there.key not in seen:
            seen.add(there.key)
            waiting += [(first, story.after(there, choice)) for choice in there.offered]
    raise AssertionError("no end from here")


@given(data=stories)
def test_walks_accepted_story_keeps_its_promises_on_every_path(data: dict[str, Any]) -> None:
    """No whole path breaks what a scene needs, or ends well after something unsafe; and each ends."""
    story = read(mended(data))
    found, _ = paths(explore(story))
    assert found
    for path in found[:200]:
        assert path.end.scene.end is not None
        assert all(holds(here.scene.needs, here.states) for here, _ in path.steps)
        assert all(choice in here.offered for here, choice in path.steps)
        assert not (path.end.scene.end == "good" and any(choice.is_unsafe for _, choice in path.steps))


def test_walks_mending_leaves_stories_to_judge() -> None:
    """The tests above judge stories that remember and branch, and not the ruins of them."""
    kept = [mended(made(seed)) for seed in range(60)]
    assert sum(1 for story in kept if len(story["nodes"]) > 3 and "states" in story) >= 10


def test_paths_are_all_of_them_and_each_once() -> None:
    """Every way to an end, counted by hand."""
    story = read(STORY)
    whole, is_all = paths(explore(story))
    assert is_all
    found = [(*(choice.id for _, choice in path.steps), path.end.scene.end) for path in whole]
    assert len(found) == len(set(found)) == 3 * 2 + 2 + 3
    assert ("ask", "call", "wait", "good") in found and ("take", "note", "wait", "fair") in found
    assert not [path for path in found if path[:2] == ("take", "call")]


def test_craft_counts_what_an_author_should_see() -> None:
    """Two scenes decide, two offer a choice between two rights, one tempts; three decisions lead to the good end."""
    craft = craft_of(explore(read(STORY)))
    assert craft.deciding == {"gift", "talk", "report"}
    assert craft.dilemmas == {"gift", "talk"}
    assert (craft.tempting, craft.decisions) == (frozenset({"gift"}), 3)


@pytest.mark.parametrize(
    ("path", "value", "deciding"),
    [
        ("nodes.talk.choices.2.unsafe", False, {"gift", "talk", "report"}),
        ("nodes.gift.choices.2.set", {"trust": "unsure"}, {"talk", "report"}),
    ],
)
def test_craft_scene_decides_by_what_can_still_be_reached(path: str, value: Any, deciding: set[str]) -> None:
    """A scene decides when one of its choices loses an ending that another keeps, and not by a flag."""
    assert craft_of(explore(read(changed(path, value)))).deciding == deciding


def test_craft_last_decision_alone_is_seen() -> None:
    """The story that the finding complained of: all ways meet again, and the last press decides."""
    nodes = {
        "aa": {"text": "A.", "choices": [way("one", "bb"), way("two", "bb")]},
        "bb": {"text": "B.", "choices": [way("one", "good"), way("two", "fair")]},
        "good": _end("good"),
        "fair": _end("fair"),
    }
    assert craft_of(explore(read({"start": "aa", "nodes": nodes}))).deciding == {"bb"}
