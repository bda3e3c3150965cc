"""A site's parts are found in one typed object, and types of slices above are named in one module alone."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from coplearn.site import site_of

ROOT = Path(__file__).resolve().parents[2]
OTHERS = {
    "coplearn/commands.py": {"alembic"},
    "coplearn/outbox/mail.py": {"mailman"},
    "coplearn/site.py": {"_KEY"},
    "coplearn/storage/database.py": {"alembic", "sqlalchemy"},
    "coplearn/web/framework.py": {"security"},
}
"""The extensions that are not ours, each looked up in one place."""


def test_nothing_is_looked_up_by_a_string_but_what_others_made() -> None:
    """``app.extensions["…"]`` and ``session.info["…"]`` have no types: what is ours has a field or a typed key."""
    found: dict[str, set[str]] = {}
    for path in _modules():
        text = path.read_text(encoding="utf-8")
        names = re.findall(r"extensions(?:\.\w+\(|\[)\"?(\w+)", text) + re.findall(
            r"\"(\w+)\" in app\.extensions", text
        )
        names += re.findall(r"session\.info(?:\.\w+\(|\[)(\S+?)[\])]", text)
        if names:
            found[path.relative_to(ROOT).as_posix()] = set(names)
    found.pop("coplearn/storage/session_info.py")
    assert found == OTHERS


def test_types_of_slices_above_are_named_by_the_site_alone() -> None:
    """The import contracts leave out what only a type checker imports; everywhere else that too goes down."""
    found = list(_upward())
    assert [(path, name) for path, name in found if path != "coplearn/site.py"] == []
    assert found  # the site does name them, so this would be seen


def test_parts_are_those_of_the_application(app: Flask) -> None:
    """Letters, jobs and courses of one site are the same wherever they are met."""
    parts = site_of(app)
    assert parts.jobs.app is app
    assert parts.locales.source in list(parts.locales)
    assert parts.library.current() is parts.library.current()


def _modules() -> list[Path]:
    return sorted((ROOT / "coplearn").rglob("*.py"))


def _upward() -> Iterator[tuple[str, str]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(one["layers"] for one in contracts if one["name"] == "Slices stand in one order")
    height = {name.strip(): -place for place, row in enumerate(layers) for name in row.split("|")}
    for path in _modules():
        own = path.relative_to(ROOT / "coplearn").with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("coplearn."):
                other = str(node.module).split(".")[1]
                if own != other and own in height and height.get(other, 0) >= height[own]:
                    yield path.relative_to(ROOT).as_posix(), str(node.module)
