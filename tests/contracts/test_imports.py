"""The import contracts hold, and each of them catches a violation planted in a copy of the code."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLANTS = {
    "Slices stand in one order": ("coplearn/i18n/formats.py", "import coplearn.web.render"),
    "Slices stand in one order (a package without a place)": ("coplearn/helpers/__init__.py", ""),
    "Every slice has the same floors": ("coplearn/learning/rules.py", "import coplearn.learning.queries"),
    "Every slice has the same floors (a utils.py)": ("coplearn/learning/utils.py", ""),
    "Translating has the same floors": ("coplearn/translating/desk.py", "import coplearn.translating.service"),
    "The outbox has the same floors": ("coplearn/outbox/service.py", "import coplearn.outbox.letters"),
    "Courses: the plugin contract is the bottom": ("coplearn/courses/plugin.py", "import coplearn.courses.loader"),
    "The domain knows no web": ("coplearn/learning/service.py", "import flask"),
    "Rules and courses know no database": ("coplearn/certificates/rules.py", "import sqlalchemy"),
    "Views are leaves": ("coplearn/profile/screens.py", "import coplearn.learning.views"),
    "Rows are written by services, read by queries": ("coplearn/profile/screens.py", "import coplearn.learning.models"),
    "No package is in a cycle": ("coplearn/kernel/clock.py", "import coplearn.app"),
}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_contracts_hold() -> None:
    """The code as it is breaks none."""
    found = _lint(ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("contract", "plant"), PLANTS.items(), ids=list(PLANTS))
def test_contract_catches_a_planted_violation(contract: str, plant: tuple[str, str], tmp_path: Path) -> None:
    """One wrong import (or a room without a place) breaks the contract that forbids it."""
    shutil.copytree(ROOT / "coplearn", tmp_path / "coplearn", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file = tmp_path / plant[0]
    file.parent.mkdir(exist_ok=True)
    text = file.read_text(encoding="utf-8") if file.exists() else '"""A new room."""\n'
    file.write_text(f"{text}\n{plant[1]}\n", encoding="utf-8")
    found = _lint(tmp_path)
    assert found.returncode == 1
    if plant[1]:
        name = contract.partition(" (")[0]
        broken = [line for line in found.stdout.splitlines() if line.startswith(name) and line.endswith("BROKEN")]
        assert broken, found.stdout
    else:
        # A package or room without a place is told by its own name, before any contract is judged.
        assert file.stem.replace("__init__", file.parent.name) in found.stdout + found.stderr
