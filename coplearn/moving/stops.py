"""Messages that people have stopped, carried by address: the codes by which a site knows them are made with its own secret key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import Connection

MEMBER: Final = "stops.jsonl"
"""What the list is called in an archive without the secret key; it is read from there, and kept nowhere else."""
Stop = tuple[str, str]
"""A kind of letter and the address that wants no more of it."""
CodeOf = Callable[[str, str], str]
"""Gives the code that a site knows a kind and an address by."""
_ADDRESSES: Final = (
    'SELECT email FROM "user" WHERE {users} UNION SELECT email FROM membership WHERE email IS NOT NULL AND {members}'
)


def stops_in(
    connection: Connection, kinds: Sequence[str], code_of: CodeOf, users: str = "1 = 1", members: str = "1 = 1"
) -> Iterator[Stop]:
    """Yield what the people of an archive have stopped; ``users`` and ``members`` are conditions in SQL of our own."""
    stopped = set(connection.scalars(text("SELECT code FROM letter_stop")))
    if not stopped:
        return
    for address in connection.scalars(text(_ADDRESSES.format(users=users, members=members))):
        for kind in kinds:
            if code_of(kind, str(address)) in stopped:
                yield kind, str(address)


def write_stops(file: Path, stops: Iterator[Stop]) -> None:
    """Write the list."""
    file.touch(mode=0o600)
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(one) + "\n" for one in stops)


def read_stops(file: Path) -> list[Stop]:
    """The list of an archive; empty where it brought none."""
    if not file.exists():
        return []
    lines = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    return [(str(kind), str(address)) for kind, address in lines]
