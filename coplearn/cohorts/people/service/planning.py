"""The plan of some lines of a roster, the same whether they are looked at or brought in, and however they are cut into pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.cohorts.common.queries import authorisation_of
from coplearn.cohorts.common.rules.authorisation import WHY_NOT_FIRM
from coplearn.cohorts.common.rules.words import MemberState
from coplearn.cohorts.people.queries import cards_elsewhere, known_people, seats_taken
from coplearn.cohorts.people.rules.columns import Column
from coplearn.cohorts.people.rules.joining import FULL, HOLDS_SEAT
from coplearn.cohorts.people.rules.rosters import FACTS, Fault, Known, Marked, PersonDraft, Tally, changes_of, new_state
from coplearn.cohorts.people.service.seats import new_member
from coplearn.kernel.text import N_, Phrase

KEPT: Final = 2_000
"""So much that is wrong with lines is kept."""
KEPT_NOTICES: Final = 500
"""So much else that is to be said about lines is kept."""
WORDS: Final = 40
"""So many words for languages are asked about."""
CHANGING: Final = (*FACTS, "locale", "email", "key", "sourced_id", "organisation_number")


@dataclass(slots=True)
class Run:
    """One going through a file, from its first line on, whether it is written or only looked at.

    What earlier lines came to stands here and not in the database alone, so that both give the same.
    """

    cohort_id: int
    languages: list[str]
    take_part: bool
    free: int | None
    """Seats that are left; None for as many as there are people."""
    shut: str = ""
    """Why nobody new may come in at all; empty when they may."""
    dry: bool = False
    """Whether nothing is written, so that nobody needs a code or a name for addresses."""
    seen: set[str] = field(default_factory=set)
    """Keys, as they are now, of the people that earlier lines were about."""
    nameless: set[str] = field(default_factory=set)
    """Those of the keys whose people have no mail address."""
    cards: set[str] = field(default_factory=set)
    """Codes of the cards of the people that earlier lines were about."""
    sourced: set[str] = field(default_factory=set)
    """Numbers in a register of the people that earlier lines were about."""
    touched: set[int] = field(default_factory=set)
    """Memberships that earlier lines were about and that stood in the cohort before."""


@dataclass(slots=True)
class RosterPlan:
    """The result of some lines."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    taken: list[PersonDraft] = field(default_factory=list)
    """The lines that are taken and have something to be said, or a language that nobody knows."""


def run_for(session: Session, cohort_id: int, take_part: bool, now: datetime, *, dry: bool = False) -> Run:
    """A going through from the first line on, with the seats that are free now."""
    cohort = session.get_one(Cohort, cohort_id)
    run = Run(cohort_id, list(cohort.languages), take_part, None, dry=dry)
    look_for_room(session, run, cohort, now)
    return run


def look_for_room(session: Session, run: Run, cohort: Cohort, now: datetime) -> None:
    """Have the run know of the seats that are free now."""
    run.free = None if cohort.capacity is None else max(0, cohort.capacity - seats_taken(session, cohort.id))
    run.shut = WHY_NOT_FIRM.get(authorisation_of(session, cohort, now), "")


def plan_lines(session: Session, run: Run, lines: Sequence[PersonDraft | Fault], now: datetime) -> RosterPlan:
    """The changes of these lines (two statements); the run remembers whom they were about."""
    people = _People.of(session, run, [line for line in lines if isinstance(line, PersonDraft)])
    plan = RosterPlan()
    for line in lines:
        if isinstance(line, Fault):
            plan.faults.append(line)
            continue
        known = people.match(line)
        fault = _fault(line, known, people, run)
        if fault is not None:
            plan.faults.append(fault)
            people.remember(known)
            continue
        if known is None:
            plan.new.append(_added(line, people, run, now))
        elif isinstance(known, Known):
            _compared(line, known, people, plan)
        if line.notices or line.unknown_language:
            plan.taken.append(line)
    return plan


