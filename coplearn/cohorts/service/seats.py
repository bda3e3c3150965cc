"""A cohort's seats: held while somebody comes or goes, counted, and made for somebody new."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort, Membership
from coplearn.cohorts.queries.footing import footing_of
from coplearn.cohorts.queries.joining import seats_taken
from coplearn.cohorts.rules.cohort import new_public_id
from coplearn.cohorts.rules.footing import WHY, Footing
from coplearn.cohorts.rules.joining import FULL, is_full, new_card_code
from coplearn.cohorts.rules.rosters import Draft
from coplearn.cohorts.rules.words import MemberState
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_

SAME_ADDRESS = N_("Somebody with that mail address is in this cohort already.")
SAME_NAME = N_("Somebody with that name and organisation is in this cohort already.")


def held(session: Session, cohort_id: int) -> Cohort:
    """The cohort as it is now, held until the transaction ends: whoever comes in or goes out takes turns."""
    return session.execute(
        select(Cohort).where(Cohort.id == cohort_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()


def member_in(session: Session, cohort: Cohort, public_id: str) -> Membership:
    """Somebody of that cohort as they are now. Raises NotFound for anybody else."""
    found = session.scalar(
        select(Membership)
        .where(Membership.cohort_id == cohort.id, Membership.public_id == public_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(N_("There is no page at this address for you."))
    return found


def need_seat(session: Session, cohort: Cohort) -> None:
    """Raise Refused when every seat is taken or kept for somebody."""
    if is_full(cohort.capacity, seats_taken(session, cohort.id)):
        raise Refused(FULL)


def need_right(session: Session, cohort: Cohort, now: datetime, told: str = "") -> None:
    """Raise Refused while nobody new may come in, because no right that the cohort stands on is good now.

    ``told`` is said instead of the reason, which is for those who work in the cohort. See ``queries.footing``.
    """
    footing = footing_of(session, cohort, now)
    if footing is not Footing.FIRM:
        raise Refused(told or WHY[footing])


def new_seat(cohort: Cohort, draft: Draft, now: datetime) -> Membership:
    """Somebody new, invited until told otherwise; not written yet (see :func:`put_seat`)."""
    return Membership(**new_member(cohort.id, cohort.languages, draft, now) | {"state": MemberState.INVITED})


def new_member(cohort_id: int, languages: list[str], draft: Draft, now: datetime) -> dict[str, Any]:
    """The columns of somebody new but their state; without a mail address they have a card."""
    plain = replace(draft, card_code=None) if draft.email else draft
    return {
        "public_id": new_public_id(),
        "cohort_id": cohort_id,
        "user_id": None,
        "key": plain.key,
        "name": draft.name,
        "email": draft.email,
        "phone": draft.phone,
        "organisation": draft.organisation,
        "region": draft.region,
        "locale": draft.locale or languages[0],
        "card_code": draft.card_code or (None if draft.email else new_card_code()),
        "calendar_token": token_hex(16),
        "created_at": now,
        "invited_at": None,
        "joined_at": None,
        "left_at": None,
    }


def put_seat(session: Session, membership: Membership, told: str) -> None:
    """Write somebody new. Raises Refused with ``told`` when that would make two people one."""
    try:
        with session.begin_nested():
            session.add(membership)
    except IntegrityError:
        raise Refused(told) from None
