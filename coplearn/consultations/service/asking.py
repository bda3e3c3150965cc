"""Asking: opening a consultation, inviting organisations, reminding them, and telling what was heard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.consultations.models import (
    AskedOrganisation,
    Consultation,
    Statement,
    StatementRemark,
)
from coplearn.consultations.queries.asking import to_remind, with_contacts_before
from coplearn.consultations.queries.said import tally_of
from coplearn.consultations.queries.statements import version_of
from coplearn.consultations.rules.drafts import ConsultationPlan
from coplearn.consultations.rules.saying import CONTACT_FOR, REMIND_BEFORE, check_days, stage_of
from coplearn.consultations.rules.words import (
    ASKED,
    LONGEST_REASON,
    LONGEST_SUMMARY,
    MOST_ASKED,
    REMINDER,
    TOLD,
    ConsultationStage,
    ConsultationWay,
)
from coplearn.kernel.errors import Refused
from coplearn.kernel.fixed_text import plain_lines
from coplearn.kernel.text import N_
from coplearn.outbox.service import cancel_letters, queue_letter

TokenOf = Callable[[int], str]
"""The private part of the address of an organisation that was asked, by the row's number."""


def open_consultation(
    session: Session, statement: Statement, plan: ConsultationPlan, *, user_id: int, now: datetime
) -> Consultation:
    """Plan a consultation on a version. Raises Refused for days that do not go together, and once the text was agreed on."""
    opens, closes = check_days(plan.opens_on, plan.closes_on)
    if plan.way not in set(ConsultationWay):
        raise Refused(N_("Choose who may comment."))
    if statement.agreed is not None:
        raise Refused(N_("The final text of this statement was agreed on. It does not change any more."))
    if version_of(session, statement.id, plan.number) is None:
        raise Refused(N_("Choose a version of this statement."))
    if closes < now.date():
        raise Refused(N_("The last day is over already. Choose a later one."))
    consultation = Consultation(
        public_id=new_public_id(),
        statement_id=statement.id,
        number=plan.number,
        way=plan.way,
        opens_on=opens,
        closes_on=closes,
        question=_short(plan.question),
        by_id=user_id,
        created_at=now,
        summary="",
    )
    session.add(consultation)
    session.flush()
    return consultation


def move_end(consultation: Consultation, closes_on: date | None, now: datetime) -> None:
    """Give people longer, or close today. Raises Refused for a day that is over, and once the summary was published."""
    if consultation.told_at is not None:
        raise Refused(N_("The summary of this consultation was published. Open another one instead."))
    _, closes = check_days(consultation.opens_on, closes_on)
    if closes < now.date() - timedelta(days=1):
        raise Refused(N_("The last day is over already. Choose a later one."))
    consultation.closes_on = closes


def _short(text: str) -> str:
    text = plain_lines(text)
    if len(text) > LONGEST_REASON:
        raise Refused(N_("Use at most %(count)s characters for what you ask."), count=LONGEST_REASON)
    return text


def ask(
    session: Session,
    consultation: Consultation,
    organisation_id: int,
    email: str,
    locale: str,
    token_of: TokenOf,
    *,
    user_id: int,
    now: datetime,
) -> AskedOrganisation:
    """Ask an organisation, and write its letter. Raises Refused for one that was asked, or that no letter can reach."""
    if not ConsultationWay(consultation.way).asks:
        raise Refused(N_("This consultation asks no organisations by letter: everybody may comment."))
    if stage_of(consultation.opens_on, consultation.closes_on, consultation.told_at, now) not in (
        ConsultationStage.SOON,
        ConsultationStage.OPEN,
    ):
        raise Refused(N_("This consultation is closed."))
    here = AskedOrganisation.consultation_id == consultation.id
    if (session.scalar(select(func.count()).where(here)) or 0) >= MOST_ASKED:
        raise Refused(N_("Ask at most %(count)s organisations."), count=MOST_ASKED)
    if session.scalar(select(AskedOrganisation.id).where(here, AskedOrganisation.organisation_id == organisation_id)):
        raise Refused(N_("This organisation was asked already. It answers once."))
    asked = AskedOrganisation(
        consultation_id=consultation.id,
        organisation_id=organisation_id,
        email=email,
        locale=locale,
        by_id=user_id,
        at=now,
    )
    session.add(asked)
    session.flush()
    _write(session, ASKED, asked, consultation, token_of, now)
    return asked


