"""One name means one thing: no public class has the name of another one, in whichever room it stands."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "coplearn"


def test_no_two_public_classes_have_one_name() -> None:
    """Whoever meets a class in a room need not ask which of several is meant."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(PACKAGE).as_posix())
    assert len(places) > 300
    assert {name: rooms for name, rooms in places.items() if len(rooms) > 1} == {}
