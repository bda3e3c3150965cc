"""Asking for badges of others, and taking in the one that a member brings."""

from __future__ import annotations

import hashlib
from datetime import datetime
from secrets import token_hex

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.certification import BroughtBadge
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.outcomes.rules.badges import AskedBadge, asked_in, checked_asked
from coplearn.cohorts.outcomes.service.teaching import locked_member
from coplearn.credentials.documents import read_keys
from coplearn.credentials.rules import BroughtCredential
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_


def ask_for_badge(
    session: Session, person: Person, cohort: Cohort, issuer: str, achievement: str, keys: bytes, now: datetime
) -> None:
    """Ask everybody in the cohort for a badge of that issuer, whose keys (``did.json``) are pinned from here on. Raises Refused.

    Asking for the same of the same keys again changes nothing.
    """
    pinned, held = read_keys(keys), locked_cohort(session, cohort.id)
    asked = checked_asked(held.asked_badges or [], token_hex(8), issuer, achievement, pinned)
    if any((one.achievement, one.keys) == (asked.achievement, asked.keys) for one in asked_in(held.asked_badges)):
        return
    held.asked_badges = [*(held.asked_badges or ()), asked.as_row()]
    log_event(session, cohort.id, person, "badge-asked", now, issuer=asked.issuer, did=pinned["id"])
    session.flush()


def ask_no_more(session: Session, person: Person, cohort: Cohort, asked_id: str, now: datetime) -> None:
    """Ask for that badge no more, and forget who brought it; one that is not asked for changes nothing."""
    held = locked_cohort(session, cohort.id)
    left = [row for row in held.asked_badges or () if row["id"] != asked_id]
    if len(left) != len(held.asked_badges or ()):
        held.asked_badges = left
        session.execute(delete(BroughtBadge).where(BroughtBadge.asked == asked_id))
        log_event(session, cohort.id, person, "badge-not-asked", now, badge=asked_id)
        session.flush()


def bring_badge(
    session: Session, cohort: Cohort, member_id: str, asked: AskedBadge, found: BroughtCredential, now: datetime
) -> None:
    """Take in the badge that the member brings; of the file nothing is kept but what counts, and that once.

    ``found`` was read under the keys of ``asked``, outside of any transaction, because a hostile file can take some seconds.
    Raises Refused with the reason, NotFound when it is not asked for any more.
    """
    if asked_badge(cohort, asked.id).keys != asked.keys:
        raise NotFound(N_("This badge is not asked for."))
    member = locked_member(session, cohort.id, member_id)
    asked.check_achievement(found)
    found.check_holder(member.name, member.email)
    credential = hashlib.sha256(found.id.encode()).hexdigest()
    row = _brought(session, member, asked.id) or BroughtBadge(membership_id=member.id, asked=asked.id)
    try:
        with session.begin_nested():
            row.credential, row.valid_until, row.brought_at = credential, found.valid_until, now
            session.add(row)
    except IntegrityError:
        raise Refused(N_("Somebody else in this cohort has brought this badge already.")) from None


def asked_badge(cohort: Cohort, asked_id: str) -> AskedBadge:
    """The badge of that id that the cohort asks for. Raises NotFound."""
    found = next((one for one in asked_in(cohort.asked_badges) if one.id == asked_id), None)
    if found is None:
        raise NotFound(N_("This badge is not asked for."))
    return found


def _brought(session: Session, member: Membership, asked_id: str) -> BroughtBadge | None:
    return session.scalar(
        select(BroughtBadge).where(BroughtBadge.membership_id == member.id, BroughtBadge.asked == asked_id)
    )
