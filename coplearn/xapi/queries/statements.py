"""Finding statements: by their marks and their place in time, each an index away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from coplearn.xapi.models import KeptActivity, KeptAttachment, KeptStatement, StatementMark
from coplearn.xapi.rules.indexing import mark

MOST: Final = 500
"""Statements of one page at most."""
USUAL: Final = 100
_REFERRING: Final = select(
    KeptStatement.number, KeptStatement.statement_id, KeptStatement.sender, KeptStatement.target, KeptStatement.voids
).where(KeptStatement.target.in_(bindparam("ids", expanding=True)))
_DEFINED: Final = select(KeptActivity.iri, KeptActivity.definition).where(
    KeptActivity.mark.in_(bindparam("marks", expanding=True))
)
"""Asked for each statement that comes, and so put together once."""


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """A question for statements: those with all ``marks``, after ``since`` and not after ``until``, as numbers; of one learner's
    packages alone where there is a ``learner_id``.
    """

    marks: tuple[int, ...] = ()
    since: int | None = None
    until: int | None = None
    ascending: bool = False
    limit: int = USUAL
    learner_id: int | None = None


@dataclass(frozen=True, slots=True)
class FoundStatement:
    """A statement's number and its JSON."""

    number: int
    body: str


def find_statements(session: Session, wanted: StatementQuery) -> list[FoundStatement]:
    """A page of statements that are not voided, and one more where there are more."""
    return [FoundStatement(row.number, row.body) for row in session.execute(statement_query(wanted))]


def statement_query(wanted: StatementQuery) -> Select[int, str]:
    """The query of a page: ranges of one index for each mark, met number by number, and the statements of those numbers."""
    own: list[ColumnElement[bool]] = [KeptStatement.is_voided.is_(False)]
    if wanted.learner_id is not None:
        own.append(KeptStatement.learner_id == wanted.learner_id)
    if not wanted.marks:
        return _page(select(KeptStatement.number, KeptStatement.body).where(*own), KeptStatement.number, wanted)
    first, *others = (aliased(StatementMark) for _ in wanted.marks)
    # Looked up number by number. As a join PostgreSQL reads statements by the hundred thousand until it meets the first mark.
    body = select(KeptStatement.body).where(KeptStatement.number == first.number, *own).scalar_subquery()
    found = select(first.number, body.label("body")).where(first.mark == _as_said(wanted.marks[0]))
    for marked, one in zip(others, wanted.marks[1:], strict=True):
        found = found.join(marked, (marked.number == first.number) & (marked.mark == _as_said(one)))
    return _page(found.where(body.is_not(None)), first.number, wanted)


def _page(found: Select[int, str], order: InstrumentedAttribute[int], wanted: StatementQuery) -> Select[int, str]:
    if wanted.since is not None:
        found = found.where(order > _as_said(wanted.since))
    if wanted.until is not None:
        found = found.where(order <= _as_said(wanted.until))
    return found.order_by(order.asc() if wanted.ascending else order.desc()).limit(wanted.limit + 1)


def _as_said(number: int) -> BindParameter[int]:
    """The number in the words of the query: a plan for whichever number would take a rare mark for a common one."""
    return bindparam(None, number, BigInteger, literal_execute=True)


def statement_by_id(session: Session, statement_id: str) -> KeptStatement | None:
    """The statement with that id, voided or not."""
    return session.scalar(select(KeptStatement).where(KeptStatement.statement_id == statement_id.lower()))


def statements_by_id(session: Session, ids: Collection[str]) -> dict[str, KeptStatement]:
    """The statements of these ids, as far as they are here."""
    rows = session.scalars(select(KeptStatement).where(KeptStatement.statement_id.in_(ids)))
    return {one.statement_id: one for one in rows}


@dataclass(frozen=True, slots=True)
class Reference:
    """A statement whose object is another."""

    number: int
    statement_id: str
    sender: str
    target: str
    voids: bool


def references_to(session: Session, ids: Collection[str]) -> list[Reference]:
    """Statements whose object is one of these."""
    rows = session.connection().execute(_REFERRING, {"ids": list(ids)})
    return [Reference(one, named, sender, str(target), voids) for one, named, sender, target, voids in rows]


def marks_by_number(session: Session, numbers: Collection[int]) -> dict[int, set[int]]:
    """The marks of those statements."""
    found: dict[int, set[int]] = {number: set() for number in numbers}
    rows = session.execute(select(StatementMark.number, StatementMark.mark).where(StatementMark.number.in_(numbers)))
    for number, one in rows:
        found[number].add(one)
    return found


def definitions_of(session: Session, iris: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The definitions that are kept of those activities, by their IRI."""
    rows = session.connection().execute(_DEFINED, {"marks": [mark("definition", iri) for iri in iris]})
    return {row.iri: row.definition for row in rows}


def attachments_of(session: Session, hashes: Collection[str]) -> Sequence[KeptAttachment]:
    """Attachments with those hashes, as far as their bytes are here."""
    return session.scalars(
        select(KeptAttachment).where(KeptAttachment.sha2.in_(hashes)).order_by(KeptAttachment.sha2)
    ).all()
