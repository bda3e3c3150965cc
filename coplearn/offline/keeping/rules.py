"""Pieces of a kept course: each has an address that changes with its content, its digest, and its weight on the way."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coplearn.courses.course import Course

ANOTHER: Final = "ZZ"
"""Stands in an address for any country of which the page says nothing (ISO 3166 leaves it to users)."""
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class OfflinePage:
    """A page for everybody that is kept beside every course, such as help.

    ``name`` stands in its piece's address, ``endpoint`` is the page that it opens in place of; ``render`` makes it for a
    country or for none, of what is the same for everybody: no name, no form, no time of day.
    """

    name: str
    endpoint: str
    render: Callable[[str | None], str]


@dataclass(frozen=True, slots=True)
class OfflineFile:
    """A file that is kept with each course, such as an index of its words; ``make`` makes it in the page's language."""

    name: str
    mimetype: str
    make: Callable[[Course], bytes]


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a piece, as it is sent compressed; ``digest`` is the SHA-256 of what it is unpacked."""

    packed: bytes
    digest: str

    @classmethod
    def of(cls, plain: bytes) -> Content:
        """The same bytes each time."""
        return cls(gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest())

    @property
    def plain(self) -> bytes:
        """The content unpacked."""
        return gzip.decompress(self.packed)


@dataclass(frozen=True, slots=True)
class KeptPiece:
    """One thing that is fetched and kept: its address, the SHA-256 of its content, and the bytes that it takes on the way."""

    address: str
    digest: str
    weight: int


@dataclass(frozen=True, slots=True)
class RecordingKept:
    """A recording that may be kept: its files with their media types, of which a device keeps the first that it plays, and its
    captions. A file's digest is the first half of its SHA-256."""

    files: Sequence[tuple[KeptPiece, str]]
    captions: Sequence[KeptPiece]


@dataclass(frozen=True, slots=True)
class ModuleKept:
    """The pieces that a module needs beside the common ones; ``recordings`` for whoever asks for them too."""

    number: int
    title: str
    pieces: Sequence[KeptPiece]
    recordings: Sequence[RecordingKept] = ()

    @property
    def weight(self) -> int:
        """The bytes of its pieces on the way."""
        return weight_of(self.pieces)


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything of a course that can be kept, in one language and for one country."""

    course: str
    title: str
    version: str
    digest: str
    home: str
    common: Sequence[KeptPiece]
    modules: Sequence[ModuleKept]
    pages: Mapping[str, str]
    """The piece, by its address, that opens in place of a page, by its path."""

    @property
    def edition(self) -> str:
        """A word that changes with any of the pieces; the addresses of recordings stand in pages that are some."""
        every = [*self.common, *(piece for module in self.modules for piece in module.pieces)]
        said = "\n".join(f"{piece.address} {piece.digest}" for piece in every)
        return hashlib.sha256(said.encode()).hexdigest()[:_SHOWN]

    @property
    def weight(self) -> int:
        """The bytes of all pieces on the way, without recordings."""
        return weight_of(self.common) + sum(module.weight for module in self.modules)

    def as_json(self) -> dict[str, object]:
        """The listing as the page that keeps the course reads it."""
        return {
            "course": self.course,
            "title": self.title,
            "version": self.version,
            "digest": self.digest,
            "edition": self.edition,
            "home": self.home,
            "common": [_told(piece) for piece in self.common],
            "modules": [_told_module(one) for one in self.modules],
            "pages": dict(self.pages),
        }


def _told_module(module: ModuleKept) -> dict[str, object]:
    recordings = [
        [[[*_told(file), mimetype] for file, mimetype in one.files], [_told(piece) for piece in one.captions]]
        for one in module.recordings
    ]
    pieces = [_told(piece) for piece in module.pieces]
    return {"number": module.number, "title": module.title, "pieces": pieces, "recordings": recordings}


def _told(piece: KeptPiece) -> list[object]:
    return [piece.address, piece.digest, piece.weight]


def weight_of(pieces: Iterable[KeptPiece]) -> int:
    """The bytes that they take on the way, each once."""
    return sum({piece.address: piece.weight for piece in pieces}.values())


def piece_of(address: str, content: Content) -> KeptPiece:
    """The piece with that content, whose address gets a word of its digest: ``v``."""
    joint = "&" if "?" in address else "?"
    return KeptPiece(f"{address}{joint}v={content.digest[:_SHOWN]}", content.digest, len(content.packed))


def file_piece(address: str, content: Content) -> KeptPiece:
    """The piece of a file whose address changes with its content already."""
    return KeptPiece(address, content.digest, len(content.packed))


def is_asked(version: str | None, content: Content) -> bool:
    """Whether the content is what an address with ``version`` names; any is, for an address without."""
    return not version or content.digest.startswith(version)
