"""Writing a statement: new versions, texts in other languages, showing it, and agreeing on the final text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.consultations.models import AgreedText, Consultation, Statement, StatementText, StatementVersion
from coplearn.consultations.queries.statements import languages_of, texts_of, version_of
from coplearn.consultations.rules.blocks import (
    agreed_file,
    blocks_of,
    checked_title,
    missing_texts,
    stamped_body,
    words_hash,
)
from coplearn.consultations.rules.drafts import StatementDraft, VersionDraft
from coplearn.consultations.rules.saying import closes_at
from coplearn.consultations.rules.words import LONGEST_BLOCK, LONGEST_WHY, TITLE
from coplearn.kernel.errors import Conflict, Refused
from coplearn.kernel.fixed_text import fixed_hash, plain_lines
from coplearn.kernel.text import N_


def write_statement(session: Session, draft: StatementDraft, *, user_id: int, now: datetime) -> Statement:
    """Begin a statement with its first version. Raises Refused for what its rules do not allow."""
    title, body = checked_title(draft.title), stamped_body(draft.body)
    statement = Statement(
        public_id=new_public_id(),
        locale=draft.locale,
        country=draft.country,
        programme_id=draft.programme_id,
        by_id=user_id,
        created_at=now,
        newest=1,
    )
    session.add(statement)
    session.flush()
    session.add(_version(statement, title, body, "", user_id, now))
    session.flush()
    return statement


def write_version(
    session: Session, statement: Statement, draft: VersionDraft, *, user_id: int, now: datetime
) -> StatementVersion:
    """Add a version.

    Raises Conflict where somebody else wrote one meanwhile, Refused where nothing changed, and once the final text was agreed on.
    """
    title, body, note = checked_title(draft.title), stamped_body(draft.body), " ".join(plain_lines(draft.note).split())
    if len(note) > LONGEST_WHY:
        raise Refused(N_("Use at most %(count)s characters to say what is new."), count=LONGEST_WHY)
    _lock(session, statement)
    _check_not_agreed(statement)
    if statement.newest != draft.made_of:
        raise Conflict(
            N_("Somebody wrote version %(number)s meanwhile. Yours is still here: compare the two before you save."),
            number=statement.newest,
        )
    before = version_of(session, statement.id, statement.newest)
    if before is not None and (before.title, before.body) == (title, body):
        raise Refused(N_("Nothing changed since version %(number)s."), number=before.number)
    statement.newest += 1
    version = _version(statement, title, body, note, user_id, now)
    session.add(version)
    session.flush()
    return version


def _check_not_agreed(statement: Statement) -> None:
    if statement.agreed is not None:
        raise Refused(N_("The final text of this statement was agreed on. It does not change any more."))


def _version(statement: Statement, title: str, body: str, note: str, user_id: int, now: datetime) -> StatementVersion:
    return StatementVersion(
        statement_id=statement.id, number=statement.newest, title=title, body=body, note=note, by_id=user_id, at=now
    )


def _lock(session: Session, statement: Statement) -> None:
    session.execute(select(Statement.id).where(Statement.id == statement.id).with_for_update())
    session.refresh(statement)


def translate(
    session: Session,
    statement: Statement,
    version: StatementVersion,
    locale: str,
    texts: Mapping[str, str],
    *,
    user_id: int,
    now: datetime,
) -> int:
    """Keep texts in another language, by block; how many are new. What is not sent stays; an empty one takes a text away.

    Raises Refused for a language that is the statement's own, and for a text that is too long.
    """
    if locale == statement.locale:
        raise Refused(N_("The statement is written in this language. Write a new version instead."))
    _check_not_agreed(statement)
    made_of = {TITLE: words_hash(version.title), **{one.id: one.made_of for one in blocks_of(version.body)}}
    held, changed = texts_of(session, version, locale), 0
    for block, typed in texts.items():
        text = " ".join(plain_lines(typed).split())
        if len(text) > LONGEST_BLOCK:
            raise Refused(N_("Use at most %(count)s characters in one paragraph."), count=LONGEST_BLOCK)
        if block in made_of and text != held.get(block, ""):
            session.add(
                StatementText(
                    statement_id=statement.id,
                    locale=locale,
                    block=block,
                    made_of=made_of[block],
                    text=text,
                    by_id=user_id,
                    at=now,
                )
            )
            changed += 1
    session.flush()
    return changed


def show(statement: Statement, number: int | None) -> None:
    """Let everybody read a version, or (None) nobody. Raises Refused for an agreed text, which stays where it was shown."""
    if number is None and statement.agreed is not None and statement.shown is not None:
        raise Refused(N_("An agreed text that was published stays public: others have its address and its hash."))
    statement.shown = number


def agree(
    session: Session,
    statement: Statement,
    number: int,
    on: date | None,
    tags: Mapping[str, str],
    *,
    user_id: int,
    now: datetime,
) -> AgreedText:
    """Fix the newest version as the final text, in its language and in each whose texts are complete.

    ``tags`` are the language tags by code. Raises Refused while a consultation is open, and where it is not the newest.
    """
    _lock(session, statement)
    _check_not_agreed(statement)
    version = version_of(session, statement.id, number)
    if version is None or number != statement.newest:
        raise Refused(N_("There is a newer version. Read it, and agree on that one."))
    if on is None:
        raise Refused(N_("Give the day on which the text was agreed on."))
    if on > now.date():
        raise Refused(N_("The day on which a text was agreed on cannot be in the future."))
    last = session.scalars(select(Consultation.closes_on).where(Consultation.statement_id == statement.id))
    if any(closes_at(day) > now for day in last):
        raise Refused(N_("A consultation on this statement is not over yet. Agree on the text when it is."))
    statement.agreed, statement.agreed_on, statement.agreed_by_id = number, on, user_id
    if statement.shown is not None:
        statement.shown = number
    own = _agreed(session, statement, version, statement.locale, {}, tags, on)
    for locale in languages_of(session, statement.id):
        texts = texts_of(session, version, locale)
        if not missing_texts(version.body, texts):
            _agreed(session, statement, version, locale, texts, tags, on)
    session.flush()
    return own


def _agreed(
    session: Session,
    statement: Statement,
    version: StatementVersion,
    locale: str,
    texts: Mapping[str, str],
    tags: Mapping[str, str],
    on: date,
) -> AgreedText:
    head = [("Language", tags.get(locale, locale)), ("Version", str(version.number)), ("Agreed on", on.isoformat())]
    file = agreed_file(version.title, version.body, texts, head)
    made = AgreedText(statement_id=statement.id, locale=locale, file=file.decode(), sha256=fixed_hash(file))
    session.add(made)
    return made
