"""Reading who belongs to a cohort, waits, holds a card or was asked to work in it, and the rosters on their way in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import CardLearner, Cohort, Membership, RosterImport, StaffRequest
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import MemberState
from coplearn.cohorts.people.rules.joining import HOLDS_SEAT, JOINABLE
from coplearn.cohorts.people.rules.rosters import ImportStage, Known
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.privacy.rules import TERMS


@dataclass(frozen=True, slots=True)
class MemberCounts:
    """The number of people in each state."""

    by_state: dict[str, int]
    to_invite: int
    """Invited people with a mail address whom nobody wrote to yet."""
    with_card: int
    """Those who have a card, or need one because they have no mail address."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_state.values())

    @property
    def taken(self) -> int:
        """The seats that are taken or kept."""
        return sum(self.by_state.get(state, 0) for state in HOLDS_SEAT)


@dataclass(frozen=True, slots=True)
class Offer:
    """A seat that is kept for somebody who has not taken it yet."""

    cohort: Cohort
    membership: Membership


def counts_of(session: Session, cohort_id: int) -> MemberCounts:
    """The numbers above the list (one statement)."""
    to_invite = and_(Membership.email.is_not(None), Membership.invited_at.is_(None))
    card = and_(or_(Membership.card_code.is_not(None), Membership.email.is_(None)), _shown())
    rows = session.execute(
        select(
            Membership.state,
            func.count(),
            func.sum(case((to_invite, 1), else_=0)),
            func.sum(case((card, 1), else_=0)),
        )
        .where(Membership.cohort_id == cohort_id)
        .group_by(Membership.state)
    ).all()
    return MemberCounts(
        {row[0]: row[1] for row in rows},
        sum(int(row[2]) for row in rows if row[0] == MemberState.INVITED),
        sum(int(row[3]) for row in rows),
    )


def _shown() -> ColumnElement[bool]:
    return Membership.state != MemberState.WITHDRAWN


def seats_taken(session: Session, cohort_id: int) -> int:
    """The number of seats that are taken or kept."""
    counted = select(func.count()).select_from(Membership)
    holds_seat = Membership.state.in_(sorted(HOLDS_SEAT))
    return session.scalar(counted.where(Membership.cohort_id == cohort_id, holds_seat)) or 0


def people_page(
    session: Session, cohort_id: int, *, state: str = "", search: str = "", after: tuple[str, int] | None, limit: int
) -> list[Membership]:
    """People by name, from behind ``after`` (a name and an id) on."""
    query = select(Membership).where(Membership.cohort_id == cohort_id)
    if state:
        query = query.where(Membership.state == state)
    if search:
        query = query.where(_matches(search))
    if after is not None:
        query = query.where(tuple_(Membership.name, Membership.id) > after)
    return list(session.scalars(query.order_by(Membership.name, Membership.id).limit(limit)))


def _matches(search: str) -> ColumnElement[bool]:
    # SQLite folds the case of ASCII alone, so the usual spellings are asked for one by one.
    spellings = {search, search.lower(), search.upper(), search.title()}
    wanted = [Membership.name.contains(one, autoescape=True) for one in sorted(spellings)]
    return or_(*wanted, Membership.email.contains(search.lower(), autoescape=True))


def cohort_by_code(session: Session, code: str) -> Cohort | None:
    """The cohort that people join with that code."""
    return session.scalar(select(Cohort).where(Cohort.join_code == code)) if code else None


def seat_by_card(session: Session, code: str) -> Offer | None:
    """The member whose card has that code."""
    return _offer(session, Membership.card_code == code) if code else None


def seat_by_id(session: Session, public_id: str) -> Offer | None:
    """The seat of that public id, for whoever proved to know of it."""
    return _offer(session, Membership.public_id == public_id)


def _offer(session: Session, where: ColumnElement[bool]) -> Offer | None:
    row = session.execute(
        select(Cohort, Membership).join(Membership, Membership.cohort_id == Cohort.id).where(where)
    ).first()
    return Offer(row[0], row[1]) if row is not None else None


def offers_for(session: Session, person: Person) -> list[Offer]:
    """The seats kept for the person's mail address, when it is confirmed to be theirs; newest first."""
    rows = session.execute(
        select(Cohort, Membership)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .join(User, User.id == person.id)
        .where(
            Membership.email == person.email,
            Membership.user_id.is_(None),
            Membership.state.in_(sorted(HOLDS_SEAT)),
            User.confirmed_at.is_not(None),
            Cohort.state.in_(sorted(JOINABLE)),
            Cohort.archived_at.is_(None),
        )
        .order_by(Cohort.id.desc())
    )
    return [Offer(cohort, membership) for cohort, membership in rows]


