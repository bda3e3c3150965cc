"""Every rule of a course, each shown by a small course that breaks it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from coplearn.courses.checks import REASON_TO_WRITE
from coplearn.courses.codes import kind_codes, problem_codes, reference
from coplearn.courses.library import load_library
from coplearn.courses.live_library import LiveLibrary
from tests.courses.makecourse import (
    ACTION,
    CAPTIONS,
    CHECK,
    DRAWING,
    HOME,
    LESSON,
    LOCALES,
    MODULE,
    STORY,
    TALK,
    TONES,
    Folder,
    add_module,
    add_recording,
    make_course,
)
from tests.courses.test_story_checks import CRAFT

Spoil = Callable[[Folder], object]


def _lesson(text: str) -> Spoil:
    return lambda folder: folder.add(LESSON, f"\n{text}\n")


def _heard(spoil: Spoil) -> Spoil:
    """The same of a course that has a recording."""

    def add_and_spoil(folder: Folder) -> None:
        add_recording(folder)
        spoil(folder)

    return add_and_spoil


def _svg(inside: str) -> Spoil:
    return lambda folder: folder.swap(DRAWING, "</svg>", f"{inside}</svg>")


def _swap(name: str, old: str, new: str) -> Spoil:
    return lambda folder: folder.swap(name, old, new)


def _catalog(head: str, body: str = "", name: str = "fr") -> Spoil:
    fields = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n{head}\n'
    return lambda folder: folder.write(f"translations/{name}.po", f"{fields}\n{body}")


FRENCH = '"Language: fr\\n"\n"Plural-Forms: nplurals=2; plural=(n > 1);\\n"'
ENTRY = 'msgctxt "course#title"\nmsgid "A first course"\nmsgstr "{}"\n\n'
PLUGIN_KIND = """
from coplearn.courses.kinds.lesson import LessonKind
class Own(LessonKind):
    name = {name!r}
    def parse(self, source, problems):
        {parse}
