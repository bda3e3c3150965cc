"""The lines of the audit log's page and of its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from coplearn.audit.kinds import EventKind
from coplearn.audit.rules import SHELL, SITE, VISITOR, ChainLink, Event
from coplearn.kernel.text import N_
from coplearn.web.render import say

PAGE: Final = 50
MOST_IN_FILE: Final = 100_000
_NOBODY: Final = {
    SITE: N_("The site itself"),
    SHELL: N_("Whoever runs the server"),
    VISITOR: N_("Somebody not signed in"),
}
_COLUMNS: Final = ("number", "at", "event", "who", "session", "whom", "about", "hash")


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One event, to be read."""

    number: int
    at: datetime
    what: str
    who: str
    who_name: str
    """Empty for somebody who is not there any more."""
    whom: str
    whom_name: str
    about: str
    session: str


def lines_of(found: Sequence[ChainLink], names: Mapping[tuple[int, str], str]) -> list[AuditLine]:
    """The events with the names of people as they are now."""
    return [_line(link.event, names) for link in found]


def _line(event: Event, names: Mapping[tuple[int, str], str]) -> AuditLine:
    known = event.kind in set(EventKind)
    return AuditLine(
        number=event.number,
        at=event.at,
        what=say(EventKind(event.kind).label) if known else event.kind,
        who=event.who,
        who_name=say(_NOBODY[event.who]) if event.who in _NOBODY else names.get((event.number, event.who), ""),
        whom=event.whom,
        whom_name=names.get((event.number, event.whom), ""),
        about=event.about.replace(",", ", "),
        session=event.session,
    )


def kind_choices() -> list[tuple[str, str]]:
    """Every kind of event with its sentence, by sentence."""
    return sorted(((kind.value, say(kind.label)) for kind in EventKind), key=lambda one: one[1].casefold())


def file_lines(found: Sequence[ChainLink]) -> list[tuple[str, ...]]:
    """The events as they stand in the log: ids alone, with the hashes by which somebody else can check them."""
    rows = [
        (
            str(link.event.number),
            link.event.at.isoformat(timespec="microseconds"),
            link.event.kind,
            link.event.who,
            link.event.session,
            link.event.whom,
            link.event.about,
            link.hash,
        )
        for link in found
    ]
    return [_COLUMNS, *rows]
