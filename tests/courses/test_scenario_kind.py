"""The scenario kind as the site uses it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.authoring.problems import Problems
from coplearn.courses.kinds.scenario import ScenarioKind
from coplearn.courses.kinds.walks import explore
from coplearn.courses.plugin import Incomplete, Item, View
from coplearn.courses.source import read_source
from coplearn.testing import filled, item_of, messages_of, page_of, parsed, tree

KIND = ScenarioKind()
COURSE = Path(__file__).parents[2] / "courses" / "cop-parents"


def choice(identity: str, to: str) -> dict[str, str]:
    """A choice as an author writes it."""
    return {"id": identity, "text": f"Choose {identity}", "to": to}


DATA: dict[str, Any] = {
    "intro": "Made up from many.",
    "start": "evening",
    "nodes": {
        "evening": {"text": "One.\n\nTwo.", "choices": [choice("take", "taken"), choice("ask", "shown")]},
        "taken": {
            "text": "A door shuts.",
            "reason": "You were afraid.",
            "repair": "Knock.",
            "choices": [choice("go-back", "evening"), choice("knock", "late")],
        },
        "late": {"text": "It opens.", "reason": "You came back.", "end": "fair", "support": "Ask [for help](help:)."},
        "shown": {"text": "A smile.", "reason": "You asked.", "end": "good", "support": "You are not alone."},
    },
}
ITEM: Item[Any] = item_of(KIND, DATA)
PAGE = page_of(KIND, ITEM)
START: dict[str, Any] = {}


def press(value: str, state: dict[str, Any]) -> dict[str, Any]:
    """Press a button of the page that the state shows; the state it leads to."""
    root = tree(KIND.render(ITEM, PAGE, View(state=state)))
    return dict(KIND.answer(ITEM, filled(root, {"choice": [value]}), state).state)


def play(*moves: str) -> dict[str, Any]:
    """The state after these presses from the start."""
    state = START
    for move in moves:
        state = press(move, state)
    return state


def buttons(state: dict[str, Any]) -> list[str]:
    """The moves the page offers."""
    return [
        b.attributes["value"] for b in tree(KIND.render(ITEM, PAGE, View(state=state))).all("button", name="choice")
    ]


def test_scenario_start_shows_intro_scene_and_choices() -> None:
    """The first page has the story's beginning and nothing to go back to."""
    root = tree(KIND.render(ITEM, PAGE, View()))
    assert "Made up from many." in root.text
    assert [p.text for p in root.of_class("scene__text")[0].all("p")] == ["One.", "Two."]
    assert buttons(START) == ["take", "ask"]
    assert not root.of_class("trail")


def test_scenario_poor_choice_shows_trail_reason_and_repair() -> None:
    """A detour is explained kindly and leads on; the page says how it came there."""
    root = tree(KIND.render(ITEM, PAGE, View(state=play("take"))))
    assert [step.text for step in root.of_class("trail__step")] == ["Choose take"]
    assert "You were afraid." in root.of_class("scene__reason")[0].text
    assert "Knock." in root.of_class("scene__repair")[0].text
    assert buttons(play("take")) == ["go-back", "knock", ":back"]
    assert "Made up" not in root.text


def test_scenario_end_shows_support_with_one_way_to_help() -> None:
    """Every end leads to help, by the author's link or by ours, and offers to start again."""
    for state in (play("ask"), play("take", "knock")):
        root = tree(KIND.render(ITEM, PAGE, View(state=state)))
        links = root.of_class("scene__support")[0].all("a")
        assert [link.attributes["href"] for link in links] == ["/en/help/"]
        assert buttons(state) == [":back", ":restart"]


def test_scenario_is_done_at_an_end_and_stays_done() -> None:
    """Looking at other ways afterwards does not undo it."""
    assert KIND.answer(ITEM, {"choice": ["take"]}, {}).done is False
    outcome = KIND.answer(ITEM, {"choice": ["ask"]}, {})
    assert (outcome.done, outcome.score, outcome.passed) == (True, None, None)
    again = KIND.answer(ITEM, {"choice": [":back"]}, outcome.state)
    assert again.done is True
    assert again.state == {"path": [], "history": ["ask", ":back"], "seen_end": True}
    assert KIND.answer(ITEM, {"choice": ["take"]}, again.state).done is True


def test_scenario_restart_keeps_the_history() -> None:
    """Starting again empties the path only."""
    state = press(":restart", play("take", "knock"))
    assert state == {"path": [], "history": ["take", "knock", ":restart"], "seen_end": True}


