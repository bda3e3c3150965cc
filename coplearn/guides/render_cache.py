"""Guides, handouts and cards as they were made once, kept on the disk by the digest of everything in them.

To set one takes seconds, and anybody may ask for a handout. So that nobody's learning waits for it, one thread of a process at most
is at it; whoever asks for another one meanwhile is told to come again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

from coplearn.guides import pictures
from coplearn.guides.documents import Paper, template, typeset_paper, words_of
from coplearn.i18n.files import write_whole
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_

MOST: Final = 300
MOST_CARDS: Final = 2_000
"""Those of a course in six languages are about 230, of 30 KB each."""
_PAUSE: Final = 0.1
_KNOWN_MOST: Final = 2_000
_KNOWN: Final = OrderedDict[tuple[Path, str], str]()
"""Digests of papers that this process has seen; written by whoever holds the lock."""
_AT_IT: Final = threading.Lock()
"""Held by the one thread of this process that makes a paper or a card."""
_WAITING: Final = threading.BoundedSemaphore(2)
"""Held by those that wait for it: never so many that nobody is left to answer learners."""


COME_AGAIN: Final = N_("Many papers are being made at this moment. Please try again in a minute.")


class TooManyPapers(AppError):
    """A refusal because others are being made, or this address had too many made; the person may come again (HTTP 503)."""

    status = 503


Made = tuple[bytes, Callable[[], bytes]]
"""All that a file is made of, and what makes it."""


class _Kept:
    """Files of a site in a folder of ``instance/cache``. They are made one after the other in all its processes, so that they
    never take more than one processor from those who learn; ``patience`` is how long a process waits for its turn."""

    folder: ClassVar[str]
    suffix: ClassVar[str]
    most: ClassVar[int]
    """So many files are kept; those that were not asked for longest go first."""
    waits: ClassVar[float] = 0
    """The seconds that a thread waits for the one that makes another."""

    def __init__(self, instance_path: Path, patience: float = 10) -> None:
        self._folder = instance_path / "cache" / self.folder
        self._patience = patience

    def _kept(self, key: str, make: Callable[[], Made]) -> tuple[bytes, str]:
        digest = _KNOWN.get((self._folder, key))
        found = _read(self._path(digest)) if digest is not None else None
        if digest is not None and found is not None:
            return found, digest
        if not self._takes_turn():
            raise TooManyPapers(COME_AGAIN)
        try:
            return self._made(key, *make())
        finally:
            _AT_IT.release()

    def _takes_turn(self) -> bool:
        if not self.waits:
            return _AT_IT.acquire(blocking=False)
        if not _WAITING.acquire(blocking=False):
            return False
        try:
            return _AT_IT.acquire(timeout=self.waits)
        finally:
            _WAITING.release()

    def _made(self, key: str, said: bytes, make: Callable[[], bytes]) -> tuple[bytes, str]:
        digest = hashlib.sha256(said).hexdigest()
        path = self._path(digest)
        found = _read(path)
        if found is None:
            with self._turn():
                found = _read(path) or self._make(path, make())
        _KNOWN[self._folder, key] = digest
        while len(_KNOWN) > _KNOWN_MOST:
            _KNOWN.popitem(last=False)
        return found, digest

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}{self.suffix}"

    def _make(self, path: Path, made: bytes) -> bytes:
        try:
            write_whole(path, made)
            kept = sorted(self._folder.glob(f"*{self.suffix}"), key=lambda one: one.stat().st_mtime)
            for old in kept[: -self.most]:
                old.unlink(missing_ok=True)
        except OSError:  # a disk that is full costs time at the next asking, and nothing else
            return made
        return made

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + self._patience
        with (self._folder / ".turn").open("a+b") as handle:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise TooManyPapers(COME_AGAIN) from None
                    time.sleep(_PAUSE)
            yield


class KeptPapers(_Kept):
    """Guides and handouts."""

    folder, suffix, most = "guides", ".pdf", MOST

    def pdf_of(self, key: str, make: Callable[[], Paper]) -> tuple[bytes, str]:
        """The file and its digest. ``key`` changes with anything that ``make`` goes by, which is called where the file is not
        known yet. Raises PaperError, and TooManyPapers while another one is being made."""

        def made() -> Made:
            paper = make()
            words = words_of(paper)
            return _said(template(), words), lambda: typeset_paper(words, paper.made)

        return self._kept(key, made)


class KeptCards(_Kept):
    """Cards to send on. A page shows one after the other, and each takes less than a second, so a thread may wait for one."""

    folder, suffix, most, waits = "cards", ".png", MOST_CARDS, 6.0

    def png_of(self, key: str, make: Callable[[], Mapping[str, object]]) -> tuple[bytes, str]:
        """The picture of the words that ``make`` gives, and its digest; otherwise as :meth:`KeptPapers.pdf_of`."""

        def made() -> Made:
            words = make()
            return _said(pictures.template(), words), lambda: pictures.draw_card(words)

        return self._kept(key, made)


def _said(template: bytes, words: Mapping[str, object]) -> bytes:
    return template + b"\0" + json.dumps(words, ensure_ascii=False, sort_keys=True).encode()


def _read(path: Path) -> bytes | None:
    try:
        found = path.read_bytes()
        path.touch()
    except OSError:
        return None
    return found