kinds = (Own,)
"""


def _plugin(name: str, parse: str) -> Spoil:
    def spoil(folder: Folder) -> None:
        folder.write("plugin.py", PLUGIN_KIND.format(name=name, parse=parse))
        folder.swap(LESSON, "kind: lesson", f"kind: {name}")

    return spoil


def _static(name: str, text: str) -> Spoil:
    def spoil(folder: Folder) -> None:
        folder.write("plugin.py", "kinds = ()\n")
        folder.write(f"static/{name}", text)

    return spoil


def _link(folder: Folder) -> None:
    folder.remove(LESSON)
    (folder.path / LESSON).symlink_to("/etc/hostname")


def _two_titles(folder: Folder) -> None:
    folder.swap(LESSON, "{#bcheaqg}", "{#title}")


def _dropped(folder: Folder) -> None:
    folder.write("course.pot", 'msgid ""\nmsgstr ""\n\nmsgctxt "old-page#title"\nmsgid "Old"\nmsgstr ""\n')


def _emptied(folder: Folder) -> None:
    for name in (LESSON, STORY, CHECK, ACTION):
        folder.remove(name)


def _recall_too_little(folder: Folder) -> None:
    add_module(folder, "recall: begin\n")
    questions = folder.read(CHECK).partition("\n  - id: ")
    kept = questions[2].partition("\n  - id: ")[0]
    folder.write(CHECK, f"{questions[0]}{questions[1]}{kept}")


BAD: dict[str, Spoil] = {
    "file-missing": lambda folder: folder.remove(MODULE),
    "file-outside": _link,
    "file-too-big": lambda folder: folder.write(LESSON, b"---\n" + b"x" * 1_000_001),
    "file-nul": _lesson("a\0b"),
    "file-encoding": lambda folder: folder.write(LESSON, b"---\nid: caf\xe9\n---\n"),
    "file-bom": lambda folder: folder.write(LESSON, "\ufeff" + folder.read(LESSON)),
    "front-matter": lambda folder: folder.write(LESSON, "No front matter.\n"),
    "yaml-syntax": _swap(MODULE, "minutes: 3", "minutes: [8"),
    "yaml-twice": _swap(MODULE, "minutes: 3", "minutes: 3\nminutes: 9"),
    "yaml-alias": _swap(MODULE, "minutes: 3", "minutes: &a 8\nsummary2: *a"),
    "unknown-key": _swap(MODULE, "summary:", "sumary:"),
    "missing-key": _swap(MODULE, "minutes: 3\n", ""),
    "bad-value": _swap("course.yaml", "version: 0.1.0", "version: version-one"),
    "bad-id": _swap(LESSON, "id: first-page", "id: First Page"),
    "id-twice": _swap(ACTION, "id: first-action", "id: first-page"),
    "id-retired": _swap("course.yaml", "retired: []", "retired: [first-page]"),
    "id-dropped": _dropped,
    "context-twice": _two_titles,
    "language-unknown": _swap("course.yaml", "language: en", "language: zh-cn"),
    "module-missing": _swap("course.yaml", "  - 01-begin", "  - 01-begin\n  - 02-gone"),
    "module-twice": _swap("course.yaml", "  - 01-begin", "  - 01-begin\n  - 01-begin"),
    "module-empty": _emptied,
    "recall-unknown": _swap(MODULE, "minutes: 3", "minutes: 3\nrecall: begin"),
    "recall-empty": _recall_too_little,
    "not-rising": _swap("course.yaml", "retired: []", "retired: []\nrefresher: [30, 7]"),
    "kind-unknown": _swap(LESSON, "kind: lesson", "kind: lessen"),
    "kind-extension": _swap(LESSON, "kind: lesson", "kind: quiz"),
    "kind-twice": _plugin("quiz", "return None"),
    "item-unusable": _plugin("own", "return None"),
    "load-failed": _plugin("own", "pass\n    def __init__(self):\n        raise RuntimeError('oh')"),
    "kind-failed": _plugin("own", "raise RuntimeError('oh')"),
    "kind-faulty": _plugin("own", "pass\n    icon = 7"),
    "static-kind": _static("run.html", "<p>"),
    "static-size": _static("large.css", " " * 1_000_001),
    "plugin-failed": lambda folder: folder.write("plugin.py", "1/0\n"),
    "lesson-empty": lambda folder: folder.write(
        LESSON, "---\nid: first-page\nkind: lesson\ntitle: A\nminutes: 1\n---\n"
    ),
    "block-id-missing": _lesson("Not stamped."),
    "block-id-twice": _lesson("Once. {#bbbbbbb}\n\nTwice. {#bbbbbbb}"),
    "block-id-place": _lesson("In {#bbbbbbb} the middle. {#bbbbbbc}"),
    "block-id-class": _lesson("Marked. {#bbbbbbb .loud}"),
    "markdown-html": _lesson("An <b>old</b> habit. {#bbbbbbb}"),
    "markdown-block": _lesson("    indented code"),
    "markdown-heading": _lesson("#### Too deep {#bbbbbbb}"),
    "markdown-list": _lesson("- one {#bbbbbbb}\n  - two {#bbbbbbc}"),
    "markdown-callout": _lesson(":::danger\nOh. {#bbbbbbb}\n:::"),
    "markdown-picture": _lesson("See ![a](media:two-chairs) here. {#bbbbbbb}"),
    "markdown-alt": _lesson("![](media:two-chairs) {#bbbbbbb}"),
    "markdown-autolink": _lesson("See <https://example.org/a>. {#bbbbbbb}"),
    "markdown-break": _lesson("One\\\ntwo. {#bbbbbbb}"),
    "markdown-notranslate": _lesson("<!-- notranslate -->\nWords"),
    "ref-unknown": _lesson("[x](ref:nobody) {#bbbbbbb}"),
    "item-unknown": _lesson("[x](item:nowhere) {#bbbbbbb}"),
    "link-target": _lesson("[x](https://example.org/) {#bbbbbbb}"),
    "media-unknown": _lesson("![Words](media:nothing) {#bbbbbbb}"),
    "media-unused": lambda folder: folder.write("media/other.svg", folder.read(DRAWING)),
    "recording-file": lambda folder: folder.write("media/en/talk.opus", (TONES / "tone.mp3").read_bytes()),
    "recording-unknown": _lesson(":::recording nothing\n:::"),
    "recording-unused": _heard(lambda folder: folder.swap(LESSON, ":::recording talk\n:::\n", "")),
    "recording-texts": _heard(lambda folder: folder.add(TALK, "texts: [nothing]\n")),
    "recording-stale": _heard(lambda folder: None),
    "captions-syntax": _heard(_swap(CAPTIONS, "last-words\n", "")),
    "captions-order": _heard(_swap(CAPTIONS, "00:01.000 --> 00:02.000", "00:00.900 --> 00:02.000")),
    "captions-unlike": _heard(lambda folder: folder.write("media/ar/talk.vtt", "WEBVTT\n")),
    "captions-speed": _heard(_swap(CAPTIONS, "Go gently.", "Go gently, and take your time.")),
    "media-kind": lambda folder: folder.write("media/photo.png", b"\x89PNG"),
    "source-unused": _swap(LESSON, "(ref:un-gc25)", "(help:)"),
    "note-missing": _lesson("Some pressure is sexual. {#bbbbbbb}"),
    "bare-url": _lesson("See https://example.org for more. {#bbbbbbb}"),
    "phone-number": _lesson("Call 0800 123 4567 now. {#bbbbbbb}"),
    "text-to-write": _swap(CHECK, "Real interest invites an answer.", f"'{REASON_TO_WRITE}'"),
    "text-html": _swap(STORY, "Sami puts", "<script>alert(1)</script> Sami puts"),
    "text-hidden": _lesson("Turn \u202eabout. {#bbbbbbb}"),
    "long-paragraph": _lesson("Words go on. " * 60 + "{#bbbbbbb}"),
    "hard-reading": _lesson(
        "Comprehensive institutional responsibilities necessitate interdisciplinary " * 12 + "{#bbbbbbb}"
    ),
    "say-unknown": _swap(LESSON, "minutes: 2", "minutes: 2\nsay: {bi4iabc.alt: Two chairs}"),
    "say-digits": _swap(CHECK, "minutes:", "say: {intro: Question 1}\nminutes:"),
    "minutes-short": _lesson("Words go on here. " * 110 + "{#bbbbbbb}"),
    "module-minutes": _swap(MODULE, "minutes: 3", "minutes: 6"),
    "optional-kind": _swap(ACTION, "minutes: 2", "minutes: 2\noptional: true"),
    "optional-many": _swap(LESSON, "minutes: 2", "minutes: 2\noptional: true"),
    "svg-syntax": _svg("<g>"),
    "svg-doctype": _swap(DRAWING, "<svg", '<!DOCTYPE svg [<!ENTITY a "b">]><svg'),
    "svg-viewbox": _swap(DRAWING, ' viewBox="0 0 640 240"', ""),
    "svg-element": _svg("<script>alert(1)</script>"),
    "svg-attribute": _svg('<rect class="f-ink" x="1" y="1" width="9" height="9" onclick="alert(1)"/>'),
    "svg-text": _svg("<text>Hello</text>"),
    "po-locale": _catalog(FRENCH, name="zh-CN"),
    "po-missing": lambda folder: (folder.path / "translations" / "fr.po").mkdir(parents=True),
    "po-too-big": lambda folder: folder.write("translations/fr.po", b"#" * 8_000_001),
    "po-nul": _catalog(FRENCH, "# \0"),
    "po-bom": lambda folder: folder.write("translations/fr.po", b"\xef\xbb\xbf"),
    "po-encoding": lambda folder: folder.write("translations/fr.po", b'msgid "\xff"'),
    "po-conflict": _catalog(FRENCH, "<<<<<<< ours\n"),
    "po-syntax": _catalog(FRENCH, 'msgid "a\nmsgstr oops\n'),
    "po-twice": _catalog(FRENCH, ENTRY.format("Un") + ENTRY.format("Deux")),
    "po-language": _catalog(FRENCH.replace("fr", "ar", 1)),
    "po-plural": _catalog(FRENCH.replace("n > 1", "n == 7")),
}
ELSEWHERE = {"course-too-big", "file-unreadable", "course-twice", "plugin-untrusted", "package-empty", *CRAFT}


def test_problem_none_is_found_before_one_is_made(tmp_path: Path) -> None:
    """The course that each of them spoils has none, trusted or not."""
    folder = make_course(tmp_path)
    assert not folder.codes()
    assert not folder.codes(trusted=True)


@pytest.mark.parametrize("code", sorted(BAD))
def test_problem_is_found_with_its_place(code: str, tmp_path: Path) -> None:
    """The broken course tells the rule, the file and how to mend it, and loading never raises."""
    folder = make_course(tmp_path)
    BAD[code](folder)
    found = [problem for problem in folder.load(trusted=True).problems if problem.code == code]
    assert found, folder.codes(trusted=True)
    for problem in found:
        assert problem.what.strip()
        assert problem.mend.strip()
        assert problem.place.path[:1] not in ("", "/")


def test_problem_of_a_recording_whose_end_is_missing(tmp_path: Path) -> None:
    """Half a file says the length of the whole: its author is told, and learners do not hear it stop."""
    folder = make_course(tmp_path)
    _heard(lambda folder: folder.write("media/en/talk.opus", (TONES / "tone.opus").read_bytes()[:900]))(folder)
    told = [(problem.place.path, problem.what) for problem in folder.load().problems]
    assert ("media/en/talk.opus", "The end of this recording is missing.") in told


def test_problem_lines_point_at_the_fault(tmp_path: Path) -> None:
    """An author's editor can jump to the very line."""
    folder = make_course(tmp_path)
    folder.add(LESSON, "\nSee https://example.org for more. {#bbbbbbb}\n")
    line = folder.read(LESSON).split("\n").index("See https://example.org for more. {#bbbbbbb}") + 1
    folder.swap(CHECK, "kind: many", "kind: mny")
    places = {str(problem.place) for problem in folder.load().problems}
    assert f"{LESSON}:{line}" in places
    question = next(number for number, text in enumerate(folder.read(CHECK).split("\n"), 1) if "kind: mny" in text)
    assert f"{CHECK}:{question}" in places


