"""The parts of an overlay as its files have them, and how a text is told apart from an earlier one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from coplearn.authoring.fields import Text
from coplearn.authoring.problems import Place
from coplearn.courses.figures import Figure
from coplearn.courses.recordings import MADE_OF
from coplearn.i18n.inline_marks import joined, paragraphs

MANIFEST: Final = "overlay.toml"
BLOCKS: Final = "blocks"
RELEASE: Final = "upstream.tsv"
LOG: Final = "decisions.jsonl"


class EditAction(StrEnum):
    """The use of a file in blocks/: it replaces a text, stands after one, hides one, or takes back what a lower layer does."""

    REPLACE = "replace"
    INSERT = "insert"
    HIDE = "hide"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockEdit:
    """One file of blocks/. ``base`` is the course's text as it was when the file was written or last looked at."""

    action: EditAction
    block: str
    """The context of a text of the course, such as ``first-hour#b7k2q4x``."""
    base: str
    text: str
    why: str
    place: Place
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPart:
    """A module or an item of the country's own, and the id of what it follows; ``path`` is a folder, or a file, of the overlay."""

    path: str
    after: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFact:
    """A sentence for the overlay's country. ``general`` makes a fact that the course lacks, and ``is_advice`` says that this
    only tells what to ask; ``open`` says what is still to be found out, and then nothing is told yet."""

    module: str
    name: str
    text: str
    source: str
    general: str
    is_advice: bool
    open: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The name and colours of a country's site. Colours are ``#rrggbb``, for light and for dark pages; empty where not chosen."""

    name: Text | None = None
    colour: str = ""
    colour_dark: str = ""
    logo: Figure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """A country's changes to one course. ``layers`` are its folders: as it was shipped, and over it what this site decided."""

    id: str
    course: str
    versions: str
    version: str
    country: str
    languages: tuple[str, ...]
    adapted_by: Text
    modules: tuple[OwnPart, ...] = ()
    items: tuple[OwnPart, ...] = ()
    facts: tuple[OwnFact, ...] = ()
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By module, then by id, as module.yaml has them."""
    brand: Brand = Brand()
    home: tuple[Text, Text] | None = None
    """The title and the text of the country's start page."""
    to_fill: tuple[Text, ...] = ()
    edits: tuple[BlockEdit, ...] = ()
    layers: tuple[Path, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder that it was shipped in."""
        return self.layers[0]


def media_of(overlay: Overlay) -> dict[str, Path]:
    """The overlay's own drawings, recordings and captions by their paths in the course's folder, each from its latest layer."""
    found: dict[str, Path] = {}
    for layer in overlay.layers:
        for path in sorted((layer / "media").rglob("*")):
            if path.is_file() and not path.name.startswith((".", f"{MADE_OF}.")):
                found[path.relative_to(layer).as_posix()] = layer
    return found


def heard_in(own: Iterable[str]) -> set[tuple[Path, str]]:
    """The folders and names of the recordings among those files."""
    files = (Path(name) for name in own if name.count("/") == 2 and not name.endswith(".vtt"))
    return {(file.parent, file.name.partition(".")[0]) for file in files}


def said_plainly(text: str) -> str:
    """The text in the form in which the texts of a course are compared: paragraphs apart by one empty line, single spaces."""
    return "\n\n".join(joined(part.strip()) for part in paragraphs(text.strip()))


def text_hash(text: str) -> str:
    """A short name for exactly that text."""
    return hashlib.sha256(said_plainly(text).encode()).hexdigest()[:16]
