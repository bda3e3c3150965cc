"""A stranger's package of kinds, as the manual writes it: its files, the wheel made of them, and a course that uses it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.courses.makecourse import CHECK, HOME, Folder, make_course

MANUAL = (HOME / "docs" / "courses.md").read_text(encoding="utf-8")
_PACKAGE = re.search(r"<!-- example package -->(.*?)<!-- /example package -->(.*?)\n### ", MANUAL, re.DOTALL)
assert _PACKAGE is not None
FILES: dict[str, str] = dict(re.findall(r"`([\w./]+)`[^\n]*:\n\n```\w+\n(.*?)```", _PACKAGE[1], re.DOTALL))
FILES["estimate_questions/__init__.py"] = ""
"""What the stranger wrote, by path."""
TEST = re.search(r"needs no site:\n\n```python\n(.*?)```", _PACKAGE[1], re.DOTALL)
QUESTION = re.search(r"```yaml\n(.*?)```", _PACKAGE[2], re.DOTALL)
STEM = "Of ten children, how many would tell a parent first?"


def write_package(project: Path) -> Path:
    """The stranger's files in ``project``; the folder of the package among them."""
    for name, text in FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    return project / "estimate_questions"


def install_package(folder: Path) -> Path:
    """The package built to a wheel and installed from it, without a network, into a folder for Python's path."""
    write_package(folder / "project")
    build = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(folder / "project")]
    subprocess.run([sys.executable, *build], check=True, capture_output=True)
    wheel = next((folder / "dist").glob("*.whl"))
    install = [
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "--quiet",
        "--target",
        str(folder / "site"),
        str(wheel),
    ]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    return folder / "site"


def course_with_estimate(where: Path) -> Folder:
    """The template's course, whose check asks the stranger's question first."""
    assert QUESTION is not None
    folder = make_course(where)
    folder.swap(CHECK, "questions:\n", f"questions:\n{QUESTION[1]}")
    return folder
