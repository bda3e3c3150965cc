"""The registry of personal data: one row for each column of the database, kept beside each slice's tables.

A slice that has tables has a ``privacy.toml``. A table's section says what holds for all of its columns, and
``[table.columns]`` has a line for each::

    [passkey]
    about = "account"            # whom it tells something of (rules.Concerned)
    purpose = "safety"           # what it is kept for (rules.KeptFor)
    basis = "safety"             # why that is lawful (rules.Basis)
    until = ["erased"]           # until when (names in rules.TERMS)
    seen = ["self", "admins"]    # who may see it (rules.Seen)
    [passkey.columns]
    id = "nothing"               # what the column holds (rules.Holds)
    name = "text"
    public_key = { is = "secret", seen = ["machine"] }   # whatever differs from the table's section
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from coplearn.privacy.rules import TERMS, Basis, Concerned, Holds, KeptFor, Seen

_PACKAGE: Final = Path(__file__).resolve().parent.parent
_FIELDS: Final = frozenset({"about", "purpose", "basis", "until", "seen"})


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """One column, and everything that is to be said of it."""

    table: str
    column: str
    holds: Holds
    about: Concerned
    purpose: KeptFor
    basis: Basis
    until: tuple[str, ...]
    """Names in :data:`coplearn.privacy.rules.TERMS`."""
    seen: tuple[Seen, ...]

    @property
    def is_personal(self) -> bool:
        """Whether it tells anything of anybody."""
        return self.holds is not Holds.NOTHING


@cache
def registry() -> tuple[RegistryRow, ...]:
    """Every row, in the order of the files. Raises ValueError that names what is wrong in which file."""
    rows: dict[tuple[str, str], RegistryRow] = {}
    for path in sorted(_PACKAGE.glob("*/privacy.toml")):
        for row in read_rows(tomllib.loads(path.read_text(encoding="utf-8")), str(path.relative_to(_PACKAGE))):
            if (row.table, row.column) in rows:
                raise ValueError(f"{path.parent.name}: {row.table}.{row.column} has a row already.")
            rows[row.table, row.column] = row
    return tuple(rows.values())


def read_rows(data: Mapping[str, Any], place: str) -> list[RegistryRow]:
    """The rows of one file. Raises ValueError that names the table and column."""
    rows = []
    for table, section in data.items():
        common = {name: value for name, value in section.items() if name != "columns"}
        for column, line in section.get("columns", {}).items():
            own = {"is": line} if isinstance(line, str) else dict(line)
            holds = own.pop("is", "")
            try:
                rows.append(_row(table, column, holds, common | own))
            except (KeyError, ValueError) as error:
                raise ValueError(f"{place}: {table}.{column}: {error}") from error
    return rows


def _row(table: str, column: str, holds: str, values: Mapping[str, Any]) -> RegistryRow:
    if unknown := set(values) ^ _FIELDS:
        raise ValueError(f"missing or unknown: {', '.join(sorted(unknown))}")
    until = tuple(values["until"])
    if missing := [name for name in until if name not in TERMS]:
        raise ValueError(f"no such term: {', '.join(missing)}")
    row = RegistryRow(
        table=table,
        column=column,
        holds=Holds(holds),
        about=Concerned(values["about"]),
        purpose=KeptFor(values["purpose"]),
        basis=Basis(values["basis"]),
        until=until,
        seen=tuple(Seen(name) for name in values["seen"]),
    )
    if row.is_personal and (row.about is Concerned.NOBODY or row.basis is Basis.NONE or not until or not row.seen):
        raise ValueError("what tells something of a person needs whom, a basis, an end and who sees it")
    return row
