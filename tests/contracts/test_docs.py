"""What the documentation names is there: a file or a function that moves takes its sentence along."""

from __future__ import annotations

import re
import shlex
import tomllib
from importlib import import_module
from itertools import zip_longest
from pathlib import Path

import click
import pytest
from flask import Flask

from coplearn import reference

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    path.relative_to(ROOT).as_posix()
    for room in ("coplearn", "tests", "bench", "migrations")
    for path in (ROOT / room).rglob("*")
    if path.suffix in (".py", ".html", ".js", ".css", ".toml", ".typ")
}
MODULES = {
    Path(path).stem if not path.endswith("/__init__.py") else Path(path).parent.name
    for path in FILES
    if path.endswith(".py")
}
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(\w+/)*\w+\.py")
DOTTED = re.compile(r"[a-z_]+(\.[A-Za-z_]+)+")


def _is_there(name: str) -> bool:
    """Whether a module of that name, or a name in one, is found by the end of its address."""
    place = "/" + name.removeprefix("coplearn.").replace(".", "/")
    if any(f"/{path}".endswith((f"{place}.py", f"{place}/__init__.py")) for path in FILES):
        return True
    above, _, last = place.rpartition("/")
    inside = [path for path in FILES if re.search(rf"{above}(\.py|/[^/]+\.py)$", f"/{path}")]
    return any(re.search(rf"\b{last}\b", (ROOT / path).read_text(encoding="utf-8")) for path in inside)


def missing_names(text: str) -> list[str]:
    """Paths and dotted names between backticks that nothing in the code answers to."""
    missing = []
    for name in QUOTED.findall(text):
        if PATH.fullmatch(name):
            found = any(f"/{path}".endswith(f"/{name}") for path in FILES)
        elif DOTTED.fullmatch(name) and name.removeprefix("coplearn.").split(".")[0] in MODULES:
            found = _is_there(name)
        else:
            continue
        if not found:
            missing.append(name)
    return missing


@pytest.mark.parametrize(
    "name",
    ["architecture.md", "cohorts.md", "operating.md", "privacy.md", "resources.md", "translating.md", "benchmarks.md"],
)
def test_every_name_in_the_documentation_is_there(name: str) -> None:
    """Whoever looks a name up finds it."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert QUOTED.search(text)
    assert missing_names(text) == []


def test_every_bench_has_its_command_in_the_documentation() -> None:
    """No figure is measured by something that nobody finds."""
    benches = {one.stem for one in (ROOT / "bench").glob("*.py") if "__main__" in one.read_text(encoding="utf-8")}
    text = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`python -m bench\.(\w+)", text)) == benches


def test_slices_and_floors_are_drawn_as_they_are_checked() -> None:
    """The two pictures at the top of the architecture hold every layer of the contracts, in their order."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    slices, floors = ([_names(layer) for layer in contracts[place]["layers"]] for place in (0, 1))
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn, below = re.findall(r"(?:^    .+\n)+", text, re.MULTILINE)[:2]
    assert [_names(layer) for layer in drawn.split(">")] == slices
    assert [_names(re.split(r" {2,}", line.strip())[0]) for line in below.splitlines()] == floors


def _names(layer: str) -> set[str]:
    return set(re.findall(r"\w+", layer))


def test_name_that_is_gone_is_seen() -> None:
    """A module that was moved and a function of another name; what is there, or is no name of ours, is none."""
    gone = "`insights.rules.ledger`, `cohorts/rules/ledger.py`, `learning.rules.joined_up`"
    kept = "`learning.rules.join`, `web/errors.py`, `cohorts.common.counting`, `session.info`, `make test`"
    assert missing_names(gone + kept) == [
        "insights.rules.ledger",
        "cohorts/rules/ledger.py",
        "learning.rules.joined_up",
    ]


COMMAND = re.compile(
    r"^(?: {4}|\$ )(?:\w+=\S+ )*(?:python -m |\.venv/bin/)?coplearn ([a-z].*?)(?: {2,}#.*)?$", re.MULTILINE
)
DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def faults_of_commands(text: str, app: Flask) -> list[str]:
    """Lines that the manual asks somebody to type, of which a command, an option or one of a choice's words is not there."""
    faults = []
    for line in COMMAND.findall(text):
        words = shlex.split(re.sub(r"\[[^\]]*\]|…|\.\.\.", "", line))
        command: click.Command = app.cli
        while words and isinstance(command, click.Group) and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        if isinstance(command, click.Group):
            faults.append(line)
            continue
        options = {name: one for one in command.params for name in one.opts}
        for word, following in zip_longest(words, words[1:], fillvalue=""):
            name, _, value = word.partition("=")
            if word.startswith("-") and len(word) > 1:
                one = options.get(name)
                chosen = one.type.choices if one is not None and isinstance(one.type, click.Choice) else ()
                given = value or following
                if one is None or (chosen and given.islower() and given not in chosen):
                    faults.append(line)
    return faults


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_in_the_documentation_can_be_typed(name: str, shared_app: Flask) -> None:
    """Whoever copies a line out of the manual is not told that there is no such option."""
    assert faults_of_commands((ROOT / name).read_text(encoding="utf-8"), shared_app) == []


def test_a_command_that_is_not_there_is_found(shared_app: Flask) -> None:
    """So that the test above can fail."""
    lines = ("course export-package x --format scorm13 -o y", "course chek", "course check --never")
    assert len(faults_of_commands("".join(f"    coplearn {line}\n" for line in lines), shared_app)) == 3


def test_stale_page_fails_where_it_is_only_checked(
    shared_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check names the page and writes nothing; the command writes it, and then there is nothing to tell."""
    monkeypatch.setattr(reference, "HOME", tmp_path)
    (tmp_path / "docs").mkdir()
    page, text = tmp_path / "docs" / "page.md", "<!-- generated: guesses -->\nOld.\n<!-- end -->\n"
    page.write_text(text, encoding="utf-8")
    run = shared_app.test_cli_runner().invoke
    checked = run(reference.docs, ["--check"])
    assert (checked.exit_code, checked.output) == (1, "docs/page.md: is stale; run coplearn docs\n")
    assert page.read_text(encoding="utf-8") == text
    assert run(reference.docs, []).exit_code == 0
    assert "chance a year" in page.read_text(encoding="utf-8")
    again = run(reference.docs, ["--check"])
    assert (again.exit_code, again.output) == (0, "")


def test_setting_that_says_nothing_of_itself_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the words of another setting, nor none at all, come into the manual."""
    (tmp_path / "silent.py").write_text('class Settings:\n    one: int = 1\n    two: int = 2\n    """Two."""\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(reference, "settings_module", import_module("silent"))
    with pytest.raises(ValueError, match="The setting one has no docstring"):
        reference.settings_reference()