def cohort_of(session: Session, member: Membership) -> Cohort:
    """The cohort that somebody belongs to (no statement where it was read before)."""
    return session.get_one(Cohort, member.cohort_id)


def own_seat(session: Session, cohort_id: int, person: Person) -> Membership | None:
    """The person's own membership in that cohort."""
    return session.scalar(select(Membership).where(Membership.cohort_id == cohort_id, Membership.user_id == person.id))


def cards_of(session: Session, cohort_id: int) -> list[Membership]:
    """All people with a card, by name."""
    query = select(Membership).where(Membership.cohort_id == cohort_id, Membership.card_code.is_not(None), _shown())
    return list(session.scalars(query.order_by(Membership.name, Membership.id)))


def roster_rows(session: Session, cohort_id: int) -> Iterator[Sequence[object]]:
    """All people for a roster, in the order they were added: name, mail, telephone, organisation, region, locale, state, card."""
    yield from session.execute(
        select(
            Membership.name,
            Membership.email,
            Membership.phone,
            Membership.organisation,
            Membership.region,
            Membership.locale,
            Membership.state,
            Membership.card_code,
        )
        .where(Membership.cohort_id == cohort_id, Membership.name != "")
        .order_by(Membership.id)
        .execution_options(yield_per=2_000)
    )


_KNOWN = tuple(getattr(Membership, one.name) for one in fields(Known))


def known_people(
    session: Session, cohort_id: int, keys: Collection[str], codes: Collection[str], numbers: Collection[str]
) -> list[Known]:
    """The members with one of the keys, cards or numbers of a register (one statement)."""
    where: ColumnElement[bool] = Membership.key.in_(keys)
    if codes:
        where = or_(where, Membership.card_code.in_(codes))
    if numbers:
        where = or_(where, Membership.sourced_id.in_(numbers), Membership.public_id.in_(numbers))
    rows = session.execute(select(*_KNOWN).where(Membership.cohort_id == cohort_id, where))
    return [Known(**row._mapping) for row in rows]


def cards_elsewhere(session: Session, cohort_id: int, codes: Collection[str]) -> set[str]:
    """The codes that are on the card of somebody in another cohort."""
    if not codes:
        return set()
    query = select(Membership.card_code).where(Membership.card_code.in_(codes), Membership.cohort_id != cohort_id)
    return {code for code in session.scalars(query) if code is not None}


def newest_membership(session: Session, cohort_id: int) -> int | None:
    """The number of the cohort's newest membership; None where there is none."""
    return session.scalar(select(func.max(Membership.id)).where(Membership.cohort_id == cohort_id))


def import_of(session: Session, cohort_id: int, public_id: str) -> RosterImport:
    """A roster of that cohort. Raises NotFound for any other."""
    roster = session.scalar(
        select(RosterImport).where(RosterImport.cohort_id == cohort_id, RosterImport.public_id == public_id)
    )
    if roster is None:
        raise NotFound(N_("There is no page at this address for you."))
    return roster


def imports_of(session: Session, cohort_id: int, limit: int = 10) -> list[RosterImport]:
    """The cohort's newest rosters."""
    query = select(RosterImport).where(RosterImport.cohort_id == cohort_id)
    return list(session.scalars(query.order_by(RosterImport.id.desc()).limit(limit)))


def cohort_of_import(session: Session, roster: RosterImport) -> Cohort:
    """The cohort that roster is brought into."""
    return session.get_one(Cohort, roster.cohort_id)


def earlier_imports(session: Session, roster: RosterImport, limit: int = 40) -> list[RosterImport]:
    """Rosters that came before it into the same cohort, then those of the same person, newest first."""
    same = RosterImport.cohort_id == roster.cohort_id
    query = select(RosterImport).where(or_(same, RosterImport.by_id == roster.by_id), RosterImport.id != roster.id)
    return list(session.scalars(query.order_by(case((same, 0), else_=1), RosterImport.id.desc()).limit(limit)))


def unfinished_imports(session: Session, before: datetime) -> list[str]:
    """The public ids of rosters on their way in that nobody has worked on since that moment, oldest first."""
    going = RosterImport.state.in_((ImportStage.LOOKING, ImportStage.RUNNING))
    still = RosterImport.touched_at < before
    return list(session.scalars(select(RosterImport.public_id).where(going, still).order_by(RosterImport.id)))


