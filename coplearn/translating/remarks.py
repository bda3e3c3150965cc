"""What people say about messages, and what only the person at the keyboard needs: drafts and who has what open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.storage.upserts import put
from coplearn.translating import rules
from coplearn.translating.models import Comment, Draft, Holding, Message
from coplearn.translating.rules import Actor


def message_of(session: Session, message_id: int) -> Message:
    """The message as the database has it now; raises NotFound."""
    message = session.scalar(select(Message).where(Message.id == message_id).execution_options(populate_existing=True))
    if message is None:
        raise NotFound(N_("There is no such message."))
    return message


def tidied_forms(message: Message, locale: Locale, forms: Sequence[str]) -> list[str]:
    """The forms as they are stored. Raises Refused for a wrong number of them or an endless text."""
    if len(forms) != rules.form_count(locale, message.plural):
        raise Refused(N_("There is one box for each plural form of the language. Fill in those."))
    if any(len(form) > rules.MAX_FORM for form in forms):
        raise Refused(N_("The text is far too long to be kept."))
    tidied = [rules.tidy(form) for form in forms]
    return tidied if rules.has_text(tidied) else [""] * len(tidied)


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


def keep_draft(
    session: Session, user_id: int, message_id: int, locale: Locale, forms: Sequence[str], now: datetime
) -> None:
    """Keep what somebody has typed and not saved; only they see it. Raises as save."""
    tidied = tidied_forms(message_of(session, message_id), locale, forms)
    values = {"user_id": user_id, "message_id": message_id, "locale": locale.code, "forms": tidied, "at": now}
    put(session, Draft, ("user_id", "message_id", "locale"), values, {"forms": tidied, "at": now})


def drop_draft(session: Session, user_id: int, message_id: int, locale: Locale) -> None:
    """Forget a draft; harmless when there is none."""
    session.execute(
        delete(Draft).where(Draft.user_id == user_id, Draft.message_id == message_id, Draft.locale == locale.code)
    )


def hold(session: Session, user_id: int, message_id: int, locale: Locale, now: datetime) -> None:
    """Tell others for five minutes that somebody has the message open; it hinders nobody."""
    until = now + rules.HOLD
    session.execute(delete(Holding).where(Holding.until <= now))
    values = {"message_id": message_id, "locale": locale.code, "user_id": user_id, "until": until}
    put(session, Holding, ("message_id", "locale", "user_id"), values, {"until": until})


def release(session: Session, user_id: int, message_id: int, locale: Locale) -> None:
    """Take that back."""
    session.execute(
        delete(Holding).where(
            Holding.user_id == user_id, Holding.message_id == message_id, Holding.locale == locale.code
        )
    )
