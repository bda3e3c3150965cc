"""Rosters of other systems as tables of ours: OneRoster 1.2 CSV in bulk, a zip whose files point at each other by ``sourcedId``.

Each class becomes a table of those who learn in it, whose lines have the numbers that they have in ``users.csv``. Whoever
teaches is left out: a list from outside gives nobody a right here.
"""

from __future__ import annotations

import io
import mmap
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from zipfile import ZipFile

from coplearn.cohorts.people.rules.columns import Column
from coplearn.cohorts.people.rules.headings import heading
from coplearn.cohorts.people.rules.rosters import made_up_number
from coplearn.files.archives import PackedFile, opened, pieces_of
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.spreadsheets.reading import records
from coplearn.spreadsheets.writing import csv_bytes

MAX_UNPACKED: Final = 50_000_000
"""Bytes of all files of a roster: as many as a workbook may have."""
MAX_CLASSES: Final = 200
OURS: Final = "coplearn"
"""What our own rosters say that they come from: there, whoever has no organisation has none."""
COLUMNS: Final = (
    Column.SOURCED_ID, Column.NAME, Column.EMAIL, Column.PHONE, Column.ORGANISATION, Column.ORGANISATION_NUMBER,
)  # fmt: skip
_MANIFEST: Final = "manifest.csv"
_NEEDED: Final[Mapping[str, Sequence[str]]] = {
    "manifest": ("propertyName", "value"),
    "orgs": ("sourcedId", "name"),
    "users": ("sourcedId", "givenName", "familyName"),
    "classes": ("sourcedId", "title"),
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
    "roles": ("userSourcedId", "orgSourcedId"),
}
"""The columns without which a file cannot be understood."""

Line = tuple[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class _User:
    line: int
    cells: tuple[str, ...]


def is_oneroster(file: BinaryIO) -> bool:
    """Whether a zip has a roster's manifest among its files, and is no workbook."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        return held.find(_MANIFEST.encode()) >= 0 and held.find(b"[Content_Types].xml") < 0


def turn_into_tables(source: Path, targets: Sequence[Path]) -> tuple[tuple[str, int], ...]:
    """Write each class to one of ``targets`` as UTF-8 CSV; everybody, where there are no classes.

    Gives each table's name and how many people it holds. Raises Refused, with the file and the line, for a roster that
    breaks a rule of archives or of the standard.
    """
    with source.open("rb") as file:
        archive, files = opened(file, MAX_UNPACKED)
        with archive:
            return _Roster(archive, {one.name: one for one in files}).write(targets)


class _Roster:
    """An archive with what its manifest says."""

    def __init__(self, archive: ZipFile, files: Mapping[str, PackedFile]) -> None:
        self._archive, self._files = archive, files
        said = {row["propertyName"]: row["value"] for _, row in self._rows("manifest")}
        bulk = {name for name in _NEEDED if said.get(f"file.{name}") == "bulk"}
        if said.get("oneroster.version") not in ("1.2", "1.2.0", "1.2.1") or "users" not in bulk:
            raise Refused(N_("This roster is not OneRoster 1.2 CSV in bulk, which is what can be read here."))
        self._bulk, self._ours = bulk, said.get("source.systemCode") == OURS

    def write(self, targets: Sequence[Path]) -> tuple[tuple[str, int], ...]:
        users = self._users()
        classes = self._classes(users)
        if not classes:
            return (("users.csv", _write(targets[0], users.values())),)
        if len(classes) > len(targets):
            raise Refused(
                N_("The roster holds more than %(count)s classes. Export fewer at a time."), count=len(targets)
            )
        found = []
        for target, (title, learners) in zip(targets, classes, strict=False):
            found.append((title, _write(target, (one for name, one in users.items() if name in learners))))
        return tuple(found)

    def _classes(self, users: Mapping[str, _User]) -> list[tuple[str, set[str]]]:
        """The classes in which somebody learns: title, and the ids of those who do."""
        titles = {row["sourcedId"]: row["title"] for _, row in self._bulk_rows("classes")}
        learners: dict[str, set[str]] = {name: set() for name in titles}
        for line, row in self._bulk_rows("enrollments"):
            for name, known in (("classSourcedId", titles), ("userSourcedId", users)):
                if row[name] not in known:
                    raise _dangling("enrollments", line, row[name])
            if row["role"] == "student":
                learners[row["classSourcedId"]].add(row["userSourcedId"])
        return [(title, learners[name]) for name, title in titles.items() if learners[name]]

    def _users(self) -> dict[str, _User]:
        orgs = {row["sourcedId"]: row["name"] for _, row in self._bulk_rows("orgs")}
        offices = {} if self._ours else self._offices()
        users: dict[str, _User] = {}
        for line, row in self._bulk_rows("users"):
            number = row["sourcedId"]
            if number in users:
                raise Refused(
                    N_("%(name)s, line %(line)s: %(value)s stands in the file twice."),
                    name="users.csv", line=line, value=number[:80],
                )  # fmt: skip
            org = row.get("primaryOrgSourcedId") or offices.get(number, "")
            if org and org not in orgs:
                raise _dangling("users", line, org)
            phone = row.get("phone") or row.get("sms", "")
            name = orgs.get(org, "")
            # A number that we made up ourselves is none of a register.
            known = "" if org == made_up_number(name) else org
            users[number] = _User(line, (number, _name(row), row.get("email", ""), phone, name, known))
        return users

    def _offices(self) -> dict[str, str]:
        """The organisation of each user's primary role, where the users themselves may name none."""
        rows = self._bulk_rows("roles")
        return {row["userSourcedId"]: row["orgSourcedId"] for _, row in rows if row.get("roleType") != "secondary"}

    def _bulk_rows(self, name: str) -> Iterator[Line]:
        return self._rows(name) if name in self._bulk else iter(())

    def _rows(self, name: str) -> Iterator[Line]:
        """Each line of a file, by its columns' names. Raises Refused with the file and the line."""
        file = f"{name}.csv"
        if file not in self._files:
            raise Refused(N_("%(name)s is missing in the roster. Export it once more."), name=file)
        with _text_of(self._archive, self._files[file]) as text:
            lines = _records_of(file, text)
            _, columns = next(lines, (0, []))
            lacking = next((one for one in _NEEDED[name] if one not in columns), "")
            if lacking:
                raise Refused(N_("%(name)s has no column “%(column)s”."), name=file, column=lacking)
            for line, cells in lines:
                yield line, dict(zip(columns, [*cells, *[""] * (len(columns) - len(cells))], strict=False))


def _dangling(name: str, line: int, value: str) -> Refused:
    return Refused(
        N_("%(name)s, line %(line)s: no line of the roster describes %(value)s."),
        name=f"{name}.csv",
        line=line,
        value=value[:80],
    )


def _records_of(name: str, text: io.TextIOWrapper) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from records(text)
    except Refused as error:
        line = error.phrase.params.get("line")
        if line is None:
            raise
        raise Refused(
            N_("%(name)s, line %(line)s: this cannot be read. The file has to be CSV with commas, in UTF-8."),
            name=name,
            line=line,
        ) from error


@contextmanager
def _text_of(archive: ZipFile, one: PackedFile) -> Iterator[io.TextIOWrapper]:
    """A file of the archive, unpacked whole before anything in it is believed."""
    with tempfile.TemporaryFile() as held:
        for piece in pieces_of(archive, one):
            held.write(piece)
        held.seek(0)
        with io.TextIOWrapper(held, "utf-8-sig", newline="") as text:
            yield text


def _name(row: Mapping[str, str]) -> str:
    """The whole name; the preferred parts where there are some. A preferred first name that ends with the family name is whole."""
    first, middle, last = (
        row.get(f"preferred{part}") or row.get(f"{part[0].lower()}{part[1:]}", "")
        for part in ("GivenName", "MiddleName", "FamilyName")
    )
    if row.get("preferredGivenName") and (first == last or first.endswith(f" {last}")):
        return first
    return " ".join(part for part in (first, middle, last) if part)


def _write(target: Path, users: Iterable[_User]) -> int:
    """Write a table, with each person in the line that they have in ``users.csv``; how many there are."""
    written, at = 0, 1
    with target.open("wb") as file:
        file.write(csv_bytes([[heading(column, "en") for column in COLUMNS]], mark=False))
        for one in users:
            file.write(b"\n" * (one.line - at - 1))
            file.write(csv_bytes([[" ".join(cell.split()) for cell in one.cells]], mark=False))
            written, at = written + 1, one.line
    return written
