"""The recordings of a course: what each is, its captions, and the files of it in the course's folder by language."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from coplearn.authoring.fields import Fields, Text
from coplearn.authoring.problems import Place, Problems
from coplearn.courses.captions import Cue, check_words, read_captions
from coplearn.courses.contract import Message
from coplearn.courses.source import read_source, read_text
from coplearn.files.media_types import EXTENSIONS, MediaType, is_cut, media_type, seconds_of
from coplearn.kernel.words import ID_PATTERN

QUALITIES: Final = ("", "small", "large")
"""The words that may stand between a recording's name and its type: none for the usual quality."""
MADE_OF: Final = "made-of"
"""The name of the file that says which words each recording was made of; ``coplearn recordings stamp`` writes it."""
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a recording in a course's folder."""
_FILE: Final = re.compile(
    rf"({ID_PATTERN.pattern})(?:\.({'|'.join(filter(None, QUALITIES))}))?\.({'|'.join(EXTENSIONS)})"
)
_NOTED: Final = "[0-9a-f]{16} 20[0-9]{2}-[01][0-9]-[0-3][0-9] [0-9a-f]{8}"
_MEND: Final = f"Name it after its recording: welcome.opus, or welcome.small.mp4. Types: {', '.join(EXTENSIONS)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """One file of a recording. ``key`` names its bytes, and nothing else; ``path`` leads to it from the course's folder, or from
    ``folder``, where an overlay brings it."""

    path: str
    locale: str
    quality: str
    type: MediaType
    bytes: int
    seconds: float | None
    key: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class MadeOf:
    """The words that a recording was made of, as a digest, the day this was noted, and a digest of the files it was noted of."""

    digest: str
    day: date
    files: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording to hear or to see. ``cues`` are the captions in the course's language; ``times`` are those of languages whose
    recordings go at their own pace, by locale code. ``texts`` are the items that it reads from."""

    name: str
    title: Text
    voice: str
    poster: str | None
    texts: tuple[str, ...]
    cues: tuple[Cue, ...]
    times: Mapping[str, tuple[Cue, ...]] = field(default_factory=dict)
    made_of: Mapping[str, MadeOf] = field(default_factory=dict)
    files: tuple[MediaFile, ...] = ()

    def context(self, facet: str) -> str:
        """The key of one of its messages: ``title``, or ``<cue id>.cue``."""
        return f"recording.{self.name}#{facet}"

    @property
    def cue_contexts(self) -> tuple[str, ...]:
        """The keys of its captions, in order."""
        return tuple(self.context(f"{cue.id}.cue") for cue in self.cues)

    @property
    def languages(self) -> list[str]:
        """The codes of the languages that it has files in, in order."""
        return sorted({file.locale for file in self.files})

    def files_in(self, locale: str) -> list[MediaFile]:
        """The files of the recording in that language."""
        return [file for file in self.files if file.locale == locale]

    def cues_in(self, locale: str) -> tuple[Cue, ...]:
        """The captions with the times of the recording in that language."""
        return self.times.get(locale, self.cues)

    def messages(self) -> Iterator[Message]:
        """The title and captions for translators."""
        note = "The title of a recording."
        yield Message(self.context("title"), self.title.text, self.title.place, (note,))
        for cue, context in zip(self.cues, self.cue_contexts, strict=True):
            note = f"A caption: it stands for {cue.end - cue.start:.1f} seconds, and is read while it is heard."
            yield Message(context, cue.text, Place(f"media/{self.name}.vtt", cue.line), (note,), max_length=cue.room)


def words_digest(recording: Recording, messages: Iterable[Message], said: Callable[[str], str]) -> str:
    """A digest of the words that a recording says and is made from, as ``said`` has them in its language by their contexts."""
    items = tuple(f"{item}#" for item in recording.texts)
    contexts = [one.context for one in messages if items and one.context.startswith(items)]
    digest = hashlib.sha256()
    for context in (*recording.cue_contexts, *contexts):
        digest.update(f"{context}\0{said(context)}\0".encode())
    return digest.hexdigest()[:16]


def files_digest(files: Iterable[MediaFile]) -> str:
    """A digest of a recording's files in one language."""
    return hashlib.sha256("".join(sorted(file.key for file in files)).encode()).hexdigest()[:8]


def read_recordings(
    root: Path, names: Collection[str], locales: Collection[str], problems: Problems
) -> dict[str, Recording]:
    """Every recording of the course in ``root`` by its name. ``names`` are the files in ``media`` itself, ``locales`` the codes
    of the languages that there are; other folders are noted."""
    made_of = _read_made_of(root, problems) if f"{MADE_OF}.yaml" in names else {}
    files: dict[str, list[MediaFile]] = {}
    times: dict[str, dict[str, str]] = {}
    for path in sorted(path for path in (root / "media").iterdir() if path.is_dir()):
        if path.is_symlink() or path.name not in locales:
            _note(problems, f"media/{path.name}", "This folder is named after no language.", "Use a code such as ar.")
            continue
        for file in sorted(path.iterdir()):
            _take(root, file, files, times, problems)
    found: dict[str, Recording] = {}
    for name in sorted(one.removesuffix(".yaml") for one in names if one.endswith(".yaml")):
        recording = _recording(root, name, problems) if name != MADE_OF else None
        if recording is not None:
            found[name] = _completed(root, recording, files, times, made_of, problems)
    told = {one.removesuffix(".yaml") for one in names}
    for name in sorted({one.removesuffix(".vtt") for one in names if one.endswith(".vtt")} - told):
        _note(problems, f"media/{name}.vtt", "These captions belong to no recording.", f"Add media/{name}.yaml.")
    for name in sorted((files.keys() | times.keys()) - told):
        where = files[name][0].path if name in files else next(iter(times[name].values()))
        _note(problems, where, "This file belongs to no recording.", f"Add media/{name}.yaml, or take it out.")
    return found


