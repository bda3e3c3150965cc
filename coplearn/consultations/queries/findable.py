"""Statements as the site's search reads them: those that are public, in each language that they have."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from coplearn.consultations.models import Statement, StatementText, StatementVersion
from coplearn.consultations.queries.statements import languages_of, texts_of
from coplearn.consultations.rules.blocks import blocks_of
from coplearn.consultations.rules.words import TITLE
from coplearn.findable import FindableRecord
from coplearn.i18n.inline_marks import plain_text


def statement_stamps(session: Session) -> dict[str, str]:
    """A stamp of all public statements: there are few (one statement)."""
    row = session.execute(
        select(
            func.count(Statement.shown),
            func.sum(Statement.id * 1_000 + func.coalesce(Statement.agreed, Statement.shown)),
            func.count(Statement.agreed),
            select(func.max(StatementText.id)).scalar_subquery(),
        ).where(Statement.shown.is_not(None))
    ).one()
    return {"0": ".".join(str(one) for one in row)} if row[0] else {}


def all_statements(session: Session, _piece: str) -> Iterator[FindableRecord]:
    """Every public statement."""
    return _found(session, true())


def statements_at(session: Session, places: Collection[str]) -> Iterator[FindableRecord]:
    """The public statements at those places."""
    wanted = {place.partition(".")[0] for place in places}
    return (one for one in _found(session, Statement.public_id.in_(wanted)) if one.place in places)


def _found(session: Session, which: ColumnElement[bool]) -> Iterator[FindableRecord]:
    number = func.coalesce(Statement.agreed, Statement.shown)
    version = and_(StatementVersion.statement_id == Statement.id, StatementVersion.number == number)
    wanted = select(Statement, StatementVersion).join(StatementVersion, version)
    for statement, text in session.execute(wanted.where(Statement.shown.is_not(None), which)).all():
        yield _record(statement, statement.locale, text.title, [one.source for one in blocks_of(text.body)])
        for locale in languages_of(session, statement.id):
            texts = texts_of(session, text, locale) if locale != statement.locale else {}
            if texts:
                title = texts.get(TITLE, text.title)
                yield _record(statement, locale, title, [words for block, words in texts.items() if block != TITLE])


def _record(statement: Statement, locale: str, title: str, texts: Collection[str]) -> FindableRecord:
    return FindableRecord(
        place=f"{statement.public_id}.{locale}",
        locale=locale,
        title=title,
        texts=tuple(plain_text(one) for one in texts),
        endpoint="statements.statement",
        values={"statement_id": statement.public_id, "in": locale},
    )
