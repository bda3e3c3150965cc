"""An audit of the packages that did not ask about one of them has failed; the list of parts holds every one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.supply import LOCK, judge, locked_packages, plain, write_sbom

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


@pytest.mark.whole
def test_list_of_parts_holds_every_locked_package_with_its_hashes(tmp_path: Path) -> None:
    """In the form that others' tools read."""
    write_sbom(tmp_path / "sbom.json")
    sbom = json.loads((tmp_path / "sbom.json").read_text(encoding="utf-8"))
    parts = {plain(one["name"]): one for one in sbom["components"]}
    assert sbom["bomFormat"] == "CycloneDX"
    assert {name: one["version"] for name, one in parts.items()} == locked_packages(LOCK.read_text(encoding="utf-8"))
    assert all(place["hashes"] for one in parts.values() for place in one["externalReferences"])
