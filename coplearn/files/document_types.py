"""The type of a document, told by its content and never by its name; what could run on the reader's machine is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Final
from zipfile import BadZipFile, ZipFile

from coplearn.files.media_types import media_type

_STARTS: Final = (
    (b"%PDF-", "pdf", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
)
_OPEN_XML: Final = "application/vnd.openxmlformats-officedocument."
_FOLDERS: Final = (
    ("word/", "docx", f"{_OPEN_XML}wordprocessingml.document"),
    ("ppt/", "pptx", f"{_OPEN_XML}presentationml.presentation"),
    ("xl/", "xlsx", f"{_OPEN_XML}spreadsheetml.sheet"),
)
_SAYS: Final = {
    "application/epub+zip": "epub",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_MIMETYPES: Final = {
    **{extension: mimetype for _, extension, mimetype in (*_STARTS, *_FOLDERS)},
    **{extension: mimetype for mimetype, extension in _SAYS.items()},
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "mp4": "video/mp4",
    "webm": "video/webm",
}
_MOST_PARTS: Final = 20_000
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A type of document: how its files' names end, and what a browser is told."""

    extension: str
    mimetype: str


def document_named(extension: str) -> DocumentType:
    """The type that was told by content before. Raises KeyError for one that there is not."""
    return DocumentType(extension, _MIMETYPES[extension])


def document_type(file: BinaryIO) -> DocumentType | None:
    """The type of a document, picture or recording; None for everything else, and for office files with macros."""
    file.seek(0)
    head = file.read(16)
    for start, extension, _ in _STARTS:
        if head.startswith(start):
            return document_named(extension)
    if head.startswith(b"PK\x03\x04"):
        extension = _packed(file)
        return document_named(extension) if extension else None
    heard = media_type(file)
    return document_named(heard.extension) if heard is not None else None


def _runs(name: str) -> bool:
    return name.endswith(("vbaproject.bin", ".exe", ".js", ".jar")) or name.startswith(("basic/", "scripts/"))


def _packed(file: BinaryIO) -> str:
    try:
        with ZipFile(file) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            if len(parts) > _MOST_PARTS or any(_runs(name.lower()) for name in names):
                return ""
            if "mimetype" in names:
                with packed.open("mimetype") as said:
                    return _SAYS.get(said.read(_LONGEST_NAME).decode("ascii", "replace").strip(), "")
    except (BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return ""
    if "[Content_Types].xml" not in names:
        return ""
    return next((extension for folder, extension, _ in _FOLDERS if any(one.startswith(folder) for one in names)), "")
