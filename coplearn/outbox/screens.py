"""What a page shows of the outbox: for the whole site, or for the slice whose scope it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import current_app
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.outbox.letters import registered
from coplearn.outbox.queries import Line, counts_of, letters_of, stands_still
from coplearn.outbox.rules import DONE, Fault, State
from coplearn.web.render import say

STATES: Final[dict[State, tuple[str, str]]] = {
    State.WAITING: (N_("waiting"), "note"),
    State.SENDING: (N_("being sent"), "note"),
    State.SENT: (N_("sent"), "done"),
    State.GIVEN_UP: (N_("given up"), "wrong"),
    State.CANCELLED: (N_("taken back"), "note"),
}
"""Each state in words, and the badge it wears."""
FAULTS: Final[dict[Fault, str]] = {
    Fault.REFUSED: N_("The mail server does not take mail for this address. Check the address."),
    Fault.LATER: N_("The mail server asked us to try later."),
    Fault.UNREACHABLE: N_("The mail server could not be reached."),
    Fault.SETUP: N_("The mail server does not take mail from this site. Check the mail settings."),
    Fault.UNWANTED: N_("They asked for no more messages of this kind."),
    Fault.BROKEN: N_("The message could not be written. The people who run this site find more in its log."),
}
"""Why a letter did not go out, in plain words."""


@dataclass(frozen=True, slots=True)
class Row:
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

    counts: tuple[tuple[State, str, int], ...]
    rows: tuple[Row, ...]
    page: int
    has_more: bool
    state: str
    stands_still: bool
    """Whether nobody sends letters now; told on the site's own outbox only."""

    @property
    def total(self) -> int:
        """How many letters there are in all."""
        return sum(count for _, _, count in self.counts)


def outbox_screen(session: Session, scope: str = "", page: int = 1, state: str = "") -> Screen:
    """The outbox of ``scope`` (empty: everybody's), newest first (three statements); an unknown ``state`` shows all."""
    known = state if state in set(State) else ""
    page = min(max(page, 1), 10_000)
    counts = counts_of(session, scope)
    lines, has_more = letters_of(session, scope, page, known)
    told = tuple((state, say(words), counts.get(state, 0)) for state, (words, _) in STATES.items())
    still = not scope and stands_still(session, utcnow())
    return Screen(told, tuple(letter_rows(lines)), page, has_more, known, still)


def letter_rows(lines: Sequence[Line]) -> list[Row]:
    """The letters in the page's language."""
    return [_row(line) for line in lines]


def _row(line: Line) -> Row:
    words, badge = STATES[State(line.state)]
    kind = registered(current_app).get(line.kind)
    title = say(kind.title or kind.subject, site=current_app.extensions["settings"].site_name) if kind else line.kind
    waits = line.state == State.WAITING
    return Row(
        public_id=line.public_id,
        title=title,
        to=line.to,
        state=say(words),
        badge=badge,
        fault=say(FAULTS[Fault(line.last_error)]) if line.last_error else "",
        tries=line.tries,
        written=line.created_at,
        sent=line.sent_at,
        next_try=line.next_try_at if waits else None,
        may_go_again=line.is_kept and State(line.state) in DONE,
    )
