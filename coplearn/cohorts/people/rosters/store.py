"""The store of uploaded rosters while they are read: a folder of the instance that no address leads to."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

MAX_BYTES: Final = 32_000_000
_PIECE: Final = 1 << 20


class RosterStore:
    """The folder of roster files; each is named by its import and gone when that is done."""

    def __init__(self, instance_path: Path) -> None:
        self._folder = instance_path / "rosters"

    def raw(self, name: str) -> Path:
        """The file as it was uploaded."""
        return self._folder / f"{name}.raw"

    def table(self, name: str, sheet: int = 0) -> Path:
        """A workbook's sheet as a CSV of ours, by its number from 0."""
        return self._folder / (f"{name}.{sheet}.csv" if sheet else f"{name}.csv")

    def problems(self, name: str) -> Path:
        """The lines that something is to be said about, once the file itself is gone."""
        return self._folder / f"{name}.problems"

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether it is our turn to read a workbook: one at a time does, whichever process it is in."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "turn").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True

    def keep(self, name: str, file: IO[bytes]) -> str:
        """Store what was uploaded and give its SHA-256. Raises Refused for an empty file or one that is too large."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, size = hashlib.sha256(), 0
        descriptor = os.open(self.raw(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                for piece in iter(lambda: file.read(_PIECE), b""):
                    size += len(piece)
                    if size > MAX_BYTES:
                        raise Refused(N_("The file is larger than %(count)s MB. Split the list in two."), count=32)
                    digest.update(piece)
                    out.write(piece)
            if not size:
                raise Refused(N_("The file is empty. Choose another one."))
        except BaseException:
            # On a full disk too: half a list of people is left to nobody.
            self.drop(name)
            raise
        return digest.hexdigest()

    def drop(self, name: str) -> None:
        """Forget the file, and the lines that were kept of it."""
        self.drop_file(name)
        self.problems(name).unlink(missing_ok=True)

    def drop_file(self, name: str) -> None:
        """Forget the file and its sheets."""
        # The upload last: by it what a kill leaves behind is found again.
        for path in (*self._folder.glob(f"{name}*.csv"), self.raw(name)):
            path.unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """Whether the file is still here."""
        return self.raw(name).is_file()

    def older_than(self, moment: datetime) -> list[str]:
        """The names of files that were left behind before that moment."""
        if not self._folder.is_dir():
            return []
        kept = [*self._folder.glob("*.raw"), *self._folder.glob("*.problems")]
        return sorted({path.stem for path in kept if path.stat().st_mtime < moment.timestamp()})
