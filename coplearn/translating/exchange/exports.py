"""Export from the store to the catalogs' files: whole or not at all, and never over work that only the file has."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.i18n import po
from coplearn.i18n.files import sweep, write_whole
from coplearn.i18n.po import INTERFACE
from coplearn.translating.catalogs.domains import CatalogFile
from coplearn.translating.exchange.export_formats import CatalogSheet, po_bytes
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.exchange.imports import PlanLine, plan_import
from coplearn.translating.store import catalog_store
from coplearn.translating.store.models import CatalogVersion

Outcome = Literal["written", "unchanged", "not in the database", "unread changes in the file", "unreadable file"]


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The result for a catalog: ``unread`` is what its file has and the store has not, ``kept`` the file that was written over."""

    outcome: Outcome
    unread: tuple[PlanLine, ...] = ()
    kept: Path | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the file was left alone for what is in it."""
        return self.outcome in ("unread changes in the file", "unreadable file")


def export_catalog(session: Session, target: CatalogFile, *, force: bool = False) -> ExportResult:
    """Write one catalog from the store; call it with the language's lock held, and commit afterwards.

    A file that was changed by hand since the last export, with texts the store does not have, is left alone unless
    ``force`` is given: import it first. With it the file is kept under another name beside the new one. The version goes
    up, so that every worker asks the store again before it believes the file: what is not published stays unpublished.
    """
    domain, code = target.domain, target.locale.code
    if not catalog_store.is_adopted(session, domain, code):
        return ExportResult("not in the database")
    sweep(target.path)
    raw = target.path.read_bytes() if target.path.is_file() else b""
    state = _hashed(raw)
    # The row is the lock between hosts; on one machine it is the file's.
    held = session.execute(
        select(CatalogVersion.id, CatalogVersion.file_sha)
        .where(CatalogVersion.domain == domain, CatalogVersion.locale == code)
        .with_for_update()
    ).one()
    found = ExportResult("written")
    if raw and state != held.file_sha and not target.is_copy:
        found = _unread(session, target, raw)
        if found.is_refused and not force:
            return found
    newest = catalog_store.last_edit_id(session, domain, code)
    rows = catalog_store.catalog_rows(session, domain, code, removed=True)
    remarks = po.parse_po(raw, by_context=domain != INTERFACE).file if raw else None
    data = po_bytes(CatalogSheet(domain, target.source, target.locale, rows), remarks)
    kept = _keep(target.path, raw) if found.is_refused else None
    written = write_whole(target.path, data)
    outcome: Outcome = "written" if written else "unchanged"
    if target.is_copy:
        return ExportResult(outcome)
    session.execute(
        update(CatalogVersion)
        .where(CatalogVersion.id == held.id)
        .values(
            file_sha=_hashed(data),
            file_edit_id=newest,
            version=CatalogVersion.version + int(written),
        )
    )
    return ExportResult(outcome, kept=kept)


def _unread(session: Session, target: CatalogFile, raw: bytes) -> ExportResult:
    """The texts of the file that would be lost. Of a conflict nothing would, once the file's text is kept as a suggestion."""
    files = read_upload("a.po", raw, target.locale, target.domain)
    if any(one.faults and not one.rows for one in files):
        return ExportResult("unreadable file", tuple(plan_import(session, target.locale, files).lines))
    lines = plan_import(session, target.locale, files).of("applied", "stale", "conflict", "refused")
    offered = catalog_store.offered_texts(session, target.domain, target.locale.code)
    unread = tuple(one for one in lines if one.outcome != "conflict" or (one.message_id, one.forms) not in offered)
    return ExportResult("unread changes in the file" if unread else "written", unread)


def _keep(path: Path, raw: bytes) -> Path:
    """The file as it was, under a name that no reader of catalogs looks for."""
    kept = path.with_name(f"{path.name}.kept-{_hashed(raw)[:8]}")
    write_whole(kept, raw)
    return kept


def _hashed(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def sheets_of(session: Session, targets: list[CatalogFile]) -> list[CatalogSheet]:
    """The catalogs as they stand here, each with its base, for somebody to take home."""
    return [
        CatalogSheet(
            one.domain,
            one.source,
            one.locale,
            catalog_store.catalog_rows(session, one.domain, one.locale.code, removed=True),
            catalog_store.last_edit_id(session, one.domain, one.locale.code),
        )
        for one in targets
    ]
