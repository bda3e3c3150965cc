"""Files written whole or not at all, and by one process at a time."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def file_stamp(path: Path) -> tuple[int, int]:
    """Changes when the file does; (0, 0) without one."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


@contextmanager
def locked(folder: Path, code: str) -> Iterator[None]:
    """One exporter of a language at a time on this machine; the others wait. The lock goes with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".lock-{code}").open("a+b") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_whole(path: Path, data: bytes) -> bool:
    """Replace the file in one step that survives a kill and a power cut; False when the same bytes are there already.

    Raises OSError when what was written does not read back.
    """
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if temporary.read_bytes() != data:
            raise OSError(f"{path} was not written as it should be.")
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(path: Path) -> None:
    """Take away what exporters that were killed have left beside the file; call it with the language's lock held."""
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)
