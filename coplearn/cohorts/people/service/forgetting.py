"""Forgetting a person: who they were goes, and what was done stays counted."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import partial
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, true, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import user_by_email
from coplearn.cohorts.common.models.certification import (
    BroughtBadge,
    Certification,
    CertificationFile,
    Evaluation,
    FollowUp,
    TeachBack,
)
from coplearn.cohorts.common.models.cohort import (
    CardLearner,
    Cohort,
    CohortEvent,
    CohortStaff,
    Membership,
    RosterImport,
    StaffRequest,
)
from coplearn.cohorts.common.models.meeting import Mark
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import MemberState
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.people.queries import seats_of
from coplearn.cohorts.people.rules.rosters import FACTS
from coplearn.cohorts.people.service.seats import fill_seats, leave_sessions, member_in
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.learning.service import erase_learner
from coplearn.outbox.service import forget_address


def forget_person(session: Session, user_id: int) -> list[str]:
    """Take a person's name, addresses, notes and recordings out of all cohorts; call it before the account goes.

    Attendance, results, outcomes and numbers stay, of somebody who is no longer named: reports keep their sums, and
    those they trained keep their line. Gives back the fingerprints of evidence that nothing points at any more: delete
    those files (``common.evidence.remove``) once the transaction has ended.
    """
    memberships = list(session.scalars(select(Membership).where(seats_of(user_id))))
    _forget_rosters(session, user_id)
    files = _forget_seats(session, memberships, own=Certification.user_id == user_id)
    _forget_work(session, user_id)
    session.flush()
    session.expire_all()
    return files


def forget_member(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> list[str]:
    """Take everything that tells who somebody without an account is out of one cohort, with what their card learned.

    What was counted stays, of somebody who is no longer named; a seat that was only kept is free again. Gives back the
    fingerprints of evidence to delete, as :func:`forget_person` does. Raises Refused for somebody with an account, who
    erases it themselves.
    """
    cohort = locked_cohort(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    if membership.user_id is not None:
        raise Refused(N_("This person has an account. They erase it themselves, under “My learning”."))
    words = [membership.email or "", membership.phone, membership.name]
    _forget_lines(session, [one for one in words if one], RosterImport.cohort_id == cohort.id)
    # An account with that address, which has not taken this place, keeps its own letters.
    if membership.email and user_by_email(session, membership.email) is None:
        forget_address(session, membership.email)
    files = _forget_seats(session, [membership])
    log_event(session, cohort.id, person, "person-erased", now, member=public_id)
    fill_seats(session, cohort, now)
    session.flush()
    session.expire_all()
    return files


def forget_seats(session: Session, ids: Collection[int]) -> tuple[int, list[str]]:
    """Unname the members of those rows again, in a database that was brought back; how many had a name, and evidence to delete."""
    named = or_(Membership.name != "", Membership.email.is_not(None), Membership.phone != "")
    members = list(session.scalars(select(Membership).where(Membership.id.in_(ids), named)))
    for one in members:
        words = [word for word in (one.email, one.phone, one.name) if word]
        _forget_lines(session, words, RosterImport.cohort_id == one.cohort_id)
        if one.email and user_by_email(session, one.email) is None:
            forget_address(session, one.email)
    return len(members), _forget_seats(session, members, are_one=False)


def _forget_seats(
    session: Session, memberships: list[Membership], own: ColumnElement[bool] | None = None, *, are_one: bool = True
) -> list[str]:
    """Unname the members, with what their cards learned; ``own`` says which certificates are theirs besides.

    They are one person (``are_one``), or as many as they have keys.
    """
    ids = [one.id for one in memberships]
    keys = defaultdict[str, str](partial(token_hex, 32))
    for one in memberships:
        # The same in each cohort: whoever was one person in a report stays one.
        key = keys["" if are_one else one.key]
        for name in FACTS:
            setattr(one, name, "")
        one.sector = ""
        one.email, one.key, one.card_code, one.calendar_token, one.queue_number = None, key, None, None, None
        one.sourced_id, one.organisation_number = None, ""
        if one.state in (MemberState.INVITED, MemberState.WAITING, MemberState.QUEUED):
            one.state = MemberState.WITHDRAWN  # nobody waits, or comes, any more
    session.flush()
    leave_sessions(session, ids, utcnow())
    for learner_id in session.scalars(select(CardLearner.learner_id).where(CardLearner.membership_id.in_(ids))).all():
        erase_learner(session, learner_id)
    files = _forget_teaching(session, ids)
    theirs = Certification.membership_id.in_(ids)
    numbers = list(session.scalars(select(Certification.id).where(theirs if own is None else theirs | own)))
    blank = {"name": "", "note": "", "revoked_reason": ""}
    session.execute(update(Certification).where(Certification.id.in_(numbers)).values(blank))
    session.execute(update(Mark).where(Mark.membership_id.in_(ids)).values(reason=""))
    session.execute(update(CertificationFile).where(CertificationFile.certification_id.in_(numbers)).values(name=""))
    session.execute(delete(BroughtBadge).where(BroughtBadge.membership_id.in_(ids)))
    for follow_up in session.scalars(select(FollowUp).where(FollowUp.membership_id.in_(ids))):
        follow_up.token_hash = token_hex(32)
    return files


def _forget_rosters(session: Session, user_id: int) -> None:
    """Take the person's lines out of what rosters were refused, and the names of files that they brought."""
    session.execute(update(RosterImport).where(RosterImport.by_id == user_id).values(file_name=""))
    address = session.scalar(select(User.email).where(User.id == user_id))
    if address:
        _forget_lines(session, [address], true())