def test_scenario_press_from_a_stale_page_changes_nothing() -> None:
    """A double click, a replay and the browser's back button are not applied twice."""
    first = filled(tree(KIND.render(ITEM, PAGE, View())), {"choice": ["take"]})
    state = KIND.answer(ITEM, first, {}).state
    replay = KIND.answer(ITEM, first, state)
    assert replay.state == state
    assert replay.done is False


def test_scenario_stale_page_of_equal_length_changes_nothing() -> None:
    """After going back and on another way the number of steps is the same, but not the scene."""
    stale = filled(tree(KIND.render(ITEM, PAGE, View(state=play("take")))), {"choice": [":back"]})
    state = play("ask")
    assert KIND.answer(ITEM, stale, state).state == state


@pytest.mark.parametrize("sent", [[], [""], ["gone"], ["knock"], ["take", "ask"], [":evil"], ["<b>"]])
def test_scenario_unknown_choice_is_incomplete(sent: list[str]) -> None:
    """Only a button of this very scene is a move; the error stands at the buttons."""
    with pytest.raises(Incomplete) as caught:
        KIND.answer(ITEM, {"choice": sent}, {})
    root = tree(KIND.render(ITEM, PAGE, View(errors=caught.value.errors)))
    assert root.all("div", role="group")[-1].attributes["aria-describedby"] == "choice-error"


def test_scenario_back_at_the_start_changes_nothing() -> None:
    """There is nothing before the beginning."""
    assert KIND.answer(ITEM, {"choice": [":back"]}, {}).state["path"] == []


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["take", "knock", "ask"]), st.lists
)


@given(state=st.dictionaries(st.sampled_from(["path", "history", "seen_end"]), JSON), move=st.text(max_size=5))
def test_scenario_any_stored_state_opens(state: dict[str, Any], move: str) -> None:
    """A state from another version, or a broken one, shows the last scene that still exists."""
    root = tree(KIND.render(ITEM, PAGE, View(state=state)))
    for button in root.all("button", name="choice"):
        KIND.answer(ITEM, filled(root, {"choice": [button.attributes["value"]]}), state)
    with pytest.raises(Incomplete):
        KIND.answer(ITEM, {"choice": [f"x{move}"]}, state)


@given(moves=st.lists(st.integers(0, 5), max_size=40))
def test_scenario_path_is_always_one_the_page_offered(moves: list[int]) -> None:
    """Whatever is pressed, the path leads from the start to the scene shown, and every move is in the history."""
    state: dict[str, Any] = {}
    for move in moves:
        offered = buttons(state)
        state = press(offered[move % len(offered)], state)
    taken, _ = ITEM.content.walk(state.get("path", []))
    assert [step.id for _, step in taken] == state.get("path", [])
    assert len(state.get("history", [])) == len(moves)


def test_scenario_endless_walking_is_stopped_kindly() -> None:
    """A record cannot be made to grow without bound, and there is a way out."""
    state: dict[str, Any] = {"path": ["take", "go-back"] * 30}
    with pytest.raises(Incomplete):
        KIND.answer(ITEM, {"choice": ["take"]}, state)
    assert ":restart" in buttons(state)
    long = {"path": [], "history": ["take"] * 1000}
    assert len(KIND.answer(ITEM, {"choice": ["take"]}, long).state["history"]) <= 300


def test_scenario_scene_can_take_the_focus_and_is_named() -> None:
    """After a press the site moves the focus to the scene, and it says what it is."""
    for state, title in (
        (START, "How the story begins"),
        (play("take"), "What happens next"),
        (play("ask"), "How the story ends"),
    ):
        root = tree(KIND.render(ITEM, PAGE, View(state=state)))
        scene = root.all("div", id="scene", tabindex="-1")[0]
        assert root.all("h2", id=scene.attributes["aria-labelledby"])[0].text == title


def test_scenario_paper_numbers_scenes_in_reading_order() -> None:
    """On paper every choice says where to read on."""
    root = tree(KIND.paper(ITEM, PAGE))
    assert [title.text for title in root.all("h2")] == ["1", "2", "3", "4"]
    assert root.of_class("scene__ways")[0].text == (
        "Choose take If you choose this, go to 2. Choose ask If you choose this, go to 3."
    )
    assert not root.all("button") and not root.all("input")


def test_scenario_messages_cover_every_text() -> None:
    """Every text of the file is a message, help text is never stale."""
    messages = messages_of(KIND, ITEM)
    assert len(messages) == 1 + 4 + 4 - 1 + 1 + 2 + 4
    assert {m.context for m in messages if m.critical} == {"it#late.support", "it#shown.support"}


