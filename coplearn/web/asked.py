"""Numbers in the query of an address, which anybody can type."""

from __future__ import annotations

from typing import Final

from flask import request

MOST: Final = 2**31 - 1
"""The largest that the databases keep in the column of an id."""


def row_asked(name: str) -> int | None:
    """The row that the query names, such as ``?before=7``; None for none, and for what no row can be."""
    found = request.args.get(name, type=int)
    return found if found is not None and 0 <= found <= MOST else None
