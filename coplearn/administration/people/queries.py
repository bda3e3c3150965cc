"""Reading accounts for those who manage people: the list page by page, one account, and whom somebody may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, false, func, or_, select, true, union
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, Invitation, User
from coplearn.accounts.queries import in_force
from coplearn.accounts.rules import Granted, may_give, may_somewhere
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership
from coplearn.cohorts.common.queries import at_work
from coplearn.kernel.words import Permission, Role

_LAST: Final = "\U0010ffff"
_READ_WHOLE: Final = 50_000
"""So many accounts are read from the first to the last within some milliseconds."""


class AccountState(StrEnum):
    """A state of accounts by which the list is filtered."""

    ON = "on"
    OFF = "off"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters of the list; empty for everybody."""

    search: str = ""
    """The beginning of a name or of a mail address."""
    role: str = ""
    """A role, or ``any`` for whoever holds one."""
    locale: str = ""
    country: str = ""
    state: str = ""
    before: int | None = None
    """The id that the page ends before: newest accounts come first."""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role as it was given to somebody, with the number of its row."""

    id: int
    granted: Granted


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account with the roles that are held now."""

    id: int
    name: str
    email: str
    locale: str
    is_active: bool
    is_confirmed: bool
    created_at: datetime
    merged_into_id: int | None
    roles: tuple[HeldRole, ...]

    @property
    def shown_name(self) -> str:
        """The name they call themselves by; their mail address while they have given none."""
        return self.name or self.email


def manages_people(grants: Iterable[Granted]) -> bool:
    """Whether whoever holds those grants manages people anywhere."""
    return may_somewhere(grants, Permission.MANAGE_PEOPLE)


def seen_by(grants: Sequence[Granted]) -> ColumnElement[bool]:
    """Whether a row of ``user`` is somebody whom the holder of those grants may see.

    Without a limit everybody; in a country whoever has a role there or a place in a cohort of it; in a language or a
    course whoever has a role in it.
    """
    ids = _ids_seen(grants)
    return true() if ids is None else User.id.in_(ids)


def _ids_seen(grants: Sequence[Granted]) -> CompoundSelect[Any] | None:
    """Ids of those people; None for everybody. One list and no OR of several: PostgreSQL begins with the few who are on it."""
    managing = [grant for grant in grants if may_somewhere([grant], Permission.MANAGE_PEOPLE)]
    if any(not (grant.locale or grant.course or grant.country) for grant in managing):
        return None
    nobody = select(User.id).where(false())
    return union(*([found for grant in managing for found in _within(grant)] or [nobody]))


def _within(place: Granted) -> list[Select[Any]]:
    same = [
        column == value
        for column, value in (
            (Grant.locale, place.locale),
            (Grant.course, place.course),
            (Grant.country, place.country),
        )
        if value
    ]
    holders = select(Grant.user_id).where(*same)
    return [holders] if place.locale or place.course else [holders, *_in_cohorts_of(place.country)]


def _in_cohorts_of(country: str) -> list[Select[Any]]:
    cohorts = select(Cohort.id).where(Cohort.country == country)
    staff = select(CohortStaff.user_id).where(CohortStaff.cohort_id.in_(cohorts))
    members = select(Membership.user_id).where(Membership.cohort_id.in_(cohorts), Membership.user_id.is_not(None))
    return [staff, members]


def _of_country(country: str) -> ColumnElement[bool]:
    """People with a role in that country, or with a place or work in a cohort of it."""
    return User.id.in_(_ids_of_country(country))


def _ids_of_country(country: str) -> CompoundSelect[Any]:
    return union(select(Grant.user_id).where(Grant.country == country), *_in_cohorts_of(country))


def _newest(ids: Sequence[CompoundSelect[Any]], before: int | None, limit: int) -> Select[Any]:
    """The newest that are on each list of ids: of a country whose people came long ago, no account of all who came since is
    read."""
    number = ids[0].subquery().c[0]
    found = select(number).where(*(number.in_(one) for one in ids[1:])).order_by(number.desc()).limit(limit)
    return found if before is None else found.where(number < before)