def test_problem_all_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends one fault only to be shown the next."""
    folder = make_course(tmp_path)
    several = ("unknown-key", "markdown-html", "svg-element", "bad-value")
    for code in several:
        BAD[code](folder)
    assert folder.codes() >= set(several)


def test_problem_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    """A typing error is mended by reading the message."""
    folder = make_course(tmp_path)
    folder.swap("course.yaml", "licence:", "license:")
    assert "'licence'" in " ".join(problem.mend for problem in folder.load().problems)


def test_problem_untrusted_code_is_never_run(tmp_path: Path) -> None:
    """A course folder's plugin.py does nothing until the operator lists the course's id."""
    folder = make_course(tmp_path)
    trace = tmp_path / "ran"
    folder.write("plugin.py", f"open({str(trace)!r}, 'w').close()\nkinds = ()\n")
    assert folder.codes() == {"plugin-untrusted"}
    assert not trace.exists()
    assert not folder.codes(trusted=True)
    assert trace.exists()


def test_problem_same_course_twice_refuses_both_and_spares_others(tmp_path: Path) -> None:
    """Nobody knows which one is meant; a third course is shown all the same."""
    make_course(tmp_path, "one")
    make_course(tmp_path, "two")
    make_course(tmp_path, "three").swap("course.yaml", "id: my-course", "id: third-course")
    make_course(tmp_path, "_draft")
    make_course(tmp_path, "broken").write("course.yaml", b"\xff\xfe")
    from_files = load_library([tmp_path, tmp_path / "not-there"], frozenset(), LOCALES, installed=False)
    assert list(from_files.courses) == ["third-course"]
    codes = {Path(folder).name: {problem.code for problem in found} for folder, found in from_files.problems.items()}
    assert codes == {"one": {"course-twice"}, "two": {"course-twice"}, "broken": {"file-encoding"}}


def test_problem_breaking_a_live_course_keeps_it_on_the_shelf(tmp_path: Path) -> None:
    """A half-saved file does not take a course away from its learners."""
    folder = make_course(tmp_path)
    live_library = LiveLibrary([tmp_path], frozenset(), LOCALES, installed=False, poll=0)
    before = live_library.current().courses["my-course"]
    folder.add(LESSON, "\n#### Half saved\n")
    assert live_library.current().courses["my-course"].digest == before.digest
    assert live_library.current().problems
    folder.swap(LESSON, "\n#### Half saved\n", "\nWhole again. {#bzzzzzz}\n")
    assert live_library.current().courses["my-course"].digest != before.digest
    assert not live_library.current().problems


def test_codes_each_is_shown_by_a_bad_course() -> None:
    """No rule without a course that breaks it; the kinds' own rules have their own tests."""
    assert set(problem_codes()) == set(BAD) | ELSEWHERE | kind_codes()


