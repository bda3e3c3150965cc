"""Packages that were made, kept for a while in the instance's cache: who asked for one comes back for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from coplearn.course_exports.ordering import PackageWish
from coplearn.course_exports.rules import PackageOrder
from coplearn.i18n.files import write_whole
from coplearn.site import Site

MOST: Final = 40
"""So many are kept; those that were not asked for longest go first."""


def key_of(site: Site, wish: PackageWish, order: PackageOrder, today: str) -> str:
    """A name that changes with everything the package goes by; ``today``, because help is shown until its next check is due."""
    texts = [
        (one.code, site.library.texts(order.course, one).version, site.catalogs.version(one)) for one in order.languages
    ]
    parts: Mapping[str, object] = {**asdict(wish), "digest": order.course.digest, "texts": texts, "day": today}
    return hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()


class KeptPackages:
    """The packages of a site, by their keys."""

    def __init__(self, instance_path: Path) -> None:
        self._folder = instance_path / "cache" / "exports"

    def size(self, key: str) -> int | None:
        """The number of bytes of a package; None for one that was not made, or is gone."""
        path = self._path(key)
        return path.stat().st_size if path.is_file() else None

    def read(self, key: str) -> bytes | None:
        """The package, if it is there."""
        try:
            content = self._path(key).read_bytes()
            self._path(key).touch()
        except OSError:
            return None
        return content

    def keep(self, key: str, content: bytes) -> None:
        """Keep a package, and let the oldest of too many go."""
        write_whole(self._path(key), content)
        self._fault(key).unlink(missing_ok=True)
        self._let_go("*.package")

    def note_fault(self, key: str) -> None:
        """Note that a package could not be made, for whoever comes back for it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._fault(key).touch()
        self._let_go("*.fault")

    def has_fault(self, key: str) -> bool:
        """Whether a package could not be made, and was not since."""
        return self._fault(key).is_file()

    def _let_go(self, which: str) -> None:
        kept = sorted(self._folder.glob(which), key=lambda one: one.stat().st_mtime)
        for old in kept[:-MOST]:
            old.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.package"

    def _fault(self, key: str) -> Path:
        return self._folder / f"{key}.fault"
