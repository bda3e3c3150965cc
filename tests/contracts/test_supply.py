"""An audit of the packages that did not ask about one of them has failed; the list of parts holds every one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from coplearn.settings import HOME, INSTALL_EXTRAS
from tests.supply import LOCKS, judge, lock_text, locked_packages, plain, write_sbom

TWO = "flask==3.1.0 \\\n    --hash=sha256:00\nSQLAlchemy==2.1 ; python_version > '3'\n"


def _report(*found: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(found), "fixes": []})


FLASK = {"name": "Flask", "version": "3.1.0", "vulns": []}
ALCHEMY = {"name": "sqlalchemy", "version": "2.1", "vulns": []}


def test_audit_is_good_when_every_package_was_asked_about() -> None:
    """Whatever the spelling of their names."""
    assert judge(TWO, _report(FLASK, ALCHEMY)).is_good


@pytest.mark.parametrize(
    ("report", "named"),
    [
        ("", ["not asked about: flask", "not asked about: sqlalchemy"]),
        (_report(), ["not asked about: flask", "not asked about: sqlalchemy"]),
        (_report(FLASK), ["not asked about: sqlalchemy"]),
        (_report(FLASK, {"name": "sqlalchemy", "skip_reason": "no answer"}), ["not asked about: sqlalchemy"]),
        (_report(FLASK, {**ALCHEMY, "version": "2.0"}), ["not asked about: sqlalchemy"]),
        (_report(FLASK, {**ALCHEMY, "vulns": [{"id": "PYSEC-1"}]}), ["weak: sqlalchemy 2.1: PYSEC-1"]),
    ],
)
def test_audit_fails_and_names_what_was_not_asked_about(report: str, named: list[str]) -> None:
    """No report, a short one, a package that was skipped or asked about in another version, and a known weakness."""
    verdict = judge(TWO, report)
    assert not verdict.is_good
    assert verdict.lines()[1:] == named


FROM_AN_INDEX = re.compile(
    r"""\b(?:pipx?3?|uv|poetry|conda)\s+(?:\w+\s+)*(?:install|add)\s+(?:-\S+\s+)*["'`]*coplearn\b(?![/.])|\bcoplearn\[\w"""
)
"""A command that has an installer ask an index for coplearn by its name."""


TOLD = [
    'pip install "coplearn[objects]"',
    "python -m pip install\n    coplearn",
    "uv pip install -U coplearn",
    "pipx install coplearn",
]
OTHER = [
    "install coplearn ([operating.md](operating.md))",
    "pip install -r coplearn/requirements.lock",
    "pip install requests",
]


def test_nobody_is_told_to_install_coplearn_from_an_index() -> None:
    """It stands on none: what came would be a stranger's, in the site's own environment and past all hashes."""
    assert [bool(FROM_AN_INDEX.search(one)) for one in TOLD + OTHER] == [True] * len(TOLD) + [False] * len(OTHER)
    files = [path for path in HOME.iterdir() if path.is_file() and path.suffix != ".lock"]
    files += [path for room in ("deploy", "docs") for path in (HOME / room).rglob("*") if path.is_file()]
    files += [path for path in (HOME / "coplearn").rglob("*") if path.suffix in {".py", ".html", ".js"}]
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in files}
    assert HOME / "deploy" / "Containerfile" in texts
    assert [path for path, text in texts.items() if FROM_AN_INDEX.search(text)] == []


def test_what_settings_need_is_locked_with_what_the_site_runs_with() -> None:
    """One version of each package in every lock, with hashes and no address; the command is told, and the image has them."""
    assert f" -r {LOCKS[1].name}" in INSTALL_EXTRAS
    assert INSTALL_EXTRAS in (HOME / "docs" / "operating.md").read_text(encoding="utf-8")
    assert f"-r /tmp/{LOCKS[1].name}" in (HOME / "deploy" / "Containerfile").read_text(encoding="utf-8")
    run, extras, tested = (path.read_text(encoding="utf-8") for path in (*LOCKS, HOME / "requirements-dev.lock"))
    assert {"obstore", "redis", "sentry-sdk"} <= locked_packages(extras).keys() - locked_packages(run).keys()
    for lock in (run, extras):
        assert locked_packages(lock).items() <= locked_packages(tested).items(), "what is tested is what is installed"
    for lock in (run, extras, tested):
        assert "://" not in lock
        assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\S)", lock))


@pytest.mark.whole
def test_list_of_parts_holds_every_locked_package_with_its_hashes(tmp_path: Path) -> None:
    """In the form that others' tools read."""
    write_sbom(tmp_path / "sbom.json")
    sbom = json.loads((tmp_path / "sbom.json").read_text(encoding="utf-8"))
    parts = {plain(one["name"]): one for one in sbom["components"]}
    assert sbom["bomFormat"] == "CycloneDX"
    assert {name: one["version"] for name, one in parts.items()} == locked_packages(lock_text())
    assert all(place["hashes"] for one in parts.values() for place in one["externalReferences"])