def replay(session: Session, run: Run, lines: Sequence[PersonDraft | Fault], newest_before: int) -> None:
    """Remember whom lines were about that are in already.

    ``newest_before`` is the newest membership from before the list: only those up to it can have been met by a line that is not
    their own. Who is newer was added by a line of this list, and may hold a card that an earlier line named in vain.
    """
    drafts = [line for line in lines if isinstance(line, PersonDraft)]
    people = _People.of(session, run, drafts, newest_before)
    for line in drafts:
        found = people.match(line)
        if found is None:
            people.readd(line)
        people.remember(found)


class _Before:
    """A person whom an earlier line of the file was about."""


_BEFORE: Final = _Before()


@dataclass(slots=True)
class _People:
    """The members whom some lines may be about: as the database has them, and as earlier lines left them."""

    run: Run
    by_key: dict[str, Known]
    by_card: dict[str, Known]
    by_sourced_id: dict[str, Known]
    foreign_cards: set[str]
    added: dict[str, Known] = field(default_factory=dict)
    """By key those whom earlier lines added, where such lines are gone through again."""

    @classmethod
    def of(cls, session: Session, run: Run, drafts: Sequence[PersonDraft], newest_before: int | None = None) -> _People:
        keys = {draft.key for draft in drafts} | {draft.name_key for draft in drafts if _may_be_known_by_name(draft)}
        codes = {draft.card_code for draft in drafts if draft.card_code}
        numbers = {draft.sourced_id for draft in drafts if draft.sourced_id}
        found = known_people(session, run.cohort_id, keys, codes, numbers)
        added = {one.key: one for one in found if newest_before is not None and one.id > newest_before}
        known = [one for one in found if one.id not in run.touched and one.key not in added]
        cards = {one.card_code: one for one in known if one.card_code}
        sourced = {one.number: one for one in known}
        foreign = cards_elsewhere(session, run.cohort_id, codes - set(cards) - run.cards)
        return cls(run, {one.key: one for one in known}, cards, sourced, foreign, added)

    def match(self, draft: PersonDraft) -> Known | _Before | None:
        """The person the line is about: by card, by number in a register, by mail address; by name for one who has neither yet."""
        if draft.card_code:
            if draft.card_code in self.run.cards:
                return _BEFORE
            if draft.card_code in self.by_card:
                return self.by_card[draft.card_code]
        if draft.sourced_id and draft.sourced_id in self.by_sourced_id:
            return self.by_sourced_id[draft.sourced_id]
        if draft.key in self.run.seen or draft.sourced_id in self.run.sourced:
            return _BEFORE
        if draft.key in self.by_key:
            return self.by_key[draft.key]
        if _may_be_known_by_name(draft) and (draft.email or draft.sourced_id or draft.card_code in self.foreign_cards):
            if draft.name_key in self.run.nameless:
                return _BEFORE
            named = self.by_key.get(draft.name_key)
            return named if named is not None and named.email is None and not _differ(draft, named) else None
        return None

    def holder(self, key: str) -> int | None:
        """The membership with that key; 0 for somebody an earlier line was about."""
        if key in self.run.seen:
            return 0
        return self.by_key[key].id if key in self.by_key else None

    def remember(self, found: Known | _Before | None) -> None:
        """The line was about that person, as they stood before it; a second one about them is refused."""
        if isinstance(found, Known):
            self.touch(found, found.key, found.email)

    def readd(self, draft: PersonDraft) -> None:
        """Remember the person whom the line added, if it did."""
        card = draft.card_code if draft.card_code not in self.foreign_cards else None
        added = self.added.get(replace(draft, card_code=card).key)
        if added is None:
            return
        self.add(added.key, added.email)
        if added.sourced_id:
            self.run.sourced.add(added.sourced_id)
        if card and card == added.card_code:
            self.run.cards.add(card)

    def touch(self, found: Known, key: str, email: str | None) -> None:
        """The person has that key and address from this line on."""
        self.run.touched.add(found.id)
        self.by_key.pop(found.key, None)
        if found.card_code:
            self.by_card.pop(found.card_code, None)
            self.run.cards.add(found.card_code)
        self.by_sourced_id.pop(found.number, None)
        self.run.sourced.add(found.number)
        self.add(key, email)

    def add(self, key: str, email: str | None) -> None:
        """Note that somebody with that key was met."""
        self.run.seen.add(key)
        if email is None:
            self.run.nameless.add(key)


