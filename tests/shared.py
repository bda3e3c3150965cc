"""The folder of what the processes of a run share, and what is kept of it for the next run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from coplearn.settings import HOME

_SHARED = "COPLEARN_SHARED_BY_TESTS"
_KEPT = HOME / "build" / "tests"
_MADE_OF = ("coplearn", "courses", "migrations", "overlays", "translations", "tests/*once.py", "requirements*.lock")
"""What it is made of: whatever changes there makes all of it anew."""
_MADE_BY_THEM = frozenset({".pyc", ".mo"})


def begin_sharing() -> None:
    """Make the folder of what the processes of a run share, with what is kept; for the process that begins the others."""
    folder = Path(tempfile.mkdtemp(prefix="coplearn-shared-"))
    if _kept().is_dir():
        try:
            # A copy: the run's files may lie on another disk, and are linked to.
            shutil.copytree(_kept(), folder, dirs_exist_ok=True)
        except OSError:  # another run made it anew meanwhile: this one makes its own
            shutil.rmtree(folder)
            folder.mkdir(mode=0o700)
    os.environ[_SHARED] = str(folder)


def end_sharing() -> None:
    """Take that folder away; for the same process, at its end."""
    shutil.rmtree(os.environ.pop(_SHARED), ignore_errors=True)


def shared_folder() -> Path:
    """The folder of this run."""
    return Path(os.environ[_SHARED])


@contextmanager
def made_once(name: str) -> Iterator[tuple[Path, bool]]:
    """A folder of this run and whether it has been made already; meanwhile no other process makes it."""
    folder = shared_folder() / name
    made = folder.with_suffix(".made")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder, made.exists()
        made.touch()


def is_kept() -> bool:
    """Whether a run before has left all of it."""
    return _kept().is_dir()


def keep(make: Callable[[], None]) -> None:
    """Have all of it made, for the run whose process this is or for none, and keep it for later runs over the same files."""
    kept, of_a_run = _kept(), _SHARED in os.environ
    if kept.is_dir():
        return
    if not of_a_run:
        begin_sharing()
    make()
    shutil.rmtree(_KEPT, ignore_errors=True)
    half = kept.with_suffix(f".{os.getpid()}")
    half.mkdir(parents=True)
    # Of a run that goes on meanwhile only what is made: all else in its folder may change while it is copied.
    for made in shared_folder().glob("*.made"):
        shutil.copytree(made.with_suffix(""), half / made.stem)
        shutil.copyfile(made, half / made.name)
    with suppress(OSError):  # another run was quicker
        half.rename(kept)
    if not of_a_run:
        end_sharing()


def _kept() -> Path:
    """Where it is kept: a folder whose name changes with the time or size of any file that it is made of."""
    found = hashlib.sha256(f"{sys.version} {HOME}".encode())
    for pattern in _MADE_OF:
        for top in sorted(HOME.glob(pattern)):
            for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
                with suppress(OSError):
                    state = path.stat()
                    if path.is_file() and path.suffix not in _MADE_BY_THEM:
                        found.update(f"{path} {state.st_mtime_ns} {state.st_size}\n".encode())
    return _KEPT / found.hexdigest()[:16]