def _forget_lines(session: Session, words: list[str], where: ColumnElement[bool]) -> None:
    """Blank what rosters were refused wherever one of these words is in it."""
    for roster in session.scalars(select(RosterImport).where(RosterImport.report != "[]", where)):
        remarks = [_without(one, words) for one in json.loads(roster.report)]
        roster.report = json.dumps(remarks, ensure_ascii=False)


def _without(remark: list[Any], words: list[str]) -> list[Any]:
    text = json.dumps(remark, ensure_ascii=False).casefold()
    return _blanked(remark) if any(word.casefold() in text for word in words) else remark


def _blanked(remark: list[Any]) -> list[Any]:
    # Line, column, value, reason and what is put into it: the value is what somebody wrote about a person.
    line, column, _, reason, params, *rest = remark
    return [line, column, "", reason, dict.fromkeys(params, ""), *rest]


def forget_reports(session: Session, before: datetime) -> None:
    """Forget what lines of old rosters held, and what their files were called; how many were refused and why stays."""
    for roster in session.scalars(
        select(RosterImport).where(RosterImport.created_at < before, RosterImport.file_name != "")
    ):
        roster.file_name = ""
        remarks = [_blanked(one) for one in json.loads(roster.report)]
        roster.report = json.dumps(remarks, ensure_ascii=False)


def forget_contacts(session: Session, before: datetime, now: datetime) -> None:
    """Forget addresses and telephones in cohorts that were put away before then, but of whoever holds a certificate that ends
    later: they are written to before it does. Invitations and cards lead nowhere any more. Who was there stays."""
    old = select(Cohort.id).where(Cohort.archived_at < before)
    holds = select(Certification.membership_id).where(
        Certification.valid_until > now, Certification.revoked_at.is_(None)
    )
    known = or_(Membership.email.is_not(None), Membership.phone != "", Membership.card_code.is_not(None))
    session.execute(
        update(Membership)
        .where(Membership.cohort_id.in_(old), Membership.id.not_in(holds), known)
        .values(email=None, phone="", card_code=None, calendar_token=None)
        .execution_options(synchronize_session=False)
    )


def _forget_teaching(session: Session, membership_ids: list[int]) -> list[str]:
    """Blank what was written about the person's teach-backs and let their recordings go."""
    own = select(TeachBack.id).where(TeachBack.membership_id.in_(membership_ids))
    rows = list(session.scalars(select(Evaluation).where(Evaluation.teach_back_id.in_(own))))
    files = {row.evidence_sha256 for row in rows if row.evidence_sha256}
    for row in rows:
        row.note_to_trainee = row.note_internal = row.reason = ""
        row.evidence_name = row.evidence_sha256 = row.evidence_type = ""
    session.flush()
    still_used = set(session.scalars(select(Evaluation.evidence_sha256).where(Evaluation.evidence_sha256.in_(files))))
    return sorted(files - still_used)


def _forget_work(session: Session, user_id: int) -> None:
    """Keep what the person did for others, by somebody who is no longer named, and forget what they were asked."""
    address = select(User.email).where(User.id == user_id).scalar_subquery()
    session.execute(
        delete(StaffRequest).where(StaffRequest.email == address).execution_options(synchronize_session=False)
    )
    session.execute(update(Evaluation).where(Evaluation.observer_id == user_id).values(observer_name=""))
    session.execute(update(Certification).where(Certification.issued_by_id == user_id).values(issued_by_name=""))
    session.execute(update(Mark).where(Mark.by_id == user_id).values(by_name=""))
    cohorts = list(session.scalars(select(CohortStaff.cohort_id).where(CohortStaff.user_id == user_id)))
    named = set(session.scalars(select(CohortEvent.by_name).where(CohortEvent.by_id == user_id)))
    session.execute(update(CohortEvent).where(CohortEvent.by_id == user_id).values(by_name=""))
    of_staff = select(CohortEvent).where(
        CohortEvent.cohort_id.in_(cohorts),
        CohortEvent.kind.in_(("staff-added", "staff-agreed", "staff-until", "staff-ended")),
    )
    for event in session.scalars(of_staff):
        if event.details.get("user_id") == user_id or event.details.get("name") in named - {""}:
            event.details = {**event.details, "name": ""}
