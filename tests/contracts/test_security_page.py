"""What is said of security names tests that are there, and says of all forty bars how they stand."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from coplearn.kernel.short_codes import chance_per_year

ROOT = Path(__file__).resolve().parents[2]
CITED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (holds|falls short|not built) \| (.*?) \| (.*?) \|$", re.MULTILINE)
PROMISE = re.compile(r"^\| .+? \| (tested|reasoned): .+ \|$", re.MULTILINE)


@cache
def _tests_in(file: str) -> frozenset[str]:
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def missing_tests(text: str) -> list[str]:
    """The tests that a text names and that are not there."""
    cited = CITED.findall(text)
    return [f"{file}::{name}" for file, name in cited if not _tests_in(file) or (name and name not in _tests_in(file))]


@pytest.mark.parametrize("name", ["SECURITY.md", "docs/security.md", "docs/architecture.md"])
def test_every_test_that_is_named_is_there(name: str) -> None:
    """A test that is renamed takes its sentence along."""
    assert missing_tests((ROOT / name).read_text(encoding="utf-8")) == []


def test_every_bar_stands_in_the_table_and_what_holds_has_a_test() -> None:
    """Forty rows in order; “falls short” says by how much and “not built” what brings it."""
    rows = ROW.findall((ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
    assert [int(row[0]) for row in rows] == list(range(1, 41))
    assert [row[0] for row in rows if row[2] == "holds" and not CITED.search(row[4])] == []
    assert [row[0] for row in rows if len(row[3]) < 10] == []


def test_every_promise_says_how_it_is_known() -> None:
    """By a test that is named, or by reasoning that is given."""
    promised = (
        (ROOT / "SECURITY.md").read_text(encoding="utf-8").partition("## What is promised")[2].partition("\n## ")[0]
    )
    lines = [line for line in promised.splitlines() if line.startswith("| ")][1:]
    assert len(lines) > 20
    assert [line for line in lines if not PROMISE.fullmatch(line)] == []
    assert [line for line in lines if " tested:" in line and not CITED.search(line)] == []


def test_name_of_a_test_that_is_gone_is_seen() -> None:
    """Of a file and of a test in one."""
    gone = "`tests/no/test_such.py::test_x` and `tests/contracts/test_security_page.py::test_gone`"
    kept = (
        "`tests/contracts/test_security_page.py::test_name_of_a_test_that_is_gone_is_seen`, `tests/durability/disk.py`"
    )
    assert missing_tests(gone + kept) == [
        "tests/no/test_such.py::test_x",
        "tests/contracts/test_security_page.py::test_gone",
    ]


def test_chance_of_a_guess_grows_with_tries_and_codes() -> None:
    """One try an hour at six digits, for a year; and every code there is is hit in the end."""
    assert round(chance_per_year(10, 6, valid=1, tries=1, seconds=3_600), 5) == 0.00872
    assert chance_per_year(10, 6, valid=2, tries=1, seconds=3_600) > chance_per_year(
        10, 6, valid=1, tries=1, seconds=3_600
    )
    assert chance_per_year(10, 1, valid=5, tries=60, seconds=60, addresses=9) == 1
