"""Write an overlay's files: a new one, a text taken to be changed, a decision, and the release that was looked at.

Nothing that was written is lost: whatever a decision takes away stands in the log, which is only added to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import yaml

from coplearn.authoring.problems import Place, Problems
from coplearn.courses.catalogs import catalog_path, templates
from coplearn.courses.checks import check_text
from coplearn.courses.contract import Message
from coplearn.courses.course import Course
from coplearn.courses.overlays.contract import (
    BLOCKS,
    LOG,
    MANIFEST,
    RELEASE,
    BlockEdit,
    EditAction,
    Overlay,
    said_plainly,
    text_hash,
)
from coplearn.courses.overlays.reporting import BlockLine, BlockState, Release, release_of, release_text
from coplearn.i18n import po
from coplearn.i18n.files import write_whole
from coplearn.i18n.inline_marks import link_targets
from coplearn.i18n.locales import Locale
from coplearn.i18n.mending import write_mended
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

_PLAIN: Final = re.compile(r"[^a-zA-Z0-9.-]+")
_BLOCK_FILE: Final = re.compile(rf"{BLOCKS}/[a-zA-Z0-9_.-]+\.md")
_HELP: Final = "help:"
LONGEST_TEXT: Final = 20_000
NOTHING_TO_DECIDE: Final = N_("There is nothing to decide about this text.")
UNDO: Final = "undo"


class Decision(StrEnum):
    """A choice about a country's text: the course's is taken, theirs is kept, or theirs is written anew."""

    ACCEPT = "accept"
    KEEP = "keep"
    EDIT = "edit"


def file_name(block: str) -> str:
    """The name of the file of blocks/ for a text of the course."""
    return f"{_PLAIN.sub('_', block)}.md"


def edit_text(action: EditAction, block: str, base: str, text: str, why: str = "") -> str:
    """A file of blocks/."""
    front: dict[str, str] = {"do": str(action), "block": block}
    if action in (EditAction.REPLACE, EditAction.HIDE):
        front |= {"base": base, "hash": text_hash(base)}
    if why:
        front["why"] = why
    return f"---\n{yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)}---\n{text}\n"


def new_overlay(folder: Path, course: Course, country: str, languages: Sequence[str], adapted_by: str) -> None:
    """Begin an overlay of ``course`` in ``folder``, which is named as it is to be called."""
    major = course.version.partition(".")[0]
    manifest = (
        f"id = {json.dumps(folder.name)}\n"
        f"course = {json.dumps(course.id)}\n"
        f'versions = ">={course.version},<{int(major) + 1}"\n'
        'version = "0.1.0"\n'
        f"country = {json.dumps(country)}\n"
        f"languages = {json.dumps(list(languages))}\n"
        f"adapted_by = {json.dumps(adapted_by, ensure_ascii=False)}\n"
    )
    (folder / BLOCKS).mkdir(parents=True)
    write_whole(folder / MANIFEST, manifest.encode())
    keep_release(folder, release_of(course))


def keep_release(folder: Path, release: Release) -> None:
    """Note in the overlay's folder that the course was looked at as it is in that release."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / RELEASE, release_text(release).encode())


def take(folder: Path, message: Message, action: EditAction = EditAction.REPLACE, text: str | None = None) -> Path:
    """Write the file of blocks/ that begins with what the course says. Raises Refused where there is one already."""
    name = file_name(message.context) if action != EditAction.INSERT else f"after-{file_name(message.context)}"
    path = folder / BLOCKS / name
    if path.exists():
        raise Refused(N_("%(name)s is there already."), name=name)
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = message.text if action == EditAction.REPLACE else ""
    write_whole(path, edit_text(action, message.context, message.text, begun if text is None else text).encode())
    return path


def decide(
    overlay: Overlay, folder: Path, line: BlockLine, choice: Decision, text: str, who: str, now: datetime
) -> None:
    """Write what somebody decided about one line of the report into ``folder``, and into its log.

    A text that the overlay says nothing of yet can be written anew. Raises Refused for a line that nothing else can be decided
    about, and for a text that is none.
    """
    edit = line.edit
    if edit is None:
        if choice != Decision.EDIT or line.is_drawn:
            raise Refused(NOTHING_TO_DECIDE)
        edit = _new_edit(line, folder)
    if (edit.action == EditAction.INSERT or line.state == BlockState.GONE) and choice != Decision.ACCEPT:
        raise Refused(NOTHING_TO_DECIDE)
    words = said_plainly(text) if choice == Decision.EDIT else edit.text
    if choice == Decision.EDIT:
        if not 0 < len(words) <= LONGEST_TEXT:
            raise Refused(N_("Write the text that your readers are to see."))
        _check_words(words, line.theirs, edit.place)
    _log(folder, edit, line, choice, words, who, now)
    path = folder / edit.place.path
    if choice != Decision.ACCEPT:
        action = EditAction.REPLACE if choice == Decision.EDIT else edit.action
        written = edit_text(action, edit.block, line.theirs, words, edit.why)
    elif not any((layer / edit.place.path).exists() for layer in overlay.layers if layer != folder):
        path.unlink(missing_ok=True)
        return
    else:  # what was shipped stays as it is: the site's own layer takes it back
        written = edit_text(EditAction.NOTHING, edit.block, "", "")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, written.encode())