def left_imports(session: Session, before: datetime) -> list[RosterImport]:
    """Rosters that were looked at before that moment and never brought in."""
    idle = RosterImport.state.in_((ImportStage.LOOKED, ImportStage.FAILED))
    return list(session.scalars(select(RosterImport).where(idle, RosterImport.created_at < before)))


def place_of_learner(session: Session, learner_id: int) -> Offer | None:
    """The cohort and the place whose card that learner learns with."""
    row = session.execute(
        select(Cohort, Membership)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .join(CardLearner, CardLearner.membership_id == Membership.id)
        .where(CardLearner.learner_id == learner_id)
    ).first()
    return Offer(row[0], row[1]) if row is not None else None


def learner_of_card(session: Session, membership_id: int) -> int | None:
    """The learner of that member's card; None while nobody has."""
    return session.scalar(select(CardLearner.learner_id).where(CardLearner.membership_id == membership_id))


_LAST: Final = 1_000_000_000
"""Who came by a list and has no number stands behind all who have one."""


def _order() -> tuple[ColumnElement[int], ColumnElement[int]]:
    return func.coalesce(Membership.queue_number, _LAST), Membership.id.expression


def _queued(cohort_id: int) -> tuple[ColumnElement[bool], ...]:
    return Membership.cohort_id == cohort_id, Membership.state == MemberState.QUEUED


def queue_of(session: Session, cohort_id: int, limit: int | None = None) -> list[Membership]:
    """The people who wait for a seat, the next first."""
    return list(session.scalars(select(Membership).where(*_queued(cohort_id)).order_by(*_order()).limit(limit)))


def queue_length(session: Session, cohort_id: int) -> int:
    """The number of people who wait for a seat."""
    return session.scalar(select(func.count()).select_from(Membership).where(*_queued(cohort_id))) or 0


def place_in_queue(session: Session, member: Membership) -> int:
    """The place of somebody who waits: 1 is next."""
    number = member.queue_number if member.queue_number is not None else _LAST
    before = tuple_(*_order()) < tuple_(number, member.id)
    return 1 + (session.scalar(select(func.count()).where(*_queued(member.cohort_id), before)) or 0)


ANSWER_WITHIN: Final = TERMS["request"].days
"""Days that somebody has to answer."""


@dataclass(frozen=True, slots=True)
class StaffOffer:
    """A cohort that somebody is asked to work in."""

    cohort: Cohort
    asked: StaffRequest


def requests_in(session: Session, cohort_id: int, now: datetime) -> list[StaffRequest]:
    """The people whom a cohort's leads asked, newest first, with those who said no."""
    requests = select(StaffRequest).where(StaffRequest.cohort_id == cohort_id, _in_time(now))
    return list(session.scalars(requests.order_by(StaffRequest.id.desc())))


def staff_offers_for(session: Session, person: Person, now: datetime) -> list[StaffOffer]:
    """The requests to the person's mail address, when it is confirmed to be theirs; newest first."""
    mine = _open(now).join(User, User.id == person.id)
    mine = mine.where(StaffRequest.email == person.email, User.confirmed_at.is_not(None))
    return [StaffOffer(*row) for row in session.execute(mine.order_by(StaffRequest.id.desc()))]


def request_for(session: Session, person: Person, public_id: str, now: datetime) -> StaffOffer | None:
    """One of these."""
    return next((one for one in staff_offers_for(session, person, now) if one.asked.public_id == public_id), None)


def open_request(session: Session, public_id: str, now: datetime) -> StaffOffer | None:
    """The page that a letter's address leads to, whoever opens it."""
    row = session.execute(_open(now).where(StaffRequest.public_id == public_id)).first()
    return StaffOffer(*row) if row is not None else None


def _open(now: datetime) -> Select[Cohort, StaffRequest]:
    joined = select(Cohort, StaffRequest).join(StaffRequest, StaffRequest.cohort_id == Cohort.id)
    return joined.where(StaffRequest.declined_at.is_(None), Cohort.archived_at.is_(None), _in_time(now))


def _in_time(now: datetime) -> ColumnElement[bool]:
    is_ahead = or_(StaffRequest.role_until.is_(None), StaffRequest.role_until > now)
    return and_(StaffRequest.asked_at > now - timedelta(days=ANSWER_WITHIN), is_ahead)


def seats_of(user_id: int) -> ColumnElement[bool]:
    """The memberships of a person: those they took, and those kept for their confirmed address."""
    address = select(User.email).where(User.id == user_id, User.confirmed_at.is_not(None)).scalar_subquery()
    return or_(Membership.user_id == user_id, and_(Membership.user_id.is_(None), Membership.email == address))
