"""Zip archives whose bytes follow from their content alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest day that a zip can name: when a package was made is no part of it."""
_READABLE: Final = 0o100644 << 16


def archive_of(files: Mapping[str, bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    """The files in their order as an archive; those of ``stored`` are not compressed. The same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, _READABLE
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()
