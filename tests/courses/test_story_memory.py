"""A story that remembers, as a learner, a reader of paper and a translator meet it."""

from __future__ import annotations

from typing import Any

import pytest

from coplearn.courses.kinds.scenario import ScenarioKind
from coplearn.courses.plugin import Incomplete, View
from coplearn.testing import filled, item_of, messages_of, page_of, parsed, tree
from tests.courses.memory_story import STORY, changed, way

KIND = ScenarioKind()
ITEM = item_of(KIND, STORY)
PAGE = page_of(KIND, ITEM)


def shown(*path: str) -> Any:
    """The page after these choices."""
    return tree(KIND.render(ITEM, PAGE, View(state={"path": list(path)})))


def offered(*path: str) -> list[str]:
    """The choices on that page."""
    return [one.attributes["value"] for one in shown(*path).all("button", name="choice")]


def test_story_tells_what_fits_what_was_done() -> None:
    """The same scene says what came of the choice before."""
    for path, text, reason, repair in (
        (("ask",), "Noor talks.", "So.", "Go on."),
        (("take",), "Noor says no.", "A door closed.", "Knock."),
        (("watch",), "Noor waits.", "So.", "Go on."),
    ):
        page = shown(*path)
        assert page.of_class("scene__text")[0].text == text
        assert reason in page.of_class("scene__reason")[0].text
        assert repair in page.of_class("scene__repair")[0].text


def test_story_offers_what_can_still_be_done() -> None:
    """A choice that does not fit is not there, and a press on it is refused."""
    assert offered("ask") == ["note", "call", "wipe", ":back"]
    assert offered("take") == ["note", "wipe", ":back"]
    with pytest.raises(Incomplete):
        KIND.answer(ITEM, {"choice": ["call"]}, {"path": ["take"]})


def test_story_ends_by_more_than_the_last_choice() -> None:
    """The same last press ends well or fairly by what was done at the beginning."""
    ends = {}
    for first in ("ask", "watch", "take"):
        state = KIND.answer(ITEM, {"choice": ["wait"]}, {"path": [first, "note"]}).state
        page = tree(KIND.render(ITEM, PAGE, View(state=state)))
        ends[first] = page.of_class("scene__text")[0].text
        assert state["seen_end"] is True
    assert ends == {"ask": "Together.", "watch": "Together.", "take": "Alone."}


def test_story_a_step_back_is_not_remembered() -> None:
    """Whoever goes back has not done it: the other way is told as if it were the first."""
    form = filled(shown("take"), {"choice": [":back"]})
    back = KIND.answer(ITEM, form, {"path": ["take"]}).state
    again = KIND.answer(ITEM, {"choice": ["ask"]}, back).state
    assert tree(KIND.render(ITEM, PAGE, View(state=again))).of_class("scene__text")[0].text == "Noor talks."


def test_story_path_that_is_no_longer_offered_stops_before_it() -> None:
    """A path kept before the author gave a choice its condition shows the last scene that still holds."""
    assert shown("take", "call", "wait").of_class("scene__text")[0].text == "Noor says no."


def test_story_cost_is_for_translators_and_leaders_only() -> None:
    """It is a message with a note, and no learner's page or print has it."""
    costs = {m.context: m for m in messages_of(KIND, ITEM) if m.context.endswith(".cost")}
    assert set(costs) == {
        f"it#{name}.cost" for name in ("gift.choice.ask", "gift.choice.watch", "talk.choice.note", "talk.choice.call")
    }
    assert all(message.notes for message in costs.values())
    pages = [shown(), shown("ask"), tree(KIND.paper(ITEM, PAGE))]
    assert not [page for page in pages if "The evening." in page.text or "A fear." in page.text]


def test_story_texts_by_state_are_messages_of_their_own() -> None:
    """Each has its own key, and all help at an end is critical."""
    found = {message.context: message.critical for message in messages_of(KIND, ITEM)}
    assert {"it#talk.text.open", "it#talk.text.closed", "it#talk.text.else", "it#talk.reason.shut"} <= found.keys()
    assert "it#talk.text" not in found
    assert {context for context, critical in found.items() if critical} == {
        "it#alone.support.lost",
        "it#alone.support.else",
        "it#together.support",
    }


def test_story_on_paper_can_be_played_with_a_slip() -> None:
    """Every condition is a sentence about signs that the reader has written."""
    page = tree(KIND.paper(ITEM, PAGE))
    slip = page.of_class("scene__slip")[0].text
    assert "Write on a slip of paper: A1, B1." in slip and "such as A2" in slip and "as in A1/A2" in slip
    gift, talk = page.of_class("scene")[:2]
    assert "If you choose this, write A2 on your slip and go to 2." in gift.text
    told = [one.text for one in talk.of_class("scene__condition")]
    assert told[:3] == ["If your slip says A2:", "If not, and your slip says A3:", "Otherwise:"]
    assert "If not, and your slip says A1/A2:" in told
    assert "You may choose this only if your slip says A2." in talk.text
    report = next(one for one in page.of_class("scene") if "The report." in one.text)
    assert "If your slip says A3, go to 5. Otherwise go to 6." in report.text


