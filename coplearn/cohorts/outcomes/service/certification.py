"""Deciding what came of somebody's training, renewing and revoking a right, and knowing the files of certificates again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.accounts.rules import may
from coplearn.certificates.rules import checked_name, new_number
from coplearn.cohorts.common import letters
from coplearn.cohorts.common.models.certification import Certification, CertificationFile
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.queries import Person, right_of, rights_of
from coplearn.cohorts.common.rules.authorisation import covers
from coplearn.cohorts.common.rules.words import Kind, MemberState, State, TrainingOutcome, checked_reason
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.outcomes.queries.certification import decisions_of, due_reminders, refreshed_at
from coplearn.cohorts.outcomes.queries.checklist import checklists
from coplearn.cohorts.outcomes.rules.certification import (
    TitlesOf,
    check_renewal,
    checked_note,
    renewal_start,
    valid_until,
)
from coplearn.cohorts.outcomes.service.followup import ask_later
from coplearn.cohorts.outcomes.service.teaching import locked_member
from coplearn.cohorts.people.service.seats import fill_seats
from coplearn.courses.course import Course
from coplearn.credentials.service import take_back
from coplearn.kernel.errors import Conflict, NotAllowed, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission

_MISSING = N_("Something is still missing on the checklist of %(name)s, so nobody can certify them yet.")
_STANDS = N_("%(name)s is certified already. To take that back, the country's coordinator revokes it and says why.")
_OWN = N_("This is about yourself, so somebody else decides it.")
_MEANWHILE = N_("Somebody else decided about %(name)s meanwhile. Look at what they decided, then decide again.")


def decide(
    session: Session,
    person: Person,
    cohort: Cohort,
    member_id: str,
    outcome: TrainingOutcome,
    words: str,
    seen_turn: int,
    courses: Mapping[str, Course],
    titles_of: TitlesOf,
    now: datetime,
) -> Certification:
    """Decide about one member (by public id); however often and fast it is pressed, it is decided once.

    ``seen_turn`` is the turn that the page showed, 0 for none; ``courses`` are all the site holds, and what ``titles_of``
    calls those that a right names stays on its certificate. Certified only when the checklist is met, whoever decides. A
    training of trainers gives its certified people a right: the cohort's courses, its country, until the cohort's
    validity has passed. Another training's certificate says what was done, gives no right and has no end.

    Raises Refused where a rule is against it, Conflict when somebody decided something else meanwhile, NotFound.
    """
    if outcome is TrainingOutcome.WITHDRAWN:
        locked_cohort(session, cohort.id)  # a seat comes free: before the member, as everybody takes them
    member = locked_member(session, cohort.id, member_id)
    _check_other(person, member)
    words = checked_note(outcome, words)
    decisions = decisions_of(session, member.id)
    standing = decisions[0] if decisions else None
    if standing is not None and _same(standing, outcome, words):
        return standing
    _check_open(cohort, member, standing, outcome, seen_turn)
    if outcome is TrainingOutcome.CERTIFIED and not checklists(session, cohort, [member], courses, now)[member.id].met:
        raise Refused(_MISSING, name=member.name)
    decision = _decision(cohort, member, person, outcome, words, now)
    _name_courses(decision, titles_of)
    decision.turn = standing.turn + 1 if standing is not None else 1
    try:
        with session.begin_nested():
            session.add(decision)
    except IntegrityError:  # the last line, should the lock ever not hold
        raise Conflict(_MEANWHILE, name=member.name) from None
    takes_part = member.state == MemberState.ACTIVE
    if outcome is TrainingOutcome.WITHDRAWN:
        _take_off(session, cohort, member, now)
    if outcome is TrainingOutcome.CERTIFIED:
        ask_later(session, [member.id], now)
    log_event(session, cohort.id, person, "decided", now, member=member.public_id, outcome=outcome, turn=decision.turn)
    session.flush()
    if takes_part:
        letters.tell_outcome(session, cohort, member, decision, now)
    return decision


def _check_other(person: Person, member: Membership) -> None:
    """Refuse people who certify themselves, by whichever of their addresses they stand on the list."""
    if member.user_id == person.id or (member.user_id is None and member.email == person.email):
        raise Refused(_OWN)


def _same(standing: Certification, outcome: TrainingOutcome, words: str) -> bool:
    """Whether that is decided already: a certification stands whatever words came with it."""
    if standing.outcome != outcome or standing.revoked_at is not None:
        return False
    return outcome is TrainingOutcome.CERTIFIED or standing.note == words


def _check_open(
    cohort: Cohort, member: Membership, standing: Certification | None, outcome: TrainingOutcome, seen_turn: int
) -> None:
    if cohort.state == State.DRAFT or cohort.archived_at is not None:
        raise Refused(N_("Outcomes are decided while a cohort is open, running or closed, before it is archived."))
    if member.state not in (MemberState.ACTIVE, MemberState.WITHDRAWN):
        raise Refused(N_("%(name)s has not joined yet, so there is nothing to decide."), name=member.name)
    if standing is not None and standing.outcome == TrainingOutcome.CERTIFIED and standing.revoked_at is None:
        raise Refused(_STANDS, name=member.name)
    if seen_turn != (standing.turn if standing is not None else 0):
        raise Conflict(_MEANWHILE, name=member.name)
    if outcome is TrainingOutcome.CERTIFIED and member.state == MemberState.WITHDRAWN:
        raise Refused(N_("%(name)s has withdrawn. Take them back into the cohort first."), name=member.name)
    if outcome is TrainingOutcome.CERTIFIED and not member.name:
        raise Refused(N_("This person is no longer named here, so no certificate can be made out."))


def _decision(
    cohort: Cohort, member: Membership, person: Person, outcome: TrainingOutcome, words: str, now: datetime
) -> Certification:
    certified = outcome is TrainingOutcome.CERTIFIED
    grants = certified and cohort.kind == Kind.TRAINERS
    return Certification(
        membership_id=member.id,
        turn=1,
        user_id=member.user_id,
        outcome=outcome,
        number=new_number() if certified else None,
        name=member.name,
        course_ids=list(cohort.course_ids) if grants else [],
        country=cohort.country,
        generation=cohort.generation,
        parent_id=cohort.right_id,
        may_pass_on=False,
        locale=member.locale,
        issued_at=now,
        issued_by_id=person.id,
        issued_by_name=person.name,
        note=words,
        valid_until=valid_until(cohort.kind, cohort.validity_months, now) if certified else None,
        renewed_from_id=None,
        revoked_at=None,
        revoked_by_id=None,
        revoked_reason="",
    )


def _name_courses(decision: Certification, titles_of: TitlesOf) -> None:
    """Keep what its courses are called today: a course that is renamed later does not change what somebody was given."""
    decision.course_titles = {one: titles for one in decision.course_ids if (titles := titles_of(one)) is not None}


def _take_off(session: Session, cohort: Cohort, member: Membership, now: datetime) -> None:
    """Let the member's seat go to whoever waits for it; once."""
    if member.state != MemberState.WITHDRAWN:
        member.state, member.left_at = MemberState.WITHDRAWN, now
        letters.take_back_letters(session, cohort, member)
        fill_seats(session, cohort, now)


