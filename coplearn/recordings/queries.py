"""Every file that can be played: the courses' own, and those that staff added, looked at every two seconds."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, Row, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.courses.course import Course
from coplearn.courses.recordings import Recording
from coplearn.files.media_types import type_named
from coplearn.kernel.clock import beat
from coplearn.recordings.models import RecordingFile
from coplearn.recordings.rules import KeptFile, laid_over
from coplearn.storage.database import reading_only

if TYPE_CHECKING:
    from coplearn.courses.library import Library
    from coplearn.courses.live_library import LiveLibrary

_COLUMNS = select(
    RecordingFile.course_id,
    RecordingFile.name,
    RecordingFile.locale,
    RecordingFile.quality,
    RecordingFile.extension,
    RecordingFile.kind,
    RecordingFile.bytes,
    RecordingFile.seconds,
    RecordingFile.voice,
    RecordingFile.key,
    RecordingFile.made_of,
    RecordingFile.added_at,
).order_by(RecordingFile.id)


def bytes_kept(session: Session) -> int:
    """The bytes of all files that staff added (one statement)."""
    return int(session.execute(select(func.coalesce(func.sum(RecordingFile.bytes), 0))).scalar_one())


def file_rows(session: Session, course_id: str, name: str, locale: str) -> Sequence[RecordingFile]:
    """The added files of one recording in one language (one statement)."""
    where = (RecordingFile.course_id == course_id, RecordingFile.name == name, RecordingFile.locale == locale)
    return session.scalars(select(RecordingFile).where(*where).order_by(RecordingFile.id)).all()


def row_of_key(session: Session, course_id: str, locale: str, key: str) -> RecordingFile | None:
    """The added file of those bytes in a course and a language (one statement)."""
    where = (RecordingFile.course_id == course_id, RecordingFile.locale == locale, RecordingFile.key == key)
    return session.scalars(select(RecordingFile).where(*where).limit(1)).first()


def row_by_id(session: Session, number: int) -> RecordingFile | None:
    """The added file of that number."""
    return session.get(RecordingFile, number)


def is_needed(session: Session, key: str) -> bool:
    """Whether any added file has those bytes (one statement)."""
    return session.scalar(select(RecordingFile.id).where(RecordingFile.key == key).limit(1)) is not None


class RecordingIndex:
    """The files that can be played, in every worker as they are now.

    The table is looked at every ``poll`` seconds, and only when somebody asks; while it cannot be read, what was read last
    holds.
    """

    def __init__(self, engine: Engine, library: LiveLibrary, poll: float) -> None:
        self._engine = engine
        self._library = library
        self._poll = poll
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._rows: Sequence[Row[Any]] = ()
        self._version = ""
        self._built: tuple[Library, str] | None = None
        self._files: dict[tuple[str, str, str], list[KeptFile]] = {}
        self._by_key: dict[str, KeptFile] = {}

    def files_of(self, course: Course, name: str) -> list[KeptFile]:
        """The files of a recording, in all languages, as the course's country has them."""
        self._look()
        return self._files.get((course.id, _country(course), name), [])

    def by_key(self, key: str) -> KeptFile | None:
        """The file with those bytes; None when there is none (any more)."""
        self._look()
        return self._by_key.get(key)

    def version(self) -> str:
        """Changes whenever a file that staff added comes or goes."""
        self._look()
        return self._version

    def renew(self) -> None:
        """Look now, for whoever has just changed something."""
        self._looked = None

    def _look(self) -> None:
        now = beat(self._poll)
        library = self._library.current()
        if self._looked == now and self._built is not None and self._built[0] is library:
            return
        with self._lock:
            if self._looked != now:
                self._read()
                self._looked = now
            if self._built is None or self._built[0] is not library or self._built[1] != self._version:
                self._build(library)
                self._built = library, self._version

    def _read(self) -> None:
        try:
            with reading_only(), self._engine.connect() as connection:
                self._rows = [*connection.execute(_COLUMNS)]
        except SQLAlchemyError:
            return  # not there yet, or not for the moment
        self._version = hashlib.sha256(repr(self._rows).encode()).hexdigest()[:16] if self._rows else ""

    def _build(self, library: Library) -> None:
        added: dict[tuple[str, str], list[KeptFile]] = {}
        for row in self._rows:
            added.setdefault((row.course_id, row.name), []).append(_added(row))
        adapted = (course for countries in library.adapted.values() for course in countries.values())
        found = {
            (course.id, _country(course), recording.name): _heard(
                _own(course, recording), added.get((course.id, recording.name), [])
            )
            for course in (*library.courses.values(), *adapted)
            for recording in course.recordings.values()
        }
        self._by_key = {file.key: file for files in found.values() for file in files}
        self._files = found


def _country(course: Course) -> str:
    return course.adaptation.country if course.adaptation is not None else ""


def _heard(files: Sequence[KeptFile], added: Sequence[KeptFile]) -> list[KeptFile]:
    """Lay what staff added over the course’s own recordings, and what a country’s overlay brings over both."""
    brought = [file for file in files if file.is_brought]
    return laid_over(laid_over((file for file in files if not file.is_brought), added), brought)


def _added(row: Row[Any]) -> KeptFile:
    return KeptFile(
        course=row.course_id,
        name=row.name,
        locale=row.locale,
        quality=row.quality,
        type=type_named(row.extension, row.kind),
        bytes=row.bytes,
        seconds=row.seconds,
        voice=row.voice,
        key=row.key,
        path=f"{row.key}.{row.extension}",
        folder=None,
        made_of=row.made_of,
        day=row.added_at.date(),
    )


def _own(course: Course, recording: Recording) -> list[KeptFile]:
    return [
        KeptFile(
            course=course.id,
            name=recording.name,
            locale=file.locale,
            quality=file.quality,
            type=file.type,
            bytes=file.bytes,
            seconds=file.seconds,
            voice=recording.voice,
            key=file.key,
            path=file.path,
            folder=file.folder or str(course.folder),
            is_brought=bool(file.folder),
            made_of=noted.digest if noted is not None else "",
            day=noted.day if noted is not None else None,
        )
        for file in recording.files
        for noted in (recording.made_of.get(file.locale),)
    ]
