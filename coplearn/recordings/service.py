"""Add a recording to a course, and remove one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.files.media_types import MediaType, is_cut, media_type, seconds_of
from coplearn.files.stores import FileStore, StoreUnavailable
from coplearn.files.uploads import weigh
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.recordings.models import RecordingFile
from coplearn.recordings.queries import bytes_kept, file_rows, is_needed, row_of_key
from coplearn.recordings.rules import CUT_RECORDING, MEGABYTE, NO_RECORDING


@dataclass(frozen=True, slots=True)
class RecordingSlot:
    """The recording that a file is of: which of a course, in which language and quality, and who is heard."""

    course_id: str
    name: str
    locale: str
    quality: str
    voice: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that may be kept, as it was found by its content."""

    type: MediaType
    bytes: int
    seconds: float | None
    key: str

    @property
    def path(self) -> str:
        """The name in the store."""
        return f"{self.key}.{self.type.extension}"


def look_at(file: BinaryIO, largest: int) -> Looked:
    """Tell what a file is. Raises Refused for one that no browser plays, that was cut off, or that is too large."""
    what = media_type(file)
    if what is None:
        raise Refused(NO_RECORDING)
    if is_cut(file, what):
        raise Refused(CUT_RECORDING)
    weighed = weigh(file, largest)
    return Looked(what, weighed.bytes, seconds_of(file, what), weighed.sha256[:32])


def check_quota(session: Session, more: int, quota: int) -> None:
    """Raises Refused when all recordings together would take more than may be kept."""
    if bytes_kept(session) + more > quota:
        raise Refused(
            N_(
                "All recordings of this site may take %(number)s MB together, and this one has no room. Remove another."
            ),
            number=quota // MEGABYTE,
        )


def add_file(
    session: Session, slot: RecordingSlot, looked: Looked, made_of: str, quota: int, now: datetime
) -> tuple[list[str], int]:
    """Let a file that is in the store be played. It stands for what was there of the same quality and type; gives the names of
    the files that it took the place of, and its own number."""
    check_quota(session, looked.bytes, quota)
    old = [
        row
        for row in file_rows(session, slot.course_id, slot.name, slot.locale)
        if (row.quality, row.extension, row.kind) == (slot.quality, looked.type.extension, looked.type.kind)
    ]
    for row in old:
        session.delete(row)
    session.flush()
    added = RecordingFile(
        course_id=slot.course_id,
        name=slot.name,
        locale=slot.locale,
        quality=slot.quality,
        extension=looked.type.extension,
        kind=looked.type.kind,
        bytes=looked.bytes,
        seconds=looked.seconds,
        voice=slot.voice,
        key=looked.key,
        made_of=made_of,
        added_at=now,
    )
    session.add(added)
    session.flush()
    return [f"{row.key}.{row.extension}" for row in old if row.key != looked.key], added.id


def note_added(session: Session, slot: RecordingSlot, now: datetime) -> None:
    """Write down that somebody added a recording."""
    audit.record(session, EventKind.RECORDING_ADDED, about=f"{slot.locale},{slot.course_id},{slot.name}", now=now)


def remove_file(session: Session, course_id: str, locale: str, key: str, now: datetime) -> str:
    """Let a file that staff added be played no more; gives its name in the store. Raises NotFound for one there is none of."""
    row = row_of_key(session, course_id, locale, key)
    if row is None:
        raise NotFound(N_("This recording has been removed already."))
    session.delete(row)
    session.flush()
    audit.record(session, EventKind.RECORDING_REMOVED, about=f"{locale},{course_id},{row.name}", now=now)
    return f"{row.key}.{row.extension}"


def forget_bytes(session: Session, store: FileStore, path: str) -> None:
    """Take a file out of the store that nothing names any more; what cannot be reached stays, and is played by nobody."""
    if not is_needed(session, path.partition(".")[0]):
        with suppress(StoreUnavailable):
            store.delete(path)
