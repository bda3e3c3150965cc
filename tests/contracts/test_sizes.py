"""Files and views stay small enough to be read at one go."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
LONGEST_VIEW = 25
ROUTES = {"get", "post", "put", "delete", "route"}
A_ROUTE = re.compile(rf"@[\w.]+\.(?:{'|'.join(sorted(ROUTES))})\(")


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    """A longer one is two subjects. A migration is history and stays as it was."""
    files = [path for room in ("coplearn", "tests", "bench") for path in (ROOT / room).rglob("*.py")]
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert len(lengths) > 300
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_view_is_longer_than_twenty_five_lines() -> None:
    """A view loads, checks, calls one verb, commits and answers; the rest is somebody else's.

    Every function beside the views counts as one, with a route or without: a long view is not mended by a long helper.
    """
    lengths: dict[str, int] = {}
    for path in (ROOT / "coplearn").rglob("*.py"):
        if path.stem == "views" or path.parent.name == "views":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    lengths[f"{path.relative_to(ROOT).as_posix()}:{node.name}"] = _length(node)
    assert len(lengths) > 300
    assert {name: length for name, length in lengths.items() if length > LONGEST_VIEW} == {}


def test_a_route_stands_on_the_floor_of_the_views() -> None:
    """Elsewhere nobody would look for it, and nothing above would count it."""
    elsewhere = [
        f"{path.relative_to(ROOT).as_posix()}:{node.name}"
        for path in (ROOT / "coplearn").rglob("*.py")
        if path.stem != "views" and path.parent.name != "views"
        # Most files are seen to have none without being read as code.
        if A_ROUTE.search(text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and any(_is_route(one) for one in node.decorator_list)
    ]
    assert elsewhere == []


def _length(node: ast.FunctionDef) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


def _is_route(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in ROUTES
    )
