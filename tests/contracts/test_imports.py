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
    "Every slice has the same floors": ("coplearn/learning/rules.py", "import coplearn.learning.queries"),
    "Translating has four rooms": (
        "coplearn/translating/editing/drafts.py",
        "import coplearn.translating.exchange.imports",
    ),
    "Translating: the floors of the store": (
        "coplearn/translating/store/progress.py",
        "import coplearn.translating.store.edits",
    ),
    "Translating: the floors of catalogs": (
        "coplearn/translating/catalogs/sync.py",
        "import coplearn.translating.catalogs.domains",
    ),
    "Translating: the floors of editing": (
        "coplearn/translating/editing/message_detail.py",
        "import coplearn.translating.editing.presenters",
    ),
    "Translating: the floors of exchange": (
        "coplearn/translating/exchange/import_rows.py",
        "import coplearn.translating.exchange.exports",
    ),
    "Programme records have the same floors": (
        "coplearn/programme/rules/words.py",
        "import coplearn.programme.queries",
    ),
    "Insights have the same floors": ("coplearn/insights/rules.py", "import coplearn.insights.words"),
    "Metrics: from the law of what is counted": ("coplearn/metrics/rules.py", "import coplearn.metrics.collecting"),
    "The outbox has the same floors": ("coplearn/outbox/service.py", "import coplearn.outbox.letters"),
    "Backups have the same floors": ("coplearn/backups/rules.py", "import coplearn.backups.row_sums"),
    "Moving: from rows and their law": ("coplearn/moving/rows.py", "import coplearn.moving.packing"),
    "Courses: kinds stand on the plugin contract alone": (
        "coplearn/courses/plugin.py",
        "import coplearn.courses.loader",
    ),
    "Cohorts are six rooms by subject": (
        "coplearn/cohorts/meetings/queries.py",
        "import coplearn.cohorts.people.queries",
    ),
    "Each room of cohorts has the same floors": (
        "coplearn/cohorts/people/queries.py",
        "import coplearn.cohorts.people.tasks",
    ),
    "The domain knows no web": ("coplearn/learning/service.py", "import flask"),
    "Rules and courses know no database": ("coplearn/certificates/rules.py", "import sqlalchemy"),
    "Views are leaves": ("coplearn/profile/presenters.py", "import coplearn.learning.views"),
    "Rows are written by services, read by queries": (
        "coplearn/profile/presenters.py",
        "import coplearn.learning.models",
    ),
    "No package is in a cycle": ("coplearn/kernel/clock.py", "import coplearn.app"),
}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_contracts_hold() -> None:
    """The code as it is breaks none."""
    found = _lint(ROOT)
    assert found.returncode == 0, found.stdout


def test_every_contract_catches_its_planted_violation(tmp_path: Path) -> None:
    """One wrong import breaks the contract that forbids it; all are planted at once, and each is told."""
    _copy(tmp_path)
    for place, line in PLANTS.values():
        file = tmp_path / place
        file.write_text(f"{file.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    found = _lint(tmp_path)
    assert found.returncode == 1
    broken = [line for line in found.stdout.splitlines() if line.endswith("BROKEN")]
    assert [name for name in PLANTS if not any(line.startswith(name) for line in broken)] == [], found.stdout


@pytest.mark.parametrize(
    "place",
    [
        "coplearn/helpers/__init__.py",
        pytest.param("coplearn/learning/utils.py", marks=pytest.mark.whole),
        pytest.param("coplearn/cohorts/helpers.py", marks=pytest.mark.whole),
        "coplearn/cohorts/people/utils.py",
    ],
)
def test_room_without_a_place_is_told(place: str, tmp_path: Path) -> None:
    """A package or file that no contract has a place for is told by its own name, before any contract is judged."""
    _copy(tmp_path)
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.write_text('"""A new room."""\n', encoding="utf-8")
    found = _lint(tmp_path)
    assert found.returncode == 1
    assert file.stem.replace("__init__", file.parent.name) in found.stdout + found.stderr


def _copy(folder: Path) -> None:
    shutil.copytree(ROOT / "coplearn", folder / "coplearn", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", folder)
