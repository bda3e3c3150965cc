"""Comments on messages, and reports that the source is wrong."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.translating.store import rules
from coplearn.translating.store.edits import message_of
from coplearn.translating.store.models import Comment
from coplearn.translating.store.rules import Actor


def comment(session: Session, actor: Actor, message_id: int, locale: Locale | None, text: str, now: datetime) -> int:
    """Say something to the translators of a language, or of all (None); gives its id. Raises Refused for no text."""
    return _say(session, actor, message_id, locale, "comment", text, now)


def report_source(session: Session, actor: Actor, message_id: int, text: str, now: datetime) -> int:
    """Tell the author that the source is wrong; every language's translators see it. Raises Refused for no text."""
    return _say(session, actor, message_id, None, "source", text, now)


def _say(
    session: Session, actor: Actor, message_id: int, locale: Locale | None, kind: str, text: str, now: datetime
) -> int:
    message = message_of(session, message_id)
    tidied = rules.tidy(text).strip()
    if not tidied:
        raise Refused(N_("Write your comment first."))
    if len(tidied) > rules.MAX_REMARK:
        raise Refused(N_("Please be brief: a comment has room for 5,000 characters."))
    said = Comment(
        message_id=message.id,
        locale=locale.code if locale else None,
        kind=kind,
        text=tidied,
        author_id=actor.user_id,
        author=actor.stored_name,
        at=now,
    )
    session.add(said)
    session.flush()
    return said.id


def resolve_comment(session: Session, actor: Actor, comment_id: int, now: datetime) -> None:
    """Mark a comment or report as done with; twice is as once. Raises NotFound."""
    said = session.get(Comment, comment_id)
    if said is None:
        raise NotFound(N_("There is no such comment."))
    if said.resolved_at is None:
        said.resolved_at, said.resolved_by = now, actor.user_id
        session.flush()
