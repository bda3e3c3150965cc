"""The store of contributed files, and a polite look whether a link can still be reached."""

from __future__ import annotations

from typing import BinaryIO, Final

from coplearn.files.document_types import document_type
from coplearn.files.stores import FileStore
from coplearn.files.uploads import MEGABYTE, UploadPurpose, keep_new, uploads_of, weigh
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.settings import Settings

_GONE: Final = frozenset({404, 410, 451})


def files_of(settings: Settings) -> FileStore:
    """The store of contributed files."""
    return uploads_of(settings, UploadPurpose.RESOURCES)


def room_for_resource(settings: Settings) -> int:
    """The bytes of the largest form that contributes a resource."""
    return settings.resource_megabytes * MEGABYTE + 128 * 1024


def keep_file(settings: Settings, file: BinaryIO) -> tuple[str, str, int]:
    """Keep a contributed file by its content: its key, how its name ends, its bytes. To be done in no transaction.

    Raises Refused for what is no document, one that is too large, and where there is no room or the store cannot be reached.
    """
    kind = document_type(file)
    if kind is None:
        raise Refused(
            N_(
                "This kind of file is not taken. Send a PDF, a document, slides, a sheet, an e-book, a PNG or JPEG picture, or a"
                " recording; without macros."
            )
        )
    weighed = weigh(file, settings.resource_megabytes * MEGABYTE)
    keep_new(settings, UploadPurpose.RESOURCES, f"{weighed.sha256}.{kind.extension}", weighed.bytes, file)
    return weighed.sha256, kind.extension, weighed.bytes


def is_reached(address: str, settings: Settings) -> bool:
    """Whether a page answers at that address. One that leads on, or wants to know who asks, is there."""
    # Loaded by the day's work alone.
    import requests

    from coplearn.serving.outgoing import AddressRefused, limit

    with requests.Session() as session:
        limit(session)
        try:
            answer = session.head(
                address, headers={"User-Agent": f"coplearn link check; {settings.address}"}, allow_redirects=False
            )
        except AddressRefused:
            return True
        except requests.RequestException:
            return False
    return answer.status_code not in _GONE and answer.status_code < 500