def close_address(session: Session, asked: AskedOrganisation, now: datetime) -> None:
    """Close the address of an organisation; what it said stays."""
    asked.ended_at = asked.ended_at or now
    for kind in (ASKED, REMINDER, TOLD):
        cancel_letters(session, prefix=f"{kind}:{asked.id}:")


def _write(
    session: Session,
    kind: str,
    asked: AskedOrganisation,
    consultation: Consultation,
    token_of: TokenOf,
    now: datetime,
) -> bool:
    version = version_of(session, consultation.statement_id, consultation.number)
    letter = queue_letter(
        session,
        key=f"{kind}:{asked.id}:{consultation.public_id}",
        to=asked.email,
        locale=asked.locale,
        time_zone="UTC",
        kind=kind,
        params={
            "token": token_of(asked.id),
            "title": version.title if version is not None else "",
            "closes_on": consultation.closes_on.isoformat(),
        },
        now=now,
    )
    return letter is not None


def remind(session: Session, token_of: TokenOf, now: datetime) -> int:
    """Write once to organisations that have said nothing some days before the end; how many letters."""
    due = to_remind(session, now.date(), now.date() + REMIND_BEFORE)
    return sum(_write(session, REMINDER, asked, consultation, token_of, now) for asked, consultation in due)


def forget_contacts(session: Session, now: datetime) -> int:
    """Forget the addresses of letters a year after their consultation closed; how many."""
    old = with_contacts_before(session, now.date() - CONTACT_FOR)
    for asked in old:
        asked.email, asked.ended_at = "", asked.ended_at or now
    session.flush()
    return len(old)


def forget_contact(session: Session, email: str, now: datetime) -> None:
    """Forget an address that organisations were asked at; whoever has its letter cannot comment with it any more."""
    session.execute(
        update(AskedOrganisation)
        .where(AskedOrganisation.email == email)
        .values(email="", ended_at=func.coalesce(AskedOrganisation.ended_at, now))
    )


def keep_summary(consultation: Consultation, summary: str) -> None:
    """Keep the words of what was heard. Raises Refused once they were published, and for too many."""
    summary = plain_lines(summary)
    if consultation.told_at is not None:
        raise Refused(N_("This summary was published. It does not change any more."))
    if len(summary) > LONGEST_SUMMARY:
        raise Refused(N_("Use at most %(count)s characters for the summary."), count=LONGEST_SUMMARY)
    consultation.summary = summary


def tell(session: Session, consultation: Consultation, token_of: TokenOf, now: datetime) -> int:
    """Publish what was heard, and write to the organisations that spoke; how many letters.

    Raises Refused while it is open, or while a remark waits for its answer.
    """
    stage = stage_of(consultation.opens_on, consultation.closes_on, consultation.told_at, now)
    if stage is ConsultationStage.TOLD:
        raise Refused(N_("This summary was published. It does not change any more."))
    if stage is not ConsultationStage.CLOSED:
        raise Refused(N_("This consultation is still open. Publish the summary when it is closed."))
    if not consultation.summary:
        raise Refused(N_("Write the summary first."))
    tally = tally_of(session, consultation.id)
    if tally.waiting or tally.unanswered:
        raise Refused(
            N_("%(count)s comments have no answer yet. Everybody who wrote is told what became of it."),
            count=tally.waiting + tally.unanswered,
        )
    consultation.told_at = now
    spoke = _spoke(session, consultation.id)
    return sum(_write(session, TOLD, asked, consultation, token_of, now) for asked in spoke)


def _spoke(session: Session, consultation_id: int) -> Sequence[AskedOrganisation]:
    said = select(StatementRemark.id).where(StatementRemark.asked_id == AskedOrganisation.id).exists()
    wanted = select(AskedOrganisation).where(
        AskedOrganisation.consultation_id == consultation_id,
        AskedOrganisation.email != "",
        AskedOrganisation.ended_at.is_(None),
        said,
    )
    return session.scalars(wanted.order_by(AskedOrganisation.id)).all()
