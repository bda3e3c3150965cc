"""Hold an overlay against its course as it is now: what has to be decided, what went well, and what each language lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from coplearn.authoring.problems import Place
from coplearn.courses.contract import Message
from coplearn.courses.course import Course
from coplearn.courses.overlays.contract import RELEASE, BlockEdit, EditAction, Overlay, text_hash
from coplearn.courses.texts import Catalog, state_of
from coplearn.i18n.gate import UNREAD


class BlockState(StrEnum):
    """The standing of one text: the first two wait for somebody, the next three are news, the last is as it was."""

    CONFLICT = "conflict"
    GONE = "gone"
    UNNEEDED = "no longer needed"
    CHANGED = "changed upstream, ours unaffected"
    NEW = "new upstream"
    UNAFFECTED = "unaffected"


OPEN = frozenset({BlockState.CONFLICT, BlockState.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockLine:
    """One text of the course, or of ours: ``base`` is what it said when ours was written, ``theirs`` what it says now."""

    block: str
    state: BlockState
    base: str = ""
    theirs: str = ""
    ours: str = ""
    edit: BlockEdit | None = None
    """What the overlay does with it; None for news of the course alone."""
    is_drawn: bool = False
    """Whether it is a word of a drawing or a recording, which a file of its own stands for and no text."""


class Lack(StrEnum):
    """The reasons for which readers of a language do not see a text in it, or see it as it was."""

    STALE = "stale"
    WAITING = "waits for a second reading"
    HELD = "kept back by a check"
    MISSING = "not translated"


@dataclass(frozen=True, slots=True)
class LackingText:
    """A text that a language lacks or has from before it changed: its block, where it is written, and whether it is the country's
    own."""

    block: str
    place: Place
    is_own: bool
    lack: Lack


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageLack:
    """The texts of a country's course that a language lacks, or has from before they changed, by reason, the country's own
    first."""

    code: str
    messages: int
    texts: tuple[LackingText, ...]

    def of(self, lack: Lack) -> list[LackingText]:
        """The texts with that reason."""
        return [one for one in self.texts if one.lack == lack]

    @property
    def translated(self) -> int:
        """The number of texts that readers see as they are now."""
        return self.messages - len(self.texts)

    @property
    def own(self) -> int:
        """The number of lacking texts that are the country's own."""
        return sum(one.is_own for one in self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayReport:
    """The standing of an overlay: since which version of the course, its texts, and its languages."""

    overlay: Overlay
    was: str
    now: str
    lines: tuple[BlockLine, ...]
    languages: tuple[LanguageLack, ...]

    def of(self, *states: BlockState) -> list[BlockLine]:
        """The lines in one of those states."""
        return [line for line in self.lines if line.state in states]

    @property
    def open(self) -> list[BlockLine]:
        """The lines that wait for somebody."""
        return self.of(*OPEN)


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a course as an overlay last looked at it: the hash of each text, by context."""

    version: str
    hashes: Mapping[str, str]


def release_of(course: Course) -> Release:
    """The course as it is now."""
    return Release(course.version, {one.context: text_hash(one.text) for one in course.messages})


def release_text(release: Release) -> str:
    """The release as the overlay's file keeps it."""
    rows = [f"{context}\t{found}" for context, found in release.hashes.items()]
    return "\n".join([f"# {release.version}", *rows]) + "\n"


def read_release(overlay: Overlay) -> Release:
    """The release that the overlay last looked at: the latest layer's file; empty where none was kept."""
    for layer in reversed(overlay.layers):
        path = layer / RELEASE
        if path.is_file() and not path.is_symlink():
            return _release(path)
    return Release("", {})


def _release(path: Path) -> Release:
    first, *rows = path.read_text(encoding="utf-8", errors="replace").splitlines() or ["#"]
    pairs = (row.split("\t") for row in rows)
    return Release(first.removeprefix("#").strip(), {pair[0]: pair[1] for pair in pairs if len(pair) == 2})


def report(overlay: Overlay, course: Course, merged: Course | None) -> OverlayReport:
    """The overlay beside ``course``, the upstream one; ``merged`` is what both came to, or None where that failed."""
    was, messages = read_release(overlay), {one.context: one for one in course.messages}
    lines = [_line(edit, messages, course) for edit in overlay.edits]
    ours = {edit.block for edit in overlay.edits}
    lines += _news(was, messages, ours) if was.hashes else []
    order = list(BlockState)
    lines.sort(key=lambda line: (order.index(line.state), line.block))
    shown = merged if merged is not None else course
    return OverlayReport(
        overlay=overlay,
        was=was.version,
        now=course.version,
        lines=tuple(lines),
        languages=tuple(_lacks(overlay, course, shown)),
    )


def _line(edit: BlockEdit, messages: Mapping[str, Message], course: Course) -> BlockLine:
    message = messages.get(edit.block)
    theirs = message.text if message is not None else ""
    if edit.action == EditAction.INSERT:
        own = edit.block.partition("#")[0] in course.items and message is None
        state = BlockState.UNAFFECTED if message is not None or (own and _is_ours(edit, messages)) else BlockState.GONE
    elif message is None:
        state = BlockState.GONE
    elif text_hash(theirs) == text_hash(edit.base):
        state = BlockState.UNAFFECTED
    else:
        state = BlockState.UNNEEDED if text_hash(theirs) == text_hash(edit.text) else BlockState.CONFLICT
    return BlockLine(block=edit.block, state=state, base=edit.base, theirs=theirs, ours=edit.text, edit=edit)


def _is_ours(edit: BlockEdit, messages: Mapping[str, Message]) -> bool:
    """Whether an insertion stands after another one, in the overlay's own folder."""
    name = edit.block.partition("#")[2]
    others = (path for path in (edit.folder / "blocks").glob("*.md") if path.name != Path(edit.place.path).name)
    return any(f"{{#{name}" in path.read_text(encoding="utf-8", errors="replace") for path in others)


def _news(was: Release, messages: Mapping[str, Message], ours: Iterable[str]) -> Iterator[BlockLine]:
    touched = set(ours)
    for context, message in messages.items():
        if context in touched:
            continue
        if context not in was.hashes:
            state = BlockState.NEW
        elif was.hashes[context] != text_hash(message.text):
            state = BlockState.CHANGED
        else:
            continue
        drawn = message.place.path.startswith("media/")
        yield BlockLine(block=context, state=state, theirs=message.text, is_drawn=drawn)


def _lacks(overlay: Overlay, course: Course, shown: Course) -> Iterator[LanguageLack]:
    theirs = {one.context: one.text for one in course.messages}
    own = {one.context for one in shown.messages if theirs.get(one.context) != one.text}
    written = {edit.block: edit.place for edit in overlay.edits}
    for code in overlay.languages:
        if code == shown.locale:
            continue
        catalog = shown.catalogs.get(code)
        found = [
            LackingText(one.context, written.get(one.context, one.place), one.context in own, lack)
            for one in shown.messages
            if (lack := _lack_of(one, catalog)) is not None
        ]
        found.sort(key=lambda one: (not one.is_own, list(Lack).index(one.lack)))
        yield LanguageLack(code=code, messages=len({one.context for one in shown.messages}), texts=tuple(found))


def _lack_of(message: Message, catalog: Catalog | None) -> Lack | None:
    state = state_of(message, catalog)
    if state == "ok":
        return None
    if state == "stale":
        return Lack.STALE
    why = ((catalog.held if catalog is not None else None) or {}).get(message.context)
    if why is None:
        return Lack.MISSING
    return Lack.WAITING if UNREAD in why else Lack.HELD
