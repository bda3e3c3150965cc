"""A whole course's stories: how they are built, how long they take, and their transcripts."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from coplearn.courses.cli import course as commands
from coplearn.courses.kinds.story import Story
from coplearn.courses.kinds.story_checks import shortest_reading
from coplearn.courses.kinds.walks import explore
from coplearn.courses.word_counts import words_in
from tests.courses.makecourse import CHECK, LESSON, Folder, make_course
from tests.courses.makecourse import STORY as STORY_FILE
from tests.courses.memory_story import STORY, changed, way

CRAFT = {
    "story-decided-at-once",
    "story-without-dilemma",
    "story-without-temptation",
    "story-length",
    "story-without-repair",
    "story-too-kind",
}


def whole() -> dict[str, Any]:
    """A story that has all that is asked of one: a decision more, and both things that a course has to show."""
    data = copy.deepcopy(STORY)
    data["shows"] = ["says-no", "service-fails"]
    data["nodes"]["gift"]["choices"] = [{**one, "to": "stay"} for one in data["nodes"]["gift"]["choices"]]
    data["nodes"]["stay"] = {"text": "Night.", "choices": [way("sleep", "talk"), way("wake", "talk")]}
    data["nodes"]["alone"] |= {"reason": "So it went.", "repair": "You can still say it."}
    return data


def with_story(where: Path, data: dict[str, Any], minutes: int = 3) -> Folder:
    """A course with that story."""
    folder = make_course(where)
    head = {"id": "first-story", "kind": "scenario", "title": "A story", "minutes": minutes}
    folder.write(STORY_FILE, yaml.safe_dump({**head, **data}, allow_unicode=True, sort_keys=False))
    return folder


def run(*words: str) -> Result:
    """The command, as an author types it."""
    return CliRunner().invoke(commands, ["walk", *words])


def test_story_that_has_all_that_is_asked_is_told_nothing(tmp_path: Path) -> None:
    """No warning for a story with memory, dilemmas, a temptation and four decisions."""
    assert not with_story(tmp_path, whole()).codes()


def test_story_faults_of_craft_are_told_once_each(tmp_path: Path) -> None:
    """Each measure that a story lacks is a warning, and the course is shown all the same."""
    plain = whole()
    for scene in plain["nodes"].values():
        for choice in scene.get("choices", ()):
            choice.pop("defensible", None)
            choice.pop("tempting", None)
    assert with_story(tmp_path / "one", plain).codes() == {"story-without-dilemma", "story-without-temptation"}
    short = with_story(tmp_path / "two", STORY).load()
    assert {problem.code for problem in short.problems} == {"story-length", "story-without-repair", "story-too-kind"}
    assert short.course is not None


def test_story_decided_by_one_choice_is_told(tmp_path: Path) -> None:
    """What the finding complained of: everything meets again, and the last press decides."""
    nodes = {
        "aa": {"text": "A.", "choices": [way("one", "bb", tempting=True), way("two", "bb")]},
        "bb": {"text": "B.", "choices": [way("one", "good"), way("two", "fair")]},
        "good": {"text": "Good.", "end": "good", "support": "Ask."},
        "fair": {"text": "Fair.", "end": "fair", "support": "Ask."},
    }
    found = with_story(tmp_path, {"start": "aa", "nodes": nodes}).load().problems
    told = next(problem for problem in found if problem.code == "story-decided-at-once")
    assert '"bb"' in told.what


def test_course_without_the_new_keys_is_told_nothing(tmp_path: Path) -> None:
    """A course from before stories remembered, and a site that does without, are left in peace."""
    assert not make_course(tmp_path).codes() & CRAFT


def test_course_has_to_show_that_help_may_fail(tmp_path: Path) -> None:
    """One story in which a service fails, one in which somebody says no; the missing one is named."""
    found = with_story(tmp_path, {**whole(), "shows": ["says-no"]}).load().problems
    assert [problem.what for problem in found if problem.code == "story-too-kind"] == [
        "In no story of the course a service fails."
    ]


def test_fair_end_says_what_can_still_be_mended(tmp_path: Path) -> None:
    """A repair that some states do not show leaves whoever comes in those with nothing."""
    half = whole()
    half["nodes"]["alone"]["repair"] = [
        {"id": "lost", "when": {"chat": "lost"}, "text": "Ask for it back."},
        {"id": "shut", "when": {"trust": "closed"}, "text": "Knock once more."},
    ]
    found = with_story(tmp_path, half).load().problems
    assert [(problem.code, '"alone"' in problem.what) for problem in found] == [("story-without-repair", True)]


def test_minutes_of_a_lesson_have_to_be_enough_to_read_it(tmp_path: Path) -> None:
    """At 140 words a minute, with the minutes that it needs."""
    folder = make_course(tmp_path)
    folder.add(LESSON, "\n" + "Words go on here. " * 110 + "{#bbbbbbb}\n")
    found = [problem for problem in folder.load().problems.errors if problem.code == "minutes-short"]
    assert len(found) == 1 and "at 140 a minute that is 4 minutes, and it says 2." in found[0].what


def test_minutes_of_a_story_are_those_of_its_shortest_way(tmp_path: Path) -> None:
    """A long way round does not count; a long way that everybody goes does, and so do the choices that are read."""
    long = "Words go on here. " * 60
    assert not with_story(tmp_path / "one", {**whole(), **_nodes("wiped", text=long)}, 1).load().problems.errors
    told = with_story(tmp_path / "two", {**whole(), **_nodes("gift", text=long)}, 1).load().problems.errors
    assert {problem.code for problem in told} == {"minutes-short"}


def test_minutes_of_a_check_are_those_of_one_form_answered_rightly(tmp_path: Path) -> None:
    """Folded reasons do not count, nor does a second form beside the first; the reason of a right answer does."""
    folded, read, twins = (make_course(tmp_path / name) for name in ("folded", "read", "twins"))
    folded.swap(CHECK, "An order asks for obedience, not for a story.", "Words go on here. " * 90)
    assert not folded.load().problems.errors
    read.swap(CHECK, "Real interest invites an answer.", "Words go on here. " * 90)
    assert [problem.code for problem in read.load().problems.errors] == ["minutes-short"]
    stem = "Words go on here. " * 35
    twins.swap(CHECK, "What is a good way to begin a talk?", stem)
    twin = {"id": "second-word", "form_b_of": "first-word", "kind": "one", "stem": stem}
    options = [
        {"id": "ask", "text": "Ask.", "reason": "Yes.", "correct": True},
        {"id": "tell", "text": "Tell.", "reason": "No."},
        {"id": "wait", "text": "Wait.", "reason": "No."},
    ]
    twins.write(CHECK, yaml.safe_dump(_asking(twins, {**twin, "options": options}), sort_keys=False))
    assert not twins.load().problems.errors


def _asking(folder: Folder, question: dict[str, Any]) -> dict[str, Any]:
    check: dict[str, Any] = yaml.safe_load(folder.read(CHECK))
    return {**check, "questions": [*check["questions"], question]}


def _nodes(name: str, **more: Any) -> dict[str, Any]:
    nodes = whole()["nodes"]
    nodes[name].update(more)
    return {"nodes": nodes}


def test_shortest_reading_counts_what_is_shown(tmp_path: Path) -> None:
    """Counted by hand: the intro, what each scene of the shortest way shows, and the choices offered there."""
    item = with_story(tmp_path, STORY).course().items["first-story"]
    assert isinstance(item.content, Story)
    intro, gift = 4, 2 + 3 * 2
    # The shortest way waits: "Noor waits. So. Go on." and two choices; then all is gone, and the end is fair.
    watched, wiped, alone = 2 + 1 + 2 + 2 * 2, 2 + 3 + 2, 1 + 3
    reported = 2 + 2 * 2 + 1 + 3
    assert shortest_reading(item.content) == intro + gift + watched + min(wiped + alone, reported)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("One two.", 2), ("**Don't** copy [it](help:), 18,898 of them", 6), ("不要转发。", 3), ("3 до 5", 3)],
)
def test_words_are_counted_as_they_are_read(text: str, words: int) -> None:
    """Marks and links are no words, and Chinese counts by its characters."""
    assert words_in(text) == words


def test_walk_tells_every_path_with_what_it_costs(tmp_path: Path) -> None:
    """Scene, choice, reason, cost and states, from the beginning to the end of each path."""
    told = run(str(with_story(tmp_path, STORY).path)).output
    assert "6 scenes" in told and "11 paths: 3 end good, 8 fair" in told
    assert told.count("## Path ") == 11
    one = told.partition("## Path 1 of 11: ends good, 3 decisions")[2].partition("## Path 2")[0]
    parts = ["A gift.", "> ask: Choose ask [defensible]", "Cost: The evening.", "Now: trust open, chat untouched"]
    places = [one.index(part) for part in [*parts, "Noor talks.", "Why: So.", "> note", "together (the end: good)"]]
    assert places == sorted(places)
    assert "something unsafe was done" in told and "[the only way on]" in told


def test_walk_once_leaves_out_what_was_read(tmp_path: Path) -> None:
    """Each path from where it leaves the one before to where it comes to what was told, and each text only once."""
    folder = str(with_story(tmp_path, STORY).path)
    short, whole_text = run(folder, "--once").output, run(folder).output
    assert (short.count("A gift."), short.count("The report.")) == (1, 1)
    assert (whole_text.count("A gift."), whole_text.count("The report.")) == (11, 8)
    assert "(as before: ask, note)" in short and "alone (the end: fair): as on path 2" in short
    assert "report: from here on as on path 1 and those after it\n\n## Path 5 of 11" in short


@pytest.mark.parametrize("is_round", [False, True])
def test_walk_once_tells_every_choice_in_every_state(tmp_path: Path, is_round: bool) -> None:
    """Nothing is left out for being shorter, not even where a story leads back to where it was."""
    data = copy.deepcopy(STORY)
    if is_round:
        data["nodes"]["talk"]["choices"].append(way("think", "gift"))
    folder = str(with_story(tmp_path, data).path)
    short, whole_text = run(folder, "--once").output, run(folder).output
    told = re.compile(r"  > (\w+): (?:.+\n)+? +Now: (.+)\n")
    assert set(told.findall(short)) == set(told.findall(whole_text))
    if not is_round:
        walks = explore(with_story(tmp_path / "again", data).course().items["first-story"].content)
        assert len(told.findall(short)) == sum(len(steps) for steps in walks.ahead.values())


def test_walk_tells_the_story_in_another_language(tmp_path: Path) -> None:
    """The translation where there is one, else the source, marked."""
    folder = with_story(tmp_path, STORY)
    fields = '"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: fr\\n"\n"Plural-Forms: nplurals=2; plural=(n > 1);\\n"'
    entry = 'msgctxt "first-story#gift.text"\nmsgid "A gift."\nmsgstr "Un cadeau."\n'
    folder.write("translations/fr.po", f'msgid ""\nmsgstr ""\n{fields}\n\n{entry}')
    told = run(str(folder.path), "first-story", "--language", "fr").output
    assert "  Un cadeau." in told and "[en] Noor talks." in told and "A gift." not in told


def test_walk_writes_a_file_and_names_what_it_does_not_know(tmp_path: Path) -> None:
    """Into a file on wish; an unknown course, story or language is named with the known ones."""
    folder = str(with_story(tmp_path, STORY).path)
    assert run(folder, "--into", str(tmp_path / "told.txt")).exit_code == 0
    assert (tmp_path / "told.txt").read_text(encoding="utf-8").startswith("# A story (first-story)\n")
    for words, said in (
        ([folder, "nothing"], "Its stories: first-story."),
        ([folder, "--language", "xx"], "xx is not a language"),
        (["no-such-course"], "There is no course no-such-course"),
    ):
        done = run(*words)
        assert done.exit_code == 1 and said in done.output


def test_walk_finds_a_course_of_the_site_by_its_id() -> None:
    """Nobody has to know its folder."""
    done = run("cop-parents", "told-at-bedtime")
    assert done.exit_code == 0 and "(told-at-bedtime)" in done.output


def test_walk_of_a_course_with_errors_tells_them(tmp_path: Path) -> None:
    """The path that strands somebody is in the error, so that it can be mended first."""
    done = run(str(with_story(tmp_path, changed("nodes.wiped.choices.0.to", "report")).path))
    assert done.exit_code == 1
    assert 'The path gift/ask, talk/wipe, wiped/tell comes to "report"' in done.output
