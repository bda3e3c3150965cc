"""What the course for parents must never say otherwise: the rules a life may hang on, read from its own pages."""

from __future__ import annotations

import re
from functools import cache
from math import ceil
from pathlib import Path

import pytest

from coplearn.courses.checks import reading_minutes
from coplearn.courses.course import Course
from coplearn.courses.discovery import FoundCourse
from coplearn.courses.kinds.story import Story
from coplearn.courses.kinds.walks import explore, paths
from coplearn.courses.library import load_found, load_library
from coplearn.i18n.locales import read_locales

HOME = Path(__file__).parents[2]

UNSAFE = {
    "app-rated-13": {"secret-tool", "write-yourself"},
    "game-friend": {"read-secretly", "write-as-lina"},
    "by-midnight": {"copy-picture", "wait-morning"},
    "the-cruel-message": {"ask-phone"},
    "told-at-bedtime": {"answer-man", "post"},
}
"""Choices that copy a picture of a child, watch one in secret, leave one alone after a threat, warn a person or tell all."""

CHILDREN = {
    "hidden-tablet": {"Noor"},
    "app-rated-13": {"Sami"},
    "game-friend": {"Lina"},
    "by-midnight": {"Adam"},
    "the-cruel-message": {"Maya", "Daniel"},
    "told-at-bedtime": {"Karim"},
}
"""The children of each story. A reader meets all of them within an hour or two."""

ORDER = ("what-to-say", "first-hour", "three-places", "police-and-school")
"""The lessons that teach what to do with messages and accounts."""

SAFETY = (
    "if-your-child-speaks-of-dying",
    "first-hour",
    "getting-a-picture-down",
    "what-to-say",
    "see-a-doctor-today",
    "police-and-school",
    "when-help-is-not-safe",
    "the-weeks-after",
    "upsetting-content",
    "sleep-and-balance",
)
"""The lessons whose advice has to rest on somebody who knows."""


@cache
def course() -> Course:
    """The course for parents, as the site loads it."""
    locales = read_locales(HOME / "translations" / "locales.toml")
    return load_library([HOME / "courses"], frozenset(), locales, installed=False).courses["cop-parents"]


def said(item: str) -> str:
    """Everything an item says in English, text after text."""
    return "\n".join(message.text for message in course().messages if message.context.split("#")[0] == item)


def stories() -> dict[str, Story]:
    """The stories of the course by id."""
    return {item.id: item.content for item in course().items.values() if isinstance(item.content, Story)}


@pytest.mark.parametrize("item", UNSAFE)
def test_story_never_ends_well_after_an_unsafe_act(item: str) -> None:
    """A later kind word does not undo a copied picture, a secret search or a story told to everyone."""
    found, is_all = paths(explore(stories()[item]))
    assert is_all
    through = [path for path in found if UNSAFE[item] & {choice.id for _, choice in path.steps}]
    assert through
    assert {path.end.scene.end for path in through} == {"fair"}
    assert all(path.end.is_unsafe for path in through)
    assert "good" in {path.end.scene.end for path in found}


def test_stories_ask_for_judgement() -> None:
    """Memory, two rights at different costs, a temptation, four decisions or more, help that fails and a child that says no."""
    locales = read_locales(HOME / "translations" / "locales.toml")
    told = load_found(FoundCourse(HOME / "courses" / "cop-parents"), frozenset(), locales).problems
    assert [str(problem) for problem in told if problem.code.startswith("story-")] == []
    assert all(story.states for story in stories().values())


def test_stories_keep_one_name_for_one_child() -> None:
    """Nobody is eight in one story and a bully of twelve in the next."""
    names = set().union(*CHILDREN.values())
    assert stories().keys() == CHILDREN.keys()
    for item in stories():
        assert {name for name in names if re.search(rf"\b{name}\b", said(item))} == CHILDREN[item], item


@pytest.mark.parametrize("item", ["by-midnight"])
def test_story_asks_plainly_before_anything_ends_well(item: str) -> None:
    """No path on which a child that speaks of dying is not asked, or is left alone after it, is called a good one."""
    for path in paths(explore(stories()[item]))[0]:
        taken = {choice.id for _, choice in path.steps}
        if path.end.scene.end == "good":
            assert "ask-plainly" in taken and taken & {"hospital", "crisis-line"}
        else:
            assert taken & {"ask-plainly", "ask-now"}


