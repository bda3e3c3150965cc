"""Cells that no spreadsheet takes for a formula, and their texts again."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: str) -> str:
    """The cell behind a sign that keeps spreadsheets from running it; :func:`unguarded` gives back exactly the cell."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def unguarded(cell: str) -> str:
    """The cell's own text, without that sign. A name that begins with an apostrophe keeps it."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell
