"""A disk of our own under SQLite: it writes down what was written and synced, builds what a power cut leaves, and can fail.

The site's engine runs on it by a driver of a few lines (:func:`driver`), because a file system of one's own is what apsw has and
Python's own driver has not; pragmas, transactions and statements are the site's.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import apsw

SECTOR: Final = 512
_UNIX: Final = "unix"


class Error(Exception):
    """What a driver raises."""


class OperationalError(Error):
    """The disk, or a lock."""


class IntegrityError(Error):
    """A row that may not be."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: ``write``, ``cut`` (to a length), ``sync``, or ``said``: something was said to be saved."""

    kind: str
    file: str = ""
    at: int = 0
    data: bytes = b""
    said: str = ""


@dataclass
class Disk:
    """What happened on it, and how it fails: ``fails`` is None, or what each write and sync raises from now on."""

    name: str
    steps: list[Step] = field(default_factory=list)
    fails: type[apsw.Error] | None = None
    spared: int = 0
    """So many writes still go well before it fails."""
    refused: int = 0
    logging: bool = False

    def __post_init__(self) -> None:
        self._vfs = _Vfs(self)

    def note(self, step: Step) -> None:
        """Write one step down."""
        if self.logging:
            self.steps.append(step)

    def check(self) -> None:
        """Fail, where it is time to."""
        if self.fails is None:
            return
        if self.spared > 0:
            self.spared -= 1
            return
        self.refused += 1
        raise self.fails("the disk of the test")

    def say(self, what: str) -> None:
        """Somebody was told that this is saved."""
        self.note(Step("said", said=what))


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__(disk.name, _UNIX)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's own name
        return _File(self._disk, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._disk, self._file = disk, Path(path).name if path else ""
        super().__init__(_UNIX, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._file:
            self._disk.check()
            self._disk.note(Step("write", self._file, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        if self._file:
            self._disk.check()
            self._disk.note(Step("cut", self._file, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._file:
            self._disk.check()
        super().xSync(flags)
        if self._file:
            self._disk.note(Step("sync", self._file))


def images(
    base: dict[str, bytes], steps: Sequence[Step], count: int, chance: random.Random
) -> Iterator[tuple[dict[str, bytes], set[str]]]:
    """What ``count`` power cuts leave of the files, and what had been said to be saved before each.

    All that a sync had reached is there; of what was written later any sectors are, and some of them in part.
    """
    cuts = sorted(chance.randrange(1, len(steps) + 1) for _ in range(count))
    synced = {name: bytearray(data) for name, data in base.items()}
    later: dict[str, list[Step]] = defaultdict(list)
    said: set[str] = set()
    place = 0
    for cut in cuts:
        for step in steps[place:cut]:
            if step.kind == "said":
                said.add(step.said)
            elif step.kind == "sync":
                for one in later.pop(step.file, []):
                    _apply(synced.setdefault(one.file, bytearray()), one)
            else:
                later[step.file].append(step)
        place = cut
        found = {name: bytearray(data) for name, data in synced.items()}
        share = chance.choice((0, 0.3, 0.6, 0.9, 1))
        for name, waiting in later.items():
            for one in waiting:
                _survive(found.setdefault(name, bytearray()), one, share, chance)
        yield {name: bytes(data) for name, data in found.items()}, set(said)


def _apply(file: bytearray, step: Step) -> None:
    if step.kind == "cut":
        del file[step.at :]
        return
    if len(file) < step.at:
        file.extend(bytes(step.at - len(file)))
    file[step.at : step.at + len(step.data)] = step.data


def _survive(file: bytearray, step: Step, share: float, chance: random.Random) -> None:
    if step.kind == "cut":
        if chance.random() < share:
            _apply(file, step)
        return
    place = step.at
    while place < step.at + len(step.data):
        end = min(step.at + len(step.data), (place // SECTOR + 1) * SECTOR)
        if chance.random() < share:
            kept = end if chance.random() < 0.9 else chance.randrange(place, end)
            _apply(file, Step("write", step.file, place, step.data[place - step.at : kept - step.at]))
        place = end


class _Cursor:
    """As much of a driver's cursor as SQLAlchemy and the site use."""

    arraysize = 1

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: tuple[Any, ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def execute(self, sql: str, values: Sequence[Any] = ()) -> _Cursor:
        cursor = self._connection.cursor()
        columns: list[tuple[Any, ...]] = []

        def trace(running: apsw.Cursor, _sql: str, _values: object) -> bool:
            columns.extend((name, None, None, None, None, None, None) for name, *_ in running.get_description())
            return True

        cursor.exec_trace = trace
        before = self._connection.total_changes()
        try:
            self._rows = list(cursor.execute(sql, tuple(values)))
        except apsw.ConstraintError as error:
            raise IntegrityError(str(error)) from error
        except apsw.Error as error:
            raise OperationalError(str(error)) from error
        self.description = tuple(columns) or None
        self.rowcount = self._connection.total_changes() - before if not columns else -1
        self.lastrowid = self._connection.last_insert_rowid()
        return self

    def executemany(self, sql: str, many: Sequence[Sequence[Any]]) -> _Cursor:
        count = 0
        for values in many:
            count += self.execute(sql, values).rowcount
        self.rowcount = count
        return self

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def close(self) -> None:
        self._rows = []


class _Connection:
    """As much of a driver's connection as SQLAlchemy and the site use; it commits nothing by itself."""

    isolation_level = None

    def __init__(self, path: str, vfs: str) -> None:
        self._connection = apsw.Connection(path, vfs=vfs)

    def cursor(self) -> _Cursor:
        return _Cursor(self._connection)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> _Cursor:
        return self.cursor().execute(sql, values)

    def create_function(self, name: str, count: int, function: Any, deterministic: bool = False) -> None:
        self._connection.create_scalar_function(name, function, count, deterministic=deterministic)

    def commit(self) -> None:
        if self._connection.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


def driver(disk: Disk) -> Any:
    """A module as SQLAlchemy wants one, whose connections stand on ``disk``."""

    def connect(path: str, **_others: object) -> _Connection:
        return _Connection(path, disk.name)

    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    return SimpleNamespace(
        connect=connect,
        paramstyle="qmark",
        sqlite_version=apsw.sqlite_lib_version(),
        sqlite_version_info=version,
        Error=Error,
        DatabaseError=Error,
        InterfaceError=Error,
        ProgrammingError=Error,
        OperationalError=OperationalError,
        IntegrityError=IntegrityError,
        DataError=Error,
        InternalError=Error,
        NotSupportedError=Error,
        Binary=bytes,
        PARSE_DECLTYPES=1,
        PARSE_COLNAMES=2,
    )
