"""The gate over texts of the store: each beside the other texts of its question, by the language's glossary."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.i18n.checks.base import Finding, Subject
from coplearn.i18n.gate import Candidate, refusals
from coplearn.i18n.locales import Locale
from coplearn.translating.store import catalog_store, rules
from coplearn.translating.store.models import StoredMessage, Translation

_AT_ONCE = 500


def subject_here(
    session: Session, message: rules.CheckedMessage, locale: Locale, based_on: str, forms: Sequence[str]
) -> Subject:
    """A text of the message as the checks see it, with the language's glossary."""
    glossary = catalog_store.glossary_of(session, locale.code)
    return rules.subject_of(
        message, locale.code, forms, based_on, locale.nplurals, glossary=glossary, thousands=locale.thousands
    )


def text_findings(
    session: Session,
    message: rules.GroupedMessage,
    locale: Locale,
    based_on: str,
    forms: Sequence[str],
    dismissed: Collection[str] = (),
) -> list[Finding]:
    """Every check that the text does not pass where it would stand: by itself, and among the texts of its question."""
    subject = subject_here(session, message, locale, based_on, forms)
    alone = rules.message_findings(subject, dismissed)
    if message.group is None or not rules.has_text(forms):
        return alone
    texts = {str(row[0].id): _candidate(session, row, locale) for row in _group(session, message, locale)}
    refused = refusals(texts | {str(message.id): Candidate(subject, message.group)}).get(str(message.id), ())
    known = {finding.check for finding in alone}
    return [*(finding for finding in refused if finding.check not in known), *alone]


def _group(session: Session, message: rules.GroupedMessage, locale: Locale) -> Sequence[Any]:
    """The other texts of the question as they stand here."""
    return session.execute(
        select(
            StoredMessage,
            Translation.forms,
            Translation.based_on,
            Translation.id,
            Translation.failing,
            Translation.state,
        )
        .join(Translation, Translation.message_id == StoredMessage.id)
        .where(
            StoredMessage.domain == message.domain,
            StoredMessage.group == message.group,
            StoredMessage.removed_at.is_(None),
            StoredMessage.id != message.id,
            Translation.locale == locale.code,
            Translation.state != "missing",
        )
        .execution_options(populate_existing=True)
    ).all()


def _candidate(session: Session, row: Any, locale: Locale) -> Candidate:
    message, forms, based_on = row[0], row[1], row[2]
    return Candidate(subject_here(session, message, locale, based_on, forms), message.group)


def judge_group_again(session: Session, message: StoredMessage, locale: Locale) -> None:
    """The verdicts on the other texts of a question after one of them changed: whether a check keeps them back."""
    if message.group is None:
        return
    own = session.execute(
        select(Translation.forms, Translation.based_on).where(
            Translation.message_id == message.id, Translation.locale == locale.code, Translation.state != "missing"
        )
    ).one_or_none()
    rows = _group(session, message, locale)
    texts = {str(row[0].id): _candidate(session, row, locale) for row in rows}
    if own is not None:
        subject = subject_here(session, message, locale, own[1], own[0])
        texts[str(message.id)] = Candidate(subject, message.group)
    refused = refusals(texts)
    for row in rows:
        failing = str(row[0].id) in refused
        if failing != row.failing:
            # The text is as it was, so the revision is too: nobody's save comes too late for this.
            state = rules.state_of(row.forms, needs_work=False, failing=failing)
            session.execute(update(Translation).where(Translation.id == row.id).values(failing=failing, state=state))
    session.expire_all()


def refused_of(session: Session, domain: str, locale: Locale, message_ids: Collection[int]) -> dict[int, Finding]:
    """The errors of texts that shall be published: the first of each that has one, beside what learners see of its question.

    Marks them as kept back.
    """
    wanted = set(message_ids)
    rows = session.execute(
        select(
            StoredMessage,
            Translation.forms,
            Translation.based_on,
            Translation.published_forms,
            Translation.published_based_on,
            Translation.id,
        )
        .join(Translation, Translation.message_id == StoredMessage.id)
        .where(StoredMessage.domain == domain, StoredMessage.removed_at.is_(None), Translation.locale == locale.code)
        .order_by(StoredMessage.seq)
    ).all()
    groups = {row[0].group for row in rows if row[0].id in wanted and row[0].group is not None}
    texts: dict[str, Candidate] = {}
    for row in rows:
        message = row[0]
        if message.id in wanted:
            texts[str(message.id)] = _candidate(session, row, locale)
        elif message.group in groups and row[3] is not None and rules.has_text(row[3]):
            subject = subject_here(session, message, locale, row[4] or message.msgid, row[3])
            texts[str(message.id)] = Candidate(subject, message.group)
    found = {number: errors[0] for name, errors in refusals(texts).items() if (number := int(name)) in wanted}
    _mark(session, [row.id for row in rows if row[0].id in found])
    return found


def _mark(session: Session, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        again = update(Translation).where(Translation.id.in_(ids[start : start + _AT_ONCE]))
        session.execute(again.values(failing=True).execution_options(synchronize_session=False))