def test_story_without_memory_has_no_slip() -> None:
    """Who has nothing to remember is not asked to write."""
    plain = item_of(KIND, {"start": "aa", "nodes": {"aa": {"text": "A.", "end": "good", "support": "Ask."}}})
    assert not tree(KIND.paper(plain, page_of(KIND, plain))).of_class("scene__slip")


OPEN = {"trust": "open"}


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        ("states.trust", ["open"], {"number-of-values states.trust"}),
        ("states.trust", ["open", "open"], {"duplicate-id states.trust.1"}),
        ("states.trust", "open", {"number-of-values states.trust"}),
        ("states", [], {"not-a-mapping states"}),
        ("states.more", ["one", "two"], {"state-unused states.more", "unreachable-state states.more"}),
        ("shows", ["wonders"], {"bad-value shows.0"}),
        ("nodes.gift.choices.0.set", {"trust": ["open"]}, {"bad-id nodes.gift.choices.0.set.trust"}),
        ("nodes.gift.choices.0.set", {"mood": "open"}, {"state-unknown nodes.gift.choices.0.set.mood"}),
        ("nodes.gift.choices.0.set", {"trust": "shut"}, {"state-unknown nodes.gift.choices.0.set.trust"}),
        ("nodes.gift.choices.0.cost", None, {"cost-missing nodes.gift.choices.0.defensible"}),
        ("nodes.gift.choices.1.cost", "the Evening.", {"same-cost nodes.gift.choices.1.cost"}),
        ("nodes.gift.choices.0.tempting", True, {"defensible-and-not nodes.gift.choices.0.defensible"}),
        ("nodes.gift.choices.0.unsafe", "yes", {"not-true-or-false nodes.gift.choices.0.unsafe"}),
        ("nodes.talk.text.2.when", OPEN, {"otherwise-missing nodes.talk.text.2.when"}),
        ("nodes.alone.support.1.when", OPEN, {"otherwise-missing nodes.alone.support.1.when"}),
        (
            "nodes.talk.text.1.when",
            None,
            {"otherwise-place nodes.talk.text.1", "unreachable-text nodes.talk.text.2.text"},
        ),
        ("nodes.talk.text.1.id", "open", {"duplicate-id nodes.talk.text.1.id"}),
        ("nodes.talk.text", [{"id": "else", "text": "Alone."}], {"number-of-text nodes.talk.text"}),
        ("nodes.report.choices.0.to.1.when", OPEN, {"otherwise-missing nodes.report.choices.0.to.1.when"}),
        ("nodes.report.choices.0.to.0.node", "gone", {"unknown-scene nodes.report.choices.0.to.0.node"}),
        ("nodes.talk.choices.1.when", {}, {"not-a-mapping nodes.talk.choices.1.when"}),
        ("nodes.talk.choices.1.when", {"trust": []}, {"number-of-values nodes.talk.choices.1.when.trust"}),
        ("nodes.report.needs", {"chat": "here"}, {"state-unknown nodes.report.needs.chat"}),
        ("nodes.talk.text.0.when", {"chat": "lost"}, {"unreachable-text nodes.talk.text.0.text"}),
        ("nodes.talk.choices.1.when", {"chat": "lost"}, {"unreachable-choice nodes.talk.choices.1"}),
        ("nodes.report.choices.0.to.0.when", {"chat": "lost"}, {"unreachable-way nodes.report.choices.0.to.0.node"}),
        ("nodes.wiped.choices.0.to", "report", {"needs-broken nodes.report", "unsafe-good-end nodes.together"}),
        (
            "nodes.wiped.choices.0.to",
            "together",
            {"unsafe-good-end nodes.together", "unreachable-text nodes.alone.support.0.text"},
        ),
        ("nodes.wiped.choices.0.when", {"trust": ["open", "closed"]}, {"dead-end nodes.wiped"}),
        (
            "nodes.wiped.choices.0.to",
            "wiped",
            {"endless-path nodes.wiped", "unreachable-text nodes.alone.support.0.text"},
        ),
    ],
)
def test_story_fault_is_named_at_its_line(path: str, value: Any, wanted: set[str]) -> None:
    """An author is led to the very key."""
    assert set(parsed(KIND, changed(path, value))[1]) == wanted


def test_story_as_it_stands_has_no_fault() -> None:
    """The story that the others spoil is good."""
    assert parsed(KIND, STORY)[1] == []


def test_story_that_remembers_too_much_is_refused_in_time() -> None:
    """A story that could not be looked at in a lifetime is not begun with."""
    states = {f"s{number}": ["aa", "bb", "cc", "dd", "ee", "ff"] for number in range(8)}
    choices = [
        [way(f"c{name}-{value}", "here", set={name: value}) for value in values[:3]] for name, values in states.items()
    ]
    nodes: dict[str, Any] = {
        f"n{number}": {
            "text": "Here.",
            "reason": "So.",
            "choices": [{**one, "to": f"n{(number + 1) % 8}"} for one in row],
        }
        for number, row in enumerate(choices)
    }
    nodes["n0"]["choices"].append(way("end", "last"))
    nodes["last"] = {"text": "Done.", "end": "good", "support": "Ask."}
    data = {"start": "n0", "states": {name: values[:3] for name, values in states.items()}, "nodes": nodes}
    assert parsed(KIND, data)[1] == ["story-too-big states"]
