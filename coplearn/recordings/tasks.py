"""Smaller ones of recordings that staff add, made by ffmpeg where the operator has it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.files.stores import FileStore
from coplearn.files.uploads import keep
from coplearn.kernel.errors import Refused
from coplearn.recordings import service
from coplearn.recordings.client import largest, store_of
from coplearn.recordings.queries import row_by_id
from coplearn.recordings.rules import MEGABYTE
from coplearn.site import site_of

MAKE_SMALL: Final = "recording-small"
_SECONDS: Final = 1800
_READ_AS: Final = {"mp3": "mp3", "ogg": "ogg", "opus": "ogg", "mp4": "mov", "webm": "matroska"}
_SOUND: Final = ("-vn", "-ac", "1", "-c:a", "libopus", "-b:a", "20k", "-f", "ogg")
_FILM: Final = (
    *("-vf", "scale=-2:'min(240,ih)'", "-r", "15", "-c:v", "libx264", "-preset", "veryfast", "-crf", "32"),
    *("-pix_fmt", "yuv420p", "-ac", "1", "-c:a", "aac", "-b:a", "32k", "-movflags", "+faststart", "-f", "mp4"),
)

log = structlog.get_logger("coplearn.jobs")


def register_recordings(app: Flask) -> None:
    """Add the job. Register after the outbox."""
    site_of(app).jobs.task(MAKE_SMALL, retries=1)(make_small)


def make_small(app: Flask, session: Session, now: datetime, *, number: int) -> None:
    """Make a recording small and add it, unless it is gone, small itself, or ffmpeg makes nothing smaller of it."""
    parts = site_of(app)
    row, settings = row_by_id(session, number), parts.settings
    if row is None or not settings.ffmpeg or row.quality == "small":
        return
    slot = service.RecordingSlot(row.course_id, row.name, row.locale, "small", row.voice)
    name, read_as, size, made_of = f"{row.key}.{row.extension}", _READ_AS[row.extension], row.bytes, row.made_of
    how = _FILM if row.kind == "video" else _SOUND
    session.rollback()  # nobody waits for a film to be made
    store = store_of(settings)
    with _made(settings.ffmpeg, store, name, read_as, how) as made, made.open("rb") as file:
        looked = service.look_at(file, largest(settings))
        if looked.bytes >= size * 9 // 10:
            return
        keep(store, looked.path, file)
    if row_by_id(session, number) is None:
        return
    try:
        service.add_file(session, slot, looked, made_of, settings.recordings_megabytes * MEGABYTE, now)
    except Refused:
        log.warning("recording_not_made_small", course=slot.course_id, name=slot.name, why="quota")


@contextmanager
def _made(program: str, store: FileStore, name: str, read_as: str, how: Sequence[str]) -> Iterator[Path]:
    """The file that ffmpeg makes of one in the store. It opens that file alone, read as what it was found to be."""
    with TemporaryDirectory(prefix="recording-") as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        with source.open("wb") as out:
            out.writelines(store.read(name))
        begin = (
            program,
            "-nostdin",
            "-v",
            "error",
            "-y",
            "-threads",
            "1",
            "-protocol_whitelist",
            "file",
            "-f",
            read_as,
        )
        command = ["nice", *begin, "-i", str(source), "-map_metadata", "-1", *how, str(target)]
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS, env={"PATH": "/usr/bin:/bin"})  # noqa: S603 - the operator's own program
        yield target
