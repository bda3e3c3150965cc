"""Write an overlay's files: a new one, a text taken to be changed, a decision, and the release that was looked at.

Nothing that was written is lost: whatever a decision takes away stands in the log, which is only added to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
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
    Overlay,
    OverlayDeed,
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
LONGEST_TEXT: Final = 20_000


class Decision(StrEnum):
    """A choice about a country's text: the course's is taken, theirs is kept, or theirs is written anew."""

    ACCEPT = "accept"
    KEEP = "keep"
    EDIT = "edit"


def file_name(block: str) -> str:
    """The name of the file of blocks/ for a text of the course."""
    return f"{_PLAIN.sub('_', block)}.md"


def edit_text(deed: OverlayDeed, block: str, base: str, text: str, why: str = "") -> str:
    """A file of blocks/."""
    front: dict[str, str] = {"do": str(deed), "block": block}
    if deed in (OverlayDeed.REPLACE, OverlayDeed.HIDE):
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


def take(folder: Path, message: Message, deed: OverlayDeed = OverlayDeed.REPLACE, text: str | None = None) -> Path:
    """Write the file of blocks/ that begins with what the course says. Raises Refused where there is one already."""
    name = file_name(message.context) if deed != OverlayDeed.INSERT else f"after-{file_name(message.context)}"
    path = folder / BLOCKS / name
    if path.exists():
        raise Refused(N_("%(name)s is there already."), name=name)
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = message.text if deed == OverlayDeed.REPLACE else ""
    write_whole(path, edit_text(deed, message.context, message.text, begun if text is None else text).encode())
    return path


def decide(
    overlay: Overlay, folder: Path, line: BlockLine, choice: Decision, text: str, who: str, now: datetime
) -> None:
    """Write what somebody decided about one line of the report into ``folder``, and into its log.

    Raises Refused for a line that nothing can be decided about, and for a text that is none.
    """
    edit = line.edit
    if edit is None or (line.state == BlockState.GONE and choice != Decision.ACCEPT):
        raise Refused(N_("There is nothing to decide about this text."))
    if edit.deed == OverlayDeed.INSERT and choice != Decision.ACCEPT:
        raise Refused(N_("There is nothing to decide about this text."))
    words = said_plainly(text) if choice == Decision.EDIT else edit.text
    if choice == Decision.EDIT and not 0 < len(words) <= LONGEST_TEXT:
        raise Refused(N_("Write the text that your readers are to see."))
    if choice == Decision.EDIT:
        _check_words(words, edit.place)
    _log(folder, line, choice, words, who, now)
    path = folder / edit.place.path
    if choice != Decision.ACCEPT:
        deed = OverlayDeed.REPLACE if choice == Decision.EDIT else edit.deed
        written = edit_text(deed, edit.block, line.theirs, words, edit.why)
    elif not any((layer / edit.place.path).exists() for layer in overlay.layers if layer != folder):
        path.unlink(missing_ok=True)
        return
    else:  # what was shipped stays as it is: the site's own layer takes it back
        written = edit_text(OverlayDeed.NOTHING, edit.block, "", "")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, written.encode())


def _check_words(words: str, place: Place) -> None:
    """Raise Refused for what no text of a course may hold: the whole overlay would not be shown any more."""
    problems = Problems()
    check_text(Message("", words, place), problems)
    is_away = any(not target.startswith(("ref:", "item:", "help:")) for target in link_targets(words))
    if is_away or problems.errors:
        raise Refused(
            N_(
                "A course holds no HTML, no web address, no telephone number and nothing that nobody sees. "
                "Take it out of your text, then press again."
            )
        )


def _log(folder: Path, line: BlockLine, choice: Decision, text: str, who: str, now: datetime) -> None:
    assert line.edit is not None
    entry = {
        "at": now.isoformat(),
        "who": who,
        "choice": str(choice),
        "do": str(line.edit.deed),
        "block": line.block,
        "base": line.base,
        "theirs": line.theirs,
        "ours": line.ours,
        "now": text if choice != Decision.ACCEPT else line.theirs,
    }
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps(entry, ensure_ascii=False) + "\n")


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
