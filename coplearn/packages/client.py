"""The store of packages, in which every file of a package lies under a number, with a list of names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO, Final

from coplearn.files.stores import FileStore
from coplearn.files.uploads import UploadPurpose, keep, uploads_of
from coplearn.packages.rules import LARGEST
from coplearn.settings import Settings

PLAIN: Final = "application/octet-stream"
_TYPES: Final = {
    "html": "text/html", "htm": "text/html", "xhtml": "application/xhtml+xml", "css": "text/css", "txt": "text/plain",
    "js": "text/javascript", "mjs": "text/javascript", "json": "application/json", "map": "application/json",
    "xml": "application/xml", "xsd": "application/xml", "xsl": "application/xml", "dtd": "application/xml-dtd",
    "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "webp": "image/webp", "avif": "image/avif", "ico": "image/x-icon", "bmp": "image/bmp", "cur": "image/x-icon",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg", "wav": "audio/wav",
    "opus": "audio/ogg", "aac": "audio/aac", "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm",
    "ogv": "video/ogg", "vtt": "text/vtt", "srt": "text/plain", "woff": "font/woff", "woff2": "font/woff2",
    "ttf": "font/ttf", "otf": "font/otf", "eot": "application/vnd.ms-fontobject", "pdf": "application/pdf",
    "wasm": "application/wasm", "csv": "text/csv", "md": "text/plain",
}  # fmt: skip
_LIST: Final = "list.json"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a package in the store: the name it has there, its bytes, and what a browser is told that it is."""

    path: str
    bytes: int
    mimetype: str


def packages_of(settings: Settings) -> FileStore:
    """The store of packages. Raises StoreUnavailable for an object store that cannot be used."""
    return uploads_of(settings, UploadPurpose.PACKAGES)


def room_for_package(_settings: Settings) -> int:
    """The bytes of the largest form that brings a package."""
    return LARGEST + 64 * 1024


def incoming(key: str) -> str:
    """The name in the store of an archive that waits to be read."""
    return f"incoming/{key}.zip"


@contextmanager
def kept_upload(settings: Settings, key: str, file: BinaryIO) -> Iterator[int]:
    """The bytes of an archive that is kept; taken away again where what names it cannot be written. Raises Refused."""
    store = packages_of(settings)
    keep(store, incoming(key), file)
    try:
        yield store.size(incoming(key)) or 0
    except BaseException:
        store.delete(incoming(key))
        raise


def file_path(key: str, number: int) -> str:
    """The name in the store of the file of that number."""
    return f"{key}/{number}"


def keep_list(store: FileStore, key: str, names: Mapping[str, int], sizes: Mapping[str, int]) -> None:
    """Keep the list of a package's files: by name the number and the bytes. From then on they are handed out."""
    told = {name: [number, sizes[name]] for name, number in names.items()}
    store.put(f"{key}/{_LIST}", [json.dumps(told, ensure_ascii=False).encode()])


def files_of_package(settings: Settings, key: str) -> Mapping[str, StoredFile]:
    """The files of a package by name. Raises FileNotFoundError for a key that nothing lies under."""
    return _listed(packages_of(settings), key)


@lru_cache(maxsize=32)
def _listed(store: FileStore, key: str) -> Mapping[str, StoredFile]:
    told = json.loads(b"".join(store.read(f"{key}/{_LIST}")))
    return {name: StoredFile(file_path(key, number), size, mimetype_of(name)) for name, (number, size) in told.items()}


def mimetype_of(name: str) -> str:
    """The type of a file by how its name ends; what no browser shows is handed out to be saved."""
    return _TYPES.get(name.rpartition(".")[2].lower(), PLAIN)


def forget_package_files(settings: Settings, key: str) -> None:
    """Take everything that lies under a key out of the store."""
    store = packages_of(settings)
    for name, _ in store.names(key):
        store.delete(name)
    store.delete(incoming(key))
