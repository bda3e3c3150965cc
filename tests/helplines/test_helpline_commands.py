"""An operator sees which lines are to be called again, and what is wrong with a file of their own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from coplearn.kernel.clock import utcnow
from tests.conftest import MakeSite
from tests.helplines.test_directory import FALLBACK, entry


def _line(name: str, days: int) -> str:
    today = utcnow().date()
    number, read = f'"{1100 + days}"', str(today - timedelta(days=20))
    return entry(name=f'"{name}"', phone=number, tel=number, read=read, next_check=str(today + timedelta(days=days)))


@pytest.mark.parametrize(("days", "code"), [(-1, 1), (0, 0)])
def test_due_lists_what_is_to_be_called(make_app: MakeSite, tmp_path: Path, days: int, code: int) -> None:
    """The most urgent first and the far ones not at all; a line that has expired, and is shown to nobody, is an alarm."""
    own = tmp_path / "own.toml"
    fallback = FALLBACK.replace("2026-11-15", str(utcnow().date()))
    own.write_text(fallback + _line("Far away", 90) + _line("Soon", 20) + _line("Now", days), encoding="utf-8")
    runner = make_app(helplines=own).test_cli_runner()
    result = runner.invoke(args=["helplines", "due"])
    lines = result.output.splitlines()
    assert result.exit_code == code
    assert [line.rpartition(" ")[2] for line in lines[:-1]] == ["Now", "Soon"]
    assert lines[-1] == f"{code} expired, {2 - code} due, 0 kept back"
    assert "Far away" in runner.invoke(args=["helplines", "due", "--days", "120"]).output


def test_check_tells_days_that_have_not_come_yet(make_app: MakeSite, tmp_path: Path) -> None:
    """A slip in a year would show a line for years without anybody looking at it again; tomorrow is today somewhere."""
    own, today = tmp_path / "own.toml", utcnow().date()
    own.write_text(FALLBACK + entry(read=str(today + timedelta(days=1)), next_check=None), encoding="utf-8")
    runner = make_app().test_cli_runner()
    assert runner.invoke(args=["helplines", "check", str(own)]).exit_code == 0
    own.write_text(FALLBACK + entry(read=str(today + timedelta(days=400)), next_check=None), encoding="utf-8")
    result = runner.invoke(args=["helplines", "check", str(own)])
    assert result.exit_code == 1
    assert "Child Helpline 1098: it was read or called on a day that has not come yet" in result.output


def test_check_tells_every_fault_of_a_file(make_app: MakeSite, tmp_path: Path) -> None:
    """The product's own file is good; a bad one is told entry by entry."""
    runner = make_app().test_cli_runner()
    assert runner.invoke(args=["helplines", "check"]).exit_code == 0
    own = tmp_path / "own.toml"
    own.write_text(FALLBACK + entry(phone=None, tel=None) + entry(country='"Nepal"'), encoding="utf-8")
    result = runner.invoke(args=["helplines", "check", str(own)])
    assert result.exit_code == 1
    assert "own.toml:10: error: There is no way to reach it." in result.output
    assert 'own.toml:20: error: "Nepal" cannot be the country.' in result.output
