"""The tables of wording, the names of our stories, and what is mended unasked."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

from coplearn.i18n import po
from coplearn.i18n.checks.base import Subject
from coplearn.i18n.checks.languages.names import NAMES
from coplearn.i18n.checks.languages.wording import TABLES, read_wordings
from coplearn.i18n.checks.registry import findings
from coplearn.i18n.mending import mended, write_mended
from coplearn.i18n.second_readings import SecondReading, keep_readings, read_readings, readings_path, text_sha

HOME = Path(__file__).resolve().parents[2]
LANGUAGES = ("ar", "es", "fr", "ru", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_wording_tables_say_why_and_what_instead(language: str) -> None:
    """A translator is told a reason and better words, and no row forbids the words that it proposes."""
    rows = read_wordings(TABLES / f"{language}.tsv")
    assert len(rows) >= 15
    for row in rows:
        assert row.reason and row.better
        assert row.pattern.search(row.better) is None, row.words


def test_wording_table_without_a_reason_is_refused(tmp_path: Path) -> None:
    """A rule that nobody can explain helps nobody."""
    path = tmp_path / "xx.tsv"
    path.write_text("words\tbetter\treason\tlevel\tsource\na\tb\t\talways\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"xx\.tsv:2"):
        read_wordings(path)
    path.write_text("a\tb\tc\talways\n", encoding="utf-8")
    with pytest.raises(ValueError, match="first line"):
        read_wordings(path)
    assert read_wordings(tmp_path / "none.tsv") == ()


def test_wording_names_what_stands_there_and_what_should() -> None:
    """The finding carries the words, the better ones and the reason."""
    found = findings(Subject(source="Word for word", forms=("Если опасность есть сейчас",), locale="ru"))
    told = next(one for one in found if one.check == "wording")
    assert told.phrase.params["words"] == "опасность есть сейчас"
    assert "прямо сейчас" in told.words
    assert told.span == (5, 26)


def test_wording_stands_for_whole_words_and_its_star_for_endings() -> None:
    """«участвующие сервисы» in any case, and no word that only begins so."""

    def told(text: str, locale: str, source: str = "a") -> bool:
        return any(
            one.check.startswith("wording") for one in findings(Subject(source=source, forms=(text,), locale=locale))
        )

    assert told("для участвующих сервисов", "ru")
    assert told("l\u2019enfant garde peur", "fr")
    assert not told("aparatoso", "es")
    assert told("Le enseña la página", "es", "Shows it")
    assert not told("Le enseña a leer", "es", "Teaches it")


def test_names_of_every_story_are_known() -> None:
    """The people of a course stand in its README.md; one whose name is new needs a name that declines."""
    found: set[str] = set()
    for readme in HOME.glob("courses/cop-*/README.md"):
        for line in readme.read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
            found |= {cell for cell in cells[:2] if re.fullmatch(r"[A-Z][a-z]+", cell)}
    assert len(found) > 15
    assert found - {"Name", "Who", "Story", "Child", "Rule", "Lesson"} <= NAMES


def test_mended_text_reads_the_same() -> None:
    """Only spaces change, only in the language that asks for it, and only once."""
    text = "В 2024 году — 5 лет"
    kept = mended(text, "ru", "course")
    assert kept == "В\u00a02024\u00a0году\u00a0— 5\u00a0лет"
    assert mended(kept, "ru", "course") == kept
    assert mended(text, "fr", "course") == text


def test_mended_file_keeps_what_was_read_a_second_time(tmp_path: Path) -> None:
    """A space that does not break is no other text: its record goes with it, and a record of another language stays."""
    path = tmp_path / "ru.po"
    file = polib.POFile()
    file.append(polib.POEntry(msgctxt="a#x", msgid="At 5", msgstr="К 5 часам"))
    old = text_sha("a#x", "At 5", ("К 5 часам",))
    records = [SecondReading(code, "a#x", old, "machine", "", "2026-11-30", "aloud") for code in ("ru", "uk")]
    keep_readings(readings_path(path), records)
    assert write_mended(file, path, "ru", "course")
    read = po.read_po(path, by_context=True).file
    assert read is not None
    assert read[0].msgstr == "К\u00a05\u00a0часам"
    new = text_sha("a#x", "At 5", (read[0].msgstr,))
    assert {(one.locale, one.sha) for one in read_readings(readings_path(path))} == {("ru", new), ("uk", old)}
    assert not write_mended(read, path, "ru", "course")
