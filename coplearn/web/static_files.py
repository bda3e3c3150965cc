"""The site's own files, under addresses that change with their content, packed beforehand.

A file's address holds a hash of what is sent, so that a browser keeps it for good and never asks again; where one of our scripts
imports another, its name is put in the same way. All of them are in memory: together they are smaller than one photograph.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from flask import Flask, Response, abort, request

from coplearn.web.compress import asked_packing, say_it_varies
from coplearn.web.packing import PACKINGS, Packing, pack, unpack

STATIC: Final = Path(__file__).parent / "static"
_PACKED: Final = frozenset({".css", ".js", ".svg"})
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_NAMED: Final = re.compile(r"(.+)\.([0-9a-f]{10})(\.[a-z0-9]+)")
_IMPORT: Final = re.compile(
    rb"""((?:^|\s|;)(?:import|export)\s[^"';]*?|\bimport\(\s*|^import\s*)(["'])\./([\w-]+\.js)\2""", re.M
)
"""An import of a neighbour, as our scripts write it: with its whole name."""
_REMARKS: Final = {
    ".js": re.compile(rb"^[ \t]*//[^\n]*\n", re.M),
    ".css": re.compile(rb"[ \t]*/\*.*?\*/\n?", re.S),
}
"""What says something to whoever reads the source of a script or a style, and nothing to a phone."""
_INDENTATION: Final = re.compile(rb"\n[ \t]+")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent, and its hash."""

    content: bytes
    type: str
    digest: str
    packed: dict[Packing, bytes] = field(default_factory=dict)

    def body(self, packing: Packing) -> bytes:
        """The content packed like that, kept once it was."""
        if not packing:
            return self.content
        if packing not in self.packed:
            self.packed[packing] = pack(self.content, packing, best=True)
        return self.packed[packing]


class StaticFiles:
    """The files below a folder. Raises ValueError for scripts that import one another in a ring, or what is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, StaticFile] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self._read(path.relative_to(folder).as_posix(), ())

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def get(self, name: str) -> StaticFile | None:
        """The file of that plain name."""
        return self._files.get(name)

    def address(self, name: str) -> str:
        """The address at which browsers ask for the file: its bare name for one that came after the site was started."""
        path = PurePosixPath(name)
        if (
            name not in self._files
        ):  # a page of the next version, read while this one still runs, is worth more without it
            return f"/static/{path}"
        return f"/static/{path.with_suffix(f'.{self._files[name].digest}{path.suffix}')}"

    def at(self, path: str) -> tuple[StaticFile, bool] | None:
        """The file at an address below ``/static/``, and whether the address names what it holds now.

        One that names another version's gets the present file: a page and its files may come from two versions while a site is
        brought up to date.
        """
        if path in self._files:
            return self._files[path], False
        named = _NAMED.fullmatch(path)
        file = self._files.get(f"{named[1]}{named[3]}") if named is not None else None
        return (file, file.digest == named[2]) if file is not None and named is not None else None

    def pack_all(self, folder: Path) -> None:
        """Pack every file now, or take what an earlier start packed into ``folder``, so that no visitor waits for it.

        A folder that cannot be read or written costs a third of a second, and no file.
        """
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted = set()
        for name, file in self._files.items():
            if PurePosixPath(name).suffix in _PACKED:
                kept = folder / f"{file.digest}.{PurePosixPath(name).name}"
                wanted |= {_take(file, packing, kept.with_name(f"{kept.name}.{packing}")) for packing in PACKINGS}
        with suppress(OSError):
            for old in folder.iterdir():
                if old not in wanted:
                    old.unlink()

    def _read(self, name: str, importers: tuple[str, ...]) -> StaticFile:
        if name in self._files:
            return self._files[name]
        if name in importers:
            raise ValueError(f"{name} imports itself, by way of {' and '.join(importers)}.")
        content = (self._folder / name).read_bytes()
        suffix = PurePosixPath(name).suffix
        if suffix in _REMARKS:
            content = _for_phones(content, suffix)
        if suffix == ".js":
            content = _IMPORT.sub(lambda found: self._named(found, name, importers), content)
        kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._files[name] = StaticFile(content, kind, hashlib.sha256(content).hexdigest()[:10])
        return self._files[name]

    def _named(self, found: re.Match[bytes], name: str, importers: tuple[str, ...]) -> bytes:
        other = str(PurePosixPath(name).with_name(found[3].decode()))
        if not (self._folder / other).is_file():
            raise ValueError(f"{name} imports {other}, which is not there.")
        self._read(other, (*importers, name))
        return found[1] + found[2] + self.address(other).encode() + found[2]


def _for_phones(source: bytes, suffix: str) -> bytes:
    """A script or a style without remarks and indentation; a script keeps it that has a text over several lines."""
    said = _REMARKS[suffix].sub(b"", source)
    return said if any(line.count(b"`") % 2 for line in said.split(b"\n")) else _INDENTATION.sub(b"\n", said)


def _take(file: StaticFile, packing: Packing, kept: Path) -> Path:
    """Give the file its packed content, from ``kept`` if it is there and reads as it should; the place where it is kept."""
    with suppress(OSError, ValueError):
        packed = kept.read_bytes()
        if unpack(packed, packing) == file.content:
            file.packed[packing] = packed
            return kept
    body = file.body(packing)
    with suppress(OSError):
        kept.write_bytes(body)
    return kept


FILES: Final = StaticFiles(STATIC)
"""Read when the site is loaded, and shared by its workers."""


def static_url(name: str) -> str:
    """The address of a static file, which may be kept for good."""
    return FILES.address(name)


def register_static(app: Flask) -> None:
    """Have the files below ``/static/`` answered for here, and not by Flask, which reads them from the disk each time."""
    app.add_url_rule("/static/<path:filename>", "static", send_static)


def send_static(filename: str) -> Response:
    """The file at that address, packed as the browser takes it."""
    found = FILES.at(filename)
    if found is None:
        abort(404)
    file, is_named = found
    packs = PurePosixPath(filename).suffix in _PACKED
    packing = asked_packing() if packs else ""
    response = Response(file.body(packing), mimetype=file.type)
    if packs:
        say_it_varies(response, "Accept-Encoding")
    if packing:
        response.headers["Content-Encoding"] = packing
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_named else "public, no-cache"
    response.set_etag(file.digest, weak=bool(packing))
    response.make_conditional(request)
    return response