def test_codes_the_sources_use_no_other() -> None:
    """Every code written in the slice has its line in the registry."""
    used: set[str] = set()
    of_overlays = (HOME / "docs" / "overlays.md").read_text(encoding="utf-8")
    for file in sorted((HOME / "coplearn" / "courses").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("error", "warning", "_error"):
                used |= {
                    argument.value
                    for argument in node.args[:3]
                    if isinstance(argument, ast.Constant)
                    and isinstance(argument.value, str)
                    and re.fullmatch(r"[a-z]+(-[a-z]+)+", argument.value)
                }
    assert len(used) > 50
    # Those of a country's overlay stand in the manual of overlays.
    assert {code for code in used - set(problem_codes()) if code not in of_overlays} == set()


def test_codes_the_manual_lists_them() -> None:
    """The table of docs/courses.md is the registry's own."""
    assert reference() in (HOME / "docs" / "courses.md").read_text(encoding="utf-8")


def test_links_are_judged_before_the_stamper_has_been(tmp_path: Path) -> None:
    """A link that leads nowhere is told together with the blocks that have no id yet, so that one look mends both."""
    folder = make_course(tmp_path)
    folder.add(LESSON, "\n\nA new paragraph with [a link](item:nowhere).\n")
    assert folder.codes() >= {"block-id-missing", "item-unknown"}
