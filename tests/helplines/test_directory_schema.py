"""What an operator's editor is told of a directory file is what the site checks: no more and no less."""

from __future__ import annotations

import json
import tomllib
from datetime import date, time
from importlib.resources import files
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from coplearn.authoring.problems import Problems
from coplearn.authoring.source import TOML, SourceFile
from coplearn.helplines.editors import DIRECTORY
from coplearn.helplines.reading import FALLBACK_KEYS, HOUR_KEYS, LINE_KEYS, read_directory
from coplearn.pages.cli import helplines
from tests.courses.test_editor_schemas import STRUCTURE, fits, spoilt

FULL = """
[[fallback]]
name = "Child Helpline International"
name_language = "en"
url = "https://childhelplineinternational.org/helplines/"
purpose = "helpline"
page = "https://childhelplineinternational.org/about/members/"
voice = "owner"
year = 2026
read = 2026-11-15
called = 2026-11-20
next_check = 2027-01-01
[[line]]
country = "KE"
kind = "helpline"
name = "Childline Kenya"
name_language = "en"
police = false
who = "both"
up_to = 18
only_for = "digital-violence"
place = "Nairobi"
phone = "116"
tel = "116"
sms = "1190"
sms_word = "HELP"
whatsapp = "0700 000 000"
whatsapp_tel = "+254700000000"
url = "https://www.example.org"
chat = true
hours = [{ days = "mon-fri", opens = 09:00:00, closes = 23:00:00 }]
free = true
languages = ["en", "sw"]
takes_reports = true
page = "https://www.example.org/contact"
voice = "owner"
year = 2026
read = 2026-11-15
called = 2026-11-20
next_check = 2027-01-01
withheld = "Nobody called."
"""


def plain(data: Any) -> Any:
    """The data with dates and times as the texts that an editor takes them for."""
    return json.loads(json.dumps(data, default=lambda value: value.isoformat()))


def codes(data: Any) -> set[str]:
    problems = Problems()
    read_directory(SourceFile("own.toml", data, {}, syntax=TOML), problems)
    return {problem.code for problem in problems.errors}


def test_schema_refuses_what_the_site_refuses() -> None:
    """Each key taken away, each value of another kind, a key too many: both refuse, or both take it."""
    data = tomllib.loads(FULL)
    assert data["line"][0].keys() == set(LINE_KEYS) and data["fallback"][0].keys() == set(FALLBACK_KEYS)
    assert data["line"][0]["hours"][0].keys() == set(HOUR_KEYS)
    assert codes(data) == set() and fits(plain(data), DIRECTORY)
    apart = {}
    for change, made in spoilt(data):
        found = codes(made)
        structural = {
            code for code in found if STRUCTURE.fullmatch(code) or code in {"not-a-date", "not-a-time", "unknown-key"}
        }
        if fits(plain(made), DIRECTORY) == bool(structural):
            apart[change] = found
    assert not apart


def test_the_products_own_file_fits() -> None:
    """Nobody's editor marks a good file."""
    text = files("coplearn.helplines").joinpath("helplines.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    assert isinstance(data["line"][0]["read"], date) and not isinstance(data["line"][0]["read"], time)
    assert fits(plain(data), DIRECTORY)


def test_command_writes_the_schema(tmp_path: Path) -> None:
    """A file of JSON that names its draft."""
    done = CliRunner().invoke(helplines, ["schema", str(tmp_path / "schemas")])
    assert done.exit_code == 0, done.output
    written = json.loads((tmp_path / "schemas" / "helplines.schema.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(DIRECTORY))
    assert written["$schema"].startswith("https://json-schema.org/")