def _note(problems: Problems, path: str, what: str, mend: str) -> None:
    problems.error(Place(path), "recording-file", what, mend)


def _recording(root: Path, name: str, problems: Problems) -> Recording | None:
    path, before = f"media/{name}.yaml", len(problems.errors)
    source = read_source(root, path, problems)
    if source is None:
        return None
    if ID_PATTERN.fullmatch(name) is None:
        mend = "Use small letters, digits and hyphens, a letter first, 2 to 48 signs."
        problems.error(Place(path), "bad-id", f'"{name}" cannot name a recording.', mend)
    fields = Fields.whole(source, problems)
    fields.only("title", "voice", "poster", "texts")
    title = fields.text("title")
    voice = fields.match("voice", "person|machine", "Write person, or machine for a voice that a computer makes.")
    poster = fields.match("poster", ID_PATTERN.pattern, "Name a drawing of the course.", required=False)
    texts = fields.list_of("texts", ID_PATTERN.pattern, "List the ids of items.", required=False)
    captions = f"media/{name}.vtt"
    words = read_text(root, captions, problems)
    cues = read_captions(words, captions, problems) if words is not None else ()
    check_words(cues, captions, problems)
    if len(problems.errors) != before or title is None or voice is None:
        return None
    if not cues:
        problems.error(Place(captions), "captions-syntax", "There are no cues in this file.", "Write what is said.")
    return Recording(name=name, title=title, voice=voice, poster=poster, texts=texts, cues=cues)


def _completed(
    root: Path,
    recording: Recording,
    files: Mapping[str, list[MediaFile]],
    times: Mapping[str, Mapping[str, str]],
    made_of: Mapping[str, Mapping[str, MadeOf]],
    problems: Problems,
) -> Recording:
    own: dict[str, tuple[Cue, ...]] = {}
    for locale, path in times.get(recording.name, {}).items():
        text = read_text(root, path, problems)
        cues = read_captions(text, path, problems) if text is not None else ()
        if [cue.id for cue in cues] != [cue.id for cue in recording.cues]:
            mend = "Keep the ids of the captions in the course's language, all of them, in their order."
            problems.error(Place(path), "captions-unlike", "These are other cues than the course's own.", mend)
        own[locale] = cues
    mine = tuple(files.get(recording.name, ()))
    whole = replace(recording, times=own, files=mine)
    # What was noted of other files says nothing of these.
    noted = made_of.get(recording.name, {}).items()
    true = {code: entry for code, entry in noted if files_digest(whole.files_in(code)) == entry.files}
    return replace(whole, made_of=true)


def _take(
    root: Path,
    file: Path,
    files: dict[str, list[MediaFile]],
    times: dict[str, dict[str, str]],
    problems: Problems,
) -> None:
    path = file.relative_to(root).as_posix()
    if file.is_symlink():
        problems.error(Place(path), "file-outside", "This file is a link.", "Copy it into the course.")
        return
    if file.suffix == ".vtt":
        times.setdefault(file.stem, {})[file.parent.name] = path
        return
    named = _FILE.fullmatch(file.name)
    if named is None or not file.is_file():
        _note(problems, path, "This is no recording, by its name.", _MEND)
        return
    stat = file.stat()
    if stat.st_size > LARGEST:
        mend = "Make it smaller, or keep it in the instance: the page of a course's recordings takes files."
        _note(problems, path, f"This file is larger than {LARGEST >> 20} MB.", mend)
        return
    looked = _looked_at(file, stat.st_size, stat.st_mtime_ns)
    if looked is None or looked[0].extension != named[3]:
        what = (
            f"This is {'no recording' if looked is None else 'of the type ' + looked[0].extension}, by what is in it."
        )
        _note(problems, path, what, _MEND)
        return
    kind, seconds, key, ends_early = looked
    if ends_early:
        _note(problems, path, "The end of this recording is missing.", "Copy it again from where it was made.")
        return
    made = MediaFile(
        path=path,
        locale=file.parent.name,
        quality=named[2] or "",
        type=kind,
        bytes=stat.st_size,
        seconds=seconds,
        key=key,
    )
    files.setdefault(named[1], []).append(made)


@lru_cache(maxsize=2048)
def _looked_at(file: Path, _size: int, _changed: int) -> tuple[MediaType, float | None, str, bool] | None:
    """The type, the length and the key of a file as it is, and whether its end is missing; not read again until it changes."""
    try:
        with file.open("rb") as opened:
            what = media_type(opened)
            if what is None:
                return None
            seconds, ends_early = seconds_of(opened, what), is_cut(opened, what)
            opened.seek(0)
            return what, seconds, hashlib.file_digest(opened, "sha256").hexdigest()[:32], ends_early
    except OSError:
        return None


def _read_made_of(root: Path, problems: Problems) -> dict[str, dict[str, MadeOf]]:
    source = read_source(root, f"media/{MADE_OF}.yaml", problems)
    if source is None:
        return {}
    found: dict[str, dict[str, MadeOf]] = {}
    whole = Fields.whole(source, problems)
    for name in source.data:
        by_locale = whole.mapping(name)
        for locale in by_locale.data if by_locale is not None else ():
            noted = by_locale.match(locale, _NOTED, "Run coplearn recordings stamp.") if by_locale is not None else None
            if noted is not None:
                with suppress(ValueError):
                    found.setdefault(name, {})[locale] = MadeOf(
                        noted[:16], date.fromisoformat(noted[17:27]), noted[28:]
                    )
    return found
