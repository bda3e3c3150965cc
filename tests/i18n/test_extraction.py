"""Every sentence of the code is found for the catalogs, whatever Python looks for it."""

from __future__ import annotations

import ast

from tests.courses.makecourse import HOME

MARKERS = {"N_", "gettext", "ngettext", "pgettext", "counted"}


def test_no_sentence_stands_inside_an_f_string() -> None:
    """Before Python 3.12 an f-string was one word to the extraction: what is marked inside of it was in no catalog."""
    found = [
        f"{file.relative_to(HOME)}:{call.lineno}"
        for file in sorted((HOME / "coplearn").rglob("*.py"))
        for text in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKERS
    ]
    assert found == []
