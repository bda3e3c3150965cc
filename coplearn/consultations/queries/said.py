"""Reading what was said in a consultation, the answers to it, and its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from coplearn.consultations.models import (
    AskedOrganisation,
    HeardGroup,
    RemarkAnswer,
    StatementRemark,
)
from coplearn.consultations.rules.groups import HeardNumbers
from coplearn.consultations.rules.words import RemarkState
from coplearn.programme.models.organisations import Organisation

REMARKS_A_PAGE: Final = 50
MOST_SHOWN: Final = 200
"""Remarks on one block that its page shows."""
MOST_TOLD: Final = 1_000
"""Remarks that a published summary lists."""


@dataclass(frozen=True, slots=True)
class SaidLine:
    """A remark, the organisation that made it (empty for nobody in particular), and the answer to it that holds."""

    remark: StatementRemark
    organisation: str
    answer: RemarkAnswer | None


@dataclass(frozen=True, slots=True)
class ConsultationTally:
    """The numbers of a consultation. Remarks that are not shown, or were taken back, are in none but ``hidden``."""

    asked: int = 0
    answered: int = 0
    """Organisations that made a remark, each once."""
    remarks: int = 0
    others: int = 0
    """Remarks of those who were not asked."""
    waiting: int = 0
    hidden: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    themes: Sequence[tuple[str, int]] = ()
    languages: int = 0

    @property
    def unanswered(self) -> int:
        """Remarks that nobody has answered yet."""
        return self.remarks - sum(self.outcomes.values())


def said_lines(
    session: Session, condition: ColumnElement[bool], *, limit: int = MOST_SHOWN, offset: int = 0
) -> list[SaidLine]:
    """Remarks with their organisations and the answers that hold, in the order in which they came; one statement."""
    newest = (
        select(func.max(RemarkAnswer.id)).where(RemarkAnswer.remark_id == StatementRemark.id).correlate(StatementRemark)
    )
    answer = aliased(RemarkAnswer)
    wanted = (
        select(StatementRemark, Organisation.name, answer)
        .outerjoin(AskedOrganisation, AskedOrganisation.id == StatementRemark.asked_id)
        .outerjoin(Organisation, Organisation.id == AskedOrganisation.organisation_id)
        .outerjoin(answer, answer.id == newest.scalar_subquery())
        .where(condition)
        .order_by(StatementRemark.id)
        .limit(limit)
        .offset(offset)
    )
    return [SaidLine(remark, name or "", found) for remark, name, found in session.execute(wanted).all()]


def remarks_on(consultation_id: int, block: str, asked_id: int | None) -> ColumnElement[bool]:
    """Remarks on a block that its page shows to everybody, and to an organisation its own as well."""
    seen = StatementRemark.state == RemarkState.SHOWN
    if asked_id is not None:
        seen = or_(seen, and_(StatementRemark.asked_id == asked_id, StatementRemark.state != RemarkState.TAKEN_BACK))
    return and_(StatementRemark.consultation_id == consultation_id, StatementRemark.block == block, seen)


def is_shown(consultation_id: int) -> ColumnElement[bool]:
    """Remarks of a consultation that everybody may read."""
    return and_(StatementRemark.consultation_id == consultation_id, StatementRemark.state == RemarkState.SHOWN)


def is_remark(number: int) -> ColumnElement[bool]:
    """The remark of that row."""
    return StatementRemark.id == number


def to_answer(consultation_id: int, which: str) -> ColumnElement[bool]:
    """Remarks that staff asked for: ``waiting`` to be read, ``unanswered``, ``answered``, ``hidden``; else all."""
    here = StatementRemark.consultation_id == consultation_id
    answered = select(RemarkAnswer.id).where(RemarkAnswer.remark_id == StatementRemark.id).exists()
    kinds = {
        "waiting": StatementRemark.state == RemarkState.WAITING,
        "unanswered": and_(StatementRemark.state == RemarkState.SHOWN, ~answered),
        "answered": and_(StatementRemark.state == RemarkState.SHOWN, answered),
        "hidden": StatementRemark.state.in_((RemarkState.HIDDEN, RemarkState.TAKEN_BACK)),
    }
    return and_(here, kinds[which]) if which in kinds else here


def remark_of(session: Session, consultation_id: int, public_id: str) -> StatementRemark | None:
    """One remark of a consultation."""
    here = select(StatementRemark).where(
        StatementRemark.consultation_id == consultation_id, StatementRemark.public_id == public_id
    )
    return session.scalar(here)


def counts_by_block(session: Session, consultation_id: int) -> dict[str, int]:
    """The number of remarks that are shown, by block."""
    wanted = select(StatementRemark.block, func.count()).where(
        StatementRemark.consultation_id == consultation_id, StatementRemark.state == RemarkState.SHOWN
    )
    return {row[0]: row[1] for row in session.execute(wanted.group_by(StatementRemark.block))}


def answered_by(session: Session, asked_id: int) -> Counter[str]:
    """The number of an organisation's own remarks, by block."""
    wanted = select(StatementRemark.block).where(
        StatementRemark.asked_id == asked_id, StatementRemark.state != RemarkState.TAKEN_BACK
    )
    return Counter(session.scalars(wanted))


def tally_of(session: Session, consultation_id: int) -> ConsultationTally:
    """The numbers of a consultation, in three statements."""
    asked = select(func.count()).where(AskedOrganisation.consultation_id == consultation_id)
    here = StatementRemark.consultation_id == consultation_id
    rows = session.execute(
        select(StatementRemark.id, StatementRemark.state, StatementRemark.asked_id, StatementRemark.locale).where(here)
    ).all()
    newest = (
        select(func.max(RemarkAnswer.id))
        .join(StatementRemark, StatementRemark.id == RemarkAnswer.remark_id)
        .where(here)
    )
    newest = newest.group_by(RemarkAnswer.remark_id)
    answers = session.execute(
        select(RemarkAnswer.remark_id, RemarkAnswer.outcome, RemarkAnswer.theme).where(RemarkAnswer.id.in_(newest))
    ).all()
    shown = {row.id: row for row in rows if row.state == RemarkState.SHOWN}
    outcomes = Counter(one.outcome for one in answers if one.remark_id in shown)
    themes = Counter(one.theme for one in answers if one.remark_id in shown and one.theme)
    return ConsultationTally(
        asked=session.scalar(asked) or 0,
        answered=len({row.asked_id for row in shown.values() if row.asked_id is not None}),
        remarks=len(shown),
        others=sum(row.asked_id is None for row in shown.values()),
        waiting=sum(row.state == RemarkState.WAITING for row in rows),
        hidden=sum(row.state == RemarkState.HIDDEN for row in rows),
        outcomes=dict(outcomes),
        themes=sorted(themes.items(), key=lambda one: (-one[1], one[0])),
        languages=len({row.locale for row in shown.values()}),
    )


def heard_groups(session: Session, consultation_id: int) -> Sequence[HeardGroup]:
    """The groups that were heard, as they were written last."""
    corrected = select(HeardGroup.corrects_id).where(HeardGroup.corrects_id.is_not(None))
    wanted = select(HeardGroup).where(HeardGroup.consultation_id == consultation_id, HeardGroup.id.not_in(corrected))
    return session.scalars(wanted.order_by(HeardGroup.id)).all()


def numbers_of(row: HeardGroup) -> HeardNumbers:
    """The numbers of a group that was heard."""
    return HeardNumbers(
        row.audience, row.basis, row.number, row.qualifier, row.age_band, row.countries, row.countries_qualifier
    )
