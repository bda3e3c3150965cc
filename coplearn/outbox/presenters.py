"""The outbox as a page shows it: for the whole site, or for the slice whose scope it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.outbox.queries import LetterLine, counts_of, letters_of, stands_still
from coplearn.outbox.rules import DONE, LetterState, SendFault
from coplearn.site import site
from coplearn.web.render import say

STATES: Final[dict[LetterState, tuple[str, str]]] = {
    LetterState.WAITING: (N_("waiting"), "note"),
    LetterState.SENDING: (N_("being sent"), "note"),
    LetterState.SENT: (N_("sent"), "done"),
    LetterState.GIVEN_UP: (N_("given up"), "wrong"),
    LetterState.CANCELLED: (N_("taken back"), "note"),
}
"""Each state in words, and the badge it wears."""
FAULTS: Final[dict[SendFault, str]] = {
    SendFault.REFUSED: N_("The mail server does not take mail for this address. Check the address."),
    SendFault.LATER: N_("The mail server asked us to try later."),
    SendFault.UNREACHABLE: N_("The mail server could not be reached."),
    SendFault.SETUP: N_("The mail server does not take mail from this site. Check the mail settings."),
    SendFault.UNWANTED: N_("They asked for no more messages of this kind."),
    SendFault.BROKEN: N_("The message could not be written. The people who run this site find more in its log."),
}
"""Why a letter did not go out, in plain words."""


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter, ready for the table (``outbox/table.html``)."""

    public_id: str
    title: str
    to: str
    state: str
    badge: str
    fault: str
    tries: int
    written: datetime
    sent: datetime | None
    next_try: datetime | None
    may_go_again: bool


@dataclass(frozen=True, slots=True)
class Screen:
    """The outbox of the site or of one scope: how many letters stand where, and a page of them."""

    counts: tuple[tuple[LetterState, str, int], ...]
    rows: tuple[LetterRow, ...]
    page: int
    has_more: bool
    state: str
    stands_still: bool
    """Whether nobody sends letters now; told on the site's own outbox only."""

    @property
    def total(self) -> int:
        """The number of letters in all."""
        return sum(count for _, _, count in self.counts)


def outbox_screen(session: Session, scope: str = "", page: int = 1, state: str = "") -> Screen:
    """The outbox of ``scope`` (empty: everybody's), newest first (three statements); an unknown ``state`` shows all."""
    known = state if state in set(LetterState) else ""
    page = min(max(page, 1), 10_000)
    counts = counts_of(session, scope)
    lines, has_more = letters_of(session, scope, page, known)
    counted = tuple((state, say(words), counts.get(state, 0)) for state, (words, _) in STATES.items())
    still = not scope and stands_still(session, utcnow())
    return Screen(counted, tuple(letter_rows(lines)), page, has_more, known, still)


def letter_rows(lines: Sequence[LetterLine]) -> list[LetterRow]:
    """The letters in the page's language."""
    return [_row(line) for line in lines]


def _row(line: LetterLine) -> LetterRow:
    words, badge = STATES[LetterState(line.state)]
    kind = site().letters.get(line.kind)
    title = say(kind.title or kind.subject, site=site().settings.site_name) if kind else line.kind
    waits = line.state == LetterState.WAITING
    return LetterRow(
        public_id=line.public_id,
        title=title,
        to=line.to,
        state=say(words),
        badge=badge,
        fault=say(FAULTS[SendFault(line.last_error)]) if line.last_error else "",
        tries=line.tries,
        written=line.created_at,
        sent=line.sent_at,
        next_try=line.next_try_at if waits else None,
        may_go_again=line.is_kept and LetterState(line.state) in DONE,
    )
