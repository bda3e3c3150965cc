"""Guides and handouts as they were set once, kept on the disk by the digest of everything in them.

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from coplearn.guides.documents import Paper, template, typeset_paper, words_of
from coplearn.i18n.files import write_whole
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_

MOST: Final = 300
"""So many files are kept; those that were not asked for longest go first."""
_PAUSE: Final = 0.1
_KNOWN_MOST: Final = 2_000
_KNOWN: Final = OrderedDict[tuple[Path, str], str]()
"""Digests of papers that this process has seen; written by whoever holds the lock."""
_AT_IT: Final = threading.Lock()
"""Held by the one thread of this process that makes a paper."""


COME_AGAIN: Final = N_("Many papers are being made at this moment. Please try again in a minute.")


class TooManyPapers(AppError):
    """A refusal because others are being made, or this address had too many made; the person may come again (HTTP 503)."""

    status = 503


class KeptPapers:
    """The PDF files of a site, in ``instance/cache/guides``. They are set one after the other in all its processes, so that
    they never take more than one processor from those who learn; ``patience`` is how long a process waits for its turn."""

    def __init__(self, instance_path: Path, patience: float = 10) -> None:
        self._folder = instance_path / "cache" / "guides"
        self._patience = patience

    def pdf_of(self, key: str, make: Callable[[], Paper]) -> tuple[bytes, str]:
        """The file and its digest. ``key`` changes with anything that ``make`` goes by, which is called where the file is not
        known yet. Raises PaperError, and TooManyPapers while another one is being made."""
        digest = _KNOWN.get((self._folder, key))
        found = _read(self._path(digest)) if digest is not None else None
        if digest is not None and found is not None:
            return found, digest
        if not _AT_IT.acquire(blocking=False):
            raise TooManyPapers(COME_AGAIN)
        try:
            return self._made(key, make())
        finally:
            _AT_IT.release()

    def _made(self, key: str, paper: Paper) -> tuple[bytes, str]:
        words = words_of(paper)
        said = json.dumps(words, ensure_ascii=False, sort_keys=True).encode()
        digest = hashlib.sha256(template() + b"\0" + said).hexdigest()
        path = self._path(digest)
        found = _read(path)
        if found is None:
            with self._turn():
                found = _read(path) or self._make(path, typeset_paper(words, paper.made))
        _KNOWN[self._folder, key] = digest
        while len(_KNOWN) > _KNOWN_MOST:
            _KNOWN.popitem(last=False)
        return found, digest

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.pdf"

    def _make(self, path: Path, pdf: bytes) -> bytes:
        try:
            write_whole(path, pdf)
            kept = sorted(self._folder.glob("*.pdf"), key=lambda one: one.stat().st_mtime)
            for old in kept[:-MOST]:
                old.unlink(missing_ok=True)
        except OSError:  # a disk that is full costs time at the next asking, and nothing else
            return pdf
        return pdf

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


def _read(path: Path) -> bytes | None:
    try:
        found = path.read_bytes()
        path.touch()
    except OSError:
        return None
    return found
