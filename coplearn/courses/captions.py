"""Captions as WebVTT: read by the part of it that courses may hold, and written for a player."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from coplearn.authoring.problems import Place, Problems
from coplearn.kernel.words import ID_PATTERN

MOST_CUES: Final = 2000
READING_SPEED: Final = 17
"""Characters a second that somebody can read below a picture."""
_TIME: Final = r"(?:([0-9]{1,3}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})"
_TIMES: Final = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}")


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: its id, which never changes, from when to when it stands, in seconds, and its words in the source."""

    id: str
    start: float
    end: float
    text: str
    line: int

    @property
    def room(self) -> int:
        """The number of characters that can be read while it stands."""
        return max(1, int((self.end - self.start) * READING_SPEED + 0.001))


def read_captions(text: str, path: str, problems: Problems) -> tuple[Cue, ...]:
    """The cues of a file; what cannot be used is noted and left out."""
    parts = _parts(text)
    if not parts or not re.match(r"WEBVTT(?:[ \t]|\Z)", parts[0][1][0]):
        problems.error(
            Place(path, 1), "captions-syntax", "This is not WebVTT.", "Begin the file with a line that says WEBVTT."
        )
        return ()
    cues: list[Cue] = []
    for line, lines in parts[1 : MOST_CUES + 1]:
        if re.match(r"NOTE(?:[ \t]|\Z)", lines[0]):
            continue
        cue = _cue(line, lines, path, problems)
        if cue is not None:
            _check_order(cue, cues, path, problems)
            cues.append(cue)
    if len(parts) > MOST_CUES + 1:
        what = f"There are more than {MOST_CUES} cues."
        problems.error(Place(path, 1), "course-too-big", what, "Make it two recordings.")
    return tuple(cues)


def _parts(text: str) -> list[tuple[int, list[str]]]:
    """The parts of a file between blank lines, each with the number of its first line."""
    parts: list[tuple[int, list[str]]] = []
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            inside = False
        elif inside:
            parts[-1][1].append(line.strip())
        else:
            parts.append((number, [line.strip()]))
            inside = True
    return parts


def _cue(line: int, lines: Sequence[str], path: str, problems: Problems) -> Cue | None:
    found = _TIMES.fullmatch(lines[1]) if len(lines) > 1 else None
    if found is None or ID_PATTERN.fullmatch(lines[0]) is None:
        problems.error(
            Place(path, line),
            "captions-syntax",
            "A cue is its id, its times and its words, each on a line of its own.",
            "Write for example: first-words, then 00:00.000 --> 00:03.500, then what is said.",
        )
        return None
    start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
    if end <= start:
        problems.error(Place(path, line + 1), "captions-order", "This cue ends before it begins.", "Mend its times.")
        return None
    return Cue(lines[0], start, end, " ".join(lines[2:]), line + 2)


def _seconds(groups: Sequence[str | None]) -> float:
    hours, minutes, seconds, parts = (int(one or 0) for one in groups)
    return hours * 3600 + minutes * 60 + seconds + parts / 1000


def _check_order(cue: Cue, before: Sequence[Cue], path: str, problems: Problems) -> None:
    if before and cue.start < before[-1].end:
        what = f"This cue begins before {before[-1].id!r} has ended."
        problems.error(Place(path, cue.line - 1), "captions-order", what, "Put the cues in order, one after the other.")
    if any(one.id == cue.id for one in before):
        what = f"The id {cue.id!r} stands here twice."
        problems.error(Place(path, cue.line - 2), "duplicate-id", what, "Change this one.")


def check_words(cues: Iterable[Cue], path: str, problems: Problems) -> None:
    """Note cues without words, and those that nobody can read in their time."""
    for cue in cues:
        if not cue.text:
            problems.error(Place(path, cue.line), "captions-syntax", "This cue has no words.", "Write what is said.")
        elif len(cue.text) > cue.room:
            what = f"{len(cue.text)} characters stand for {cue.end - cue.start:.1f} seconds."
            mend = f"At {READING_SPEED} characters a second there is time for {cue.room}: make it two, or let it stand."
            problems.warning(Place(path, cue.line), "captions-speed", what, mend)


def webvtt(cues: Iterable[tuple[Cue, str]]) -> str:
    """A file of captions with these words, of which nothing is read as a mark."""
    parts = ["WEBVTT"]
    for cue, words in cues:
        safe = " ".join(words.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(f"{cue.id}\n{_time(cue.start)} --> {_time(cue.end)}\n{safe}")
    return "\n\n".join(parts) + "\n"


def _time(seconds: float) -> str:
    whole = round(seconds * 1000)
    hours, minutes, rest = whole // 3_600_000, whole // 60_000 % 60, whole % 60_000
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
