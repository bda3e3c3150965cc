"""Rows of the history: one for each change of a text, and one for what was done to many texts at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from coplearn.translating.store import rules
from coplearn.translating.store.models import AuditEntry
from coplearn.translating.store.rules import Actor


def edit_row(
    made: Mapping[str, Any],
    actor: Actor,
    via: rules.Via,
    now: datetime,
    *,
    before: tuple[Sequence[str], str] = ((), "missing"),
    note: str = "",
) -> dict[str, Any]:
    """The columns of an Edit: ``made`` has the translation's columns as they became, ``before`` its forms and state until then."""
    return {
        "message_id": made["message_id"],
        "locale": made["locale"],
        "rev": made["rev"],
        "actor_id": actor.user_id,
        "actor": actor.stored_name,
        "via": via,
        "old_forms": list(before[0]),
        "new_forms": list(made["forms"]),
        "old_state": before[1],
        "new_state": made["state"],
        "based_on": made["based_on"],
        "note": note,
        "at": now,
    }


def audit_entry(
    actor: Actor, kind: str, now: datetime, *, locale: str = "", domain: str = "", note: str = ""
) -> AuditEntry:
    """The one entry for what was done to many texts; ``note`` says what, in a line."""
    return AuditEntry(
        kind=kind,
        locale=locale,
        domain=domain,
        actor_id=actor.user_id,
        actor=actor.stored_name,
        note=rules.tidy(note),
        at=now,
    )
