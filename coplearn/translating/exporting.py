"""From the store to the catalogs' files: whole or not at all, and never over work that only the file has."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.i18n import po
from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE
from coplearn.translating import stock
from coplearn.translating.importing import plan_import
from coplearn.translating.interchange import Sheet, po_bytes
from coplearn.translating.models import CatalogVersion
from coplearn.translating.uploads import read_upload

Result = Literal["written", "unchanged", "not in the database", "unread changes in the file", "unreadable file"]


@dataclass(frozen=True, slots=True)
class Target:
    """A catalog's file and what it is a catalog of."""

    domain: str
    source: Locale
    locale: Locale
    path: Path


@contextmanager
def locked(folder: Path, code: str) -> Iterator[None]:
    """One exporter of a language at a time on this machine; the others wait. The lock goes with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".lock-{code}").open("a+b") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_whole(path: Path, data: bytes) -> bool:
    """Replace the file in one step that survives a kill and a power cut; False when the same bytes are there already.

    Raises OSError when what was written does not read back.
    """
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if temporary.read_bytes() != data:
            raise OSError(f"{path} was not written as it should be.")
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(path: Path) -> None:
    """Take away what exporters that were killed have left beside the file; call it with the language's lock held."""
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)


def export_catalog(session: Session, target: Target, *, force: bool = False) -> Result:
    """Write one catalog from the store; call it with the language's lock held, and commit afterwards.

    A file that was changed by hand since the last export, with texts the store does not have, is left alone unless
    ``force`` is given: import it first. The version goes up, so that every worker asks the store again before it
    believes the file: what is not published stays unpublished.
    """
    domain, code = target.domain, target.locale.code
    if not stock.is_adopted(session, domain, code):
        return "not in the database"
    sweep(target.path)
    raw = target.path.read_bytes() if target.path.is_file() else b""
    state = _hashed(raw)
    # The row is the lock between hosts; on one machine it is the file's.
    held = session.execute(
        select(CatalogVersion.id, CatalogVersion.file_sha)
        .where(CatalogVersion.domain == domain, CatalogVersion.locale == code)
        .with_for_update()
    ).one()
    if raw and state != held.file_sha and not force:
        files = read_upload("a.po", raw, target.locale, domain)
        if any(one.faults and not one.rows for one in files):
            return "unreadable file"
        if plan_import(session, target.locale, files).of("applied", "stale", "conflict", "refused"):
            return "unread changes in the file"
    newest = stock.last_edit_id(session, domain, code)
    rows = stock.catalog_rows(session, domain, code, removed=True)
    remarks = po.parse_po(raw, by_context=domain != INTERFACE).file if raw else None
    data = po_bytes(Sheet(domain, target.source, target.locale, rows), remarks)
    written = write_whole(target.path, data)
    session.execute(
        update(CatalogVersion)
        .where(CatalogVersion.id == held.id)
        .values(
            file_sha=_hashed(data),
            file_edit_id=newest,
            version=CatalogVersion.version + int(written),
        )
    )
    return "written" if written else "unchanged"


def _hashed(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def review_path(translations: Path, code: str) -> Path:
    """Where the reviews of a language are kept."""
    return translations / code / "review.tsv"


def sheets_of(session: Session, targets: list[Target]) -> list[Sheet]:
    """The catalogs as they stand here, each with its base, for somebody to take home."""
    return [
        Sheet(
            one.domain,
            one.source,
            one.locale,
            stock.catalog_rows(session, one.domain, one.locale.code, removed=True),
            stock.last_edit_id(session, one.domain, one.locale.code),
        )
        for one in targets
    ]
