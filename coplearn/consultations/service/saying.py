"""Saying something, reading it before it is shown, answering it, and writing down groups that were heard."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.consultations.models import (
    AskedOrganisation,
    Consultation,
    HeardGroup,
    RemarkAnswer,
    StatementRemark,
)
from coplearn.consultations.queries.asking import AskedVersion
from coplearn.consultations.rules.blocks import block_of
from coplearn.consultations.rules.drafts import AnswerDraft, HeardDraft, RemarkDraft
from coplearn.consultations.rules.saying import checked_answer, checked_remark, checked_why, stage_of
from coplearn.consultations.rules.words import (
    LONGEST_TITLE,
    ConsultationStage,
    ConsultationWay,
    RemarkState,
)
from coplearn.kernel.errors import Refused
from coplearn.kernel.fixed_text import plain_lines
from coplearn.kernel.text import N_


def say(
    session: Session, asking: AskedVersion, asked: AskedOrganisation | None, draft: RemarkDraft, *, now: datetime
) -> StatementRemark:
    """Keep a remark of an organisation that was asked, or of nobody in particular.

    What an organisation says is shown at once; everything else is read first. Raises HelpFirst or Refused.
    """
    text, consultation, block = checked_remark(draft.text), asking.consultation, draft.block
    _check_open(consultation, asked, now)
    if block and block_of(asking.version.body, block) is None:
        raise Refused(N_("This paragraph is not in the text that is asked about."))
    same = select(StatementRemark.id).where(
        StatementRemark.consultation_id == consultation.id,
        StatementRemark.block == block,
        StatementRemark.text == text,
        StatementRemark.state != RemarkState.TAKEN_BACK,
        StatementRemark.asked_id == asked.id if asked is not None else StatementRemark.asked_id.is_(None),
    )
    if session.scalar(same) is not None:
        raise Refused(N_("This comment is here already."))
    remark = StatementRemark(
        public_id=new_public_id(),
        consultation_id=consultation.id,
        block=block,
        text=text,
        locale=draft.locale,
        asked_id=asked.id if asked is not None else None,
        state=RemarkState.SHOWN if asked is not None else RemarkState.WAITING,
        at=now,
        why="",
    )
    session.add(remark)
    session.flush()
    return remark


def _check_open(consultation: Consultation, asked: AskedOrganisation | None, now: datetime) -> None:
    stage = stage_of(consultation.opens_on, consultation.closes_on, consultation.told_at, now)
    if stage is ConsultationStage.SOON:
        raise Refused(N_("This consultation is not open yet."))
    if stage is not ConsultationStage.OPEN:
        raise Refused(N_("This consultation is closed. Your text is still in the box, so that you can keep it."))
    if asked is None and not ConsultationWay(consultation.way).is_open:
        raise Refused(N_("Only organisations that were asked comment here. Use the address in your letter."))
    if asked is not None and asked.ended_at is not None:
        raise Refused(N_("This address was closed. Ask whoever sent it for another one."))


def take_back(consultation: Consultation, asked: AskedOrganisation, remark: StatementRemark, now: datetime) -> None:
    """Take back a remark of one's own organisation, while the consultation is open."""
    _check_open(consultation, asked, now)
    if remark.asked_id != asked.id:
        raise Refused(N_("Only whoever made a comment takes it back."))
    remark.state, remark.judged_at = RemarkState.TAKEN_BACK, now


def judge(remark: StatementRemark, *, shown: bool, why: str, user_id: int, now: datetime) -> None:
    """Show a remark, or keep it from being shown with a reason. Raises Refused for one that was taken back."""
    if remark.state == RemarkState.TAKEN_BACK:
        raise Refused(N_("This comment was taken back."))
    remark.why = "" if shown else checked_why(why)
    remark.state = RemarkState.SHOWN if shown else RemarkState.HIDDEN
    remark.judged_by_id, remark.judged_at = user_id, now


def answer(
    session: Session,
    consultation: Consultation,
    remark: StatementRemark,
    draft: AnswerDraft,
    *,
    user_id: int,
    now: datetime,
) -> RemarkAnswer:
    """Answer a remark; a later answer takes the place of an earlier one, which stays to be read.

    Raises Refused for one that is not shown, without a reason, and once the summary was published.
    """
    if remark.state != RemarkState.SHOWN:
        raise Refused(N_("Only comments that are shown get an answer."))
    if consultation.told_at is not None:
        raise Refused(N_("This summary was published. It does not change any more."))
    chosen, reason = checked_answer(draft.outcome, draft.reason)
    theme = " ".join(plain_lines(draft.theme).split())
    if len(theme) > LONGEST_TITLE:
        raise Refused(N_("Use at most %(count)s characters for the theme."), count=LONGEST_TITLE)
    made = RemarkAnswer(remark_id=remark.id, outcome=chosen, reason=reason, theme=theme, by_id=user_id, at=now)
    session.add(made)
    session.flush()
    return made


def hear(
    session: Session,
    consultation: Consultation,
    draft: HeardDraft,
    corrects: HeardGroup | None = None,
    *,
    user_id: int,
    now: datetime,
) -> HeardGroup:
    """Write down a group that was heard; with ``corrects`` in the place of another row, which stays, with a reason."""
    if consultation.told_at is not None:
        raise Refused(N_("This summary was published. It does not change any more."))
    if draft.heard_on is not None and draft.heard_on > now.date():
        raise Refused(N_("The day on which a group was heard cannot be in the future."))
    row = HeardGroup(
        consultation_id=consultation.id,
        **draft.numbers.checked(draft.said).columns(),
        place=" ".join(plain_lines(draft.place).split())[:LONGEST_TITLE],
        heard_on=draft.heard_on,
        said=plain_lines(draft.said),
        source=" ".join(plain_lines(draft.source).split())[:LONGEST_TITLE],
        by_id=user_id,
        at=now,
        corrects_id=corrects.id if corrects is not None else None,
        why=checked_why(draft.why) if corrects is not None else "",
    )
    session.add(row)
    session.flush()
    return row
