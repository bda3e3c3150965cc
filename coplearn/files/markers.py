"""Notes in the instance folder for which a site must not be served: it is half brought in, or it has moved away."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from coplearn.files.stores import sync_folder

FOLDER: Final = "moving"
"""The folder of the instance in which moves are noted."""
UNFINISHED: Final = "unfinished"
MOVED: Final = "moved"


def put_note(instance: Path, name: str, values: dict[str, object]) -> None:
    """Write a note and see it on the disk."""
    folder = instance / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{name}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(values, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / name)
    sync_folder(folder)


def note(instance: Path, name: str) -> dict[str, object] | None:
    """The note of that name; None where there is none, and nothing in it where it cannot be read."""
    try:
        values = json.loads((instance / FOLDER / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def drop_note(instance: Path, name: str) -> None:
    """Take a note away."""
    (instance / FOLDER / name).unlink(missing_ok=True)
    if (instance / FOLDER).is_dir():
        sync_folder(instance / FOLDER)


def reason_not_to_serve(instance: Path) -> str:
    """A sentence for whoever starts the site; empty where nothing stands against it."""
    path = instance / FOLDER
    if note(instance, UNFINISHED) is not None:
        return (
            "A site was being brought in here, and that was interrupted. Nothing of it is served: run"
            " `coplearn site import` with the same archive again."
        )
    if note(instance, MOVED) is not None:
        return (
            f"This site was taken away for the last time, to be served elsewhere. To go on here after all, delete {path / MOVED}:"
            " what is done here from then on is not in that archive."
        )
    return ""
