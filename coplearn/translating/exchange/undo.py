"""Taking an import back: every text that nobody has changed since is again what it was before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.translating.store import edits
from coplearn.translating.store.history import audit_entry
from coplearn.translating.store.models import AuditEntry, Edit, StoredMessage, Translation
from coplearn.translating.store.rules import Actor

UNDONE: Final = "undone"


@dataclass(frozen=True, slots=True)
class UndoResult:
    """The number of texts that are again what they were, and the names of those that somebody changed since, which stay."""

    restored: int
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastImport:
    """An import that can be taken back."""

    id: int
    note: str
    at: datetime
    actor_id: int | None
    actor: str


def imports_of(session: Session, locale: str, domain: str | None = None, limit: int = 10) -> list[PastImport]:
    """The newest imports of a language (of one domain alone, where it is named) that were not taken back, newest first."""
    undone = {
        note.partition(" ")[0]
        for note in session.scalars(
            select(AuditEntry.note).where(AuditEntry.kind == UNDONE, AuditEntry.locale == locale)
        )
    }
    wanted = (
        select(AuditEntry)
        .where(AuditEntry.kind == "import", AuditEntry.locale == locale)
        .order_by(AuditEntry.id.desc())
        .limit(limit + len(undone))
    )
    if domain is not None:
        wanted = wanted.where(AuditEntry.domain == domain)
    rows = [one for one in session.scalars(wanted) if str(one.id) not in undone]
    return [PastImport(one.id, one.note, one.at, one.actor_id, one.actor) for one in rows[:limit]]


def undo_import(
    session: Session, actor: Actor, import_id: int, locale: Locale, now: datetime, *, domain: str | None = None
) -> UndoResult:
    """Take one import back: each text it changed is restored, unless somebody has changed it since; commit to make it so.

    Raises NotFound when there is no such import of that language (and domain), Refused when it was taken back before.
    """
    entry = session.get(AuditEntry, import_id, with_for_update=True)
    if entry is None or entry.kind != "import" or entry.locale != locale.code or domain not in (None, entry.domain):
        raise NotFound(N_("There is no such import."))
    if entry.id not in {one.id for one in imports_of(session, locale.code, limit=10_000)}:
        raise Refused(N_("This import was taken back already."))
    restored, kept = 0, []
    for edit, message, rev, before in _taken(session, entry):
        if rev == edit.rev:
            based_on = before or message.msgid
            work = edit.old_state == "needs-work"
            edits.save(
                session,
                actor,
                message.id,
                locale,
                edit.old_forms or [""] * len(edit.new_forms),
                rev,
                now,
                based_on=based_on,
                needs_work=work,
                note=f"import {entry.id} taken back",
            )
            restored += 1
        elif rev > edit.rev:
            kept.append(message.context or message.msgid)
    session.flush()
    note = f"{entry.id} {restored} restored, {len(kept)} kept"
    session.add(audit_entry(actor, UNDONE, now, locale=locale.code, domain=entry.domain, note=note))
    session.flush()
    return UndoResult(restored, tuple(kept))


def _taken(session: Session, entry: AuditEntry) -> list[tuple[Edit, StoredMessage, int, str]]:
    """The changes of an import: its edit, the message, the revision it has now, and what its text before was based on.

    An import is one transaction with one time, so its edits are those of the same moment and person.
    """
    before = aliased(Edit)
    rows = session.execute(
        select(Edit, StoredMessage, Translation.rev, before.based_on)
        .join(StoredMessage, StoredMessage.id == Edit.message_id)
        .join(Translation, (Translation.message_id == Edit.message_id) & (Translation.locale == Edit.locale))
        .outerjoin(
            before,
            (before.message_id == Edit.message_id) & (before.locale == Edit.locale) & (before.rev == Edit.rev - 1),
        )
        .where(
            Edit.locale == entry.locale,
            Edit.at == entry.at,
            Edit.actor_id == entry.actor_id if entry.actor_id is not None else Edit.actor_id.is_(None),
            Edit.actor == entry.actor,
            Edit.via.in_(("upload", "cli")),
        )
        .order_by(Edit.id)
    ).all()
    return [(edit, message, rev, based_on or "") for edit, message, rev, based_on in rows]
