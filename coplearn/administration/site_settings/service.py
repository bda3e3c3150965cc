"""Choosing settings, and a letter that shows whether mail arrives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from secrets import token_hex
from typing import Any, Final

from sqlalchemy.orm import Session

from coplearn.administration.site_settings.models import ChosenSetting
from coplearn.administration.site_settings.queries import chosen_values
from coplearn.administration.site_settings.rules import CHOSEN, is_operators, problem_of
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.text import Phrase
from coplearn.outbox.service import queue_letter
from coplearn.settings import Settings
from coplearn.storage.upserts import put

LETTER: Final = "site-test"


def problems_of(values: Mapping[str, Any], known: Collection[str]) -> dict[str, Phrase]:
    """The faults of what was typed, by setting."""
    found = {name: problem_of(name, value, known) for name, value in values.items()}
    return {name: phrase for name, phrase in found.items() if phrase is not None}


def choose_settings(
    session: Session, person: Person, settings: Settings, values: Mapping[str, Any], now: datetime
) -> list[str]:
    """Let those values hold where the operator's ``settings`` say nothing; the names of what changed.

    ``values`` were found good.
    """
    before, default = chosen_values(session), Settings()
    changed = []
    for name in CHOSEN:
        if name not in values or is_operators(settings, name):
            continue
        value = list(values[name]) if isinstance(values[name], tuple) else values[name]
        plain = getattr(default, name)
        if value == before.get(name, list(plain) if isinstance(plain, tuple) else plain):
            continue
        row = {"value": value, "changed_at": now, "by_id": person.id}
        put(session, ChosenSetting, ("name",), {"name": name, **row}, row)
        changed.append(name)
    if changed:
        audit.record(session, EventKind.SETTINGS_CHANGED, about=",".join(changed), now=now)
    return changed


def send_test_letter(session: Session, person: Person, now: datetime) -> None:
    """Write a letter to the person themselves."""
    audit.record(session, EventKind.MAIL_TESTED, now=now)
    queue_letter(
        session,
        key=f"{LETTER}:{token_hex(8)}",
        to=person.email,
        locale=person.locale,
        time_zone="UTC",
        kind=LETTER,
        params={"name": person.name if person.name != person.email else ""},
        now=now,
    )
