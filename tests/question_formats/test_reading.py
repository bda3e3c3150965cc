"""What other platforms export is read as far as a check can hold it, and each thing that it cannot is named."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from coplearn.question_formats.cli import questions as command
from coplearn.question_formats.cli import read_file
from coplearn.question_formats.questions import ReadQuestions, Unreadable

SAMPLES = Path(__file__).parent / "samples"
GIFT, MOODLE, OLX, QTI22 = (
    (SAMPLES / name).read_text(encoding="utf-8") for name in ("their.gift", "bank.xml", "problem.xml", "item.xml")
)
AIKEN = "What comes first?\nA. Listen\nB) Shout\nC. Leave\nANSWER: A\n"


def told(read: ReadQuestions) -> str:
    return "\n".join(map(str, read.left))


def test_gift_of_a_stranger() -> None:
    """Choices, weights, pairs and thoughts come along; the rest is named."""
    read = read_file(GIFT.encode(), "their.gift")
    one, many, match, thought = read.questions
    assert (one.id, one.stem) == ("Begin", "How do you **begin**?")
    assert [(part.text, part.reason, part.correct) for part in one.parts] == [
        ("With a question", "It invites an answer.", True),
        ("With an order", "It closes a talk.", False),
        ("With a warning: now", "", False),
    ]
    assert (many.kind, [part.correct for part in many.parts]) == ("many", [True, True, False, False])
    assert [(pair.text, pair.other) for pair in match.parts] == [
        ("Content", "seen"),
        ("Contact", "met"),
        ("Conduct", "done"),
    ]
    assert thought.kind == "reflection"
    for word in (
        "a picture (a girl)",
        "true or false",
        "a number is asked for",
        "typed",
        "Only a text",
        "has no reason",
    ):
        assert word in told(read), word


def test_moodle_olx_qti_and_aiken_of_strangers() -> None:
    """Each as its platform writes it."""
    moodle = read_file(MOODLE.encode(), "bank.xml")
    first, order = moodle.questions
    assert (first.stem, first.parts[0].reason) == ("What comes *first*?", "Yes.")
    assert ([step.text for step in order.parts], order.reason) == (["a", "b", "c"], "So.")
    assert moodle.lessons == [("Read", "## One\n\n- a\n- b")]
    assert "All in all." in told(moodle) and "gaps" in told(moodle)

    olx = read_file(OLX.encode(), "problem.xml")
    assert [part.text for part in olx.questions[0].parts] == ["Delete", "Keep the **link**", "Answer"]
    assert olx.questions[0].stem == "Before you block?" and olx.questions[0].parts[1].correct
    assert "Keep it." in told(olx) and "How many?" in told(olx)

    (item,) = read_file(QTI22.encode(), "item.xml").questions
    assert (item.kind, item.stem, item.parts[0].reason) == ("many", "Whom do you tell? Choose all.", "Yes.")

    (plain,) = read_file(AIKEN.encode(), "aiken.txt").questions
    assert [part.correct for part in plain.parts] == [True, False, False]


def _zip(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return held.getvalue()


def _changed(data: bytes, place: int, value: bytes) -> bytes:
    """The archive with other bytes at that place of its list of files."""
    at = data.index(b"PK\x01\x02") + place
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize(
    "data",
    [
        _changed(_zip(item_xml=QTI22.encode()), 6, b"\xff\x00"),  # made for a later version of zip
        _changed(_zip(item_xml=QTI22.encode()), 42, b"\xff\xff\xff\xff"),  # a file that begins after the end
        _changed(_zip(item_xml=QTI22.encode()), 43, b"\xff"),
        b"",
        b"\xff\xfe\x00x",
        b"How? { =a ~b",
        b"Q\nA. x\nANSWER: B\n",
        b"Q\nA. x\nB. y\n\nANSWER: A\nAnother\nA. z\n",
        b'<!DOCTYPE q [<!ENTITY a "b">]><quiz>&a;</quiz>',
        b"<quiz><question>",
        b"<p>" * 5000 + b"</p>" * 5000,
        b"<other/>",
        _zip(item_xml=QTI22.encode())[:-40],
        _zip(bomb_xml=b"<a>" + b" " * 21_000_000 + b"</a>"),
        _zip(item_xml=b"<!DOCTYPE x><x/>"),
    ],
)
def test_broken_and_hostile_files_are_refused_whole(data: bytes, tmp_path: Path) -> None:
    """With a sentence that names the file, and nothing is written."""
    with pytest.raises(Unreadable, match=r"^their\.file"):
        read_file(data, "their.file")
    path, module = tmp_path / "their.file", tmp_path / "module"
    path.write_bytes(data)
    module.mkdir()
    result = CliRunner().invoke(command, ["import", str(path), "--into", str(module)])
    assert result.exit_code == 1
    assert "Nothing was written." in result.output
    assert list(module.iterdir()) == []


def _packed_otherwise() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("item.xml", QTI22)
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"// a remark alone\n", "no question was found"),
        (b"Q\nA. x\nB. y\nanother line\nANSWER: A\n", "a line that begins with a letter"),
        (b"<quiz>" + b"<a/>" * 300_000 + b"</quiz>", "elements and attributes"),
        (_packed_otherwise(), "packed in a way that is not read here"),
    ],
    ids=["empty", "remark", "aiken", "elements", "packed"],
)
def test_it_is_said_what_is_wrong_with_a_file(data: bytes, words: str) -> None:
    """In a sentence of its own, so that whoever made the file can mend it."""
    with pytest.raises(Unreadable, match=words):
        read_file(data, "their.file")


def test_what_is_not_an_answer_of_ours_is_refused_by_name() -> None:
    """An item that a program judges, one with pictures, one with two interactions."""
    judged = QTI22.replace(
        '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct"/>',
        "<responseProcessing><customOperator/></responseProcessing>",
    )
    assert "does more than the standard" in told(read_file(judged.encode(), "x"))
    drawn = QTI22.replace("choiceInteraction", "hotspotInteraction")
    assert "hotspot-interaction has no home" in told(read_file(drawn.encode(), "x"))


def test_no_markup_of_a_stranger_comes_along() -> None:
    """Scripts are left out, and signs that would be marks are words."""
    hostile = (
        "::q::[html]<p>See <script>alert(1)</script>[this](javascript\\:x) *now*</p>{ =<b onclick\\='x'>a</b> ~b ~c }"
    )
    (one,) = read_file(hostile.encode(), "x").questions
    assert "alert" not in one.stem and "\\[this\\]" in one.stem and "\\*now\\*" in one.stem
    assert one.parts[0].text == "**a**"


def test_what_no_standard_knows_is_passed_over() -> None:
    """Answers without a sign, and a section of HTML that is none."""
    read = read_file(b"How? {x}\n\n::q::[html]<p>Why<![x]>?</p>{ =a ~b ~c }", "x")
    assert "nothing here can judge" in told(read)
    assert [one.stem for one in read.questions] == ["Why?"]


def test_command_writes_files_behind_the_others(tmp_path: Path) -> None:
    """Numbered, stamped, and none of what is there is touched; a dry run writes nothing."""
    source, module = tmp_path / "bank.xml", tmp_path / "module"
    source.write_text(MOODLE, encoding="utf-8")
    module.mkdir()
    (module / "04-there.md").write_text("x", encoding="utf-8")
    run = CliRunner()
    assert (
        "nothing was written" in run.invoke(command, ["import", str(source), "--into", str(module), "--dry-run"]).output
    )
    assert len(list(module.iterdir())) == 1
    assert run.invoke(command, ["import", str(source), "--into", str(module)]).exit_code == 0
    assert sorted(path.name for path in module.iterdir()) == ["04-there.md", "05-read.md", "06-bank.yaml"]
    assert "{#b" in (module / "05-read.md").read_text(encoding="utf-8")
    out = tmp_path / "out.gift"
    assert run.invoke(command, ["export", str(module / "06-bank.yaml"), "--output", str(out)]).exit_code == 0
    assert len(read_file(out.read_bytes(), "out.gift").questions) == 2


def test_package_of_too_many_files_is_refused() -> None:
    """Before any of them is read."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(5_001):
            made.writestr(f"{number}.css", "")
    with pytest.raises(Unreadable, match="5001 files"):
        read_file(out.getvalue(), "bank.zip")


def test_folder_without_questions_gives_no_file(tmp_path: Path) -> None:
    """An empty package would look as if the course asked nothing."""
    (tmp_path / "01-begin").mkdir()
    (tmp_path / "01-begin" / "01-check.yaml").write_text("kind: quiz\ntitle: A check\n", encoding="utf-8")
    output = tmp_path / "out.gift"
    told = CliRunner().invoke(command, ["export", str(tmp_path), "--output", str(output)])
    assert told.exit_code == 1 and "no check with questions" in told.output
    assert not output.exists()