def people_page(session: Session, grants: Sequence[Granted], wanted: Wanted, limit: int) -> list[AccountLine]:
    """Accounts that the holder of those grants may see and that go with what is wanted, the newest first (two statements; four
    for a part inside a name).

    What is searched for begins a name or an address; only where nothing does, it is looked for inside them: of everybody
    while there are not too many to read them all, else of those who have a role.
    """
    own = _ids_seen(grants)
    listed = [*([own] if own is not None else []), *([_ids_of_country(wanted.country)] if wanted.country else [])]
    if listed and wanted == Wanted(country=wanted.country, before=wanted.before):
        return _page(session, [User.id.in_(_newest(listed, wanted.before, limit))], limit)
    seen = seen_by(grants)
    found = _page(session, [seen, *_filters(wanted), *_begins(session, wanted.search)], limit, few=own is not None)
    if not found and wanted.search and wanted.before is None:
        where = [seen, *_filters(wanted), _contains(wanted.search)]
        if (session.scalar(select(func.max(User.id))) or 0) > _READ_WHOLE:
            where.append(User.id.in_(select(Grant.user_id)))
        found = _page(session, where, limit, few=True)
    return found


def account_of(session: Session, seen: ColumnElement[bool], user_id: int) -> AccountLine | None:
    """One account, if it may be seen (two statements)."""
    return next(iter(_page(session, [seen, User.id == user_id], 1)), None)


def _page(
    session: Session, where: Sequence[ColumnElement[bool]], limit: int, *, few: bool = False
) -> list[AccountLine]:
    columns = (
        User.id, User.name, User.email, User.locale, User.active, User.confirmed_at, User.create_datetime,
        User.merged_into_id,
    )  # fmt: skip
    # Where few are meant, they are found first and sorted then: in the order of ids, a million would be looked through.
    order = (User.id + 0 if few else User.id).desc()
    rows = session.execute(select(*columns).where(*where).order_by(order).limit(limit)).all()
    roles = _roles_of(session, [row[0] for row in rows])
    return [
        AccountLine(row[0], row[1] or "", *row[2:5], row[5] is not None, *row[6:], tuple(roles.get(row[0], ())))
        for row in rows
    ]


def _roles_of(session: Session, user_ids: Sequence[int]) -> dict[int, list[HeldRole]]:
    columns = (Grant.name, Grant.locale, Grant.course, Grant.country, Grant.cohort_id, Grant.until)
    given = select(Grant.id, Grant.user_id, *columns).where(
        Grant.user_id.in_(user_ids), Grant.cohort_id == 0, in_force()
    )
    roles: dict[int, list[HeldRole]] = {}
    for row in session.execute(given.order_by(Grant.id)):
        roles.setdefault(row[1], []).append(HeldRole(row[0], Granted(*row[2:])))
    return roles


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.role:
        held = select(Grant.user_id).where(Grant.cohort_id == 0, in_force())
        where.append(User.id.in_(held if wanted.role == "any" else held.where(Grant.name == wanted.role)))
    if wanted.locale:
        where.append(User.locale == wanted.locale)
    if wanted.country:
        where.append(_of_country(wanted.country))
    if wanted.state:
        where.append(_in_state(wanted.state))
    if wanted.before is not None:
        where.append(User.id < wanted.before)
    return where


def _in_state(state: str) -> ColumnElement[bool]:
    if state == AccountState.UNCONFIRMED:
        return User.confirmed_at.is_(None)
    return User.active.is_(state == AccountState.ON)


def _begins(session: Session, search: str) -> list[ColumnElement[bool]]:
    """Accounts whose name or address begins so, in a way that each engine finds by an index."""
    if not search:
        return []
    # SQLite folds the case of ASCII alone, so the usual spellings are asked for one by one.
    names = sorted({search, search.lower(), search.upper(), search.title(), search[:1].upper() + search[1:]})
    ranges = [_starts(session, User.name, one) for one in names]
    return [or_(*ranges, _starts(session, User.email, search.lower()))]


def _starts(session: Session, column: Any, begin: str) -> ColumnElement[bool]:
    if session.get_bind().dialect.name == "postgresql":
        # The order of letters, not of the language: the indexes of the columns are made for it.
        return and_(column.op("~>=~")(begin), column.op("~<~")(begin + _LAST))
    return and_(column >= begin, column < begin + _LAST)


def _contains(search: str) -> ColumnElement[bool]:
    spellings = sorted({search, search.lower(), search.upper(), search.title()})
    named = [User.name.contains(one, autoescape=True) for one in spellings]
    return or_(*named, User.email.contains(search.lower(), autoescape=True))