def renew(
    session: Session, person: Person, cohort: Cohort, member_id: str, titles_of: TitlesOf, now: datetime
) -> Certification:
    """Renew a trainer's right as a new turn under a new number; when is the law of ``outcomes.rules.certification.check_renewal``.

    Pressing twice renews once. What was allowed before (courses, country, one more step) goes on as it was; its courses
    are called what ``titles_of`` calls them.
    Raises Refused and NotFound.
    """
    member = locked_member(session, cohort.id, member_id)
    _check_other(person, member)
    decisions = decisions_of(session, member.id)
    latest = decisions[0] if decisions else None
    if latest is None or latest.outcome != TrainingOutcome.CERTIFIED or latest.revoked_at is not None:
        raise Refused(N_("There is no certificate to renew. Decide about the training first."))
    check_renewal(latest.valid_until, refreshed_at(session, member, latest.issued_at, now), now)
    renewal = _decision(cohort, member, person, TrainingOutcome.CERTIFIED, "", now)
    renewal.turn, renewal.renewed_from_id = latest.turn + 1, latest.id
    renewal.name = member.name or latest.name
    renewal.course_ids, renewal.country, renewal.may_pass_on = (
        list(latest.course_ids),
        latest.country,
        latest.may_pass_on,
    )
    _name_courses(renewal, titles_of)
    renewal.generation, renewal.parent_id = latest.generation, latest.parent_id
    start = renewal_start(latest.valid_until or now, now)
    renewal.valid_until = valid_until(cohort.kind, cohort.validity_months, start)
    session.add(renewal)
    log_event(session, cohort.id, person, "renewed", now, member=member.public_id, turn=renewal.turn)
    session.flush()
    letters.tell_outcome(session, cohort, member, renewal, now)
    return renewal


