"""The table of what the standard asks for: every row has a test that is there, or says why it has none."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROWS = tomllib.loads((HERE / "xapi.toml").read_text(encoding="utf-8"))
NUMBER = re.compile(r"(?:[1-6A](?:\.[0-9]+)*)(?:\.(?:s[0-9]+|b[0-9]+|table[0-9]+|row[0-9]+))*")


def test_every_row_has_its_test_or_its_reason() -> None:
    """By the names of files and functions; a number has the standard's form."""
    there = {
        f"{path.stem.removeprefix('test_')}::{name}"
        for path in HERE.glob("test_*.py")
        for name in re.findall(r"^def test_(\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for part, rows in ROWS.items():
        for number, (words, test) in rows.items():
            reason = test.removeprefix("not applicable: ")
            assert test in there or (reason != test and len(reason) > 8), (part, number, test)
            assert bool(words) is (reason == test), (part, number)
            assert part == "version 2.0" or NUMBER.fullmatch(number), number


def test_count_that_the_manual_states_is_that_of_the_table() -> None:
    """How many rows there are, and how many of them have a test."""
    every = [test for part in ("data", "communication") for _, test in ROWS[part].values()]
    tested = [test for test in every if not test.startswith("not applicable")]
    manual = (HERE.parent.parent / "docs" / "xapi.md").read_text(encoding="utf-8")
    assert f"{len(every)} numbered MUSTs" in manual and f"{len(tested)} of them" in manual
