"""Archives that hold questions: content packages of QTI, and cartridges."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

from coplearn.files.archives import is_plain, look_at_end
from coplearn.kernel.errors import Refused
from coplearn.question_formats.qti import is_qti, read_items
from coplearn.question_formats.qti12 import is_qti12, read_qti12
from coplearn.question_formats.questions import ReadQuestions, Unreadable
from coplearn.question_formats.xml_files import parsed

_MOST_BYTES: Final = 20_000_000
_MOST_FILES: Final = 5_000


def look_at_package(data: bytes, name: str) -> None:
    """Raise Unreadable for an archive of too many files, or one that is packed so that a little of it may fill the memory."""
    try:
        look_at_end(io.BytesIO(data))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            strange = [one.filename for one in archive.infolist() if not is_plain(one)]
    except (Refused, zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable(f"{name}: this is no whole zip file, or it holds too many files: {error}.") from error
    if strange:
        raise Unreadable(f"{name}/{strange[0]}: it is without a name, or packed in a way that is not read here.")


def read_package(data: bytes, name: str) -> ReadQuestions:
    """The questions of a content package (zip): every XML file in it that is an item.

    Raises Unreadable for what is no archive, or one that is larger unpacked than ``_MOST_BYTES``.
    """
    read, budget = ReadQuestions(), _MOST_BYTES
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = [one for one in archive.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable(f"{name}: this is no whole zip file: {error}.") from error
    if len(entries) > _MOST_FILES:
        raise Unreadable(f"{name}: it holds {len(entries)} files; at most {_MOST_FILES} are read.")
    for entry in entries:
        if not entry.filename.lower().endswith(".xml"):
            if not entry.filename.lower().endswith((".css", ".xsd")):
                read.leave(
                    f"{name}/{entry.filename}",
                    "The file is left out: put it into the course's media/ yourself if you may.",
                )
            continue
        try:
            with archive.open(entry) as stream:
                # The bytes that come out are counted: what the archive says of its own size is not believed.
                content = stream.read(budget + 1)
        except (
            zipfile.BadZipFile,
            RuntimeError,
            NotImplementedError,
            EOFError,
            OSError,
            ValueError,
            zlib.error,
        ) as error:
            raise Unreadable(f"{name}/{entry.filename}: it cannot be unpacked: {error}.") from error
        budget -= len(content)
        if budget < 0:
            raise Unreadable(f"{name}: it is larger than {_MOST_BYTES} bytes when it is unpacked.")
        root = parsed(content, f"{name}/{entry.filename}")
        if is_qti(root) or is_qti12(root):
            found = (read_items if is_qti(root) else read_qti12)(root, f"{name}/{entry.filename}")
            read.questions += found.questions
            read.left += found.left
    return read
