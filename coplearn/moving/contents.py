"""Files that belong to a site and are in no table: what they are called in an archive, and where they go on another machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Final

from coplearn.backups.archives import inside
from coplearn.backups.making import INSTANCE, instance_files
from coplearn.backups.places import folder_of
from coplearn.files.markers import FOLDER
from coplearn.files.uploads import UploadPurpose, fetched, pieces_of, upload_at, uploads_of
from coplearn.kernel.errors import Refused
from coplearn.keys.ring import KeyRing
from coplearn.moving.rules import OPERATORS
from coplearn.settings import Settings

RECORDINGS: Final = "recordings/"
"""How the names of added recordings begin in an archive, whatever store they are in."""
_KEPT_THERE: Final = {
    "mail": "Copies of letters that were sent.",
    FOLDER: "Notes of moves.",
    **{purpose.value: "Taken from the store that is set." for purpose in UploadPurpose},
    "keys": "Taken from the ring, so that those of the environment go as well.",
    "secret_key": "Taken from the settings.",
}
_NOT_CARRIED: Final = frozenset({"instance_path", "home", "backup_folder", "backup_key"})
_FOR_A_COUNTRY: Final = ("translations/", "courses/", "overlays/")
"""Folders of the instance of which a country gets all: texts, and nothing of anybody."""
_FOR_A_COUNTRY_UPLOADS: Final = (UploadPurpose.PACKAGES, UploadPurpose.RECORDINGS)
_KEY_FILE: Final = "secret_key"
_PIECE: Final = 1 << 20


def contents_of(settings: Settings, ring: KeyRing, work: Path, *, with_keys: bool, country: str) -> dict[str, Path]:
    """Every file to carry, by its name in an archive; what is no file yet is written into ``work``.

    Of a country's archive the files of people are left out; whoever makes it adds those that belong to it.
    """
    found = dict(_from_instance(settings, is_whole=not country))
    for name, path in _named_by_settings(settings):
        found[name] = path
    made = work / "made"
    for name, content in ring.files(with_private=with_keys).items():
        found[f"{INSTANCE}keys/{name}"] = _written(made / "keys" / name, content)
    if with_keys:
        found[INSTANCE + _KEY_FILE] = _written(made / _KEY_FILE, settings.key().encode())
    for purpose in UploadPurpose:
        if country and purpose not in _FOR_A_COUNTRY_UPLOADS:
            continue
        for name, _ in uploads_of(settings, purpose).names():
            found[_called(purpose, name)] = fetched(settings, purpose, name, made)
    return dict(sorted(found.items()))


def _called(purpose: UploadPurpose, name: str) -> str:
    return RECORDINGS + name if purpose is UploadPurpose.RECORDINGS else f"{INSTANCE}{purpose}/{name}"


def _upload_called(name: str) -> tuple[UploadPurpose, str] | None:
    """The upload that an archive calls so; None for what is none."""
    if name.startswith(RECORDINGS):
        return UploadPurpose.RECORDINGS, name.removeprefix(RECORDINGS)
    return upload_at(name.removeprefix(INSTANCE)) if name.startswith(INSTANCE) else None


def _from_instance(settings: Settings, *, is_whole: bool) -> Iterator[tuple[str, Path]]:
    for path in instance_files(settings, folder_of(settings)):
        name = path.relative_to(settings.instance_path).as_posix()
        if name.partition("/")[0] in _KEPT_THERE or not (is_whole or name.startswith(_FOR_A_COUNTRY)):
            continue
        yield INSTANCE + name, path


def _named_by_settings(settings: Settings) -> Iterator[tuple[str, Path]]:
    for name, value in path_settings(settings).items():
        for number, root in enumerate(value):
            paths = [root] if root.is_file() else (path for path in sorted(root.rglob("*")) if path.is_file())
            for path in paths:
                inner = path.relative_to(root.parent).as_posix()
                if "__pycache__" not in path.parts:
                    yield f"{OPERATORS}{name}/{number}/{inner}", path


def path_settings(settings: Settings) -> dict[str, tuple[Path, ...]]:
    """Files and folders that the operator's settings name, by the setting: own courses, helplines and the like."""
    found = {}
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if field.name in _NOT_CARRIED or field.default is MISSING or "Path" not in str(field.type):
            continue
        paths = value if isinstance(value, tuple) else (value,) if value else ()
        if paths:
            found[field.name] = tuple(paths)
    return found


def _written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


def sum_of_file(path: Path) -> tuple[int, str]:
    """Bytes and SHA-256 of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def target_of(settings: Settings, name: str) -> Path | None:
    """The place of a carried file on this machine; None for one whose store is asked. Raises Refused for a bad name."""
    if _upload_called(name) is not None:
        return None
    if name.startswith(OPERATORS):
        return inside(settings.instance_path, name)
    if name.startswith(INSTANCE):
        return inside(settings.instance_path, name.removeprefix(INSTANCE))
    raise Refused("This archive holds a file that this version does not know: %(name)s", name=repr(name))


def bring_in(settings: Settings, unpacked: Path, name: str) -> None:
    """Put one carried file in its place; one that is there is replaced."""
    source, target = inside(unpacked, name), target_of(settings, name)
    if (upload := _upload_called(name)) is not None:
        with source.open("rb") as file:
            uploads_of(settings, upload[0]).put(upload[1], pieces_of(file))
        return
    assert target is not None
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.moving")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    with source.open("rb") as file, fresh.open("wb") as out:
        while piece := file.read(_PIECE):
            out.write(piece)
    fresh.replace(target)


def sum_here(settings: Settings, name: str) -> tuple[int, str]:
    """Bytes and SHA-256 of a carried file where it came to lie; nothing for one that is not there."""
    upload, target = _upload_called(name), target_of(settings, name)
    if upload is None:
        return sum_of_file(target) if target is not None and target.is_file() else (0, "")
    digest, size, store = hashlib.sha256(), 0, uploads_of(settings, upload[0])
    if store.size(upload[1]) is None:
        return 0, ""
    for piece in store.read(upload[1]):
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def remove_here(settings: Settings, name: str) -> None:
    """Take away a file that the old site no longer has."""
    upload, target = _upload_called(name), target_of(settings, name)
    if upload is not None:
        uploads_of(settings, upload[0]).delete(upload[1])
    elif target is not None:
        target.unlink(missing_ok=True)
