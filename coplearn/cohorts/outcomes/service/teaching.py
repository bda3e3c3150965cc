"""Planning teach-backs, writing down what was seen in them, signing them off, and amending what was written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.cohorts.common.evidence import Stored
from coplearn.cohorts.common.models.certification import Evaluation, TeachBack
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import CohortPermission, MemberState, checked_reason, new_public_id
from coplearn.cohorts.common.service import log_event
from coplearn.cohorts.meetings.queries import meeting_of
from coplearn.cohorts.outcomes.queries.checklist import zone_of
from coplearn.cohorts.outcomes.queries.teaching import evaluations_of, independence, standing_of, teach_back_entry
from coplearn.cohorts.outcomes.rules.teaching import (
    Tie,
    checked_note,
    checked_scores,
    not_independent,
    result_of,
    rubric_of,
    too_early,
)
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.kernel.text import N_

_NO_TEACH_BACK = N_("There is no such teach-back in this cohort.")
_AMENDED = N_("Somebody else changed this evaluation meanwhile. Both are kept: look at theirs first, then amend it.")
_SIGNED = N_("This teach-back was signed off meanwhile. To change what it says, amend the sign-off and say why.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachBackPlan:
    """The plan of a teach-back: what, and when."""

    course_id: str
    module_id: str
    meeting_id: str
    """A meeting's public id; empty for none."""
    planned_on: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An observer's record as the page sends it."""

    op_id: str
    decides: bool
    scores: Mapping[str, object]
    note_to_trainee: str
    note_internal: str
    evidence: Stored | None = None
    """The file that came with it, which whoever calls keeps."""
    amends_id: int | None = None
    reason: str = ""


def plan_teach_back(
    session: Session,
    person: Person,
    cohort: Cohort,
    member_id: str,
    plan: TeachBackPlan,
    modules: Collection[tuple[str, str]],
    now: datetime,
) -> TeachBack:
    """Plan one more teach-back for a member (by public id). ``modules`` are pairs of the cohort's courses and modules.

    Raises NotFound for somebody else's member or meeting, and Refused for somebody who no longer takes part.
    """
    member = locked_member(session, cohort.id, member_id)
    if member.state != MemberState.ACTIVE:
        raise Refused(N_("That person does not take part at the moment, so nothing is planned for them."))
    chosen = (plan.course_id, plan.module_id) if plan.module_id else ("", "")
    if chosen[1] and chosen not in modules:
        raise Refused(N_("Choose one of the parts of this cohort's courses."))
    meeting = _meeting(session, cohort, plan.meeting_id)
    last = session.scalar(select(func.max(TeachBack.turn)).where(TeachBack.membership_id == member.id)) or 0
    teach_back = TeachBack(
        public_id=new_public_id(),
        membership_id=member.id,
        turn=last + 1,
        meeting_id=meeting.id if meeting is not None else None,
        course_id=chosen[0],
        module_id=chosen[1],
        planned_on=meeting.starts_at if meeting is not None else plan.planned_on,
        created_at=now,
    )
    session.add(teach_back)
    log_event(session, cohort.id, person, "teach-back-planned", now, member=member.public_id, turn=teach_back.turn)
    session.flush()
    return teach_back