def _new_edit(line: BlockLine, folder: Path) -> BlockEdit:
    place = Place(f"{BLOCKS}/{file_name(line.block)}")
    return BlockEdit(
        action=EditAction.REPLACE, block=line.block, base=line.theirs, text="", why="", place=place, folder=folder
    )


def _check_words(words: str, theirs: str, place: Place) -> None:
    """Raise Refused for what no text of a course may hold: the whole overlay would not be shown any more."""
    problems = Problems()
    check_text(Message("", words, place), problems)
    targets = link_targets(words)
    is_away = any(not target.startswith(("ref:", "item:", _HELP)) for target in targets)
    if is_away or problems.errors:
        raise Refused(
            N_(
                "A course holds no HTML, no web address, no telephone number and nothing that nobody sees. "
                "Take it out of your text, then press again."
            )
        )
    if any(one.startswith(_HELP) for one in link_targets(theirs)) and not any(one.startswith(_HELP) for one in targets):
        raise Refused(N_("The course’s text leads to help here. Keep its link, such as [get help now](help:)."))


def _log(folder: Path, edit: BlockEdit, line: BlockLine, choice: Decision, text: str, who: str, now: datetime) -> None:
    entry = {
        "at": now.isoformat(),
        "who": who,
        "choice": str(choice),
        "do": str(edit.action),
        "block": line.block,
        "base": line.base,
        "theirs": line.theirs,
        "ours": line.ours,
        "now": text if choice != Decision.ACCEPT else line.theirs,
    }
    _add_to_log(folder, edit.place.path, entry)


def _add_to_log(folder: Path, path: str, entry: dict[str, str]) -> None:
    """One more line, with the file as it is before anything is written: by that a decision is undone."""
    file = folder / path
    before = file.read_text(encoding="utf-8") if file.is_file() else None
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps({**entry, "file": path, "before": before}, ensure_ascii=False) + "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedText:
    """The latest decision about one text, which can be undone; ``before`` is the overlay's file as it was, None for none."""

    at: datetime
    choice: Decision
    action: EditAction
    block: str
    ours: str
    now: str
    file: str
    before: str | None

    @property
    def key(self) -> str:
        """Names this decision and no later one about the same text."""
        return text_hash(f"{self.at.isoformat()} {self.file}")


def decided_texts(folder: Path) -> list[DecidedText]:
    """The latest decision about each text that ``folder`` has the log of, the newest first; those that were undone are left out."""
    latest: dict[str, DecidedText] = {}
    path = folder / LOG
    if not path.is_file() or path.is_symlink():
        return []
    for row in path.read_text(encoding="utf-8", errors="replace").splitlines():
        with suppress(ValueError, KeyError, TypeError):
            entry = json.loads(row)
            file = str(entry["file"])
            latest.pop(file, None)
            if entry["choice"] != UNDO and _BLOCK_FILE.fullmatch(file):
                latest[file] = DecidedText(
                    at=datetime.fromisoformat(entry["at"]),
                    choice=Decision(entry["choice"]),
                    action=EditAction(entry["do"]),
                    block=str(entry["block"]),
                    ours=str(entry["ours"]),
                    now=str(entry["now"]),
                    file=file,
                    before=entry["before"] if isinstance(entry["before"], str) else None,
                )
    return sorted(latest.values(), key=lambda one: one.at, reverse=True)


def undo(folder: Path, key: str, who: str, now: datetime) -> DecidedText:
    """Put the overlay's file back as it was before that decision, and write that into the log. Raises Refused for a decision that
    was undone, or that a later one followed."""
    found = next((one for one in decided_texts(folder) if one.key == key), None)
    if found is None:
        raise Refused(NOTHING_TO_DECIDE)
    entry = {"at": now.isoformat(), "who": who, "choice": UNDO, "do": str(found.action), "block": found.block}
    _add_to_log(folder, found.file, entry)
    path = folder / found.file
    if found.before is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, found.before.encode())
    return found


def update_catalog(folder: Path, overlay: Overlay, course: Course, merged: Course, locale: Locale) -> bool:
    """Bring ``translations/<code>.po`` of the overlay up to its own texts; False when nothing changed.

    What it has of the course's own texts, which it says in its own way, stays; nothing else of the course is put into it.
    """
    path, theirs = catalog_path(folder, locale.code), {one.context: one.text for one in course.messages}
    old = po.read_po(path, by_context=True).file if path.is_file() else None
    held = {entry.msgctxt for entry in old or () if entry.msgctxt}
    own = [one for one in merged.messages if theirs.get(one.context) != one.text or one.context in held]
    made = po.merge(old, templates(own), locale, overlay.id, by_context=True)
    return write_mended(made, path, locale.code, "course")
