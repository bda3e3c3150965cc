"""The site knows no kind of item or question by its name: what it does with one, a stranger's kind can have too."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from coplearn.courses.kinds.registry import ITEM_KINDS
from coplearn.courses.questions.registry import QUESTION_KINDS

CODE = Path(__file__).resolve().parents[2] / "coplearn"
NAMES = {kind.name for kind in ITEM_KINDS}
CLASSES = {kind.__name__ for kind in (*ITEM_KINDS, *QUESTION_KINDS.values())}
MAY_NAME = re.compile(
    "|".join(["coplearn.courses.(?:kinds|questions)", *CLASSES, *(f"[\"']{one}[\"']" for one in NAMES)])
)
OWN = ("courses/kinds/", "courses/questions/")
ROOMS = {f"coplearn.{room.replace('/', '.')}" for room in OWN}
REGISTRIES = {"coplearn.courses.kinds.registry", "coplearn.courses.questions.registry"}
ALLOWED = {
    # The icons of the site, which any kind may name.
    "web/icons.py": {"lesson", "quiz", "action"},
    # What the translators' store keeps of a text's use since its first day; a kind says it with text_use.
    "translating/": {"quiz"},
    # Words of the programme and of the hub: what was held, and what somebody hands in.
    "programme/rules/words.py": {"drill"},
    "resources/hub/rules.py": {"lesson"},
    "demo/hub.py": {"lesson"},
    # A type of activity that the vocabulary of xAPI has, whatever kind of ours a step is.
    "xapi/rules/": {"lesson"},
    # A check's file is what it writes and reads.
    "question_formats/": {"quiz"},
    # The kit puts a stranger's question into a check.
    "testing.py": {"QuizKind", "coplearn.courses.kinds.quiz"},
}


def _allowed(place: str) -> set[str]:
    return set().union(*(names for start, names in ALLOWED.items() if place.startswith(start)))


def _named(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in NAMES:
            found.add(str(node.value))
        elif isinstance(node, ast.Name) and node.id in CLASSES:
            found.add(node.id)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            ("coplearn.courses.kinds", "coplearn.courses.questions")
        ):
            found |= {str(node.module)} - REGISTRIES
    return found


def test_code_names_no_kind() -> None:
    """No string, class or import outside the kinds' own rooms, but through their registries."""
    found = {
        (place, name)
        for path in CODE.rglob("*.py")
        if not (place := path.relative_to(CODE).as_posix()).startswith(OWN)
        # Most files are seen to name none without being read as code.
        if MAY_NAME.search(text := path.read_text(encoding="utf-8"))
        for name in _named(ast.parse(text)) - _allowed(place)
    }
    assert found == set()


def test_templates_and_styles_name_no_kind() -> None:
    """No page asks which kind it shows, and no style or script is for one."""
    asked = re.compile(
        rf"""kind\s*(?:==|!=|\bin\b|\bnot\b)[^%}}]*["'](?:{"|".join(NAMES)})["']|step--(?:{"|".join(NAMES)})\b"""
        rf"""|item\.kind\b"""
    )
    files = [*CODE.rglob("*.html"), *(CODE / "web" / "static").rglob("*.css"), *(CODE / "web" / "static").rglob("*.js")]
    assert len(files) > 50
    found = {(path.name, hit[0]) for path in files for hit in asked.finditer(path.read_text(encoding="utf-8"))}
    assert found == set()


def test_built_in_kinds_import_the_contract_alone() -> None:
    """Whatever they are written with, a stranger's kind can be written with as well."""
    found = {
        (path.name, node.module)
        for room in OWN
        for path in (CODE / room).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("coplearn.")
    }
    outside = {(name, module) for name, module in found if not f"{module}.".startswith(tuple(ROOMS))}
    assert {module for _, module in outside} == {"coplearn.courses.plugin"}, outside


def test_search_would_find_them() -> None:
    """It is not blind."""
    seen = _named(
        ast.parse('from coplearn.courses.kinds.quiz import QuizKind\nif a.kind == "lesson":\n    QuizKind()\n')
    )
    assert seen == {"coplearn.courses.kinds.quiz", "lesson", "QuizKind"}