def locked_member(session: Session, cohort_id: int, public_id: str) -> Membership:
    """The member as they are now, held until the transaction ends: what is decided about them is decided in turn.

    Raises NotFound when they are not of that cohort.
    """
    member = session.execute(
        select(Membership)
        .where(Membership.public_id == public_id, Membership.cohort_id == cohort_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if member is None:
        raise NotFound(N_("There is no such person in this cohort."))
    return member


def _meeting(session: Session, cohort: Cohort, public_id: str) -> Meeting | None:
    if not public_id:
        return None
    meeting = meeting_of(session, cohort.id, public_id)
    if meeting is None:
        raise NotFound(N_("There is no such meeting in this cohort."))
    return meeting


def evaluate(
    session: Session,
    person: Person,
    permissions: Collection[CohortPermission],
    cohort: Cohort,
    teach_back_id: str,
    judgement: Judgement,
    now: datetime,
) -> Evaluation:
    """Write down what somebody saw, or sign it off; with ``amends_id``, in the place of an earlier row, which stays.

    The same ``op_id`` again gives what the first made. Raises Refused for an examiner who is not independent (and says
    who is), Conflict when the row was amended or the teach-back signed off meanwhile, NotFound outside the cohort.
    """
    member, teach_back = _locked(session, cohort, teach_back_id)
    earlier = _same_press(session, teach_back, judgement.op_id)
    if earlier is not None:
        return earlier
    before = evaluations_of(session, teach_back.id)
    amended = _amended(before, judgement, person)
    decides = amended.decides if amended is not None else judgement.decides
    _check_observer(session, person, permissions, member, decides)
    early = too_early(teach_back.planned_on, now, zone_of(cohort))
    if early is not None:
        raise Refused(early.text, **early.params)
    if decides and amended is None and standing_of(before)[1] is not None:
        raise Conflict(_SIGNED)
    row = _row(cohort, teach_back, person, judgement, amended, decides, now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the last line: two amendments of one row at the same moment
        raise Conflict(_AMENDED) from None
    details = {"member": member.public_id, "turn": teach_back.turn, "result": row.result}
    log_event(session, cohort.id, person, "signed-off" if decides else "observed", now, **details)
    session.flush()
    return row


def _locked(session: Session, cohort: Cohort, public_id: str) -> tuple[Membership, TeachBack]:
    entry = teach_back_entry(session, cohort.id, public_id)
    if entry is None:
        raise NotFound(_NO_TEACH_BACK)
    return locked_member(session, cohort.id, entry[1].public_id), entry[0]


def _same_press(session: Session, teach_back: TeachBack, op_id: str) -> Evaluation | None:
    if not 8 <= len(op_id) <= 64:
        raise Refused(N_("Load the page again and send it once more."))
    evaluation = session.scalar(select(Evaluation).where(Evaluation.op_id == op_id))
    if evaluation is not None and evaluation.teach_back_id != teach_back.id:
        raise Refused(N_("Load the page again and send it once more."))
    return evaluation


def _amended(before: Collection[Evaluation], judgement: Judgement, person: Person) -> Evaluation | None:
    """The row that is amended. An observer's notes are their own to amend; a sign-off is any independent examiner's."""
    if judgement.amends_id is None:
        return None
    row = next((one for one in before if one.id == judgement.amends_id), None)
    if row is None:
        raise NotFound(N_("There is no such evaluation in this cohort."))
    if any(one.amends_id == row.id for one in before):
        raise Conflict(_AMENDED)
    if not row.decides and row.observer_id != person.id:
        raise Refused(N_("These are somebody else's notes. Write down what you saw as notes of your own."))
    return row


def _check_observer(
    session: Session, person: Person, permissions: Collection[CohortPermission], member: Membership, decides: bool
) -> None:
    if decides and CohortPermission.SIGN_OFF not in permissions:
        raise Refused(N_("Only an examiner of this cohort signs off. What you saw can be kept as an observer's notes."))
    ties, others = independence(session, person.id, member)
    reason = not_independent(ties if decides else ties & {Tie.SELF}, member.name, others)
    if reason is not None:
        raise Refused(reason.text, **reason.params)
    if member.state == MemberState.WITHDRAWN:
        raise Refused(N_("That person has withdrawn. What was written before stays."))


def _row(
    cohort: Cohort,
    teach_back: TeachBack,
    person: Person,
    judgement: Judgement,
    amended: Evaluation | None,
    decides: bool,
    now: datetime,
) -> Evaluation:
    """A new version of the rubric never changes an old evaluation, so an amendment keeps the version of its row."""
    rubric = rubric_of(amended.rubric_version if amended is not None else cohort.rubric_version)
    scores = checked_scores(rubric, judgement.scores)
    to_trainee, internal = checked_note(judgement.note_to_trainee), checked_note(judgement.note_internal)
    reason = checked_reason(judgement.reason) if amended is not None else ""
    file = judgement.evidence
    if file is None and amended is not None and amended.evidence_sha256:
        file = Stored(amended.evidence_name, amended.evidence_sha256, amended.evidence_type)
    return Evaluation(
        op_id=judgement.op_id,
        teach_back_id=teach_back.id,
        observer_id=person.id,
        observer_name=person.name,
        decides=decides,
        rubric_version=rubric.version,
        scores=scores,
        result=result_of(rubric, scores),
        note_to_trainee=to_trainee,
        note_internal=internal,
        evidence_name=file.name if file is not None else "",
        evidence_sha256=file.sha256 if file is not None else "",
        evidence_type=file.type if file is not None else "",
        at=now,
        amends_id=amended.id if amended is not None else None,
        reason=reason,
    )
