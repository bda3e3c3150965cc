"""The command that notes which words recordings were made of."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from coplearn.recordings.cli import stamp
from tests.courses.makecourse import LESSON, add_recording, make_course


def test_new_recording_is_noted_once_and_told_when_its_words_change(tmp_path: Path) -> None:
    """Of a course that has errors nothing is noted, and the command says where they are told."""
    folder = make_course(tmp_path)
    add_recording(folder)
    lesson, notes = folder.read(LESSON), folder.path / "media" / "made-of.yaml"
    folder.write(LESSON, "no lesson at all")
    broken = CliRunner().invoke(stamp, [str(folder.path)])
    assert broken.exit_code == 1 and f"{folder.path} has errors: coplearn course check tells them." in broken.output
    assert not notes.exists()
    folder.write(LESSON, lesson)
    told = [CliRunner().invoke(stamp, [str(folder.path)]).output for _ in range(2)]
    assert told == [f"{folder.path}: noted.\n", ""] and "talk:" in notes.read_text()
    before = notes.read_text()
    folder.swap("media/talk.vtt", "Go gently.", "Go calmly.")
    changed = CliRunner().invoke(stamp, [str(folder.path)])
    assert "the words of talk in en have changed since" in changed.output and notes.read_text() == before