def work_of(session: Session, user_id: int) -> list[tuple[Cohort, str, datetime | None]]:
    """The cohorts that somebody works in now, newest first, with their role and when it will end (one statement)."""
    rows = session.execute(
        select(Cohort, CohortStaff.role, CohortStaff.ended_at)
        .join(CohortStaff, CohortStaff.cohort_id == Cohort.id)
        .where(CohortStaff.user_id == user_id, at_work())
        .order_by(Cohort.id.desc(), CohortStaff.id)
    )
    return [(cohort, role, end) for cohort, role, end in rows]


def role_of(session: Session, user_id: int, grant_id: int) -> HeldRole | None:
    """A role outside cohorts as it was given to that person (one statement)."""
    columns = (Grant.name, Grant.locale, Grant.course, Grant.country, Grant.cohort_id, Grant.until)
    row = session.execute(
        select(Grant.id, *columns).where(Grant.id == grant_id, Grant.user_id == user_id, Grant.cohort_id == 0)
    ).first()
    return HeldRole(row[0], Granted(*row[1:])) if row is not None else None


def has_other_admin(session: Session, but: int, role: str) -> bool:
    """Whether somebody else holds that role for the whole site and for good, in an account that is on (one statement)."""
    held = (
        select(Grant.id)
        .join(User, User.id == Grant.user_id)
        .where(
            Grant.name == role,
            Grant.locale == "",
            Grant.course == "",
            Grant.country == "",
            Grant.cohort_id == 0,
            Grant.until.is_(None),
            User.active,
            User.id != but,
        )
    )
    return session.scalar(held.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Opened:
    """An invitation as whoever holds its link sees it."""

    email: str
    """Empty for the first administrator's, who types their own."""
    granted: Granted
    by: str
    """Who invited; empty for nobody in particular."""
    has_account: bool


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that nobody has taken yet."""

    id: int
    email: str
    granted: Granted
    expires_at: datetime


def granted_in(invitation: Invitation) -> Granted:
    """The role that an invitation gives."""
    return Granted(
        invitation.role, invitation.locale, invitation.course, invitation.country, until=invitation.role_until
    )


def invitation_of(session: Session, token_hash: str, now: datetime) -> Invitation | None:
    """The invitation of that token, while it works: whoever sent it may still give its role (two statements at most)."""
    invitation = session.scalar(
        select(Invitation).where(Invitation.token_hash == token_hash, Invitation.expires_at > now)
    )
    if invitation is None:
        return None
    if not invitation.email:
        # What makes the first administrator makes no second one, though it was printed before there was one.
        return None if has_other_admin(session, 0, Role.ADMIN) else invitation
    given = may_give(grants_held(session, invitation.by_id), granted_in(invitation))
    return invitation if given else None


def grants_held(session: Session, user_id: int | None) -> list[Granted]:
    """The roles that are held now in an account that is on (one statement)."""
    columns = (Grant.name, Grant.locale, Grant.course, Grant.country, Grant.cohort_id, Grant.until)
    rows = select(*columns).join(User, User.id == Grant.user_id).where(User.id == user_id, User.active, in_force())
    return [Granted(*row) for row in session.execute(rows)]


def opened(session: Session, token_hash: str, now: datetime) -> Opened | None:
    """The invitation of that token for its page; None for one that does not work any more."""
    invitation = invitation_of(session, token_hash, now)
    if invitation is None:
        return None
    known = select(User.active, User.confirmed_at).where(User.email == invitation.email)
    row = session.execute(known).first() if invitation.email else None
    if row is not None and not row.active:
        return None
    # Nobody has proved yet whose an account is that was never confirmed: its password is chosen anew.
    has_account = row is not None and row.confirmed_at is not None
    by = session.get(User, invitation.by_id) if invitation.by_id is not None else None
    return Opened(invitation.email, granted_in(invitation), (by.name or by.email) if by else "", has_account)


def open_invitations(session: Session, now: datetime, limit: int = 200) -> list[OpenInvitation]:
    """The newest invitations that work and that nobody has taken (one statement)."""
    rows = session.scalars(
        select(Invitation)
        .where(Invitation.expires_at > now, Invitation.email != "")
        .order_by(Invitation.id.desc())
        .limit(limit)
    )
    return [OpenInvitation(one.id, one.email, granted_in(one), one.expires_at) for one in rows]


def account_id_of(session: Session, email: str) -> int | None:
    """The account of that address, in its stored form (one statement)."""
    return session.scalar(select(User.id).where(User.email == email))
