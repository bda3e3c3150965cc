"""Archives that were made to do harm, through every importer: refused or read, nothing outside, little time and memory."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

import pytest

from coplearn.kernel.errors import Refused
from coplearn.question_formats.questions import Unreadable
from tests.courses.makecourse import HOME
from tests.files.archive_readers import READERS
from tests.files.hostile_archives import packed, spoilt_archives
from tests.sizes import whole_only

SECONDS: Final = 2.0
"""Of the processor: what else the machine does is not the archive's fault."""
TIMES: Final = 4
"""An archive that takes longer may take so many times what the library takes to list it, on this machine and now."""
MEGABYTES: Final = 100
_LOOKED_EVERY: Final = 0.003


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of an archive."""

    said: str
    seconds: float
    megabytes: float


def _held(process: int | str, what: str) -> int:
    """Kilobytes that the system tells of a process; 0 for one that has gone."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
        return int(next(line for line in lines if line.startswith(f"{what}:")).split()[1])
    return 0


def _started_as(process: int | str) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


class _Children:
    """The largest process that this one starts, looked at while it runs: its own measure begins with what we held."""

    def __init__(self) -> None:
        self.most, self._is_done = 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        here = os.getpid()
        ours = _started_as(here)
        while not self._is_done.wait(_LOOKED_EVERY):
            for path in Path(f"/proc/{here}/task").glob("*/children"):
                with suppress(OSError):
                    children = path.read_text(encoding="ascii").split()
                    # Until it is another program, a child is as large as whoever made it.
                    begun = [child for child in children if _started_as(child) not in (b"", ours)]
                    self.most = max([self.most, *(_held(child, "VmHWM") for child in begun)])

    def __enter__(self) -> _Children:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_done.set()
        self._thread.join()


def _read(read: Callable[[bytes, Path], object], raw: bytes, room: Path) -> Reading:
    """Read an archive in this process, which is nothing else's."""
    os.chdir(room)
    os.environ["PYTHONPATH"] = str(HOME)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _held("self", "VmRSS")
    with _Children() as children:
        try:
            said = f"read: {read(raw, room)}"
        except (Refused, Unreadable) as error:
            said = f"refused: {error}"
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(one.ru_utime + one.ru_stime for one in used)
    return Reading(said[:300], seconds, max(children.most, _held("self", "VmHWM") - before) / 1000)


def reading_of(read: Callable[[bytes, Path], object], raw: bytes, folder: Path) -> Reading:
    """Read an archive in a process of its own, with a folder for it two below ``folder``."""
    room, told = folder / "one" / "two", folder.parent / f"{folder.name}.told"
    room.mkdir(parents=True)
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
            tempfile.tempdir = str(room)
            found = _read(read, raw, room)
            told.write_text(json.dumps([found.said, found.seconds, found.megabytes]), encoding="utf-8")
        except BaseException:
            told.write_text(json.dumps([f"fault: {traceback.format_exc()[-1500:]}", 0, 0]), encoding="utf-8")
        finally:
            os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return (
        Reading(*json.loads(told.read_text(encoding="utf-8")))
        if status == 0
        else Reading(f"fault: ended by {status}", 0, 0)
    )


def outside_of(folder: Path) -> list[Path]:
    """Whatever lies in the folder and not in the room below it."""
    room = folder / "one" / "two"
    return [path for path in folder.rglob("*") if path not in (room, room.parent) and room not in path.parents]


def _listing(raw: bytes) -> float:
    """Seconds of the processor that the library takes to list an archive."""
    began = time.process_time()
    with suppress(BadZipFile, OSError, ValueError, NotImplementedError, EOFError), ZipFile(io.BytesIO(raw)) as archive:
        archive.namelist()
    return time.process_time() - began


def faults_of(name: str, raw: bytes, folder: Path) -> tuple[Reading, list[str]]:
    """Read an archive by the reader of that name: what came of it, and each promise that it broke."""
    found = reading_of(READERS[name].read, raw, folder)
    outside = outside_of(folder)
    links = [path for path in folder.rglob("*") if path.is_symlink()]
    broken = [
        found.said if found.said.startswith("fault") else "",
        f"outside: {outside}" if outside else "",
        f"links: {links}" if links else "",
        f"{found.seconds:.1f} s" if found.seconds > SECONDS and found.seconds > TIMES * _listing(raw) else "",
        f"{found.megabytes:.0f} MB" if found.megabytes > MEGABYTES else "",
    ]
    return found, [one for one in broken if one]


def archives(name: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Every hostile archive for a reader."""
    reader = READERS[name]
    for way, spoil in spoilt_archives().items():
        yield way, lambda spoil=spoil: spoil(reader.members())  # type: ignore[misc]
    yield from reader.own.items()


_SAMPLE: Final = ("name that no name", "link", "dictionary of 4 GB", "20,000 files", "says four gigabytes")
"""What the suite tries; readers with a process of their own are left to the proof, as that takes a second to start."""


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if not reader.starts_a_process])
def test_archive_of_harm_writes_nothing_outside_and_costs_little(name: str, tmp_path: Path) -> None:
    """A good archive is read, and one of the worst is refused or read; the next reader is given another."""
    good = packed(READERS[name].members())
    assert reading_of(READERS[name].read, good, tmp_path / "good").said.startswith("read: ")
    way = _SAMPLE[list(READERS).index(name) % len(_SAMPLE)]
    found, broken = faults_of(name, dict(archives(name))[way](), tmp_path / "bad")
    assert not broken, (way, found)


@whole_only
@pytest.mark.parametrize("name", READERS)
def test_no_archive_of_harm_writes_outside_or_costs_much(name: str, tmp_path: Path) -> None:
    """Each way to spoil an archive, and what is particular to this one; no two are the same file."""
    good = reading_of(READERS[name].read, packed(READERS[name].members()), tmp_path / "good")
    assert good.said.startswith("read: "), good
    broken, seen, refused, most = dict[str, list[str]](), set[str](), 0, (0.0, 0.0)
    for number, (way, make) in enumerate(archives(name)):
        raw = make()
        seen.add(hashlib.sha256(raw).hexdigest())
        found, faults = faults_of(name, raw, tmp_path / f"{number}")
        refused += found.said.startswith("refused")
        most = (max(most[0], found.seconds), max(most[1], found.megabytes))
        if faults:
            broken[way] = faults
    print(f"{name}: {len(seen)} archives, {refused} refused, at most {most[0]:.2f} s and {most[1]:.0f} MB")
    assert broken == {}, "\n".join(f"{way}: {faults}" for way, faults in broken.items())
    assert len(seen) > 70


def test_what_an_archive_breaks_is_seen(tmp_path: Path) -> None:
    """A reader that unpacks wherever a name says, one that follows no bound, and one that fails."""

    def climbs(raw: bytes, room: Path) -> object:
        return (room.parent.parent / "outside.po").write_bytes(raw)

    def swells(raw: bytes, room: Path) -> object:
        return len(bytearray(b"x" * 120_000_000))

    reading_of(climbs, b"", tmp_path / "a")
    assert outside_of(tmp_path / "a") == [tmp_path / "a" / "outside.po"]
    assert reading_of(swells, b"", tmp_path / "b").megabytes > MEGABYTES
    assert reading_of(lambda raw, room: 1 / 0, b"", tmp_path / "c").said.startswith("fault")
