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
from coplearn.translating.importing import PlanLine, plan_import
from coplearn.translating.interchange import Sheet, po_bytes
from coplearn.translating.models import CatalogVersion
from coplearn.translating.uploads import read_upload

Outcome = Literal["written", "unchanged", "not in the database", "unread changes in the file", "unreadable file"]


@dataclass(frozen=True, slots=True)
class Target:
    """A catalog's file and what it is a catalog of."""

    domain: str
    source: Locale
    locale: Locale
    path: Path
    is_copy: bool = False
    """Whether it is written for somebody to take away, and is not the catalog that the site reads."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of a catalog: ``unread`` is what its file has and the store has not, ``kept`` the file that was written over."""

    outcome: Outcome
    unread: tuple[PlanLine, ...] = ()
    kept: Path | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the file was left alone for what is in it."""
        return self.outcome in ("unread changes in the file", "unreadable file")


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


def export_catalog(session: Session, target: Target, *, force: bool = False) -> Exported:
    """Write one catalog from the store; call it with the language's lock held, and commit afterwards.

    A file that was changed by hand since the last export, with texts the store does not have, is left alone unless
    ``force`` is given: import it first. With it the file is kept under another name beside the new one. The version goes
    up, so that every worker asks the store again before it believes the file: what is not published stays unpublished.
    """
    domain, code = target.domain, target.locale.code
    if not stock.is_adopted(session, domain, code):
        return Exported("not in the database")
    sweep(target.path)
    raw = target.path.read_bytes() if target.path.is_file() else b""
    state = _hashed(raw)
    # The row is the lock between hosts; on one machine it is the file's.
    held = session.execute(
        select(CatalogVersion.id, CatalogVersion.file_sha)
        .where(CatalogVersion.domain == domain, CatalogVersion.locale == code)
        .with_for_update()
    ).one()
    found = Exported("written")
    if raw and state != held.file_sha and not target.is_copy:
        found = _unread(session, target, raw)
        if found.is_refused and not force:
            return found
    newest = stock.last_edit_id(session, domain, code)
    rows = stock.catalog_rows(session, domain, code, removed=True)
    remarks = po.parse_po(raw, by_context=domain != INTERFACE).file if raw else None
    data = po_bytes(Sheet(domain, target.source, target.locale, rows), remarks)
    kept = _keep(target.path, raw) if found.is_refused else None
    written = write_whole(target.path, data)
    outcome: Outcome = "written" if written else "unchanged"
    if target.is_copy:
        return Exported(outcome)
    session.execute(
        update(CatalogVersion)
        .where(CatalogVersion.id == held.id)
        .values(
            file_sha=_hashed(data),
            file_edit_id=newest,
            version=CatalogVersion.version + int(written),
        )
    )
    return Exported(outcome, kept=kept)


def _unread(session: Session, target: Target, raw: bytes) -> Exported:
    """What the file has that would be lost. Of a conflict nothing would, once the file's text is kept as a suggestion."""
    files = read_upload("a.po", raw, target.locale, target.domain)
    if any(one.faults and not one.rows for one in files):
        return Exported("unreadable file", tuple(plan_import(session, target.locale, files).lines))
    lines = plan_import(session, target.locale, files).of("applied", "stale", "conflict", "refused")
    offered = stock.offered_texts(session, target.domain, target.locale.code)
    unread = tuple(one for one in lines if one.outcome != "conflict" or (one.message_id, one.forms) not in offered)
    return Exported("unread changes in the file" if unread else "written", unread)


def _keep(path: Path, raw: bytes) -> Path:
    """The file as it was, under a name that no reader of catalogs looks for."""
    kept = path.with_name(f"{path.name}.kept-{_hashed(raw)[:8]}")
    write_whole(kept, raw)
    return kept


def _hashed(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


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
