"""The law of recordings: which language is played, in which order, and what part of a file is asked for."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from coplearn.files.media_types import MediaType
from coplearn.kernel.text import N_

NO_RECORDING: Final = N_(
    "This file is no recording that browsers play, whatever its name. Send MP3, OGG, Opus, MP4 or WebM."
)
CUT_RECORDING: Final = N_(
    "The end of this recording is missing. Copy it again from where it was made, and send it whole."
)
QUALITY_WORDS: Final = {
    "": N_("Usual quality"),
    "small": N_("Small, for a slow line"),
    "large": N_("Large, for a screen in a hall"),
}
MEGABYTE: Final = 1_000_000
MOST_MEGABYTES: Final = 200
"""The server holds no larger body, whatever is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """One file that can be played. ``key`` names its bytes; ``folder`` is the course's where it is one of the course's files, at
    ``path``, and None for a file that staff added. ``made_of`` is a digest of the words it was made of, "" where that is not
    known, and ``day`` when that was."""

    course: str
    name: str
    locale: str
    quality: str
    type: MediaType
    bytes: int
    seconds: float | None
    voice: str
    key: str
    path: str
    folder: str | None
    is_brought: bool = False
    """Whether the overlay of a country brings it; then ``folder`` is the overlay's."""
    made_of: str = ""
    day: date | None = None

    @property
    def minutes(self) -> int | None:
        """Whole minutes, one at least; None where its length is not known."""
        return max(1, round(self.seconds / 60)) if self.seconds is not None else None


def spoken_in(files: Iterable[KeptFile], reader: str, fallback: str | None, source: str) -> str | None:
    """The language that is played to a reader: theirs, the one their language falls back to, the course's own, or any."""
    there = dict.fromkeys(file.locale for file in files)
    return next((code for code in (reader, fallback, source, *there) if code in there), None)


def in_order(files: Iterable[KeptFile]) -> list[KeptFile]:
    """The files as a player tries them: the smallest that it can play is played, since somebody pays for it."""
    return sorted(files, key=lambda file: (file.bytes, file.key))


def laid_over(course: Iterable[KeptFile], added: Sequence[KeptFile]) -> list[KeptFile]:
    """The course's own files and those that staff added: these stand for all of the course's in their language."""
    replaced = {(file.name, file.locale) for file in added}
    return [file for file in course if (file.name, file.locale) not in replaced] + [*added]


def in_feed(files: Iterable[KeptFile], locale: str) -> KeptFile | None:
    """The file of a recording that a podcast offers: sound in that language alone, as MP3 where there is one."""
    heard = [file for file in files if file.locale == locale and file.type.kind == "audio"]
    return min(heard, key=lambda file: (file.type.extension != "mp3", file.quality != "", file.bytes), default=None)


def size_told(size: int) -> tuple[float, str]:
    """A size as people are told it: a number, and ``kB`` or ``MB``; never less than it is."""
    return (math.ceil(size / 1000), "kB") if size < 1_000_000 else (math.ceil(size / 100_000) / 10, "MB")


def is_stale(files: Collection[KeptFile], digest: str) -> bool:
    """Whether the words have changed since those files were made; not known of a file that does not say what it was made of."""
    return any(file.made_of not in ("", digest) for file in files)
