"""The store of the recordings that staff add: a folder of the instance, or an object store."""

from __future__ import annotations

from pathlib import Path

from coplearn.files.stores import FileStore, FolderStore
from coplearn.files.uploads import UploadPurpose, uploads_of
from coplearn.recordings.rules import MEGABYTE, MOST_MEGABYTES, KeptFile
from coplearn.settings import Settings


def store_of(settings: Settings) -> FileStore:
    """The store of added recordings. Raises StoreUnavailable for an object store that cannot be used."""
    return uploads_of(settings, UploadPurpose.RECORDINGS)


def largest(settings: Settings) -> int:
    """The bytes of the largest recording that is taken."""
    return min(settings.recording_megabytes, MOST_MEGABYTES) * MEGABYTE


def room_for_upload(settings: Settings) -> int:
    """The bytes of the largest form that brings a recording."""
    return largest(settings) + 64 * 1024


def place_of(file: KeptFile, settings: Settings) -> FileStore:
    """The place of that file's bytes, by its ``path``."""
    return FolderStore(Path(file.folder)) if file.folder is not None else store_of(settings)