def test_scenario_markup_in_a_text_stays_text() -> None:
    """A hostile translation adds no element, not even a link into a button."""
    page = page_of(KIND, ITEM)
    page.texts = dict.fromkeys(page.texts, '<img src=x onerror=alert(1)> [x](help:)"><script>')
    for state in (START, play("take"), play("ask")):
        root = tree(KIND.render(ITEM, page, View(state=state)))
        assert not root.all("img") and not [a for b in root.all("button") for a in b.all("a")]


def test_scenario_fallback_button_carries_its_language() -> None:
    """A choice not yet translated is read in its own language."""
    page = page_of(KIND, ITEM, foreign=["it#evening.choice.ask"])
    button = tree(KIND.render(ITEM, page, View())).all("button", lang="en", dir="ltr")[0]
    assert button.attributes["class"] == "button button--choice untranslated"


def changed(path: str, value: Any) -> dict[str, Any]:
    """The story with one key set, or removed for None."""
    data = copy.deepcopy(DATA)
    *parents, last = path.split(".")
    here: Any = data
    for name in parents:
        here = here[int(name)] if isinstance(here, list) else here[name]
    if value is None:
        del here[last]
    elif isinstance(here, list):
        here[int(last)] = value
    else:
        here[last] = value
    return data


LOOP = {"text": "Round.", "reason": "So it is.", "choices": [choice("again", "round")]}


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        ("start", "gone", ["unknown-scene start"]),
        ("nodes.evening.choices.0.to", "gone", ["unknown-scene nodes.evening.choices.0.to"]),
        (
            "nodes.evening.choices",
            [choice("take", "taken")],
            ["one-choice nodes.evening.choices", "unreachable-scene nodes.shown"],
        ),
        ("nodes.evening.choices", [choice("aa", "shown")] * 2, ["duplicate-id nodes.evening.choices.1.id"]),
        (
            "nodes.evening.choices",
            [choice(f"c{n}", to) for n, to in enumerate(["taken"] * 4 + ["shown"])],
            ["number-of-choices nodes.evening.choices"],
        ),
        ("nodes.shown.support", None, ["end-without-support nodes.shown.end"]),
        ("nodes.shown.end", "poor", ["unknown-end nodes.shown.end"]),
        ("nodes.shown.choices", [choice("aa", "late")], ["end-with-choices nodes.shown.choices"]),
        ("nodes.shown.end", None, ["support-without-end nodes.shown.support", "no-way-on nodes.shown"]),
        ("nodes.taken.reason", None, ["repair-without-reason nodes.taken.repair"]),
        ("nodes.alone", {**DATA["nodes"]["late"]}, ["unreachable-scene nodes.alone"]),
        ("nodes.round", LOOP, ["unreachable-scene nodes.round"]),
        ("nodes.evening.choices.0.text", "See [this](help:)", ["choice-with-link nodes.evening.choices.0.text"]),
        ("nodes.evening.colour", "red", ["unknown-key nodes.evening.colour"]),
        ("nodes.Evening", LOOP, ["bad-id nodes.Evening"]),
        ("nodes", {}, ["not-a-mapping nodes"]),
        ("nodes.late.text", "", ["empty-text nodes.late.text"]),
    ],
)
def test_scenario_fault_is_named_at_its_line(path: str, value: Any, wanted: list[str]) -> None:
    """An author is led to the very key; nothing is said twice."""
    assert sorted(parsed(KIND, changed(path, value))[1]) == sorted(wanted)


def test_scenario_path_that_cannot_end_is_a_fault() -> None:
    """A reachable loop without a way out is found at every scene in it."""
    data = changed("nodes.round", LOOP)
    data["nodes"]["evening"]["choices"].append(choice("turn", "round"))
    assert parsed(KIND, data)[1] == ["endless-path nodes.round"]


@pytest.mark.parametrize(
    "path", sorted(str(f.relative_to(COURSE)) for f in COURSE.glob("*/0*-*.yaml") if "kind: scenario" in f.read_text())
)
def test_scenario_of_the_parents_course_can_be_walked(path: str) -> None:
    """Our own stories have no faults, and every scene of them renders and prints."""
    problems = Problems()
    source = read_source(COURSE, path, problems)
    assert source is not None
    content = KIND.parse(source, problems)
    assert not list(problems)
    assert content is not None
    item = Item(id="it", kind="scenario", title="T", minutes=2, module="m", path=path, code="x", content=content)
    page = page_of(KIND, item)
    walks = explore(content)
    assert {here.scene.id for here in walks.situations.values()} == set(content.scenes)
    for key in walks.situations:
        tree(KIND.render(item, page, View(state={"path": [choice.id for _, choice in walks.path(key)]})))
    tree(KIND.paper(item, page))