@pytest.mark.parametrize("item", ORDER)
def test_lessons_teach_one_order_for_messages(item: str) -> None:
    """Note, capture, report, block: in this order wherever it is taught."""
    text = said(item).lower()
    places = [re.search(pattern, text) for pattern in (r"\bnote", r"captur|screenshot", r"report\*?\*?[ ,]", r"block")]
    found = [place.start() for place in places if place]
    assert len(found) == len(places)
    steps = re.search(r"\bnote\b.*?(captur|screenshot).*?\breport.*?\bblock", text, re.DOTALL)
    assert steps


def test_no_sentence_blocks_before_it_reports() -> None:
    """A blocked profile can often no longer be reported, in a story and in a check too."""
    wrong = [
        m.context
        for m in course().messages
        if re.search(r"\bblock(ed)? (it |them |him )?and (then )?report", m.text, re.I)
    ]
    assert wrong == []


def test_capturing_is_never_told_without_its_limit() -> None:
    """Whoever is told to take a screenshot is told in the same breath that no picture of a child may be in it."""
    for message in course().messages:
        if "screenshot" in message.text.lower() and ".opt." not in message.context:
            assert re.search(r"no (private )?picture of a child", message.text), message.context


def test_police_come_first_in_the_same_two_cases_everywhere() -> None:
    """A meeting, and somebody the family knows: the sentence stands alike in every lesson that has it."""
    told = {
        m.text.split(" A block can warn them.")[0].split(" In all other cases")[0]
        for m in course().messages
        if m.text.startswith("Ask the police before you report and block")
    }
    assert len(told) == 1
    holders = {
        m.context.split("#")[0]
        for m in course().messages
        if m.text.startswith("Ask the police before you report and block")
    }
    assert holders == {"what-to-say", "first-hour", "police-and-school"}


def test_every_lesson_that_speaks_of_dying_says_where_help_is() -> None:
    """Nobody who reads of a child that wants to die has to look for the help page or for the lesson about it."""
    for item in course().items:
        text = said(item)
        if course().items[item].kind == "lesson" and re.search(r"\b(dying|to die|ending your life)\b", text):
            assert "(help:)" in text, item
    for item in ("first-hour", "threats-for-money", "three-places", "upsetting-content", "the-weeks-after"):
        assert "(item:if-your-child-speaks-of-dying)" in said(item), item


@pytest.mark.parametrize(
    "word", ["medicines", "sharp", "ropes", "weapons", "ambulance", "do not leave your child alone"]
)
def test_lesson_about_dying_makes_the_home_safer(word: str) -> None:
    """Each thing that buys time is named, and an ambulance for what was taken."""
    assert word in said("if-your-child-speaks-of-dying").lower()


def test_checks_ask_twice_about_a_life_in_danger() -> None:
    """The one skill that cannot wait is asked about in two modules, with other words."""
    stems = {m.context: m.text for m in course().messages if m.context.endswith(".stem")}
    assert "images-and-pressure-check#speaks-of-dying.stem" in stems
    assert "when-something-goes-wrong-check#taken-something.stem" in stems


@pytest.mark.parametrize("item", SAFETY)
def test_safety_lessons_name_their_sources(item: str) -> None:
    """Advice on life, pictures and medicine rests on a page that somebody can read."""
    assert "(ref:" in said(item)


def test_sources_that_were_read_say_when() -> None:
    """Each by its field, which is shown in the reader's language, and not in English in its title; none is dated in the future."""
    sources = [source for module in course().modules for source in module.sources.values()]
    assert sum(source.undated for source in sources) > 20
    for source in sources:
        assert source.read is not None and source.year <= source.read.year, source.title
        assert not re.search(r"\b(?:undated|read \d)", source.title), source.title


def test_modules_say_what_they_take_to_read() -> None:
    """Rounded up, and never more than their pages say together."""
    for module in course().modules:
        assert module.minutes == ceil(reading_minutes(course(), module)), module.id
        assert module.minutes <= sum(course().items[item].minutes for item in module.item_ids), module.id
