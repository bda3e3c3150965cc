"""Catalogs' files that were changed outside: how many of their texts the store does not have yet."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.site import site
from coplearn.storage.database import current_session, reading
from coplearn.translating.catalogs.domains import CatalogFile, names_for, target_of
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.exchange.imports import plan_import
from coplearn.translating.store import catalog_store


def pending_lines() -> list[str]:
    """A line for each catalog's file with texts that the database does not have, and what to do; none without a database."""
    chosen = [locale for locale in site().locales if locale.status != "test"]
    session = current_session(current_app)
    try:
        with reading(session):
            found = pending_files(session, [target_of(name, locale) for locale in chosen for name in names_for(locale)])
    except SQLAlchemyError:
        return []
    return [
        f"{os.path.relpath(one.target.path, site().settings.home)}: {one.texts} texts are not in the database: "
        f"coplearn i18n import {one.target.locale.code} --from-files"
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file with texts that the store does not have."""

    target: CatalogFile
    texts: int


def changed_files(session: Session, targets: Iterable[CatalogFile]) -> list[CatalogFile]:
    """The catalogs that the store has and whose file is not the one it last saw; one statement.

    After an export the file's hash tells; before the first one, whether it was written after the catalog was taken over.
    """
    held = catalog_store.files_seen(session)
    return [one for one in targets if (one.domain, one.locale.code) in held and _has_changed(one, *held[_name(one)])]


def _name(target: CatalogFile) -> tuple[str, str]:
    return target.domain, target.locale.code


def _has_changed(target: CatalogFile, sha: str, adopted_at: datetime | None) -> bool:
    try:
        if sha:
            return hashlib.sha256(target.path.read_bytes()).hexdigest() != sha
        changed = datetime.fromtimestamp(target.path.stat().st_mtime, UTC)
    except OSError:
        return False
    return adopted_at is None or changed > adopted_at


def pending_files(session: Session, targets: Iterable[CatalogFile]) -> list[PendingFile]:
    """The files with texts to be taken in, and how many; four statements for each file that was changed."""
    found: list[PendingFile] = []
    for target in changed_files(session, targets):
        parsed = read_upload("a.po", target.path.read_bytes(), target.locale, target.domain)
        count = len(plan_import(session, target.locale, parsed).of("applied", "stale", "conflict"))
        if count:
            found.append(PendingFile(target, count))
    return found