def revoke(
    session: Session, person: Person, cohort: Cohort, member_id: str, reason: str, now: datetime
) -> Certification:
    """Take somebody's certificate back, every turn of it, and every badge made of it. The reason is kept and shown to no stranger.

    Cohorts run under the right may only be looked at from then on, unless another of their trainers holds a good one;
    what their learners earned stays theirs. Pressing twice revokes once. Raises NotAllowed but for the country's
    coordinators, and Refused without a reason.
    """
    _check_coordinator(person, cohort)
    member, why = locked_member(session, cohort.id, member_id), checked_reason(reason)
    certified = [one for one in decisions_of(session, member.id) if one.outcome == TrainingOutcome.CERTIFIED]
    if not certified:
        raise Refused(N_("%(name)s holds no certificate of this cohort."), name=member.name)
    if certified[0].revoked_at is not None:
        return certified[0]
    for one in certified:
        if one.revoked_at is None:
            one.revoked_at, one.revoked_by_id, one.revoked_reason = now, person.id, why
    take_back(session, [one.number for one in certified if one.number], now)
    log_event(session, cohort.id, person, "revoked", now, member=member.public_id, reason=why)
    session.flush()
    return certified[0]


def allow_passing_on(
    session: Session, person: Person, cohort: Cohort, member_id: str, *, allowed: bool, now: datetime
) -> None:
    """Let a trainer train trainers one step further than usual, or no longer. Raises as :func:`revoke`."""
    _check_coordinator(person, cohort)
    member = locked_member(session, cohort.id, member_id)
    decisions = decisions_of(session, member.id)
    if not decisions or not decisions[0].course_ids or decisions[0].revoked_at is not None:
        raise Refused(N_("%(name)s holds no right of this cohort."), name=member.name)
    if decisions[0].may_pass_on != allowed:
        decisions[0].may_pass_on = allowed
        log_event(session, cohort.id, person, "passing-on", now, member=member.public_id, allowed=allowed)
    session.flush()


def _check_coordinator(person: Person, cohort: Cohort) -> None:
    if not may(person.grants, Permission.SEE_COUNTRY, country=cohort.country):
        raise NotAllowed(N_("Only the country's coordinator can do that."))


def remind_of_ends(session: Session, now: datetime) -> int:
    """Write to everybody whose right ends soon, as the daily job does; each reminder once. How many letters were written."""
    return sum(
        letters.tell_expiry(session, due.cohort, due.member, due.certification, due.days, now)
        for due in due_reminders(session, now)
    )


def may_open(
    session: Session,
    person: Person,
    kind: str,
    course_ids: Collection[str],
    country: str,
    now: datetime,
) -> Certification | None:
    """The right under which somebody may open such a cohort now, the nearest to the authors; None when they hold none.

    A right names courses and a country, and any audience of those courses. See ``common.rules.authorisation.covers``.
    """
    fitting = [
        right for right in rights_of(session, person.id, now) if covers(right_of(right), kind, course_ids, country, now)
    ]
    return min(fitting, key=lambda right: right.generation, default=None)


def keep_fingerprint(session: Session, certification: Certification, pdf: bytes, now: datetime) -> None:
    """Remember a file that was made, so that it is known again; the same file is kept once."""
    fingerprint = hashlib.sha256(pdf).hexdigest()
    if session.scalar(select(CertificationFile.id).where(CertificationFile.sha256 == fingerprint)) is not None:
        return
    try:
        with session.begin_nested():
            session.add(
                CertificationFile(
                    certification_id=certification.id, sha256=fingerprint, name=certification.name, made_at=now
                )
            )
    except IntegrityError:  # another press at the same moment kept it
        return


def correct_name(session: Session, person: Person, cohort: Cohort, member_id: str, now: datetime) -> bool:
    """Put a member's present name on their certificates of the cohort; whether anything changed.

    Numbers stay, and older files still check as honest. Raises NotFound, and Refused for a name that cannot be printed.
    """
    member = locked_member(session, cohort.id, member_id)
    name = checked_name(member.name)
    changed = False
    for one in decisions_of(session, member.id):
        if one.number is not None and one.name != name:
            one.name, changed = name, True
    if changed:
        log_event(session, cohort.id, person, "certificate-name", now, member=member.public_id)
    session.flush()
    return changed