def _may_be_known_by_name(draft: PersonDraft) -> bool:
    # A name alone is no proof: there are many of each.
    return bool(draft.organisation and (draft.email or draft.sourced_id)) or draft.card_code is not None


def _differ(draft: PersonDraft, known: Known) -> bool:
    """Whether a register has them as two people."""
    return bool(draft.sourced_id and known.sourced_id and draft.sourced_id != known.sourced_id)


def _fault(draft: PersonDraft, found: Known | _Before | None, people: _People, run: Run) -> Fault | None:
    if isinstance(found, _Before):
        sentence = Phrase(N_("This person stands in the file already, in another line."))
        return Fault.of(draft.line, Column.NAME, draft.name, sentence)
    if found is None:
        if run.shut:
            return Fault.of(draft.line, "", draft.name, Phrase(run.shut))
        if run.free == 0 and new_state(draft, run.take_part) in HOLDS_SEAT:
            return Fault.of(draft.line, "", draft.name, Phrase(FULL))
        return None
    if not found.name:
        sentence = Phrase(N_("This person asked to be forgotten. Ask them before you write them down again."))
        return Fault.of(draft.line, "", "", sentence)
    if _differ(draft, found):
        sentence = Phrase(N_("This person stands in this cohort with another number of a register."))
        return Fault.of(draft.line, Column.SOURCED_ID, draft.sourced_id or "", sentence)
    if draft.email and found.email != draft.email and found.user_id is None:
        other = people.holder(draft.key)
        if other is not None and other != found.id:
            sentence = Phrase(N_("Somebody else in this cohort has this mail address."))
            return Fault.of(draft.line, Column.EMAIL, draft.email, sentence)
    return None


def _added(draft: PersonDraft, people: _People, run: Run, now: datetime) -> dict[str, Any]:
    card = draft.card_code if draft.card_code not in people.foreign_cards else None
    plain = draft if card == draft.card_code else replace(draft, card_code=None)
    state = new_state(draft, run.take_part)
    people.add(plain.key, draft.email)
    if draft.sourced_id:
        run.sourced.add(draft.sourced_id)
    if card:
        run.cards.add(card)
    if run.free is not None and state in HOLDS_SEAT:
        run.free -= 1
    if run.dry:
        return {}
    values = new_member(run.cohort_id, run.languages, plain, now)
    return values | {"state": state, "joined_at": now if state == MemberState.ACTIVE else None}


def _compared(draft: PersonDraft, found: Known, people: _People, plan: RosterPlan) -> None:
    changes = changes_of(draft, found)
    people.touch(found, changes.get("key", found.key), changes.get("email", found.email))
    if not changes:
        plan.unchanged += 1
        return
    before = {name: getattr(found, name) for name in CHANGING}
    plan.changed.append({"of": found.id, **{f"new_{name}": value for name, value in (before | changes).items()}})


def count(tally: Tally, plan: RosterPlan) -> None:
    """Add what some lines came to."""
    tally.added += len(plan.new)
    tally.changed += len(plan.changed)
    tally.unchanged += plan.unchanged
    tally.refused += len(plan.faults)
    tally.noticed += sum(1 for draft in plan.taken if draft.notices)
    for draft in plan.taken:
        word = draft.unknown_language
        if word and (word in tally.words or len(tally.words) < WORDS):
            tally.words[word] = tally.words.get(word, 0) + 1
    wrong = [Marked(one.line, remark, True) for one in plan.faults for remark in one.remarks]
    said = [Marked(one.line, remark, False) for one in plan.taken for remark in one.notices]
    faults = sum(1 for one in tally.remarks if one.is_fault)
    tally.remarks += [*wrong[: KEPT - faults], *said[: KEPT_NOTICES - (len(tally.remarks) - faults)]]
