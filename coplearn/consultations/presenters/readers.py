"""The pages for everybody and for organisations that were asked, ready for their templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

from coplearn.cohorts.common.guards import no_such_address
from coplearn.consultations.presenters.remarks import HeardLine, RemarkLine, heard_lines, remark_lines, stage
from coplearn.consultations.presenters.texts import (
    ShownBlock,
    ShownStatement,
    language_at,
    neighbours,
    one_block,
    statement_text,
)
from coplearn.consultations.queries import said, statements
from coplearn.consultations.queries.asking import AskedVersion, askings_of
from coplearn.consultations.queries.said import ConsultationTally
from coplearn.consultations.rules.blocks import block_of
from coplearn.consultations.rules.words import ConsultationStage, ConsultationWay
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session

if TYPE_CHECKING:
    from coplearn.consultations.models import AgreedText, Statement, StatementVersion


@dataclass(frozen=True, slots=True)
class StatementPage:
    """A statement that everybody may read."""

    text: ShownStatement
    agreed: Sequence[tuple[AgreedText, Locale]]
    askings: Sequence[tuple[AskedVersion, ConsultationStage]]
    numbers: Sequence[int]
    """The versions that everybody may read, newest first."""


@dataclass(frozen=True, slots=True)
class ConsultationPage:
    """A consultation: the text to comment, or what was heard."""

    stage: ConsultationStage
    text: ShownStatement
    whole: tuple[int, int]
    """Remarks on the whole text, and the reader's own among them."""
    tally: ConsultationTally
    heard: Sequence[HeardLine]
    remarks: Sequence[RemarkLine]
    words: dict[str, str]
    """The block's words, by its id."""
    may_comment: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class RemarkPage:
    """One block with what was said on it."""

    stage: ConsultationStage
    block: ShownBlock | None
    before: str | None
    after: str | None
    lines: Sequence[RemarkLine]
    may_comment: bool
    is_open: bool


def statement_page(statement: Statement, version: StatementVersion, wanted: str) -> StatementPage:
    """A statement in the language that was asked for, or the page's."""
    session, now = current_session(current_app), utcnow()
    askings = [(one, stage(one)) for one in askings_of(session, statement.id)]
    agreed = statements.agreed_texts(session, statement.id) if statement.agreed is not None else ()
    return StatementPage(
        text=statement_text(statement, version, wanted),
        agreed=[(one, language_at(one.locale)) for one in agreed],
        askings=[(one, where) for one, where in askings if _is_public(one, where)],
        numbers=sorted(statements.public_numbers(session, statement, now.date()), reverse=True),
    )


def _is_public(one: AskedVersion, where: ConsultationStage) -> bool:
    is_open = ConsultationWay(one.consultation.way).is_open
    return where is ConsultationStage.TOLD or (is_open and where is not ConsultationStage.SOON)


def consultation_page(asking: AskedVersion, asked_id: int | None, wanted: str) -> ConsultationPage:
    """A consultation for everybody, or for the organisation of that row; seven statements."""
    session, one = current_session(current_app), asking.consultation
    where, told = stage(asking), one.told_at is not None
    counts = said.counts_by_block(session, one.id)
    own = said.answered_by(session, asked_id) if asked_id is not None else {}
    lines = said.said_lines(session, said.is_shown(one.id), limit=said.MOST_TOLD) if told else []
    blocks = {line.remark.block: block_of(asking.version.body, line.remark.block) for line in lines}
    is_open = ConsultationWay(one.way).is_open
    return ConsultationPage(
        stage=where,
        text=statement_text(asking.statement, asking.version, wanted, counts, own),
        whole=(counts.get("", 0), own.get("", 0)),
        tally=said.tally_of(session, one.id),
        heard=heard_lines(said.heard_groups(session, one.id)) if told else (),
        remarks=remark_lines(lines, asked_id),
        words={key: block.source for key, block in blocks.items() if block is not None},
        may_comment=where is ConsultationStage.OPEN and (is_open or asked_id is not None),
        is_open=is_open,
    )


def remark_page(asking: AskedVersion, asked_id: int | None, block_id: str) -> RemarkPage:
    """One block (empty: the whole text). Raises NotFound for one that the text does not have."""
    session, where = current_session(current_app), stage(asking)
    block = block_of(asking.version.body, block_id) if block_id else None
    if block_id and block is None:
        raise no_such_address()
    before, after = neighbours(asking.version, block_id)
    lines = said.said_lines(session, said.remarks_on(asking.consultation.id, block_id, asked_id))
    is_open = ConsultationWay(asking.consultation.way).is_open
    return RemarkPage(
        stage=where,
        block=one_block(asking.statement, asking.version, block) if block is not None else None,
        before=before,
        after=after,
        lines=remark_lines(lines, asked_id),
        may_comment=where is ConsultationStage.OPEN and (is_open or asked_id is not None),
        is_open=is_open,
    )
