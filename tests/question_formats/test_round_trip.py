"""What is given to another platform comes back as it was, and a check's file of it is a check that the site takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from coplearn.authoring.problems import Problems
from coplearn.courses.kinds.registry import ITEM_KINDS
from coplearn.courses.source import read_source
from coplearn.question_formats.cli import commands
from coplearn.question_formats.gift import read_gift, write_gift
from coplearn.question_formats.packages import read_package
from coplearn.question_formats.qti import write_package
from coplearn.question_formats.qti12 import read_qti12, write_assessment, write_bank
from coplearn.question_formats.questions import Part, QuestionWord, SharedQuestion, stamped, told_apart
from coplearn.question_formats.quiz_file import check_text, checks_in
from coplearn.question_formats.xml_files import parsed
from tests.sizes import examples

COURSES = Path(__file__).resolve().parents[2] / "courses"
WORDS = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1, max_size=30).map(
    lambda text: " ".join(text.replace("`", "'").split()) or "x"
)
MARKED = st.one_of(
    WORDS.map(lambda text: text.translate(dict.fromkeys(map(ord, "\\*_[]&<`")))).map(lambda text: text.strip() or "x"),
    st.sampled_from(
        ["**Stay** near", "*listen* first", "see [help](help:) now", "a = b ~ c # d { e } f: g -> h", "1 < 2 & 3"]
    ),
)


@st.composite
def questions(draw: st.DrawFn) -> SharedQuestion:
    kind: QuestionWord = draw(st.sampled_from(["one", "many", "order", "match", "reflection"]))
    amount = 0 if kind == "reflection" else draw(st.integers(3, 4))
    right = {"one": 1, "many": 2}.get(kind, 0)
    parts = [
        Part(
            draw(MARKED),
            draw(MARKED),
            f"part-{at}",
            correct=at < right,
            other=draw(MARKED) if kind == "match" else "",
        )
        for at in range(amount)
    ]
    whole = {"reason": draw(MARKED)} if kind in {"order", "match"} else {"hint": draw(MARKED)} if not amount else {}
    return SharedQuestion(kind, draw(MARKED), tuple(parts), skill=draw(st.sampled_from(["", "open-talk"]))).named(whole)


@examples(40, 2000)
@given(st.lists(questions(), min_size=1, max_size=4).map(stamped))
def test_what_is_given_out_comes_back(made: list[SharedQuestion]) -> None:
    """Through GIFT, a QTI package and QTI 1.2: words, marks, ids, reasons and skills."""
    gift = read_gift(write_gift(made), "x")
    assert (gift.questions, gift.left) == (made, [])
    package = read_package(write_package(made, "A & B", "en"), "x")
    assert (package.questions, package.left) == (made, [])
    for text in (write_assessment(made, "check", "A & B"), write_bank(made, "bank")):
        found = read_qti12(parsed(text.encode(), "x"), "x")
        assert (found.questions, found.left) == (made, [])


@pytest.mark.parametrize("course", sorted(path.name for path in COURSES.iterdir() if not path.name.startswith("_")))
def test_every_check_of_ours_comes_back(course: str) -> None:
    """All questions of a course, both forms."""
    checks = checks_in(COURSES / course)
    assert checks or course.endswith("drill") or not list((COURSES / course).glob("*/*check*.yaml"))
    for _, title, held in checks:
        assert read_gift(write_gift(held), "x").questions == held
        assert read_package(write_package(held, title, "en"), "x").questions == held
        assert read_qti12(parsed(write_assessment(held, "check", title).encode(), "x"), "x").questions == held


def test_a_file_that_was_taken_in_is_a_check(tmp_path: Path) -> None:
    """The kind that reads checks finds nothing wrong with it, and the questions are those of the file."""
    _, title, held = next(one for one in checks_in(COURSES / "cop-parents") if len(one[2]) > 5)
    (tmp_path / "check.yaml").write_text(check_text(held, "taken-in", title), encoding="utf-8")
    problems = Problems()
    source = read_source(tmp_path, "check.yaml", problems)
    kind = next(one for one in ITEM_KINDS if one.name == yaml.safe_load((tmp_path / "check.yaml").read_text())["kind"])
    assert source is not None
    content = kind().parse(source, problems)
    assert content is not None
    assert [str(problem) for problem in problems] == []
    assert checks_in(tmp_path / "check.yaml")[0][2] == held


@pytest.mark.parametrize(("kind", "name"), [("gift", "all.txt"), ("qti3", "all.zip")])
def test_checks_of_a_whole_course_come_back_with_each_form_beside_its_first(
    kind: str, name: str, tmp_path: Path
) -> None:
    """Though two checks have questions of one name, and one check holds fewer than come."""
    (command,), run = commands, CliRunner()
    module, packed = tmp_path / "module", tmp_path / name
    module.mkdir()
    given = ["export", str(COURSES / "cop-parents"), "--format", kind, "--output", str(packed)]
    assert run.invoke(command, given).exit_code == 0
    assert run.invoke(command, ["import", str(packed), "--into", str(module)]).exit_code == 0
    checks = [held for path in sorted(module.glob("*.yaml")) for _, _, held in checks_in(path)]
    wanted = told_apart(held for _, _, held in checks_in(COURSES / "cop-parents"))
    assert sorted((one for held in checks for one in held), key=lambda one: one.id) == sorted(
        wanted, key=lambda one: one.id
    )
    assert len(checks) > 1 and all(len(held) <= 30 for held in checks)
    assert all({one.form_b_of for one in held} <= {"", *(one.id for one in held)} for held in checks)
