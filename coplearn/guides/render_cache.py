"""Guides and handouts as they were set once, kept on the disk by the digest of everything in them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import time
from collections.abc import Iterator
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


class TooManyPapers(AppError):
    """A refusal because others are being made; the person may come again (HTTP 503)."""

    status = 503


class KeptPapers:
    """The PDF files of a site, in ``instance/cache/guides``. They are made one after the other, so that they never take more
    than one processor from those who learn."""

    def __init__(self, instance_path: Path, patience: float = 25) -> None:
        self._folder = instance_path / "cache" / "guides"
        self._patience = patience

    def pdf_of(self, paper: Paper) -> tuple[bytes, str]:
        """The file and its digest. Raises PaperError, and TooManyPapers where its turn does not come."""
        words = words_of(paper)
        said = json.dumps(words, ensure_ascii=False, sort_keys=True).encode()
        digest = hashlib.sha256(template() + b"\0" + said).hexdigest()
        path = self._folder / f"{digest}.pdf"
        found = _read(path)
        if found is None:
            with self._turn():
                found = _read(path) or self._make(path, typeset_paper(words, paper.made))
        return found, digest

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
                        raise TooManyPapers(
                            N_("Many papers are being made at this moment. Please try again in a minute.")
                        ) from None
                    time.sleep(_PAUSE)
            yield


def _read(path: Path) -> bytes | None:
    try:
        found = path.read_bytes()
        path.touch()
    except OSError:
        return None
    return found
